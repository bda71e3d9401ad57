/**
 * The functions of F2XM1, FYL2X, FYL2XP1, FPATAN, FSIN, FCOS, FPTAN for finite operands other than zero, computed with so many
 * guard bits that the one rounding at the end is right. Processors need to be right to a unit in the last
 * place only (Intel SDM volume 1, "Transcendental Instruction Accuracy").
 */
import { integerSquareRoot } from './arithmetic.ts';
import type { Environment } from './environment.ts';
import { bitLength, EXTENDED, type Float } from './format.ts';
import { round } from './round.ts';
import { arcFactor, BITS, cosine, exponentialFactor, LN2, ONE, PI, sineFactor, times } from './series.ts';

/** `significand * 2 ** exponent`; not normalised. */
interface Exact {
  negative: boolean;
  significand: bigint;
  exponent: number;
}
const exact = (a: Float): Exact => ({ negative: a.negative, significand: a.significand, exponent: a.exponent - 63 });
const product = (a: Exact, b: Exact): Exact => ({
  negative: a.negative !== b.negative,
  significand: a.significand * b.significand,
  exponent: a.exponent + b.exponent,
});
const ofFixed = (value: bigint): Exact => ({
  negative: value < 0n,
  significand: value < 0n ? -value : value,
  exponent: -BITS,
});
/** In fixed point; what lies below its last bit is cut off. */
function toFixed({ negative, significand, exponent }: Exact): bigint {
  const shift = exponent + BITS;
  const magnitude = shift >= 0 ? significand << BigInt(shift) : significand >> BigInt(-shift);
  return negative ? -magnitude : magnitude;
}
function quotient(a: Exact, b: Exact): Exact {
  const shift = BITS + bitLength(b.significand) - bitLength(a.significand);
  return {
    negative: a.negative !== b.negative,
    significand: (a.significand << BigInt(shift)) / b.significand,
    exponent: a.exponent - b.exponent - shift,
  };
}
/** None of these values has an end: there is always something behind what has been computed. */
function rounded({ negative, significand, exponent }: Exact, env: Environment): Float {
  return round(negative, (significand << 1n) | 1n, exponent - 1, EXTENDED, env);
}
/** A factor beside 1 by less than fixed point can show: on the right side of it. */
const below = (factor: bigint) => (factor >= ONE ? ONE - 1n : factor);
const above = (factor: bigint) => (factor <= ONE ? ONE + 1n : factor);
const square = (a: Exact) => toFixed(product(a, a));

/** 2 ** x - 1, for x between -1 and 1, neither of these. */
export function exponentialLessOne(x: Float, env: Environment): Float {
  const r = product(exact(x), ofFixed(LN2));
  return rounded(product(r, ofFixed(exponentialFactor(toFixed(r)))), env);
}

/** y * log2(x), for a positive x that is no power of two. */
export function timesLogarithm(y: Float, x: Float, env: Environment): Float {
  return rounded(product(exact(y), logarithm(x.significand, x.exponent - 63)), env);
}
/** y * log2(1 + x), for x above -1. */
export function timesLogarithmOfOnePlus(y: Float, x: Float, env: Environment): Float {
  const { exponent } = x;
  // Far above 1 the one no longer counts; far below, ln(1 + x) is x and a little less.
  if (exponent > BITS) return timesLogarithm(y, x, env);
  if (exponent < -BITS)
    return rounded(product(exact(y), quotient(product(exact(x), ofFixed(ONE - 1n)), ofFixed(LN2))), env);
  const unit = Math.min(0, exponent - 63);
  const magnitude = x.significand << BigInt(exponent - 63 - unit);
  const one = 1n << BigInt(-unit);
  return rounded(product(exact(y), logarithm(x.negative ? one - magnitude : one + magnitude, unit)), env);
}
/** log2 of `significand * 2 ** exponent`, with a relative error that fixed point has, however close to 1 the number is. */
function logarithm(significand: bigint, exponent: number): Exact {
  // Between the square roots of 1/2 and 2, times a power of two.
  const length = bitLength(significand);
  const leading = length >= 64 ? significand >> BigInt(length - 64) : significand << BigInt(64 - length);
  const power = exponent + length - (leading > SQRT2 ? 0 : 1);
  const shift = power - exponent;
  const [number, one] = shift >= 0 ? [significand, 1n << BigInt(shift)] : [significand << BigInt(-shift), 1n];
  const difference = number - one;
  const ratio: Exact = {
    negative: difference < 0n,
    significand: difference < 0n ? -difference : difference,
    exponent: 0,
  };
  const fraction =
    difference === 0n
      ? ratio
      : logarithmByArc(quotient(ratio, { ...ratio, negative: false, significand: number + one }));
  return power === 0 ? fraction : ofFixed(toFixed(fraction) + BigInt(power) * ONE);
}
const SQRT2 = 0xb504f333f9de6484n;
/** log2((1 + z) / (1 - z)). */
function logarithmByArc(z: Exact): Exact {
  return quotient(product(z, ofFixed(2n * arcFactor(square(z), 1n))), ofFixed(LN2));
}

