/** Rounding an exact result into a format, with overflow, underflow and inexactness. Intel SDM volume 1, section 4.9.1. */
import { type Environment, Flag, hasNoResult, Rounding } from './environment.ts';
import { bitLength, type Float, type Format, finite, infinity, zero } from './format.ts';

/** An integer with its last bits dropped. */
interface Dropped {
  rest: bigint;
  isInexact: boolean;
  isUp: boolean;
}
/** Drops `count` bits of a magnitude as the rounding mode says. */
export function dropBits(magnitude: bigint, count: number, negative: boolean, rounding: Rounding): Dropped {
  if (count <= 0) return { rest: magnitude << BigInt(-count), isInexact: false, isUp: false };
  const rest = magnitude >> BigInt(count);
  const lost = magnitude - (rest << BigInt(count));
  if (lost === 0n) return { rest, isInexact: false, isUp: false };
  const isUp = roundsUp(rest, lost, 1n << BigInt(count - 1), negative, rounding);
  return { rest: isUp ? rest + 1n : rest, isInexact: true, isUp };
}
function roundsUp(rest: bigint, lost: bigint, half: bigint, negative: boolean, rounding: Rounding): boolean {
  switch (rounding) {
    case Rounding.NEAREST:
      return lost > half || (lost === half && (rest & 1n) === 1n);
    case Rounding.DOWN:
      return negative;
    case Rounding.UP:
      return !negative;
    default:
      return false;
  }
}

/**
 * The number of `format` for the magnitude `significand * 2 ** exponent`, `significand` positive and of any length. A result
 * that was cut short has its last bit set for what is missing, at least two bits below the last one that `format` keeps.
 * Adds OE, UE, PE to `env.flags` and sets `env.roundedUp`.
 */
export function round(
  negative: boolean,
  significand: bigint,
  exponent: number,
  format: Format,
  env: Environment,
): Float {
  const { precision, minExponent, maxExponent, rebias } = format;
  // As if the exponent had no bounds: what is tiny on x86 is so after rounding.
  const excess = bitLength(significand) - precision;
  const free = dropBits(significand, excess, negative, env.rounding);
  let leading = exponent + excess + precision - 1;
  if (free.rest >> BigInt(precision)) leading++;
  if (leading < minExponent) {
    if (env.masked & Flag.UE) return denormal(negative, significand, exponent, format, env);
    env.flags |= Flag.UE;
    leading += rebias;
  } else if (leading > maxExponent) {
    env.flags |= Flag.OE;
    if (env.masked & Flag.OE) return overflow(negative, format, env);
    leading -= rebias;
  }
  if (free.isInexact) env.flags |= Flag.PE;
  env.roundedUp = free.isUp;
  return normalised(negative, free.rest, leading);
}
function normalised(negative: boolean, significand: bigint, leading: number): Float {
  return finite(negative, leading, BigInt.asUintN(64, significand << BigInt(64 - bitLength(significand))));
}
function denormal(negative: boolean, significand: bigint, exponent: number, format: Format, env: Environment): Float {
  const last = format.minExponent - (format.precision - 1);
  if (env.flushToZero) {
    env.flags |= Flag.UE | Flag.PE;
    env.roundedUp = false;
    return zero(negative);
  }
  const { rest, isInexact, isUp } = dropBits(significand, last - exponent, negative, env.rounding);
  if (isInexact) env.flags |= Flag.UE | Flag.PE;
  env.roundedUp = isUp;
  return rest === 0n ? zero(negative) : normalised(negative, rest, last + bitLength(rest) - 1);
}
function overflow(negative: boolean, format: Format, env: Environment): Float {
  env.flags |= Flag.PE;
  const { rounding } = env;
  env.roundedUp = rounding === Rounding.NEAREST || rounding === (negative ? Rounding.DOWN : Rounding.UP);
  if (env.roundedUp) return infinity(negative);
  return finite(negative, format.maxExponent, ((1n << BigInt(format.precision)) - 1n) << BigInt(64 - format.precision));
}

/** A number that needs no more than rounding. Neither NaN nor DE is looked at. */
export function roundTo(a: Float, format: Format, env: Environment): Float {
  env.roundedUp = false;
  if (a.kind !== 'finite' || hasNoResult(env)) return a;
  return round(a.negative, a.significand, a.exponent - 63, format, env);
}
