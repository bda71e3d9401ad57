/** Control registers and the machine status word. Intel SDM volume 3, section 2.5; volume 2, MOV—Move to/from Control Registers. */
import type { Cpu } from '../cpu/cpu.ts';
import { generalProtection, invalidOpcode } from '../cpu/exceptions.ts';
import * as L from '../cpu/layout.ts';
import { loadDataSegment } from '../cpu/segmentation.ts';
import { Cr0, Cr4, Efer, SegmentAttribute } from '../cpu/state.ts';
import { isWideTss } from '../cpu/tss.ts';
import { type Instruction, SEGMENTS } from '../isa/instruction.ts';
import { PHYSICAL_ADDRESS_BITS } from '../mmu/page-tables.ts';
import { Paging } from '../mmu/paging.ts';
import { readDebugRegister, writeDebugRegister } from './debug-registers.ts';
import { type HelperTable, readGpr, readOperand, writeGpr, writeOperand } from './operands.ts';

export function requireSupervisor(cpu: Cpu, what: string): void {
  if (cpu.state.cpl !== 0) throw generalProtection(`${what} at privilege level ${cpu.state.cpl}`);
}

/** What tells where system tables lie is the user's unless CR4.UMIP says otherwise. */
export function guardUserMode(cpu: Cpu, what: string): void {
  if (cpu.state.cr4 & Cr4.UMIP) requireSupervisor(cpu, `${what} with CR4.UMIP`);
}

const CR0_KNOWN = BigInt(
  (Cr0.PE | Cr0.MP | Cr0.EM | Cr0.TS | Cr0.ET | Cr0.NE | Cr0.WP | Cr0.AM | Cr0.NW | Cr0.CD | Cr0.PG) >>> 0,
);
/** Bits that do what they say. */
const CR4_WORKING =
  Cr4.VME |
  Cr4.PVI |
  Cr4.TSD |
  Cr4.DE |
  Cr4.PSE |
  Cr4.PAE |
  Cr4.MCE |
  Cr4.PGE |
  Cr4.PCE |
  Cr4.OSFXSR |
  Cr4.OSXMMEXCPT |
  Cr4.UMIP |
  Cr4.FSGSBASE |
  Cr4.PCIDE |
  Cr4.OSXSAVE |
  Cr4.SMEP |
  Cr4.SMAP;

export function writeCr0(cpu: Cpu, value: bigint): void {
  const { state } = cpu;
  if (value >> 32n) throw generalProtection('upper half of CR0 is reserved');
  const next = Number(value & CR0_KNOWN) | Cr0.ET;
  const turnsPagingOn = (next & ~state.cr0 & Cr0.PG) !== 0;
  const turnsPagingOff = (~next & state.cr0 & Cr0.PG) !== 0;
  if (next & Cr0.PG && !(next & Cr0.PE)) throw generalProtection('CR0.PG without CR0.PE');
  if (next & Cr0.NW && !(next & Cr0.CD)) throw generalProtection('CR0.NW without CR0.CD');
  const { mode } = state;
  let efer = state.efer;
  if (turnsPagingOn && efer & Efer.LME) {
    if (!(state.cr4 & Cr4.PAE)) throw generalProtection('long mode needs CR4.PAE before CR0.PG');
    if (state.segment('cs').attributes & SegmentAttribute.L)
      throw generalProtection('long mode cannot be entered from a code segment with L set');
    // Volume 3, section 9.8.5.
    if (!isWideTss(cpu)) throw generalProtection('long mode cannot be entered with a 16-bit TSS in TR');
    efer |= Efer.LMA;
  }
  if (turnsPagingOff && state.cr4 & Cr4.PCIDE) throw generalProtection('CR0.PG cannot be cleared with CR4.PCIDE');
  if (turnsPagingOff && efer & Efer.LMA) {
    if (state.codeSize === 64) throw generalProtection('CR0.PG cannot be cleared in 64-bit mode');
    efer &= ~Efer.LMA;
  }
  if ((next ^ state.cr0) & (Cr0.PG | Cr0.CD | Cr0.NW)) loadDirectoryPointers(cpu, state.cr(3), next, state.cr4, efer);
  state.setCr(0, BigInt(next >>> 0));
  state.setU64(L.EFER, BigInt(efer));
  cpu.forgetTranslations();
  // Real mode and protected mode look at segments differently.
  cpu.onSegmentChange();
  if (state.mode !== mode) cpu.onModeChange(state.mode, cpu.instructions + 1);
}
export function writeCr4(cpu: Cpu, value: bigint): void {
  const { state } = cpu;
  if (value >> 32n) throw generalProtection('upper half of CR4 is reserved');
  const next = Number(value);
  if (next & ~CR4_WORKING)
    throw generalProtection(`reserved bits of CR4: 0x${((next & ~CR4_WORKING) >>> 0).toString(16)}`);
  if (next & ~state.cr4 & Cr4.PCIDE && (!(state.efer & Efer.LMA) || state.cr(3) & 0xfffn))
    throw generalProtection('CR4.PCIDE outside long mode, or with a PCID in CR3');
  if (state.efer & Efer.LMA && !(next & Cr4.PAE)) throw generalProtection('CR4.PAE cannot be cleared in long mode');
  if ((next ^ state.cr4) & (Cr4.PAE | Cr4.PGE | Cr4.PSE | Cr4.SMEP))
    loadDirectoryPointers(cpu, state.cr(3), state.cr0, next, state.efer);
  state.setCr(4, value);
  cpu.forgetTranslations();
  // SSE may be there from now on, or no longer.
  cpu.onSegmentChange();
}
/** PAE paging reads its highest table as it comes into use, and with what changes how it is used (volume 3, section 4.4.1). */
function loadDirectoryPointers(
  { linear: { paging }, state }: Cpu,
  cr3: bigint,
  cr0: number,
  cr4: number,
  efer: number,
): void {
  if (Paging.isPae(cr0, cr4, efer)) state.setDirectoryPointers(paging.readDirectoryPointers(cr3));
}
/** With CR4.PCIDE: what is known of the PCID that is loaded stays (section 4.10.4.1). */
const KEEPS_TRANSLATIONS = 1n << 63n;
function writeCr3(cpu: Cpu, value: bigint): void {
  const { state } = cpu;
  const hasPcid = (state.cr4 & Cr4.PCIDE) !== 0;
  const next = hasPcid ? value & ~KEEPS_TRANSLATIONS : value;
  if (state.efer & Efer.LMA && next >> BigInt(PHYSICAL_ADDRESS_BITS)) throw generalProtection('reserved bits of CR3');
  loadDirectoryPointers(cpu, next, state.cr0, state.cr4, state.efer);
  state.setCr(3, next);
  cpu.forgetTranslations(next === value ? { pcid: hasPcid ? Number(value & 0xfffn) : 0 } : 'none');
}
function writeCr8(cpu: Cpu, value: bigint): void {
  if (value >> 4n) throw generalProtection('reserved bits of CR8');
  cpu.state.setCr(8, value);
}
const WRITERS: Record<number, (cpu: Cpu, value: bigint) => void> = {
  0: writeCr0,
  2: (cpu, value) => cpu.state.setCr(2, value),
  3: writeCr3,
  4: writeCr4,
  8: writeCr8,
};
function writeControl(cpu: Cpu, index: number, value: bigint): void {
  const write = WRITERS[index];
  if (!write) throw invalidOpcode(`control register ${index}`);
  write(cpu, value);
}
/** Width of a move to or from a control register: the mode alone decides. */
function systemWidth(cpu: Cpu): 32 | 64 {
  return cpu.state.codeSize === 64 ? 64 : 32;
}

