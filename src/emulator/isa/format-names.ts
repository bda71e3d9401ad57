import type { Instruction } from './instruction.ts';

/** Condition codes 0-15 as objdump spells them (Intel SDM vol. 1, appendix B, has them all). */
export const CONDITIONS = ['o', 'no', 'b', 'ae', 'e', 'ne', 'be', 'a', 's', 'ns', 'p', 'np', 'l', 'ge', 'le', 'g'];

/** Names by operand size. */
const BY_OPERAND_SIZE: Readonly<Record<string, Readonly<Record<16 | 32 | 64, string>>>> = {
  cbw: { 16: 'cbw', 32: 'cwde', 64: 'cdqe' },
  cwd: { 16: 'cwd', 32: 'cdq', 64: 'cqo' },
};

/** Names by address size. */
const JCXZ = { 16: 'jcxz', 32: 'jecxz', 64: 'jrcxz' };

/** The mnemonic as objdump spells it for the sizes of this instruction. */
export function sizedName(instruction: Instruction): string {
  const { mnemonic, operandSize, addressSize, operands } = instruction;
  if (mnemonic === 'jcxz') return JCXZ[addressSize];
  if (mnemonic === 'jmpf') return 'jmp';
  if (mnemonic === 'callf') return 'call';
  const sized = BY_OPERAND_SIZE[mnemonic];
  if (sized) return sized[operandSize];
  if (mnemonic === 'movsx' && operands[1]!.kind !== 'immediate' && isMovsxd(instruction)) return 'movsxd';
  return mnemonic;
}

function isMovsxd({ operands, operandSize }: Instruction): boolean {
  const source = operands[1]!;
  return 'width' in source && (source.width === 32 || source.width === operandSize);
}
