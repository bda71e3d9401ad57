/** x87, MMX and SSE state of two outcomes side by side. */
import { type Extended, FpuImage, Status } from './fpu-image.ts';
import { type FpuPointers, host } from './native.ts';

const hex = (n: bigint | number) => `0x${n.toString(16)}`;
const text = ({ significand, signExponent }: Extended) =>
  `${signExponent.toString(16).padStart(4, '0')}:${significand.toString(16).padStart(16, '0')}`;

/** Bits that tell of rounding; of a result that is denormal to one of the two, underflow goes with it. */
function approximateStatus(native: FpuImage, emulated: FpuImage): number {
  const isDenormal = [native, emulated].some((image) => (image.st(0).signExponent & 0x7fff) === 0);
  return Status.C1 | Status.PE | (isDenormal ? Status.UE : 0) | (native.control & Status.PE ? 0 : Status.ES | Status.B);
}

/** Of one sign, a unit in the last place apart. */
function areNeighbours(a: Extended, b: Extended): boolean {
  if ((a.signExponent ^ b.signExponent) & 0x8000) return false;
  const position = ({ signExponent, significand }: Extended) =>
    (BigInt(signExponent) << 63n) | BigInt.asUintN(63, significand);
  const apart = position(a) - position(b);
  return apart >= -1n && apart <= 1n;
}

/**
 * Which of the x87 pointers mean anything. Processors may keep them up to date with every instruction or with those alone
 * that raise an unmasked exception (SDM volume 1, "x87 FPU Instruction and Data (Operand) Pointers" and "Last Instruction
 * Opcode"); the emulator does it always.
 */
function comparablePointers(status: number): FpuPointers {
  if (status & Status.ES) return { opcode: true, code: true, data: true };
  return host().fpuPointers;
}

/** What a comparison of such state leaves out. */
export interface FpuLeniency {
  /** An image with ones wherever the manual leaves the outcome undefined. */
  fpu: Uint8Array;
  /** Numbers may differ by a unit in the last place, and then in which way they were rounded (C1). */
  isApproximate: boolean;
  /** The registers are told by their own numbers, not from the top of the stack. */
  topIsOpen: boolean;
}

/** @returns one line a difference, `what: host's value, emulator's value` */
export function fpuDifferences(
  { fpu, isApproximate, topIsOpen }: FpuLeniency,
  nativeBytes: Uint8Array,
  emulatedBytes: Uint8Array,
): string[] {
  const defined = (bytes: Uint8Array) => {
    const image = new FpuImage(bytes.map((byte, i) => byte & ~(fpu[i] as number)));
    return topIsOpen ? image.withTopAtR0() : image;
  };
  const native = defined(nativeBytes);
  const emulated = defined(emulatedBytes);
  const found: string[] = [];
  const differ = (what: string, a: bigint | number, b: bigint | number) => {
    if (a !== b) found.push(`${what}: host ${hex(a)}, emulator ${hex(b)}`);
  };
  differ('x87 control word', native.control, emulated.control);
  // Whether a result that happens to be exact counts as inexact goes with its accuracy.
  const ignored = isApproximate ? approximateStatus(native, emulated) : 0;
  differ('x87 status word', native.status & ~ignored, emulated.status & ~ignored);
  differ('x87 tags (abridged)', native.tags, emulated.tags);
  const comparable = comparablePointers(new FpuImage(nativeBytes).status);
  if (comparable.opcode) differ('x87 opcode', native.opcode, emulated.opcode);
  if (comparable.code) differ('x87 code pointer', native.codePointer, emulated.codePointer);
  if (comparable.data) differ('x87 data pointer', native.dataPointer, emulated.dataPointer);
  for (let i = 0; i < 8; i++) {
    const [a, b] = [text(native.st(i)), text(emulated.st(i))];
    if (a !== b && !(isApproximate && areNeighbours(native.st(i), emulated.st(i))))
      found.push(`st(${i}): host ${a}, emulator ${b}`);
  }
  differ('mxcsr', native.mxcsr, emulated.mxcsr);
  for (let i = 0; i < 16; i++) differ(`xmm${i}`, native.xmm(i), emulated.xmm(i));
  return found;
}

/** For people: the state that a case starts from, without registers that are 0. */
export function describeFpu(bytes: Uint8Array): string[] {
  const image = new FpuImage(bytes);
  const words = { fcw: image.control, fsw: image.status, tags: image.tags, mxcsr: image.mxcsr };
  const st = Array.from({ length: 8 }, (_, i) => image.st(i));
  const xmm = Array.from({ length: 16 }, (_, i) => image.xmm(i));
  return [
    Object.entries(words).map(([name, value]) => `${name}=${value.toString(16)}`),
    st.map((value, i) => (value.significand || value.signExponent ? `st(${i})=${text(value)}` : '')),
    xmm.map((value, i) => (value ? `xmm${i}=${value.toString(16).padStart(32, '0')}` : '')),
  ]
    .map((parts) => parts.filter(Boolean).join(' '))
    .filter(Boolean);
}