export const controlRegisterHelpers: HelperTable = {
  /** Moves to and from segment, control and debug registers. */
  mov(cpu, i: Instruction) {
    const [destination, source] = i.operands;
    if (destination?.kind === 'segment') {
      const register = SEGMENTS[destination.index]!;
      if (register === 'cs') throw invalidOpcode('mov to cs');
      loadDataSegment(cpu, register, Number(readOperand(cpu, i, 1) & 0xffffn));
      // So that no handler runs between a new SS and the new stack pointer after it.
      if (register === 'ss') cpu.interrupts.shadow(cpu);
    } else if (source?.kind === 'segment') {
      writeOperand(cpu, i, 0, readOperand(cpu, i, 1));
    } else if (destination?.kind === 'control' && source?.kind === 'gpr') {
      requireSupervisor(cpu, 'mov to control register');
      writeControl(cpu, destination.index, readGpr(cpu, source.index, systemWidth(cpu)));
    } else if (source?.kind === 'control' && destination?.kind === 'gpr') {
      requireSupervisor(cpu, 'mov from control register');
      writeGpr(cpu, destination.index, systemWidth(cpu), cpu.state.cr(source.index));
    } else {
      requireSupervisor(cpu, 'mov of a debug register');
      if (destination?.kind === 'debug' && source?.kind === 'gpr')
        writeDebugRegister(cpu, destination.index, readGpr(cpu, source.index, systemWidth(cpu)));
      else if (source?.kind === 'debug' && destination?.kind === 'gpr')
        writeGpr(cpu, destination.index, systemWidth(cpu), readDebugRegister(cpu, source.index));
      else throw new Error('mov of no register that it knows');
    }
  },
  clts(cpu) {
    requireSupervisor(cpu, 'clts');
    cpu.state.setCr(0, cpu.state.cr(0) & ~BigInt(Cr0.TS));
    cpu.onSegmentChange();
  },
  /** A register destination gets all of CR0 that fits, memory 16 bits. */
  smsw(cpu, i) {
    guardUserMode(cpu, 'smsw');
    writeOperand(cpu, i, 0, cpu.state.cr(0));
  },
  lmsw(cpu, i) {
    requireSupervisor(cpu, 'lmsw');
    const low = readOperand(cpu, i, 0) & 0xfn;
    const old = cpu.state.cr(0);
    // LMSW can set PE but not clear it.
    writeCr0(cpu, (old & ~0xen) | low);
  },
  invlpg(cpu) {
    requireSupervisor(cpu, 'invlpg');
    cpu.forgetTranslations();
  },
  invd: (cpu) => requireSupervisor(cpu, 'invd'),
  wbinvd: (cpu) => requireSupervisor(cpu, 'wbinvd'),
};
