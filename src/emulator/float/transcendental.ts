/**
 * The functions of F2XM1, FYL2X, FYL2XP1, FPATAN, FSIN, FCOS, FPTAN for finite operands other than zero, computed with so many
 * guard bits that the one rounding at the end is right. Unlike a processor's table (Intel SDM volume 1, "Transcendental
 * Instruction Accuracy", promises less than one unit in the last place), arguments are reduced by all of pi.
 */
import { integerSquareRoot } from './arithmetic.ts';
import type { Environment } from './environment.ts';
import { bitLength, EXTENDED, type Float } from './format.ts';
import { round } from './round.ts';
import {
  arcFactor,
  BITS,
  cosine,
  exponentialFactor,
  LN2,
  LONG_PI,
  ONE,
  PI,
  PI_EXTRA,
  sineFactor,
  times,
} from './series.ts';

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
  // Within the square roots of 1/2 and 2 around the nearest power of two, so that close to 1 the whole logarithm is this.
  const power = x.significand > SQRT2 ? x.exponent + 1 : x.exponent;
  const one = 1n << BigInt(63 + power - x.exponent);
  const logarithm = logarithmOfRatio(x.significand - one, x.significand + one);
  if (power === 0) return rounded(product(exact(y), logarithm), env);
  return rounded(product(exact(y), ofFixed(toFixed(logarithm) + BigInt(power) * ONE)), env);
}
const SQRT2 = 0xb504f333f9de6484n;
/** y * log2(1 + x), for x above -1 and below 2. */
export function timesLogarithmOfOnePlus(y: Float, x: Float, env: Environment): Float {
  const z = quotient(exact(x), addToTwo(x));
  return rounded(product(exact(y), logarithmByArc(z)), env);
}
function addToTwo(x: Float): Exact {
  // What is far below 2 cannot be told from it.
  if (x.exponent < -BITS) return { negative: false, significand: 2n, exponent: 0 };
  const unit = x.exponent - 63;
  const two = 2n << BigInt(-unit);
  return { negative: false, significand: x.negative ? two - x.significand : two + x.significand, exponent: unit };
}
/** log2((1 + z) / (1 - z)) for z = difference / sum. */
function logarithmOfRatio(difference: bigint, sum: bigint): Exact {
  return logarithmByArc(
    quotient(
      { negative: difference < 0n, significand: difference < 0n ? -difference : difference, exponent: 0 },
      { negative: false, significand: sum, exponent: 0 },
    ),
  );
}
function logarithmByArc(z: Exact): Exact {
  const natural = product(z, ofFixed(2n * arcFactor(square(z), 1n)));
  return quotient(natural, ofFixed(LN2));
}

/** x less the nearest multiple of pi/2, and that multiple's number, modulo 4. */
function reduce(x: Float): { rest: Exact; quadrant: number } {
  if (x.exponent < -1) return { rest: exact(x), quadrant: 0 };
  const unit = BITS + Number(PI_EXTRA);
  const magnitude = x.significand << BigInt(x.exponent - 63 + unit);
  const half = LONG_PI >> 1n;
  const turns = (magnitude + (half >> 1n)) / half;
  const rest = magnitude - turns * half;
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
