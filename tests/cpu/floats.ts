/** Encodings of floating-point numbers where arithmetic goes wrong: every class, edges of exponents, ties, short significands. */
import type { Format } from '../../src/emulator/float/format.ts';
import type { Random } from './random.ts';

/** An encoding of `format`, of any class. */
export function interestingFloat(random: Random, format: Format): bigint {
  const { exponentBits, hasIntegerBit, stored } = format;
  const fractionBits = stored - 1;
  const top = 2 ** exponentBits - 1;
  const bias = format.maxExponent;
  let exponent: number;
  let fraction = interestingFraction(random, fractionBits);
  const kind = random.below(32);
  if (kind < 2) exponent = 0;
  else if (kind < 3) {
    exponent = random.pick([0, top]);
    fraction = 0n;
  } else if (kind < 4) exponent = top;
  else if (kind < 6) exponent = random.pick([1, 2, 3, top - 1, top - 2, top - 3]);
  else if (kind < 8) exponent = bias + random.pick([15, 16, 31, 32, 62, 63, 64]) - random.below(3);
  else if (kind < 18) exponent = bias + random.below(7) - 3;
  else if (kind < 22) exponent = bias + random.below(2 * stored) - stored;
  else if (kind < 25) exponent = Math.min(top - 1, bias * random.pick([0.5, 1.5]) + random.below(5) - 2) | 0;
  else if (kind < 27) exponent = 1 + random.below(2 * stored);
  else if (kind < 29) exponent = top - 1 - random.below(2 * stored);
  else exponent = random.below(top + 1);
  const sign = random.chance(0.5) ? 1n : 0n;
  const upper = (sign << BigInt(exponentBits)) | BigInt(exponent);
  if (!hasIntegerBit) return (upper << BigInt(fractionBits)) | fraction;
  // The integer bit is right, but for one in thirty: pseudo-denormals and what is unsupported.
  const integer = (exponent === 0) === random.chance(1 / 30) ? 1n : 0n;
  return (upper << BigInt(stored)) | (integer << BigInt(fractionBits)) | fraction;
}

/** Two encodings that have something to do with each other now and then: equal, neighbours, opposite, alike in exponent. */
export function interestingPair(random: Random, format: Format): [bigint, bigint] {
  const a = interestingFloat(random, format);
  const width = format.exponentBits + (format.hasIntegerBit ? format.stored : format.stored - 1) + 1;
  switch (random.below(8)) {
    case 0:
      return [a, BigInt.asUintN(width, a + BigInt(random.below(5) - 2))];
    case 1:
      return [a, a ^ (1n << BigInt(width - 1)) ^ BigInt(random.below(4))];
    case 2:
      return [a, a ^ BigInt(random.u32())];
    default:
      return [a, interestingFloat(random, format)];
  }
}

function interestingFraction(random: Random, bits: number): bigint {
  const any = BigInt.asUintN(bits, random.u64());
  const all = (1n << BigInt(bits)) - 1n;
  switch (random.below(8)) {
    case 0:
      return 0n;
    case 1:
      return all - BigInt(random.below(2));
    case 2:
      return 1n << BigInt(random.below(bits));
    case 3:
      // A short one: products and quotients that are exact, or ties.
      return BigInt.asUintN(bits, any << BigInt(random.below(bits)));
    case 4:
      return BigInt.asUintN(bits, all << BigInt(random.below(bits)));
    case 5:
      return any >> BigInt(random.below(bits));
    case 6:
      // Around the places where 24 and 53 bits end.
      return (any & (all << BigInt(random.pick([bits - 23, Math.max(0, bits - 52)])))) + BigInt(random.below(3));
    default:
      return any;
  }
}
