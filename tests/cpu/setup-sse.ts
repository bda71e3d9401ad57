/** Preparations for MMX and SSE instructions; `setup.ts` has those of the others. */
import { type Draft, littleEndian, RAX, RDI, RDX } from './draft.ts';
import type { Random } from './random.ts';

/** Counts around the widths of lanes. */
function count(random: Random): bigint {
  return BigInt(random.pick([0, 1, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 128, 255, random.below(256)]));
}
/** Puts 128 bits where ModRM.rm says. */
function setSource(d: Draft, value: bigint): void {
  if (d.e.memory || d.e.rm < 0) d.operand = littleEndian(value, 16);
  else if (d.e.form.fpu.includes('sse')) d.fpu?.setXmm(d.e.rm, value);
  else d.fpu?.setMm(d.e.rm & 7, BigInt.asUintN(64, value));
}

/** A count in a register or in memory: all 64 bits of it count, those above them do not. */
function shift(d: Draft): void {
  const above = d.random.chance(0.3) ? d.random.u64() << 64n : 0n;
  const wrong = d.random.chance(0.1) ? 1n << BigInt(d.random.below(64)) : 0n;
  if (d.random.chance(0.9)) setSource(d, count(d.random) | wrong | above);
}
function shiftCount(d: Draft): void {
  d.e.immediates[0] = count(d.random);
}
/** Bytes are stored at rDI, under a mask. */
function mask(d: Draft): void {
  d.setPointer(RDI, BigInt(d.dataAddress() - d.segmentBase()));
  if (d.random.chance(0.2)) setSource(d, 0n);
}
/** Reserved bits raise #GP. */
function mxcsr(d: Draft): void {
  const reserved = d.random.chance(0.2) ? d.random.u32() & 0xffff0000 : 0;
  d.operand = littleEndian(BigInt(((d.random.u32() & 0xffff) | reserved) >>> 0), 4);
}
/** Strings of few different characters, with ends, and lengths around theirs. */
function stringCompare(d: Draft): void {
  const { random } = d;
  const alphabet = [1, 2, 3, 0x61, 0x7f, 0x80, 0xff, ...(random.chance(0.5) ? [0] : [])];
  const text = () => {
    const bytes = Array.from({ length: 16 }, () => random.pick(alphabet));
    if (random.chance(0.5)) for (let i = 1; i < 16; i += 2) bytes[i] = random.chance(0.9) ? 0 : 1;
    return bytes.reduce((value, byte, i) => value | (BigInt(byte) << BigInt(8 * i)), 0n);
  };
  const first = text();
  d.fpu?.setXmm(d.e.reg, first);
  setSource(d, random.chance(0.2) ? first : text());
  const length = () =>
    random.chance(0.8) ? BigInt.asUintN(64, BigInt(random.below(40) - 20)) : BigInt(random.u32()) << 32n;
  d.setRegister(RAX, length(), 64);
  d.setRegister(RDX, length(), 64);
}

/** Numbers near integers and near the ends of their ranges, each of them one of the lanes. */
function toInteger(d: Draft): void {
  const { random, e } = d;
  if (random.chance(0.3)) return;
  const isDouble = /^(cvtt?[ps]d|round[ps]d)/.test(e.form.mnemonic);
  const value = () => {
    const kind = random.below(4);
    const magnitude =
      kind === 0
        ? random.below(20) / 4
        : kind === 1
          ? 2 ** random.pick([31, 32, 62, 63, 64, 23, 24, 52, 53]) + (random.below(5) - 2) / 2
          : kind === 2
            ? random.u32() + random.below(4) / 4
            : random.u32() * 2 ** random.below(32);
    return random.chance(0.5) ? magnitude : -magnitude;
  };
  const bytes = new DataView(new ArrayBuffer(16));
  for (let at = 0; at < 16; at += isDouble ? 8 : 4)
    if (isDouble) bytes.setFloat64(at, value(), true);
    else bytes.setFloat32(at, value(), true);
  setSource(d, bytes.getBigUint64(0, true) | (bytes.getBigUint64(8, true) << 64n));
}
/** Numbers whose products and sums are mostly exact or of about the same size. */
function dot(d: Draft): void {
  const { random } = d;
  if (random.chance(0.3)) return;
  const isDouble = d.e.form.mnemonic === 'dppd';
  const vector = () => {
    const bytes = new DataView(new ArrayBuffer(16));
    for (let at = 0; at < 16; at += isDouble ? 8 : 4) {
      const value = (random.below(2000) - 1000) * 2 ** (random.below(60) - 30) + random.below(3);
      if (isDouble) bytes.setFloat64(at, value, true);
      else bytes.setFloat32(at, value, true);
    }
    return bytes.getBigUint64(0, true) | (bytes.getBigUint64(8, true) << 64n);
  };
  d.fpu?.setXmm(d.e.reg, vector());
  setSource(d, vector());
}

export const SSE_SETUPS: Readonly<Record<string, (d: Draft) => void>> = {
  shift,
  'shift-count': shiftCount,
  mask,
  mxcsr,
  'string-compare': stringCompare,
  'to-integer': toInteger,
  dot,
};
