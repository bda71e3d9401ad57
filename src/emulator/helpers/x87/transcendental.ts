/** F2XM1, FYL2X, FYL2XP1, FPATAN, FSIN, FCOS, FSINCOS, FPTAN: their operands of every class. Intel SDM volume 2. */
import { Fsw } from '../../cpu/x87-state.ts';
import { invalid, multiply, nanResult, noteDenormal } from '../../float/arithmetic.ts';
import { fromInteger } from '../../float/convert.ts';
import { type Environment, Flag, hasNoResult } from '../../float/environment.ts';
import { DEFAULT_NAN, EXTENDED, type Float, finite, infinity, zero } from '../../float/format.ts';
import { round } from '../../float/round.ts';
import { BITS, PI } from '../../float/series.ts';
import {
  arctangent,
  cosineOfNumber,
  exponentialLessOne,
  sine,
  tangent,
  timesLogarithm,
  timesLogarithmOfOnePlus,
} from '../../float/transcendental.ts';
import type { Helper, HelperTable } from '../operands.ts';
import { unary } from './arithmetic.ts';
import { compute, type Execution } from './execution.ts';

const ONE = finite(false, 0, 1n << 63n);
const isOne = (a: Float) => a.kind === 'finite' && a.exponent === 0 && a.significand === 1n << 63n;

/** 2 ** a - 1. Outside of -1 to 1 the manual leaves the result open: it is the operand. */
function exponential(a: Float, { env }: Execution): Float {
  const nan = nanResult(a, a, env);
  if (nan) return nan;
  noteDenormal(env, a);
  if (a.kind === 'zero' || hasNoResult(env)) return a;
  if (a.kind === 'infinity') return a.negative ? finite(true, 0, 1n << 63n) : a;
  if (isOne(a)) return a.negative ? finite(true, -1, 1n << 63n) : a;
  if (a.exponent >= 0) return a;
  return exponentialLessOne(a, env);
}

/** y log2(x). */
function logarithm(x: Float, y: Float, { env }: Execution): Float {
  const nan = nanResult(x, y, env);
  if (nan) return nan;
  if (x.kind !== 'zero' && x.negative) return invalid(env);
  if (x.kind === 'zero') {
    if (y.kind === 'zero') return invalid(env);
    if (y.kind === 'infinity') return infinity(!y.negative);
    env.flags |= Flag.ZE;
    return infinity(!y.negative);
  }
  if (isOne(x) && y.kind === 'infinity') return invalid(env);
  if (x.kind === 'infinity' && y.kind === 'zero') return invalid(env);
  noteDenormal(env, x, y);
  if (hasNoResult(env)) return y;
  if (x.kind === 'infinity' || y.kind === 'infinity') return infinity(y.negative !== x.exponent < 0);
  if (isPowerOfTwo(x)) return multiply(y, fromInteger(BigInt(x.exponent)), EXTENDED, env);
  return y.kind === 'zero' ? zero(y.negative !== x.exponent < 0) : timesLogarithm(y, x, env);
}
const isPowerOfTwo = (x: Float) => x.significand === 1n << 63n;

/** y log2(x + 1). Where x is -1 or below, the manual leaves the result open: it is x. */
function logarithmOfOnePlus(x: Float, y: Float, { env }: Execution): Float {
  const nan = nanResult(x, y, env);
  if (nan) return nan;
  if (x.kind === 'infinity' && (x.negative || y.kind === 'zero')) return invalid(env);
  if (y.kind === 'infinity' && x.kind === 'zero') return invalid(env);
  noteDenormal(env, x, y);
  if (hasNoResult(env)) return y;
  const negative = x.negative !== y.negative;
  if (x.kind === 'infinity' || y.kind === 'infinity') return infinity(negative);
  if (x.kind === 'zero' || y.kind === 'zero') return zero(negative);
  if (x.negative && x.exponent >= 0) return x;
  return timesLogarithmOfOnePlus(y, x, env);
}

