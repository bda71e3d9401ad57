/**
 * Whether the control registers allow MMX and SSE. Intel SDM volume 3, section 2.5 (CR0.EM, CR0.TS, CR4.OSFXSR) and section
 * 13.1.
 *
 * The interpreter looks when it decodes: the answer is part of the code's mode (`engine/code-modes.ts`). A kernel that switches
 * the state of tasks lazily changes CR0.TS at most once a task switch, which then costs as much as a change of privilege; a
 * check in each of several hundred handlers would cost every instruction.
 */
import type { Cpu } from '../cpu/cpu.ts';
import { GuestException, invalidOpcode, Vector } from '../cpu/exceptions.ts';
import { type CpuState, Cr0, Cr4 } from '../cpu/state.ts';
import type { Instruction } from '../isa/instruction.ts';

export type Unit = 'mmx' | 'sse';

/** Whether instructions of a unit do not fault for the sake of CR0 and CR4. */
export function hasUnit({ cr0, cr4 }: CpuState, unit: Unit): boolean {
  return (cr0 & (Cr0.EM | Cr0.TS)) === 0 && (unit === 'mmx' || (cr4 & Cr4.OSFXSR) !== 0);
}
export function isUnitAvailable(state: CpuState, instruction: Instruction): boolean {
  const unit = unitOf(instruction);
  return unit === null || hasUnit(state, unit);
}
/** @throws GuestException #UD or #NM */
export function requireUnit({ state }: Cpu, instruction: Instruction): void {
  const unit = unitOf(instruction);
  if (unit === null || hasUnit(state, unit)) return;
  if (state.cr0 & Cr0.EM) throw invalidOpcode(`${instruction.mnemonic} with CR0.EM`);
  if (unit === 'sse' && !(state.cr4 & Cr4.OSFXSR)) throw invalidOpcode(`${instruction.mnemonic} without CR4.OSFXSR`);
  throw new GuestException(Vector.NM, `${instruction.mnemonic} with CR0.TS`);
}

/** What an instruction with mmx registers alone is of; anything with an xmm register is of SSE. */
function unitOf({ mnemonic, operands }: Instruction): Unit | null {
  let unit: Unit | null = null;
  for (const { kind } of operands) {
    if (kind === 'xmm') return 'sse';
    if (kind === 'mmx') unit = 'mmx';
  }
  if (mnemonic === 'emms') return 'mmx';
  return mnemonic === 'ldmxcsr' || mnemonic === 'stmxcsr' ? 'sse' : unit;
}
