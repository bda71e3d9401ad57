/**
 * XSAVE, XSAVEOPT, XRSTOR, XGETBV, XSETBV for x87 and SSE state, in the standard form. Intel SDM volume 1, chapter 13
 * ("Managing State Using the XSAVE Feature Set").
 */
import type { Cpu } from '../../cpu/cpu.ts';
import { GuestException, generalProtection, invalidOpcode, Vector } from '../../cpu/exceptions.ts';
import * as L from '../../cpu/layout.ts';
import { Cr0, Cr4 } from '../../cpu/state.ts';
import type { Instruction } from '../../isa/instruction.ts';
import { requireSupervisor } from '../control-registers.ts';
import { type HelperTable, readGpr, writeGpr } from '../operands.ts';
import { advance, readBlock, writeBlock } from '../x87/memory.ts';
import { areaAddress } from './fxsave.ts';
import {
  checkMxcsr,
  LEGACY_BYTES,
  loadMxcsr,
  loadX87,
  loadXmm,
  MXCSR,
  ST,
  saveMxcsr,
  saveX87,
  saveXmm,
  XMM,
  xmmBytes,
} from './legacy-area.ts';

/** State components. */
const X87 = 1n;
const SSE = 2n;
const ALL = X87 | SSE;

const HEADER_BYTES = 64;
const XCOMP_BV = LEGACY_BYTES + 8;
const AREA_BYTES = LEGACY_BYTES + HEADER_BYTES;
const XSAVEOPT = 1;

/** CPUID leaf 0xd: components, sizes of the area now and at most, and which instructions there are. */
export function xsaveLeaf(subleaf: number): [number, number, number, number] {
  if (subleaf === 0) return [Number(ALL), AREA_BYTES, AREA_BYTES, 0];
  return subleaf === 1 ? [XSAVEOPT, 0, 0, 0] : [0, 0, 0, 0];
}

function requireOsxsave(cpu: Cpu, i: Instruction): void {
  if (!(cpu.state.cr4 & Cr4.OSXSAVE)) throw invalidOpcode(`${i.mnemonic} without CR4.OSXSAVE`);
}
function requireState(cpu: Cpu, i: Instruction): void {
  requireOsxsave(cpu, i);
  if (cpu.state.cr0 & Cr0.TS) throw new GuestException(Vector.NM, `${i.mnemonic} with CR0.TS`);
}
const pair = (cpu: Cpu) => (readGpr(cpu, L.RDX, 32) << 32n) | readGpr(cpu, L.RAX, 32);
/** The components asked for, as far as they are enabled: RFBM. */
const requested = (cpu: Cpu) => pair(cpu) & cpu.state.u64(L.XCR0);

/** Components whose state is not the initial one: XINUSE. */
function inUse(cpu: Cpu): bigint {
  const { x87, bytes } = cpu.state;
  let isInitial = x87.control === 0x37f && x87.status === 0 && x87.tags === 0 && x87.opcode === 0;
  isInitial &&= x87.codePointer === 0n && x87.dataPointer === 0n && x87.codeSelector === 0 && x87.dataSelector === 0;
  isInitial &&= bytes.subarray(L.ST, L.ST + 128).every((byte) => byte === 0);
  const hasXmm = bytes.subarray(L.XMM, L.XMM + 256).some((byte) => byte !== 0);
  return (isInitial ? 0n : X87) | (hasXmm ? SSE : 0n);
}

/** XSAVE writes what is asked for, XSAVEOPT leaves out what is in its initial state; both write the header's bits. */
function save(cpu: Cpu, i: Instruction, skipsInitial: boolean): void {
  requireState(cpu, i);
  const address = areaAddress(cpu, i, AREA_BYTES, 64n, true);
  cpu.linear.checkWrite(address, AREA_BYTES);
  const asked = requested(cpu);
  const used = inUse(cpu);
  const written = skipsInitial ? asked & used : asked;
  const view = new DataView(new ArrayBuffer(LEGACY_BYTES));
  const part = (from: number, to: number) =>
    writeBlock(cpu, advance(cpu, address, from), new DataView(view.buffer, from, to - from), 1);
  saveX87(cpu, i, view);
  saveMxcsr(cpu, view);
  saveXmm(cpu, i, view);
  if (written & X87) {
    part(0, MXCSR);
    part(ST, XMM);
  }
  if (asked & SSE) part(MXCSR, ST);
  if (written & SSE) part(XMM, XMM + xmmBytes(i));
  const header = advance(cpu, address, LEGACY_BYTES);
  const components = cpu.linear.read(header, 8);
  cpu.linear.write(header, 8, (components & ~asked) | (asked & used));
}

function restore(cpu: Cpu, i: Instruction): void {
  requireState(cpu, i);
  const view = readBlock(cpu, areaAddress(cpu, i, AREA_BYTES, 64n, false), AREA_BYTES, 64);
  const components = view.getBigUint64(LEGACY_BYTES, true);
  if (components & ~cpu.state.u64(L.XCR0)) throw generalProtection('xrstor of components that XCR0 does not enable');
  // The compacted form and reserved bytes: volume 1, section 13.8.1.
  if (view.getBigUint64(XCOMP_BV, true) | view.getBigUint64(XCOMP_BV + 8, true))
    throw generalProtection('xrstor of a header with reserved bits set');
  const asked = requested(cpu);
  if (asked & SSE) checkMxcsr(view);
  if (asked & X87) {
    if (components & X87) loadX87(cpu, i, view);
    else initialiseX87(cpu);
  }
  if (!(asked & SSE)) return;
  loadMxcsr(cpu, view);
  if (!(components & SSE)) new Uint8Array(view.buffer).fill(0, XMM, XMM + xmmBytes(i));
  loadXmm(cpu, i, view);
}
function initialiseX87({ state: { x87 } }: Cpu): void {
  x87.initialise();
  for (let n = 0; n < 8; n++) x87.setRegister(n, 0, 0n);
}

/** The number of an extended control register; there is XCR0 alone. */
function requireXcr0(cpu: Cpu): void {
  const index = readGpr(cpu, L.RCX, 32);
  if (index !== 0n) throw generalProtection(`there is no extended control register ${index}`);
}

export const xsaveHelpers: HelperTable = {
  xsave: (cpu, i) => save(cpu, i, false),
  xsaveopt: (cpu, i) => save(cpu, i, true),
  xrstor: restore,
  xgetbv(cpu, i) {
    requireOsxsave(cpu, i);
    requireXcr0(cpu);
    writeGpr(cpu, L.RAX, 32, cpu.state.u64(L.XCR0));
    writeGpr(cpu, L.RDX, 32, cpu.state.u64(L.XCR0) >> 32n);
  },
  xsetbv(cpu, i) {
    requireOsxsave(cpu, i);
    requireSupervisor(cpu, 'xsetbv');
    requireXcr0(cpu);
    const value = pair(cpu);
    if (value & ~ALL) throw generalProtection(`XCR0 has no components 0x${value.toString(16)}`);
    if (!(value & X87)) throw generalProtection('XCR0 without x87 state');
    cpu.state.setU64(L.XCR0, value);
  },
};
