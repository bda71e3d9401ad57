/**
 * Series in fixed point, and the constants that they give. Numbers are integers in units of `2 ** -BITS`; each sum is exact to
 * a few hundred of these, which leaves more than 100 guard bits below a significand of 64.
 */

export const BITS = 256;
const SHIFT = BigInt(BITS);
export const ONE = 1n << SHIFT;

/** Of two fixed-point numbers. */
export function times(a: bigint, b: bigint): bigint {
  return (a * b) >> SHIFT;
}
/** The sum of terms of which each follows from the one before, until they vanish. */
function sum(first: bigint, next: (term: bigint, k: bigint) => bigint): bigint {
  let total = 0n;
  let k = 1n;
  // Shifts round towards minus infinity, so that a negative term ends at -1.
  for (let term = first; term !== 0n && term !== -1n; k++) {
    total += term;
    term = next(term, k);
  }
  return total;
}

/** sin(r) / r, by the square of r. */
export function sineFactor(square: bigint): bigint {
  return sum(ONE, (term, k) => -times(term, square) / (2n * k * (2n * k + 1n)));
}
/** cos(r), by the square of r. */
export function cosine(square: bigint): bigint {
  return sum(ONE, (term, k) => -times(term, square) / ((2n * k - 1n) * 2n * k));
}
/** (e ** r - 1) / r. */
export function exponentialFactor(r: bigint): bigint {
  return sum(ONE, (term, k) => times(term, r) / (k + 1n));
}
/** artanh(z) / z, or with `sign` -1 arctan(z) / z, by the square of z. */
export function arcFactor(square: bigint, sign: 1n | -1n): bigint {
  let power = ONE;
  let total = 0n;
  for (let k = 0n; power !== 0n; k++) {
    total += (sign < 0n && k & 1n ? -power : power) / (2n * k + 1n);
    power = times(power, square);
  }
  return total;
}

/** artanh(1 / n) or arctan(1 / n), with some guard bits more. */
function arcOfInverse(n: bigint, sign: 1n | -1n): bigint {
  let power = (ONE << GUARD) / n;
  let total = 0n;
  for (let k = 0n; power !== 0n; k++) {
    total += (sign < 0n && k & 1n ? -power : power) / (2n * k + 1n);
    power /= n * n;
  }
  return total;
}
const GUARD = 16n;

/** John Machin's formula. */
export const PI = (4n * (4n * arcOfInverse(5n, -1n) - arcOfInverse(239n, -1n))) >> GUARD;
export const LN2 = (2n * arcOfInverse(3n, 1n)) >> GUARD;
/** ln 10 = 3 ln 2 + ln 1.25. */
export const LN10 = 3n * LN2 + ((2n * arcOfInverse(9n, 1n)) >> GUARD);
