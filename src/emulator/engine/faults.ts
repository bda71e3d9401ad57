/** What only the instruction tells of an exception that its memory access raised. */
import type { Cpu } from '../cpu/cpu.ts';
import { GuestException, Vector } from '../cpu/exceptions.ts';
import { effectiveAddress } from '../helpers/operands.ts';
import type { Instruction, MemoryOperand } from '../isa/instruction.ts';
import { DEFINITIONS } from '../semantics/index.ts';

/** A non-canonical address gives #SS(0) if the stack segment was used, and #GP(0) otherwise (Intel SDM volume 3, section 6.15). */
export function stackSegmentFault(
  cpu: Cpu,
  exception: GuestException,
  instruction: Instruction | null,
): GuestException {
  if (!exception.isNonCanonical || !instruction || !usesStackSegment(cpu, instruction)) return exception;
  return new GuestException(Vector.SS, exception.message, { errorCode: 0 });
}
/** Nothing has been written, so that the operand's address can be computed again. */
function usesStackSegment(cpu: Cpu, instruction: Instruction): boolean {
  const memory = instruction.operands.find((operand): operand is MemoryOperand => operand.kind === 'memory');
  const usesStack = DEFINITIONS.get(instruction.mnemonic)?.stack === true;
  if (!memory) return usesStack;
  // PUSH and CALL read their operand before they write to the stack.
  return memory.segment === 'ss' || (usesStack && isCanonical(operandAddress(cpu, instruction, memory)));
}
function operandAddress(cpu: Cpu, instruction: Instruction, memory: MemoryOperand): bigint {
  const base = memory.segment === 'fs' || memory.segment === 'gs' ? cpu.state.segment(memory.segment).base : 0n;
  return BigInt.asUintN(64, effectiveAddress(cpu, instruction, memory) + base);
}
function isCanonical(address: bigint): boolean {
  return BigInt.asUintN(64, BigInt.asIntN(48, address)) === address;
}
