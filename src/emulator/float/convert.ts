/** Between formats, to and from integers, and to integers that stay floating-point numbers. */
import { nanResult, noteDenormal } from './arithmetic.ts';
import { type Environment, Flag, Rounding } from './environment.ts';
import { bitLength, type Float, type Format, finite, zero } from './format.ts';
import { dropBits, roundTo } from './round.ts';

/**
 * A number of one format in another: CVTSS2SD, CVTSD2SS, FLD of 32 and 64 bits. (FST raises no DE: it is `store`.) Where the
 * format is wide enough nothing but IE and DE can happen.
 */
export function convert(a: Float, format: Format, env: Environment): Float {
  const nan = nanResult(a, a, env);
  if (nan) return nan;
  noteDenormal(env, a);
  return roundTo(a, format, env);
}
/** FST and FSTP: without DE, and where overflow or underflow is not masked nothing is stored, so nothing is inexact. */
export function store(a: Float, format: Format, env: Environment): Float {
  const nan = nanResult(a, a, env);
  if (nan) return nan;
  const stored = roundTo(a, format, env);
  if (env.flags & ~env.masked & (Flag.OE | Flag.UE)) {
    env.flags &= ~Flag.PE;
    env.roundedUp = false;
  }
  return stored;
}

/** The number `value`, of at most 64 bits, exactly; `roundTo` makes it fit a smaller format. */
export function fromInteger(value: bigint): Float {
  if (value === 0n) return zero(false);
  const magnitude = value < 0n ? -value : value;
  const length = bitLength(magnitude);
  return finite(value < 0n, length - 1, magnitude << BigInt(64 - length));
}

/**
 * A signed integer of `bits` bits; `null`, with IE, if there is none: a NaN, an infinity, a number out of range (the
 * destination then receives the "integer indefinite", 1 followed by zeros). Rounds as `env` says, or towards zero where
 * `truncates`. Adds PE; never DE.
 */
export function toInteger(a: Float, bits: number, env: Environment, truncates = false): bigint | null {
  env.roundedUp = false;
  if (a.kind === 'zero') return 0n;
  if (a.kind !== 'finite' || a.exponent >= bits) {
    env.flags |= Flag.IE;
    return null;
  }
  const { rest, isInexact, isUp } = toMagnitude(a, truncates ? Rounding.ZERO : env.rounding);
  const value = a.negative ? -rest : rest;
  if (BigInt.asIntN(bits, value) !== value) {
    env.flags |= Flag.IE;
    return null;
  }
  if (isInexact) env.flags |= Flag.PE;
  env.roundedUp = isUp;
  return value;
}
function toMagnitude(a: Float, rounding: Rounding): ReturnType<typeof dropBits> {
  // Far below one half the distance no longer matters.
  return dropBits(a.significand, Math.min(63 - a.exponent, 130), a.negative, rounding);
}

/** FRNDINT, ROUNDSS, ROUNDSD: adds IE for a signalling NaN, and PE; DE is left to the caller (FRNDINT alone has it). */
export function roundToIntegral(a: Float, env: Environment, rounding: Rounding = env.rounding): Float {
  const nan = nanResult(a, a, env);
  if (nan) return nan;
  env.roundedUp = false;
  if (a.kind !== 'finite' || a.exponent >= 63) return a;
  const { rest, isInexact, isUp } = toMagnitude(a, rounding);
  if (isInexact) env.flags |= Flag.PE;
  env.roundedUp = isUp;
  const integral = fromInteger(rest);
  return { ...integral, negative: a.negative };
}
