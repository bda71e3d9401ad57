import type { Instruction, OperandSize } from './instruction.ts';

/** Condition codes 0-15 as objdump spells them (Intel SDM vol. 1, appendix B, has them all). */
const CONDITIONS = ['o', 'no', 'b', 'ae', 'e', 'ne', 'be', 'a', 's', 'ns', 'p', 'np', 'l', 'ge', 'le', 'g'];

const BY_OPERAND_SIZE: Readonly<Record<string, Readonly<Record<OperandSize, string>>>> = {
  cbw: { 16: 'cbw', 32: 'cwde', 64: 'cdqe' },
  cwd: { 16: 'cwd', 32: 'cdq', 64: 'cqo' },
};
const JCXZ: Readonly<Record<OperandSize, string>> = { 16: 'jcxz', 32: 'jecxz', 64: 'jrcxz' };

/** Instructions whose operand size no operand shows: a suffix tells it where it is not the usual one of the code. */
const SUFFIXED = new Set('pusha popa pushf popf iret retf ret enter leave'.split(' '));
/** As these, but their layout in memory has 16- and 32-bit forms alone. */
const SUFFIXED_16 = new Set('fldenv fnstenv frstor fnsave'.split(' '));
/** Outside 64-bit mode the operand size tells how many bits the base has. */
const DESCRIPTOR_TABLES = new Set('sgdt sidt lgdt lidt'.split(' '));
const SYSTEM_RETURNS = new Set(['sysret', 'sysexit']);
/** With REX.W the image holds 64-bit pointers. */
const STATE_SAVING = new Set('fxsave fxrstor xsave xrstor xsaveopt'.split(' '));
/** With REX.W the lengths are in rax and rdx. */
const STRING_COMPARISONS = new Set(['pcmpestri', 'pcmpestrm']);
const SUFFIXES: Readonly<Record<OperandSize, string>> = { 16: 'w', 32: 'd', 64: 'q' };

/** Comparisons of cmpps, cmppd, cmpss and cmpsd by immediate (Intel SDM vol. 2, CMPPD, table 3-1). */
const COMPARISONS = ['eq', 'lt', 'le', 'unord', 'neq', 'nlt', 'nle', 'ord'];

/** The mnemonic as objdump spells it, with size and condition. */
export function mnemonicText(instruction: Instruction): string {
  const { mnemonic, condition, operandSize, addressSize, codeSize } = instruction;
  if (condition >= 0) return mnemonic.slice(0, -2) + CONDITIONS[condition];
  if (mnemonic === 'jcxz') return JCXZ[addressSize];
  if (mnemonic === 'jmpf') return 'jmp';
  if (mnemonic === 'callf') return 'call';
  if (mnemonic === 'movsx' && isMovsxd(instruction)) return 'movsxd';
  const bySize = BY_OPERAND_SIZE[mnemonic];
  if (bySize) return bySize[operandSize];
  const comparison = comparisonOf(instruction);
  if (comparison !== undefined) return `cmp${comparison}${mnemonic.slice(3)}`;
  if (DESCRIPTOR_TABLES.has(mnemonic)) return codeSize === 64 ? mnemonic : mnemonic + SUFFIXES[operandSize];
  if (SYSTEM_RETURNS.has(mnemonic) && codeSize === 64) return mnemonic + (operandSize === 64 ? 'q' : 'd');
  if (operandSize === 64) {
    if (STATE_SAVING.has(mnemonic)) return `${mnemonic}64`;
    if (STRING_COMPARISONS.has(mnemonic)) return `${mnemonic}q`;
  }
  return mnemonic + suffix(instruction);
}

/** The comparison that cmpps and its like name by their immediate, which is then no operand of the text. */
export function comparisonOf({ mnemonic, operands }: Instruction): string | undefined {
  const immediate = operands[2];
  if (!/^cmp[ps][sd]$/.test(mnemonic) || immediate?.kind !== 'immediate') return undefined;
  return COMPARISONS[Number(immediate.value)];
}

function suffix(instruction: Instruction): string {
  const { mnemonic, operandSize } = instruction;
  if (operandSize === usualSize(instruction)) return '';
  if (SUFFIXED_16.has(mnemonic)) return operandSize === 64 ? '' : SUFFIXES[operandSize];
  return SUFFIXED.has(mnemonic) || hidesSize(instruction) ? SUFFIXES[operandSize] : '';
}

/** The operand size that goes without saying. */
function usualSize({ mnemonic, codeSize }: Instruction): OperandSize {
  const usually64 = /^(push|pop|enter|leave|call|ret$)/.test(mnemonic);
  return codeSize === 64 && !usually64 ? 32 : codeSize;
}

/** Stack instructions whose operand has no width of its own: an immediate, a segment register, a near target. */
function hidesSize({ mnemonic, operands }: Instruction): boolean {
  const kind = operands[0]?.kind;
  if (mnemonic === 'call') return kind === 'relative';
  return (mnemonic === 'push' || mnemonic === 'pop') && (kind === 'immediate' || kind === 'segment');
}

function isMovsxd({ operands }: Instruction): boolean {
  const source = operands[1]!;
  return 'width' in source && source.width === 32;
}
