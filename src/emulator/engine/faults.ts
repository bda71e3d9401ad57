/** What only the instruction tells of an exception that its memory access raised. */
import { GuestException, Vector } from '../cpu/exceptions.ts';
import type { Instruction } from '../isa/instruction.ts';
import { DEFINITIONS } from '../semantics/index.ts';

/** A non-canonical address gives #SS(0) if the stack segment was used, and #GP(0) otherwise (Intel SDM volume 3, section 6.15). */
export function stackSegmentFault(exception: GuestException, instruction: Instruction | null): GuestException {
  if (!exception.isNonCanonical || !instruction) return exception;
  return usesStackSegment(instruction) ? new GuestException(Vector.SS, exception.message, { errorCode: 0 }) : exception;
}
function usesStackSegment(instruction: Instruction): boolean {
  const memory = instruction.operands.find((operand) => operand.kind === 'memory');
  if (memory) return memory.segment === 'ss';
  return DEFINITIONS.get(instruction.mnemonic)?.stack === true;
}
