/**
 * The 512 bytes of FXSAVE, which XSAVE begins with too: Intel SDM volume 2, FXSAVE, "Layout of FXSAVE and FXRSTOR Memory
 * Region"; volume 1, section 10.5.
 */
import type { Cpu } from '../../cpu/cpu.ts';
import { generalProtection } from '../../cpu/exceptions.ts';
import * as L from '../../cpu/layout.ts';
import type { Instruction } from '../../isa/instruction.ts';

export const LEGACY_BYTES = 512;
/** The bits that MXCSR has. */
const MXCSR_MASK = 0xffff;

const CONTROL = 0;
const STATUS = 2;
const TAGS = 4;
const OPCODE = 6;
const CODE_POINTER = 8;
const DATA_POINTER = 16;
/** Behind 32 bits of a pointer. */
const SELECTOR = 4;
export const MXCSR = 24;
const MASK = 28;
export const ST = 32;
export const XMM = 160;

/** With a 64-bit operand size pointers have 64 bits, without selectors. */
const isWide = (i: Instruction) => i.codeSize === 64 && i.operandSize === 64;
/** Bytes of xmm registers: xmm8-xmm15 are of 64-bit mode alone. */
export const xmmBytes = (i: Instruction) => (i.codeSize === 64 ? 256 : 128);

export function saveX87({ state: { x87 } }: Cpu, i: Instruction, view: DataView): void {
  view.setUint16(CONTROL, x87.control, true);
  view.setUint16(STATUS, x87.status, true);
  view.setUint16(TAGS, x87.tags, true);
  view.setUint16(OPCODE, x87.opcode, true);
  const pointer = (at: number, offset: bigint, selector: number) => {
    if (isWide(i)) view.setBigUint64(at, offset, true);
    else view.setBigUint64(at, BigInt.asUintN(32, offset) | (BigInt(selector) << 32n), true);
  };
  pointer(CODE_POINTER, x87.codePointer, x87.codeSelector);
  pointer(DATA_POINTER, x87.dataPointer, x87.dataSelector);
  for (let n = 0; n < 8; n++) {
    const physical = (x87.top + n) & 7;
    view.setBigUint64(ST + n * 16, x87.significand(physical), true);
    view.setBigUint64(ST + n * 16 + 8, BigInt(x87.signAndExponent(physical)), true);
  }
}
export function loadX87({ state: { x87 } }: Cpu, i: Instruction, view: DataView): void {
  x87.control = view.getUint16(CONTROL, true);
  x87.status = view.getUint16(STATUS, true);
  x87.tags = view.getUint8(TAGS);
  x87.opcode = view.getUint16(OPCODE, true);
  const offset = (at: number) => (isWide(i) ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true)));
  const selector = (at: number) => (isWide(i) ? 0 : view.getUint16(at + SELECTOR, true));
  x87.setCodePointer(selector(CODE_POINTER), offset(CODE_POINTER));
  x87.setDataPointer(selector(DATA_POINTER), offset(DATA_POINTER));
  for (let n = 0; n < 8; n++)
    x87.setRegister((x87.top + n) & 7, view.getUint16(ST + n * 16 + 8, true), view.getBigUint64(ST + n * 16, true));
}

export function saveMxcsr({ state }: Cpu, view: DataView): void {
  view.setUint32(MXCSR, state.view.getUint32(L.MXCSR, true), true);
  view.setUint32(MASK, MXCSR_MASK, true);
}
/** @throws GuestException #GP(0) */
export function checkMxcsr(view: DataView): void {
  const value = view.getUint32(MXCSR, true);
  if (value & ~MXCSR_MASK) throw generalProtection(`reserved bits of MXCSR: 0x${value.toString(16)}`);
}
export function loadMxcsr({ state }: Cpu, view: DataView): void {
  state.view.setUint32(L.MXCSR, view.getUint32(MXCSR, true), true);
}
export function saveXmm({ state }: Cpu, i: Instruction, view: DataView): void {
  new Uint8Array(view.buffer).set(state.bytes.subarray(L.XMM, L.XMM + xmmBytes(i)), XMM);
}
export function loadXmm({ state }: Cpu, i: Instruction, view: DataView): void {
  state.bytes.set(new Uint8Array(view.buffer).subarray(XMM, XMM + xmmBytes(i)), L.XMM);
}