/**
 * The pi of the reduction, in units of `2 ** -64`: Intel SDM volume 1, section 8.3.8 ("Approximation of Pi"). With all of pi
 * results for large operands would be better, but not those of a processor.
 */
const REDUCTION_PI = 0xc90fdaa22168c234cn >> 2n;
/** x less the nearest multiple of pi/2, and that multiple's number, modulo 4. */
function reduce(x: Float): { rest: Exact; quadrant: number } {
  if (x.exponent < -1) return { rest: exact(x), quadrant: 0 };
  // In units of 2 ** -65, of which pi/2 is a whole number; x has none smaller.
  const unit = 65;
  const magnitude = x.significand << BigInt(x.exponent - 63 + unit);
  const turns = (magnitude + (REDUCTION_PI >> 1n)) / REDUCTION_PI;
  const rest = magnitude - turns * REDUCTION_PI;
  const quadrant = Number(turns & 3n);
  return {
    rest: { negative: rest < 0n !== x.negative, significand: rest < 0n ? -rest : rest, exponent: -unit },
    quadrant: x.negative ? (4 - quadrant) & 3 : quadrant,
  };
}
const sineOf = (rest: Exact) => product(rest, ofFixed(below(sineFactor(square(rest)))));
const cosineOf = (rest: Exact) => ofFixed(below(cosine(square(rest))));
const signed = (a: Exact, flips: boolean): Exact => (flips ? { ...a, negative: !a.negative } : a);

export function sine(x: Float, env: Environment): Float {
  const { rest, quadrant } = reduce(x);
  return rounded(signed(quadrant & 1 ? cosineOf(rest) : sineOf(rest), quadrant >= 2), env);
}
export function cosineOfNumber(x: Float, env: Environment): Float {
  const { rest, quadrant } = reduce(x);
  return rounded(signed(quadrant & 1 ? sineOf(rest) : cosineOf(rest), quadrant === 1 || quadrant === 2), env);
}
export function tangent(x: Float, env: Environment): Float {
  const { rest, quadrant } = reduce(x);
  const squared = square(rest);
  const factor = ofFixed(above((sineFactor(squared) << BigInt(BITS)) / cosine(squared)));
  const value = product(rest, factor);
  return rounded(quadrant & 1 ? signed(quotient(ofFixed(ONE), value), true) : value, env);
}

/** The angle of the point (x, y), between -pi and pi. */
export function arctangent(y: Float, x: Float, env: Environment): Float {
  const isSteep = y.exponent > x.exponent || (y.exponent === x.exponent && y.significand > x.significand);
  const ratio = isSteep ? quotient(exact(x), exact(y)) : quotient(exact(y), exact(x));
  const angle = arctangentOfFraction({ ...ratio, negative: false });
  if (!isSteep && !x.negative) return rounded(signed(angle, y.negative), env);
  // pi/2 minus the angle where the point lies beside the y axis, pi minus it behind: measured from there.
  const whole = isSteep ? PI >> 1n : PI;
  const isBehind = isSteep ? !x.negative : true;
  const total = whole + (isBehind ? -toFixed(angle) : toFixed(angle));
  return rounded(signed(ofFixed(total), y.negative), env);
}
/** arctan of a ratio between 0 and 1. */
function arctangentOfFraction(t: Exact): Exact {
  const length = bitLength(t.significand) + t.exponent;
  if (length < -3) return product(t, ofFixed(below(arcFactor(square(t), -1n))));
  // Twice half the angle, and again.
  let fixed = toFixed(t);
  for (let i = 0; i < 2; i++)
    fixed = (fixed << BigInt(BITS)) / (ONE + integerSquareRoot((ONE << BigInt(BITS)) + fixed * fixed));
  return ofFixed(4n * times(fixed, arcFactor(times(fixed, fixed), -1n)));
}
