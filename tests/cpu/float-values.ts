/** Floating-point numbers where arithmetic goes wrong, in the three formats of SDM volume 1, "Floating-Point Data Types". */
import { BINARY32, BINARY64, EXTENDED } from '../../src/emulator/float/format.ts';
import { interestingFloat } from './floats.ts';
import type { Extended } from './fpu-image.ts';
import type { Random } from './random.ts';

export const single = (random: Random): bigint => interestingFloat(random, BINARY32);
export const double = (random: Random): bigint => interestingFloat(random, BINARY64);

/** Mostly proper numbers; one in 30 has an integer bit that does not fit its exponent (unnormal, pseudo-denormal and so on). */
export function extended(random: Random): Extended {
  const bits = interestingFloat(random, EXTENDED);
  return { significand: BigInt.asUintN(64, bits), signExponent: Number(bits >> 64n) };
}
