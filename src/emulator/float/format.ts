/** Floating-point formats as data, and numbers taken out of them and put back. Intel SDM volume 1, section 4.2.2. */

export interface Format {
  readonly name: string;
  /** Significant bits of a rounded result, with the integer bit. */
  readonly precision: number;
  /** Bits of the significand that are kept, with the integer bit even if it is implied. */
  readonly stored: number;
  readonly hasIntegerBit: boolean;
  readonly exponentBits: number;
  /** Exponents of the smallest normal and of the largest numbers; the largest is the bias as well. */
  readonly minExponent: number;
  readonly maxExponent: number;
  /** By how much the x87 changes the exponent on unmasked overflow and underflow. */
  readonly rebias: number;
}
function format(name: string, stored: number, exponentBits: number, hasIntegerBit = false): Format {
  const maxExponent = 2 ** (exponentBits - 1) - 1;
  const rebias = 3 * 2 ** (exponentBits - 2);
  return {
    name,
    precision: stored,
    stored,
    hasIntegerBit,
    exponentBits,
    minExponent: 1 - maxExponent,
    maxExponent,
    rebias,
  };
}
export const BINARY32 = format('binary32', 24, 8);
export const BINARY64 = format('binary64', 53, 11);
/** The x87's registers: 64 bits of significand with its integer bit, 15 of exponent, sign. */
export const EXTENDED = format('extended', 64, 15, true);
/** Precision control: the registers' range of exponents with a shorter significand. */
export const EXTENDED_24: Format = { ...EXTENDED, precision: 24 };
export const EXTENDED_53: Format = { ...EXTENDED, precision: 53 };

/** `unsupported`: an extended encoding that is no number since the 80387: unnormal, pseudo-NaN, pseudo-infinity. */
export type Kind = 'zero' | 'finite' | 'infinity' | 'quiet' | 'signalling' | 'unsupported';

/** A number of any format. */
export interface Float {
  readonly kind: Kind;
  readonly negative: boolean;
  /** Of a finite number: the power of two of its leading bit. */
  readonly exponent: number;
  /**
   * 64 bits. Of a finite number, with bit 63 set always: `significand * 2 ** (exponent - 63)` is the magnitude. Of a NaN as
   * the extended format has it: bit 63, the quiet bit, the payload.
   */
  readonly significand: bigint;
  /** Its encoding was a denormal (or pseudo-denormal) one: DE. */
  readonly isDenormal: boolean;
}

const INTEGER_BIT = 1n << 63n;
const QUIET_BIT = 1n << 62n;

const special = (kind: Kind, negative: boolean, significand = 0n): Float => ({
  kind,
  negative,
  exponent: 0,
  significand,
  isDenormal: false,
});
export const zero = (negative: boolean) => special('zero', negative);
export const infinity = (negative: boolean) => special('infinity', negative);
/** "QNaN floating-point indefinite". */
export const DEFAULT_NAN = special('quiet', true, INTEGER_BIT | QUIET_BIT);
/** @param significand 64 bits with bit 63 set */
export function finite(negative: boolean, exponent: number, significand: bigint, isDenormal = false): Float {
  return { kind: 'finite', negative, exponent, significand, isDenormal };
}
export function quiet(nan: Float): Float {
  return special('quiet', nan.negative, nan.significand | QUIET_BIT);
}
export function negate(a: Float): Float {
  return { ...a, negative: !a.negative };
}
/** MXCSR.DAZ: denormals are zero, and raise no DE. */
export function denormalAsZero(a: Float): Float {
  return a.isDenormal ? zero(a.negative) : a;
}

/** Length of a positive integer in bits; 0 for 0. */
export function bitLength(n: bigint): number {
  let length = 0;
  let rest = n;
  for (; rest >> 64n; rest >>= 64n) length += 64;
  const high = Number(rest >> 32n);
  return length + (high ? 64 - Math.clz32(high) : 32 - Math.clz32(Number(rest)));
}

/** Takes an encoding apart; of any width of `format`, unsigned. */
export function unpack(format: Format, bits: bigint): Float {
  const { stored, hasIntegerBit, exponentBits } = format;
  const fractionBits = BigInt(hasIntegerBit ? stored : stored - 1);
  const signAndExponent = Number(bits >> fractionBits);
  const fraction = BigInt.asUintN(Number(fractionBits), bits);
  const exponent = signAndExponent & (2 ** exponentBits - 1);
  const implied = !hasIntegerBit && exponent !== 0 ? INTEGER_BIT : 0n;
  return classify(format, signAndExponent >> exponentBits !== 0, exponent, implied | (fraction << BigInt(64 - stored)));
}
/** An x87 register: sign and exponent (16 bits), significand (64 bits). */
export function unpackExtended(signAndExponent: number, significand: bigint): Float {
  return classify(EXTENDED, (signAndExponent & 0x8000) !== 0, signAndExponent & 0x7fff, significand);
}
/** @param significand with bit 63 for the integer bit */
function classify(format: Format, negative: boolean, biased: number, significand: bigint): Float {
  if (biased === 0) {
    if (significand === 0n) return zero(negative);
    const shift = 64 - bitLength(significand);
    return finite(negative, format.minExponent - shift, significand << BigInt(shift), true);
  }
  if (!(significand & INTEGER_BIT)) return special('unsupported', negative, significand);
  if (biased < 2 * format.maxExponent + 1) return finite(negative, biased - format.maxExponent, significand);
  if (significand === INTEGER_BIT) return infinity(negative);
  return special(significand & QUIET_BIT ? 'quiet' : 'signalling', negative, significand);
}

/** The encoding of a number that `format` can hold, as `round` leaves it; of a NaN the payload is cut. */
export function pack(format: Format, a: Float): bigint {
  const [signAndExponent, significand] = encode(format, a);
  const { stored, hasIntegerBit } = format;
  const fractionBits = hasIntegerBit ? stored : stored - 1;
  return (
    (BigInt(signAndExponent) << BigInt(fractionBits)) | BigInt.asUintN(fractionBits, significand >> BigInt(64 - stored))
  );
}
/** Sign with biased exponent, and significand with its integer bit at bit 63: an x87 register, if `format` is extended. */
export function encode(format: Format, a: Float): [signAndExponent: number, significand: bigint] {
  const sign = a.negative ? 2 ** format.exponentBits : 0;
  switch (a.kind) {
    case 'zero':
      return [sign, 0n];
    case 'infinity':
      return [sign | (2 * format.maxExponent + 1), INTEGER_BIT];
    case 'finite':
      if (a.exponent >= format.minExponent) return [sign | (a.exponent + format.maxExponent), a.significand];
      return [sign, a.significand >> BigInt(format.minExponent - a.exponent)];
    default:
      return [sign | (2 * format.maxExponent + 1), a.significand];
  }
}