/** A multiple of pi / 4. */
function angle(quarters: number, negative: boolean, env: Environment): Float {
  return round(negative, (BigInt(quarters) * PI) | 1n, -BITS - 2, EXTENDED, env);
}
/** The angle of the point (x, y). */
function arc(x: Float, y: Float, { env }: Execution): Float {
  const nan = nanResult(x, y, env);
  if (nan) return nan;
  noteDenormal(env, x, y);
  if (hasNoResult(env)) return y;
  const { negative } = y;
  if (y.kind === 'infinity') return angle(x.kind !== 'infinity' ? 2 : x.negative ? 3 : 1, negative, env);
  if (y.kind === 'zero' || x.kind === 'infinity') return x.negative ? angle(4, negative, env) : zero(negative);
  if (x.kind === 'zero') return angle(2, negative, env);
  return arctangent(y, x, env);
}

/** Both operands go; the result takes the place of ST(1). */
function consuming(operation: (top: Float, second: Float, x: Execution) => Float): Helper {
  return compute((x) => {
    const [top, second] = [x.st(0), x.st(1)];
    const value = x.result(() => operation(top, second, x));
    if (!x.settle()) return;
    x.set(1, value);
    x.pop();
  });
}

/** From here on FSIN and its kin give up: C2. */
const TOO_LARGE = 63;
const isTooLarge = (a: Float) => a.kind === 'finite' && a.exponent >= TOO_LARGE;

/** What the operands of FSIN, FCOS and FPTAN have in common: NaN, infinity, zero; otherwise `null`. */
function periodic(a: Float, env: Environment, ofZero: Float): Float | null {
  const nan = nanResult(a, a, env);
  if (nan) return nan;
  if (a.kind === 'infinity') return invalid(env);
  if (a.kind === 'zero') return ofZero;
  noteDenormal(env, a);
  return hasNoResult(env) ? a : null;
}
const sineOf = (a: Float, env: Environment) => periodic(a, env, a) ?? sine(a, env);
const cosineOf = (a: Float, env: Environment) => periodic(a, env, ONE) ?? cosineOfNumber(a, env);
const tangentOf = (a: Float, env: Environment) => periodic(a, env, a) ?? tangent(a, env);

/** Replaces ST(0); an operand too large stays. C2 tells. */
function ofAngle(operation: (a: Float, env: Environment) => Float): Helper {
  return compute((x) => {
    const own = x.st(0);
    x.conditions = conditions(x, own);
    const value = x.result(() => (isTooLarge(own) ? own : operation(own, x.env)));
    if (x.settle()) x.set(0, value);
  });
}
/** C0 and C3 are undefined: left as they are. */
function conditions(x: Execution, own: Float): number {
  return (x.state.status & (Fsw.C0 | Fsw.C3)) | (!x.hasStackFault && isTooLarge(own) ? Fsw.C2 : 0);
}

/** Replaces ST(0) by the first result and pushes the second. */
function pushing(operation: (a: Float, env: Environment) => [replaced: Float, pushed: Float]): Helper {
  return compute((x) => {
    const own = x.st(0);
    if (!x.hasStackFault) x.requireRoom();
    x.conditions = conditions(x, own);
    const isLeft = x.conditions & Fsw.C2;
    const [replaced, pushed] = x.hasStackFault
      ? [DEFAULT_NAN, DEFAULT_NAN]
      : isLeft
        ? [own, own]
        : operation(own, x.env);
    if (!x.settle() || isLeft) return;
    x.set(0, replaced);
    x.push(pushed);
  });
}

export const x87Transcendental: HelperTable = {
  f2xm1: unary(exponential),
  fyl2x: consuming(logarithm),
  fyl2xp1: consuming(logarithmOfOnePlus),
  fpatan: consuming(arc),
  fsin: ofAngle(sineOf),
  fcos: ofAngle(cosineOf),
  fsincos: pushing((a, env) => [sineOf(a, env), cosineOf(a, env)]),
  fptan: pushing((a, env) => {
    const value = tangentOf(a, env);
    return [value, value.kind === 'quiet' ? value : ONE];
  }),
};
