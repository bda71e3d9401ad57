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
import { raisePending } from './x87/execution.ts';

export type Unit = 'mmx' | 'sse';

/** Whether instructions of a unit do not fault for the sake of CR0 and CR4. */
export function hasUnit({ cr0, cr4 }: CpuState, unit: Unit): boolean {
  return (cr0 & (Cr0.EM | Cr0.TS)) === 0 && (unit === 'mmx' || (cr4 & Cr4.OSFXSR) !== 0);
}
export function isUnitAvailable(state: CpuState, instruction: Instruction): boolean {
  const unit = unitOf(instruction);
  return unit === null || hasUnit(state, unit);
}
/** What comes before everything else of an MMX or SSE instruction. @throws GuestException #UD, #NM or #MF; Frozen */
export function requireUnit(cpu: Cpu, instruction: Instruction): void {
  const unit = unitOf(instruction);
  if (unit === null) return;
  const { state } = cpu;
  if (!hasUnit(state, unit)) throw unavailable(state, unit, instruction);
  if (usesMmx(instruction)) raisePending(cpu);
}
function unavailable(state: CpuState, unit: Unit, instruction: Instruction): GuestException {
  if (state.cr0 & Cr0.EM) return invalidOpcode(`${instruction.mnemonic} with CR0.EM`);
  if (unit === 'sse' && !(state.cr4 & Cr4.OSFXSR)) return invalidOpcode(`${instruction.mnemonic} without CR4.OSFXSR`);
  return new GuestException(Vector.NM, `${instruction.mnemonic} with CR0.TS`);
}

/** What an instruction with mmx registers alone is of; anything with an xmm register is of SSE. */
function unitOf(instruction: Instruction): Unit | null {
  const { mnemonic, operands } = instruction;
  if (operands.some(({ kind }) => kind === 'xmm') || mnemonic === 'ldmxcsr' || mnemonic === 'stmxcsr') return 'sse';
  return usesMmx(instruction) ? 'mmx' : null;
}
function usesMmx({ mnemonic, operands }: Instruction): boolean {
  return mnemonic === 'emms' || operands.some(({ kind }) => kind === 'mmx');
}
