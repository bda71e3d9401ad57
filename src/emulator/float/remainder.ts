/** FPREM, FPREM1, and the exact remainder behind them. Intel SDM volume 2, FPREM and FPREM1. */
import { invalid, nanResult, noteDenormal } from './arithmetic.ts';
import { type Environment, hasNoResult } from './environment.ts';
import { type Float, type Format, zero } from './format.ts';
import { round } from './round.ts';

export interface Remainder {
  value: Float;
  /** The last three bits of the quotient's magnitude, if the reduction is complete; `null`: an operand was invalid or a NaN. */
  quotient: number | null;
  isComplete: boolean;
}

/**
 * The remainder of `a / b` for the quotient rounded towards zero, or to the nearest integer where `isNearest`. Where the
 * exponents lie 64 or more apart it is a partial one, of the same residue, some 32 to 63 powers of two smaller than `a`.
 * Exact, but for an unmasked underflow, which changes the exponent.
 */
export function remainder(a: Float, b: Float, isNearest: boolean, format: Format, env: Environment): Remainder {
  const done = (value: Float, quotient: 0 | null = 0): Remainder => ({ value, quotient, isComplete: true });
  const nan = nanResult(a, b, env);
  if (nan) return done(nan, null);
  if (a.kind === 'infinity' || b.kind === 'zero') return done(invalid(env), null);
  noteDenormal(env, a, b);
  env.roundedUp = false;
  if (a.kind === 'zero' || hasNoResult(env)) return done(a, hasNoResult(env) ? null : 0);
  // The number stays as it is: a denormal is no underflow here.
  if (b.kind === 'infinity') return done(a);
  const apart = a.exponent - b.exponent;
  if (apart >= 64) return partial(a, b, apart, format, env);
  if (apart < -1) return done(round(a.negative, a.significand, a.exponent - 63, format, env));
  // Both as integers in units of the lower one's last bit.
  const unit = Math.min(a.exponent, b.exponent) - 63;
  const dividend = a.significand << BigInt(a.exponent - 63 - unit);
  const divisor = b.significand << BigInt(b.exponent - 63 - unit);
  let quotient = dividend / divisor;
  let rest = dividend - quotient * divisor;
  if (isNearest && (2n * rest > divisor || (2n * rest === divisor && quotient & 1n))) {
    quotient++;
    rest -= divisor;
  }
  const value = signed(a.negative, rest, unit, format, env);
  return { value, quotient: Number(quotient & 7n), isComplete: true };
}
function partial(a: Float, b: Float, apart: number, format: Format, env: Environment): Remainder {
  // Of the 32 to 63 that the manual leaves open, what keeps the following steps a multiple of 32.
  const step = 32 + (apart % 32);
  const dividend = a.significand << BigInt(step);
  const value = signed(a.negative, dividend % b.significand, a.exponent - 63 - step, format, env);
  return { value, quotient: 0, isComplete: false };
}
function signed(negative: boolean, rest: bigint, unit: number, format: Format, env: Environment): Float {
  if (rest === 0n) return zero(negative);
  return round(rest < 0n ? !negative : negative, rest < 0n ? -rest : rest, unit, format, env);
}
