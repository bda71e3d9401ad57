/**
 * Exact arithmetic with one rounding: what x87 and SSE share.
 *
 * Every function takes unpacked numbers, the format into which the result is rounded and an environment, and returns the
 * result as the masked response has it, or for unmasked overflow and underflow with its exponent changed:
 *
 *     const env = environment(Rounding.NEAREST, ALL_FLAGS, sseNan);
 *     const sum = pack(BINARY64, add(unpack(BINARY64, a), unpack(BINARY64, b), BINARY64, env));
 *     // env.flags: IE DE ZE OE UE PE, where they stand in MXCSR
 *
 * If `hasNoResult(env)` holds afterwards, an unmasked IE, DE or ZE was found, and what is returned means nothing. Priorities
 * are those of Intel SDM volume 1, section 4.9.2: a NaN hides DE and ZE, IE and ZE hide DE.
 */
import { type Environment, Flag, hasNoResult, Rounding } from './environment.ts';
import { bitLength, DEFAULT_NAN, type Float, type Format, infinity, negate, quiet, zero } from './format.ts';
import { round, roundTo } from './round.ts';

export function invalid(env: Environment): Float {
  env.flags |= Flag.IE;
  env.roundedUp = false;
  return DEFAULT_NAN;
}
/** The result, if an operand is a NaN or unsupported; `null` if neither is. */
export function nanResult(a: Float, b: Float, env: Environment): Float | null {
  if (isNumber(a) && isNumber(b)) return null;
  if (a.kind === 'unsupported' || b.kind === 'unsupported') return invalid(env);
  if (a.kind === 'signalling' || b.kind === 'signalling') env.flags |= Flag.IE;
  env.roundedUp = false;
  return quiet(env.nanRule(a, b));
}
function isNumber({ kind }: Float): boolean {
  return kind === 'finite' || kind === 'zero' || kind === 'infinity';
}
/** Raises DE for a denormal operand. */
export function noteDenormal(env: Environment, a: Float, b: Float = a): void {
  if (a.isDenormal || b.isDenormal) env.flags |= Flag.DE;
}
function exactly(a: Float, env: Environment): Float {
  env.roundedUp = false;
  return a;
}

/** Beyond this many bits apart, the smaller of two numbers only says which side of the larger the sum lies on. */
const FAR = 130;

export function add(a: Float, b: Float, format: Format, env: Environment): Float {
  const nan = nanResult(a, b, env);
  if (nan) return nan;
  if (a.kind === 'infinity' && b.kind === 'infinity' && a.negative !== b.negative) return invalid(env);
  noteDenormal(env, a, b);
  if (a.kind === 'infinity') return exactly(a, env);
  if (b.kind === 'infinity') return exactly(b, env);
  if (a.kind === 'zero' && b.kind === 'zero')
    return exactly(zero(a.negative === b.negative ? a.negative : env.rounding === Rounding.DOWN), env);
  if (b.kind === 'zero') return roundTo(a, format, env);
  if (a.kind === 'zero') return roundTo(b, format, env);
  if (hasNoResult(env)) return a;
  const [large, small] = a.exponent >= b.exponent ? [a, b] : [b, a];
  const apart = Math.min(large.exponent - small.exponent, FAR);
  const other = large.exponent - small.exponent > FAR ? 1n : small.significand;
  const aligned = large.significand << BigInt(apart);
  const sum = large.negative === small.negative ? aligned + other : aligned - other;
  if (sum === 0n) return exactly(zero(env.rounding === Rounding.DOWN), env);
  return round(
    sum < 0n ? !large.negative : large.negative,
    sum < 0n ? -sum : sum,
    large.exponent - 63 - apart,
    format,
    env,
  );
}
/** `a - b`. */
export function subtract(a: Float, b: Float, format: Format, env: Environment): Float {
  return nanResult(a, b, env) ?? add(a, negate(b), format, env);
}

export function multiply(a: Float, b: Float, format: Format, env: Environment): Float {
  const nan = nanResult(a, b, env);
  if (nan) return nan;
  const negative = a.negative !== b.negative;
  const hasZero = a.kind === 'zero' || b.kind === 'zero';
  if (a.kind === 'infinity' || b.kind === 'infinity') {
    if (hasZero) return invalid(env);
    noteDenormal(env, a, b);
    return exactly(infinity(negative), env);
  }
  noteDenormal(env, a, b);
  if (hasZero) return exactly(zero(negative), env);
  if (hasNoResult(env)) return a;
  return round(negative, a.significand * b.significand, a.exponent + b.exponent - 126, format, env);
}

/** `a / b`. */
export function divide(a: Float, b: Float, format: Format, env: Environment): Float {
  const nan = nanResult(a, b, env);
  if (nan) return nan;
  const negative = a.negative !== b.negative;
  if (a.kind === b.kind && a.kind !== 'finite') return invalid(env);
  if (b.kind === 'zero' && a.kind === 'finite') {
    env.flags |= Flag.ZE;
    return exactly(infinity(negative), env);
  }
  noteDenormal(env, a, b);
  if (a.kind === 'infinity' || b.kind === 'zero') return exactly(infinity(negative), env);
  if (a.kind === 'zero' || b.kind === 'infinity') return exactly(zero(negative), env);
  if (hasNoResult(env)) return a;
  const dividend = a.significand << 67n;
  const quotient = dividend / b.significand;
  const sticky = quotient * b.significand === dividend ? 0n : 1n;
  return round(negative, quotient | sticky, a.exponent - b.exponent - 67, format, env);
}

export function squareRoot(a: Float, format: Format, env: Environment): Float {
  const nan = nanResult(a, a, env);
  if (nan) return nan;
  if (a.kind === 'zero') return exactly(a, env);
  if (a.negative) return invalid(env);
  noteDenormal(env, a);
  if (a.kind === 'infinity' || hasNoResult(env)) return exactly(a, env);
  // An even power of two below a radicand of about 134 bits: 67 bits of root.
  const shift = (a.exponent - 63) & 1 ? 71 : 70;
  const radicand = a.significand << BigInt(shift);
  const root = integerSquareRoot(radicand);
  const sticky = root * root === radicand ? 0n : 1n;
  return round(false, root | sticky, (a.exponent - 63 - shift) / 2, format, env);
}
/** The largest integer whose square is not above `n`. */
export function integerSquareRoot(n: bigint): bigint {
  if (n === 0n) return 0n;
  const shift = BigInt(Math.max(0, bitLength(n) - 1000) & ~1);
  let root = (BigInt(Math.floor(Math.sqrt(Number(n >> shift)))) << (shift / 2n)) + 1n;
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next === root || next === root + 1n) break;
    root = next;
  }
  while (root * root > n) root--;
  while ((root + 1n) * (root + 1n) <= n) root++;
  return root;
}
