/** MMX state and operands for cases. */
import { type Draft, littleEndian } from './draft.ts';
import { type FpuImage, Status } from './fpu-image.ts';
import { interesting, type Random } from './random.ts';

export function fillMmx(image: FpuImage, draft: Draft): void {
  const { random, e } = draft;
  image.status = (random.u32() & 0x4700) | (random.below(8) << 11);
  // An invalid operation of the x87 that is not masked and waits to be told.
  if (random.chance(0.05)) {
    image.control &= ~1;
    image.status |= Status.B | Status.ES | 1;
  }
  image.tags = random.chance(0.5) ? 0xff : random.below(256);
  for (let i = 0; i < 8; i++) image.setMm(i, packedIntegers(random));
  if (e.memory) draft.operand ??= littleEndian(packedIntegers(random), 8);
}

/** 64 bits: integers of one width with edges among them. */
export function packedIntegers(random: Random): bigint {
  const width = random.pick([8, 16, 32, 64]);
  let value = 0n;
  for (let at = 0; at < 64; at += width) value |= edge(width, random) << BigInt(at);
  return value;
}

function edge(width: number, random: Random): bigint {
  const top = 1n << BigInt(width - 1);
  if (random.chance(0.5)) return BigInt.asUintN(width, random.u64());
  return BigInt.asUintN(width, random.pick([0n, 1n, -1n, top, top - 1n, top + 1n, interesting(random)]));
}
