/** CPUID, model-specific registers, the time-stamp counter, interrupt flag, HLT. */

import type { Cpu } from '../cpu/cpu.ts';
import { generalProtection, Unsupported } from '../cpu/exceptions.ts';
import { IF, IOPL } from '../cpu/flags.ts';
import * as L from '../cpu/layout.ts';
import { Cr0, Cr4, Efer } from '../cpu/state.ts';
import { requireSupervisor } from './control-registers.ts';
import { cpuid } from './cpuid.ts';
import { type HelperTable, readGpr, writeGpr } from './operands.ts';

/** Model-specific registers that are plain storage: Intel SDM volume 4, chapter 2. */
const STORED_MSRS: ReadonlyMap<number, number> = new Map([
  [0x1b, L.APIC_BASE],
  [0x174, L.SYSENTER_CS],
  [0x175, L.SYSENTER_ESP],
  [0x176, L.SYSENTER_EIP],
  [0x277, L.PAT],
  [0xc0000081, L.STAR],
  [0xc0000082, L.LSTAR],
  [0xc0000083, L.CSTAR],
  [0xc0000084, L.SFMASK],
  [0xc0000100, L.SEGMENT_BASE + 4 * 8],
  [0xc0000101, L.SEGMENT_BASE + 5 * 8],
  [0xc0000102, L.KERNEL_GS_BASE],
]);
/** Those that hold linear addresses. */
const ADDRESS_MSRS = new Set([0x175, 0x176, 0xc0000082, 0xc0000083, 0xc0000100, 0xc0000101, 0xc0000102]);
const IA32_TIME_STAMP_COUNTER = 0x10;
const IA32_EFER = 0xc0000080;
/** Registers of every x86-64 processor that the emulator does not have yet. */
const ABSENT_MSRS: ReadonlyMap<number, string> = new Map([
  [0xfe, 'IA32_MTRRCAP'],
  [0x17a, 'IA32_MCG_STATUS'],
  [0x179, 'IA32_MCG_CAP'],
  [0x1a0, 'IA32_MISC_ENABLE'],
  [0x1d9, 'IA32_DEBUGCTL'],
  [0x2ff, 'IA32_MTRR_DEF_TYPE'],
  [0xc0000103, 'IA32_TSC_AUX'],
]);

/** Virtual time: one tick of the time-stamp counter an instruction. */
function timeStamp(cpu: Cpu): bigint {
  return BigInt.asUintN(64, BigInt(cpu.instructions) + cpu.state.u64(L.TSC_ADJUST));
}
function readMsr(cpu: Cpu, index: number): bigint {
  if (index === IA32_EFER) return BigInt(cpu.state.efer);
  if (index === IA32_TIME_STAMP_COUNTER) return timeStamp(cpu);
  const offset = STORED_MSRS.get(index);
  if (offset === undefined) throw missingMsr(index);
  return cpu.state.u64(offset);
}
function writeMsr(cpu: Cpu, index: number, value: bigint): void {
  const write = WRITERS.get(index);
  if (write) {
    write(cpu, value);
    return;
  }
  const offset = STORED_MSRS.get(index);
  if (offset === undefined) throw missingMsr(index);
  if (ADDRESS_MSRS.has(index) && BigInt.asUintN(64, BigInt.asIntN(48, value)) !== value)
    throw generalProtection(`MSR 0x${index.toString(16)}: address is not canonical`);
  cpu.state.setU64(offset, value);
  // FS and GS bases count outside 64-bit mode too.
  cpu.onSegmentChange();
}
function missingMsr(index: number): Error {
  const name = ABSENT_MSRS.get(index);
  return name
    ? new Unsupported(`MSR 0x${index.toString(16)} (${name})`)
    : generalProtection(`there is no MSR 0x${index.toString(16)}`);
}
function writeEfer(cpu: Cpu, value: bigint): void {
  const known = BigInt(Efer.SCE | Efer.LME | Efer.LMA | Efer.NXE);
  if (value & ~known) throw generalProtection(`reserved bits of EFER: 0x${(value & ~known).toString(16)}`);
  const { state } = cpu;
  const next = (Number(value) & ~Efer.LMA) | (state.efer & Efer.LMA);
  if ((next ^ state.efer) & Efer.LME && state.cr0 & Cr0.PG)
    throw generalProtection('EFER.LME cannot change while paging is on');
  state.setU64(L.EFER, BigInt(next));
  cpu.forgetTranslations();
}
/** Registers whose writing has an effect. */
const WRITERS: ReadonlyMap<number, (cpu: Cpu, value: bigint) => void> = new Map([
  [IA32_EFER, writeEfer],
  [
    IA32_TIME_STAMP_COUNTER,
    (cpu: Cpu, value: bigint) => cpu.state.setU64(L.TSC_ADJUST, BigInt.asUintN(64, value - BigInt(cpu.instructions))),
  ],
]);

/** Two 32-bit registers, as RDMSR and RDTSC return a value. */
function setPair(cpu: Cpu, value: bigint): void {
  writeGpr(cpu, L.RAX, 32, value);
  writeGpr(cpu, L.RDX, 32, value >> 32n);
}
function requireIopl(cpu: Cpu, what: string): void {
  if (cpu.state.cpl > (cpu.state.rflags & IOPL) >> 12)
    throw generalProtection(`${what} at privilege level ${cpu.state.cpl}`);
}

export const systemHelpers: HelperTable = {
  cpuid(cpu) {
    const leaf = Number(readGpr(cpu, L.RAX, 32));
    const [eax, ebx, ecx, edx] = cpuid(leaf);
    for (const [register, value] of [
      [L.RAX, eax],
      [L.RBX, ebx],
      [L.RCX, ecx],
      [L.RDX, edx],
    ] as const)
      writeGpr(cpu, register, 32, BigInt(value >>> 0));
  },
  rdmsr(cpu) {
    requireSupervisor(cpu, 'rdmsr');
    setPair(cpu, readMsr(cpu, Number(readGpr(cpu, L.RCX, 32))));
  },
  wrmsr(cpu) {
    requireSupervisor(cpu, 'wrmsr');
    writeMsr(cpu, Number(readGpr(cpu, L.RCX, 32)), (readGpr(cpu, L.RDX, 32) << 32n) | readGpr(cpu, L.RAX, 32));
  },
  rdtsc(cpu) {
    if (cpu.state.cr4 & Cr4.TSD) requireSupervisor(cpu, 'rdtsc with CR4.TSD');
    setPair(cpu, timeStamp(cpu));
  },
  cli(cpu) {
    requireIopl(cpu, 'cli');
    cpu.state.rflags &= ~IF;
  },
  sti(cpu) {
    requireIopl(cpu, 'sti');
    const { rflags } = cpu.state;
    if (rflags & IF) return;
    cpu.interrupts.shadow(cpu);
    cpu.state.rflags = rflags | IF;
  },
  hlt(cpu) {
    requireSupervisor(cpu, 'hlt');
    cpu.halted = true;
  },
  swapgs(cpu) {
    requireSupervisor(cpu, 'swapgs');
    const gs = L.SEGMENT_BASE + 5 * 8;
    const base = cpu.state.u64(gs);
    cpu.state.setU64(gs, cpu.state.u64(L.KERNEL_GS_BASE));
    cpu.state.setU64(L.KERNEL_GS_BASE, base);
  },
};
