/**
 * x87, MMX and SSE state as FXSAVE64 writes it: SDM volume 2, "FXSAVE", "Layout of the 64-bit-mode FXSAVE64 Map".
 *
 * The same 512 bytes go to the host's processor and to the emulator, and come back from both.
 */
import * as L from '../../src/emulator/cpu/layout.ts';
import type { CpuState } from '../../src/emulator/cpu/state.ts';
import { FPU_BYTES } from './layout.ts';

const CONTROL = 0;
const STATUS = 2;
const TAGS = 4;
const OPCODE = 6;
const CODE_POINTER = 8;
const DATA_POINTER = 16;
const MXCSR = 24;
const MXCSR_MASK = 28;
const ST = 32;
const XMM = 160;

/** Bits of the x87 status word. SDM volume 1, "x87 FPU Status Register". */
export const Status = {
  EXCEPTIONS: 0x3f,
  UE: 0x10,
  PE: 0x20,
  SF: 0x40,
  ES: 0x80,
  C0: 0x100,
  C1: 0x200,
  C2: 0x400,
  C3: 0x4000,
  B: 0x8000,
};

/** A value of double extended precision: significand with its integer bit, and sign and exponent in 16 bits. */
export interface Extended {
  significand: bigint;
  signExponent: number;
}

export class FpuImage {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  /** @param bytes 512 of them; without: the state after FNINIT and with MXCSR as after a reset, all registers 0. */
  constructor(bytes?: Uint8Array) {
    this.bytes = bytes ?? new Uint8Array(FPU_BYTES);
    this.#view = new DataView(this.bytes.buffer, this.bytes.byteOffset, FPU_BYTES);
    if (bytes) return;
    this.control = 0x37f;
    this.mxcsr = 0x1f80;
  }

  get control(): number {
    return this.#view.getUint16(CONTROL, true);
  }
  set control(value: number) {
    this.#view.setUint16(CONTROL, value, true);
  }
  get status(): number {
    return this.#view.getUint16(STATUS, true);
  }
  set status(value: number) {
    this.#view.setUint16(STATUS, value, true);
  }
  /** Number of the register that is ST(0). */
  get top(): number {
    return (this.status >> 11) & 7;
  }
  /** A bit for each of R0-R7, by physical number: 1 where it is not empty. */
  get tags(): number {
    return this.bytes[TAGS] as number;
  }
  set tags(value: number) {
    this.bytes[TAGS] = value;
  }
  get opcode(): number {
    return this.#view.getUint16(OPCODE, true);
  }
  set opcode(value: number) {
    this.#view.setUint16(OPCODE, value, true);
  }
  get codePointer(): bigint {
    return this.#view.getBigUint64(CODE_POINTER, true);
  }
  set codePointer(value: bigint) {
    this.#view.setBigUint64(CODE_POINTER, value, true);
  }
  get dataPointer(): bigint {
    return this.#view.getBigUint64(DATA_POINTER, true);
  }
  set dataPointer(value: bigint) {
    this.#view.setBigUint64(DATA_POINTER, value, true);
  }
  get mxcsr(): number {
    return this.#view.getUint32(MXCSR, true);
  }
  set mxcsr(value: number) {
    this.#view.setUint32(MXCSR, value, true);
  }
  /** Bits of MXCSR that the processor has; read only. */
  get mxcsrMask(): number {
    return this.#view.getUint32(MXCSR_MASK, true);
  }

  /** ST(i), relative to the top of the stack, or the mm register of that number where the top is 0. */
  st(i: number): Extended {
    const at = ST + i * 16;
    return {
      significand: this.#view.getBigUint64(at, true),
      signExponent: this.#view.getUint16(at + 8, true),
    };
  }
  setSt(i: number, { significand, signExponent }: Extended): void {
    this.#view.setBigUint64(ST + i * 16, significand, true);
    this.#view.setUint16(ST + i * 16 + 8, signExponent, true);
  }
  /** mm0-mm7 are the significands of R0-R7, whatever the top of the stack. */
  mm(i: number): bigint {
    return this.st((i - this.top) & 7).significand;
  }
  /** Leaves ones in sign and exponent, as MMX instructions do. */
  setMm(i: number, significand: bigint): void {
    this.setSt((i - this.top) & 7, { significand, signExponent: 0xffff });
  }
  /** The same state but that R0 is the top of the stack: ST(i) are R0-R7. */
  withTopAtR0(): FpuImage {
    const image = new FpuImage(this.bytes.slice());
    for (let i = 0; i < 8; i++) image.setSt((this.top + i) & 7, this.st(i));
    image.status = this.status & ~0x3800;
    return image;
  }
  /** xmm0-xmm15, 128 bits. */
  xmm(i: number): bigint {
    const at = XMM + i * 16;
    return this.#view.getBigUint64(at, true) | (this.#view.getBigUint64(at + 8, true) << 64n);
  }
  setXmm(i: number, value: bigint): void {
    this.#view.setBigUint64(XMM + i * 16, BigInt.asUintN(64, value), true);
    this.#view.setBigUint64(XMM + i * 16 + 8, value >> 64n, true);
  }
}

/** Puts the state into the emulated processor. */
export function loadFpu(state: CpuState, image: FpuImage): void {
  const { view } = state;
  view.setInt32(L.FPU_CONTROL, image.control, true);
  view.setInt32(L.FPU_STATUS, image.status, true);
  view.setInt32(L.FPU_TAGS, image.tags, true);
  view.setInt32(L.FPU_OPCODE, image.opcode, true);
  view.setInt32(L.FPU_CODE_SELECTOR, 0, true);
  view.setInt32(L.FPU_DATA_SELECTOR, 0, true);
  view.setBigUint64(L.FPU_CODE_POINTER, image.codePointer, true);
  view.setBigUint64(L.FPU_DATA_POINTER, image.dataPointer, true);
  view.setUint32(L.MXCSR, image.mxcsr, true);
  for (let i = 0; i < 8; i++) {
    const at = L.ST + ((image.top + i) & 7) * 16;
    const { significand, signExponent } = image.st(i);
    view.setBigUint64(at, significand, true);
    view.setBigUint64(at + 8, BigInt(signExponent), true);
  }
  state.bytes.set(image.bytes.subarray(XMM, XMM + 256), L.XMM);
}

/** The state of the emulated processor. */
export function saveFpu(state: CpuState): FpuImage {
  const { view } = state;
  const image = new FpuImage();
  image.control = view.getInt32(L.FPU_CONTROL, true);
  image.status = view.getInt32(L.FPU_STATUS, true);
  image.tags = view.getInt32(L.FPU_TAGS, true);
  image.opcode = view.getInt32(L.FPU_OPCODE, true);
  image.codePointer = view.getBigUint64(L.FPU_CODE_POINTER, true);
  image.dataPointer = view.getBigUint64(L.FPU_DATA_POINTER, true);
  image.mxcsr = view.getUint32(L.MXCSR, true);
  for (let i = 0; i < 8; i++) {
    const at = L.ST + ((image.top + i) & 7) * 16;
    image.setSt(i, { significand: view.getBigUint64(at, true), signExponent: view.getUint16(at + 8, true) });
  }
  image.bytes.set(state.bytes.subarray(L.XMM, L.XMM + 256), XMM);
  return image;
}
