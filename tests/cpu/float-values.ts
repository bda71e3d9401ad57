/** Floating-point numbers where arithmetic goes wrong, in the three formats of SDM volume 1, "Floating-Point Data Types". */
import type { Extended } from './fpu-image.ts';
import type { Random } from './random.ts';

const mask = (bits: number) => (1n << BigInt(bits)) - 1n;

/** Significand bits: none, one at either end, all, few, any. */
function fraction(bits: number, random: Random): bigint {
  const kind = random.below(8);
  if (kind === 0) return 0n;
  if (kind === 1) return 1n << BigInt(random.below(bits));
  if (kind === 2) return mask(bits);
  if (kind === 3) return mask(bits) - BigInt(random.below(4));
  if (kind === 4) return BigInt(random.below(4));
  if (kind === 5) return (random.u64() & mask(12)) << BigInt(bits - 12);
  return random.u64() & mask(bits);
}

/** Biased exponent: near 1.0, at the ends (0, denormal, infinite, not a number), any. */
function exponent(bits: number, random: Random): number {
  const bias = 2 ** (bits - 1) - 1;
  const top = 2 ** bits - 1;
  const kind = random.below(16);
  if (kind < 6) return bias + random.below(9) - 4;
  if (kind < 9) return bias + random.below(140) - 70;
  if (kind < 10) return random.below(3);
  if (kind < 11) return 0;
  if (kind < 12) return top;
  if (kind < 13) return top - random.below(3);
  return random.below(top + 1);
}

/** Bits of a number with `exponentBits` and `fractionBits`, clamped into its format. */
function packed(exponentBits: number, fractionBits: number, random: Random): bigint {
  const top = 2 ** exponentBits - 1;
  const e = BigInt(Math.min(Math.max(exponent(exponentBits, random), 0), top));
  const sign = BigInt(random.below(2));
  return (((sign << BigInt(exponentBits)) | e) << BigInt(fractionBits)) | fraction(fractionBits, random);
}

export const single = (random: Random): bigint => packed(8, 23, random);
export const double = (random: Random): bigint => packed(11, 52, random);

/** Mostly proper numbers; one in 16 has an integer bit that does not fit its exponent (unnormal, pseudo-denormal and so on). */
export function extended(random: Random): Extended {
  const e = exponent(15, random);
  const sign = random.below(2) << 15;
  const proper = e === 0 ? 0n : 1n << 63n;
  const integer = random.below(16) ? proper : proper ^ (1n << 63n);
  return { significand: integer | fraction(63, random), signExponent: sign | e };
}
