/** SSE state and operands for cases. */
import { type Draft, littleEndian } from './draft.ts';
import { double, single } from './float-values.ts';
import type { FpuImage } from './fpu-image.ts';
import { packedIntegers } from './mmx-values.ts';
import type { Random } from './random.ts';

/** Rounding, flush to zero and denormals any way, exceptions masked mostly. SDM volume 1, "MXCSR Control and Status Register". */
function mxcsr(random: Random): number {
  const masks = random.chance(0.8) ? 0x1f80 : random.u32() & 0x1f80;
  const modes = random.chance(0.5) ? 0 : random.u32() & 0xe040;
  const flags = random.chance(0.7) ? 0 : random.below(0x40);
  return masks | modes | flags;
}

export function fillSse(image: FpuImage, draft: Draft): void {
  const { random, e } = draft;
  image.mxcsr = mxcsr(random);
  for (let i = 0; i < 16; i++) image.setXmm(i, packedValue(random));
  if (e.memory) draft.operand ??= littleEndian(packedValue(random), 16);
}

/** 128 bits: four singles, two doubles, or integers. */
export function packedValue(random: Random): bigint {
  const kind = random.below(3);
  if (kind === 0) return [0n, 32n, 64n, 96n].reduce((value, at) => value | (single(random) << at), 0n);
  if (kind === 1) return double(random) | (double(random) << 64n);
  return packedIntegers(random) | (packedIntegers(random) << 64n);
}
