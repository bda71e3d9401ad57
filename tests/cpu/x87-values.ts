/** x87 state and operands for cases. */
import { type Draft, littleEndian } from './draft.ts';
import { double, extended, single } from './float-values.ts';
import { type Extended, type FpuImage, Status } from './fpu-image.ts';
import type { Random } from './random.ts';

/** Precision and rounding any way, exceptions masked mostly; bit 6 is always 1. SDM volume 1, "x87 FPU Control Word". */
function control(random: Random): number {
  const precision = random.pick([0, 2, 3, 3]);
  const masks = random.chance(0.8) ? 0x3f : random.below(0x40);
  return 0x40 | masks | (precision << 8) | (random.below(4) << 10);
}

/** Flags any way, but no exception pending mostly: the next instruction would only raise it. */
function status(controlWord: number, random: Random): number {
  const flags = random.chance(0.7) ? 0 : random.below(0x40);
  const quiet = random.chance(0.95) ? flags & controlWord : flags;
  const pending = quiet & ~controlWord & Status.EXCEPTIONS ? Status.ES | Status.B : 0;
  return quiet | pending | (random.u32() & 0x4700) | (random.below(8) << 11);
}

export function fillX87(image: FpuImage, draft: Draft): void {
  const { random, e } = draft;
  image.control = control(random);
  image.status = status(image.control, random);
  image.tags = random.chance(0.3) ? 0xff : random.chance(0.2) ? 0 : random.below(256);
  for (let i = 0; i < 8; i++) image.setSt(i, extended(random));
  if (e.memory) draft.operand ??= x87Operand(random);
}

/** As FXRSTOR and FXSAVE leave it alone: any bits at all. */
export function extendedOrZero(random: Random): Extended {
  return random.chance(0.2) ? { significand: 0n, signExponent: 0 } : extended(random);
}

/** 16 bytes that are a number in any format: which of them the instruction reads is its own affair. */
function x87Operand(random: Random): Uint8Array {
  const kind = random.below(4);
  if (kind === 0) return littleEndian(single(random), 16);
  if (kind === 1) return littleEndian(double(random), 16);
  if (kind === 2) return littleEndian(random.u64(), 16);
  const { significand, signExponent } = extended(random);
  return littleEndian((BigInt(signExponent) << 64n) | significand, 16);
}
