/** Instructions around exponent and integer part: FRNDINT, FSCALE, FXTRACT, FPREM and FPREM1. Intel SDM volume 2. */
import { Fsw } from '../../cpu/x87-state.ts';
import { invalid, nanResult, noteDenormal } from '../../float/arithmetic.ts';
import { fromInteger, roundToIntegral } from '../../float/convert.ts';
import { type Environment, Flag, hasNoResult } from '../../float/environment.ts';
import { EXTENDED, type Float, finite, infinity, zero } from '../../float/format.ts';
import { remainder } from '../../float/remainder.ts';
import { round } from '../../float/round.ts';
import type { Helper, HelperTable } from '../operands.ts';
import { binary, unary } from './arithmetic.ts';
import { compute, type Execution } from './execution.ts';

/** Scaled by more than this, every number overflows or underflows. */
const MOST_SCALE = 0x10000;

/** FSCALE: `a` times two to the power of `b`, which is cut to an integer. */
function scale(a: Float, b: Float, { env }: Execution): Float {
  const nan = nanResult(a, b, env);
  if (nan) return nan;
  if (b.kind === 'infinity') {
    if (a.kind === (b.negative ? 'infinity' : 'zero')) return invalid(env);
    noteDenormal(env, a);
    return b.negative ? zero(a.negative) : infinity(a.negative);
  }
  noteDenormal(env, a, b);
  if (a.kind !== 'finite' || hasNoResult(env)) return a;
  const exponent = a.exponent + cutToInteger(b);
  return massive(a, exponent, env) ?? round(a.negative, a.significand, exponent - 63, EXTENDED, env);
}
/** A result too far outside even for the changed exponent of an unmasked response: infinity or zero. */
function massive(a: Float, exponent: number, env: Environment): Float | null {
  const { minExponent, maxExponent, rebias } = EXTENDED;
  const isLarge = exponent - rebias > maxExponent && !(env.masked & Flag.OE);
  const isSmall = exponent + rebias < minExponent && !(env.masked & Flag.UE);
  if (!isLarge && !isSmall) return null;
  env.flags |= Flag.PE | (isLarge ? Flag.OE : Flag.UE);
  env.roundedUp = isLarge;
  return isLarge ? infinity(a.negative) : zero(a.negative);
}
function cutToInteger(b: Float): number {
  if (b.kind !== 'finite' || b.exponent < 0) return 0;
  const magnitude = b.exponent > 20 ? MOST_SCALE : Number(b.significand >> BigInt(63 - b.exponent));
  const limited = Math.min(MOST_SCALE, magnitude);
  return b.negative ? -limited : limited;
}

/** FXTRACT: the exponent takes ST(0)'s place, and the significand is pushed. */
function extract(x: Execution): [exponent: Float, significand: Float] {
  const own = x.st(0);
  if (!x.hasStackFault) x.requireRoom();
  const { env } = x;
  if (x.hasStackFault) return [invalid(env), invalid(env)];
  const nan = nanResult(own, own, env);
  if (nan) return [nan, nan];
  if (own.kind === 'infinity') return [infinity(false), own];
  if (own.kind === 'zero') {
    env.flags |= Flag.ZE;
    return [infinity(true), own];
  }
  noteDenormal(env, own);
  return [fromInteger(BigInt(own.exponent)), finite(own.negative, 0, own.significand)];
}

/** The quotient's last three bits go to C0, C3 and C1; C2 says that the reduction is not complete. */
function partialRemainder(isNearest: boolean): Helper {
  return compute((x) => {
    const [a, b] = [x.st(0), x.st(1)];
    x.conditions = x.state.status & (Fsw.C0 | Fsw.C3);
    const value = x.result(() => {
      const { value, quotient, isComplete } = remainder(a, b, isNearest, EXTENDED, x.env);
      if (quotient === null) return value;
      x.conditions = isComplete ? (quotient & 4 ? Fsw.C0 : 0) | (quotient & 2 ? Fsw.C3 : 0) : Fsw.C2;
      x.c1 = isComplete && (quotient & 1) !== 0;
      return value;
    });
    if (x.settle()) x.set(0, value);
  });
}

export const x87Exponents: HelperTable = {
  frndint: unary((a, { env }) => {
    noteDenormal(env, a);
    return hasNoResult(env) ? a : roundToIntegral(a, env);
  }),
  fscale: binary(scale),
  fxtract: compute((x) => {
    const [exponent, significand] = extract(x);
    if (!x.settle()) return;
    x.set(0, exponent);
    x.push(significand);
  }),
  fprem: partialRemainder(false),
  fprem1: partialRemainder(true),
};
