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

/** Half of the cases are everyday arithmetic, which the emulator does in other ways than what is rare. */
export function fillSse(image: FpuImage, draft: Draft): void {
  const { random, e } = draft;
  const isDouble = /(ps|ss|pd|sd)/.exec(e.form.mnemonic)?.[0].endsWith('d') ?? random.chance(0.5);
  const isEveryday = random.chance(0.5);
  const value = () => (isEveryday ? everydayValue(isDouble, random) : packedValue(random));
  image.mxcsr = isEveryday ? 0x1f80 | random.below(0x40) : mxcsr(random);
  for (let i = 0; i < 16; i++) image.setXmm(i, value());
  if (e.memory) draft.operand ??= littleEndian(value(), 16);
}

/** Singles or doubles of moderate size: zeros, numbers of few bits, whose sums and products are often exact, and any. */
function everydayValue(isDouble: boolean, random: Random): bigint {
  const lane = isDouble ? 64 : 32;
  const [fractionBits, bias] = isDouble ? [52, 1023] : [23, 127];
  const number = () => {
    const sign = BigInt(random.below(2)) << BigInt(lane - 1);
    if (random.chance(0.08)) return sign;
    const exponent = BigInt(bias + random.below(48) - 24) << BigInt(fractionBits);
    const whole = BigInt.asUintN(fractionBits, random.u64());
    const dropped = BigInt(random.chance(0.5) ? 0 : random.below(fractionBits + 1));
    return sign | exponent | ((whole >> dropped) << dropped);
  };
  let value = 0n;
  for (let at = 0; at < 128; at += lane) value |= number() << BigInt(at);
  return value;
}

/** 128 bits: four singles, two doubles, or integers. */
export function packedValue(random: Random): bigint {
  const kind = random.below(3);
  if (kind === 0) return [0n, 32n, 64n, 96n].reduce((value, at) => value | (single(random) << at), 0n);
  if (kind === 1) return double(random) | (double(random) << 64n);
  return packedIntegers(random) | (packedIntegers(random) << 64n);
}
