/**
 * Fast system calls: SYSCALL and SYSRET, SYSENTER and SYSEXIT. Intel SDM volume 2, under these names; volume 3, section 5.8.7.
 *
 * Where Intel's and AMD's processors differ, this one is Intel's: SYSCALL and SYSRET exist in 64-bit mode alone, and SYSRET raises
 * #GP(0) before it leaves level 0 if the return address is not canonical.
 */
import type { Cpu } from '../cpu/cpu.ts';
import { generalProtection, invalidOpcode } from '../cpu/exceptions.ts';
import { IF, RF, TF, VM } from '../cpu/flags.ts';
import * as L from '../cpu/layout.ts';
import { Cr0, Efer, SegmentAttribute } from '../cpu/state.ts';
import { type Instruction, nextAddress } from '../isa/instruction.ts';
import { requireSupervisor } from './control-registers.ts';
import type { HelperTable } from './operands.ts';

const R11 = 11;
/** What SYSRET takes from R11: neither RF nor VM, nor what is reserved. */
const RETURNED_FLAGS = 0x3c7fd7;
const SELECTOR = 0xfffc;
/** Present, accessed; execute and read, or read and write. */
const CODE = 0x9b;
const DATA = 0x93;

/** Loads CS and SS without descriptors: flat, of a level. */
function setFlatSegments(cpu: Cpu, code: number, stack: number, level: 0 | 3, codeSize: 32 | 64): void {
  const flat = { base: 0n, limit: 0xffffffff };
  const levelBits = level << 5;
  const size = codeSize === 64 ? SegmentAttribute.L : SegmentAttribute.DB;
  cpu.state.setSegment('cs', {
    ...flat,
    selector: (code & SELECTOR) | level,
    attributes: CODE | levelBits | size | SegmentAttribute.G,
  });
  cpu.state.setSegment('ss', {
    ...flat,
    selector: (stack & SELECTOR) | level,
    attributes: DATA | levelBits | SegmentAttribute.DB | SegmentAttribute.G,
  });
  cpu.onSegmentChange();
}
function requireSyscall(cpu: Cpu, what: string): void {
  if (cpu.state.codeSize !== 64) throw invalidOpcode(`${what} outside 64-bit mode`);
  if (!(cpu.state.efer & Efer.SCE)) throw invalidOpcode(`${what} without EFER.SCE`);
}
function requireCanonical(address: bigint, what: string): void {
  if (BigInt.asUintN(64, BigInt.asIntN(48, address)) !== address)
    throw generalProtection(`${what} 0x${address.toString(16)} is not canonical`);
}
/** The selector that SYSENTER and SYSEXIT start from. */
function sysenterSelector(cpu: Cpu, what: string): number {
  const selector = Number(cpu.state.u64(L.SYSENTER_CS) & 0xffffn);
  if (!(cpu.state.cr0 & Cr0.PE)) throw generalProtection(`${what} in real mode`);
  if ((selector & SELECTOR) === 0) throw generalProtection(`${what} with a null selector in IA32_SYSENTER_CS`);
  return selector;
}
function low(value: bigint): bigint {
  return value & 0xffffffffn;
}

export const systemCallHelpers: HelperTable = {
  syscall(cpu, i) {
    requireSyscall(cpu, 'syscall');
    const { state } = cpu;
    const selector = Number((state.u64(L.STAR) >> 32n) & 0xffffn);
    state.setGpr(L.RCX, nextAddress(i));
    state.setGpr(R11, BigInt(state.rflags & ~RF));
    state.rflags &= ~(Number(state.u64(L.SFMASK)) | RF);
    setFlatSegments(cpu, selector, selector + 8, 0, 64);
    cpu.jump(state.u64(L.LSTAR));
  },
  sysret(cpu, i) {
    requireSyscall(cpu, 'sysret');
    requireSupervisor(cpu, 'sysret');
    const { state } = cpu;
    const isLong = i.operandSize === 64;
    const target = state.gpr(L.RCX);
    if (isLong) requireCanonical(target, 'return address of sysret');
    const flags = Number(state.gpr(R11) & BigInt(RETURNED_FLAGS));
    const selector = Number((state.u64(L.STAR) >> 48n) & 0xffffn);
    state.rflags = flags;
    setFlatSegments(cpu, selector + (isLong ? 16 : 0), selector + 8, 3, isLong ? 64 : 32);
    cpu.jump(isLong ? target : low(target));
    // As if the system call alone had been stepped over: unlike IRET's, its TF counts for itself.
    if (flags & TF) cpu.debug.trapStep();
  },
  sysenter(cpu) {
    const { state } = cpu;
    const selector = sysenterSelector(cpu, 'sysenter');
    const isLong = (state.efer & Efer.LMA) !== 0;
    const [stack, entry] = [state.u64(L.SYSENTER_ESP), state.u64(L.SYSENTER_EIP)];
    state.rflags &= ~(VM | IF | RF);
    setFlatSegments(cpu, selector, selector + 8, 0, isLong ? 64 : 32);
    state.setGpr(L.RSP, isLong ? stack : low(stack));
    cpu.jump(isLong ? entry : low(entry));
  },
  sysexit(cpu, i: Instruction) {
    const { state } = cpu;
    const selector = sysenterSelector(cpu, 'sysexit');
    requireSupervisor(cpu, 'sysexit');
    const isLong = i.operandSize === 64;
    const [stack, entry] = [state.gpr(L.RCX), state.gpr(L.RDX)];
    if (isLong) {
      requireCanonical(stack, 'stack pointer of sysexit');
      requireCanonical(entry, 'return address of sysexit');
    }
    const code = selector + (isLong ? 32 : 16);
    setFlatSegments(cpu, code, code + 8, 3, isLong ? 64 : 32);
    state.setGpr(L.RSP, isLong ? stack : low(stack));
    cpu.jump(isLong ? entry : low(entry));
  },
};
