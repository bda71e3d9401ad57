import { comparisonOf, mnemonicText } from './format-names.ts';
import { type Instruction, type MemoryOperand, type Operand, SEGMENTS } from './instruction.ts';
import { IMPLICIT_OPERANDS } from './opcode-map.ts';
import { gprName } from './register-names.ts';

export interface FormatOptions {
  /** A name for an address in code or data, such as `main+0x10`; undefined where there is none. */
  symbol?: (address: bigint) => string | undefined;
}

/** Instructions whose memory operand stands without its width, as objdump writes them. */
const WITHOUT_WIDTH = new Set(
  'lea lddqu invpcid sgdt sidt lgdt lidt fxsave fxrstor xsave xrstor xsaveopt fldenv fnstenv frstor fnsave'.split(' '),
);

/** Instructions that do not access their memory operand, which is shown with the operand size nevertheless. */
const OPERAND_SIZED = new Set(['nop', 'ud0', 'ud1']);

const POINTERS: Readonly<Record<number, string>> = {
  0: 'BYTE',
  8: 'BYTE',
  16: 'WORD',
  32: 'DWORD',
  48: 'FWORD',
  64: 'QWORD',
  80: 'TBYTE',
  128: 'XMMWORD',
};

const hex = (value: bigint) => `0x${value.toString(16)}`;
const signedHex = (value: bigint) => (value < 0n ? `-${hex(-value)}` : `+${hex(value)}`);

/**
 * Disassembly text of an instruction in the Intel syntax of GNU objdump (`objdump -d -M intel`), with single spaces,
 * `0x` before every hexadecimal number, and without the prefixes that have no effect.
 */
export function format(instruction: Instruction, options: FormatOptions = {}): string {
  const prefix = `${instruction.lock ? 'lock ' : ''}${repeatPrefix(instruction)}`;
  const name = mnemonicText(instruction);
  const implicit = IMPLICIT_OPERANDS.get(instruction.mnemonic);
  const operands = implicit
    ? implicit.map((notation) => implicitText(instruction, notation))
    : instruction.operands.map((operand) => operandText(instruction, operand, options));
  if (comparisonOf(instruction) !== undefined) operands.pop();
  if (instruction.mnemonic === 'xlat') operands.push(sourceText(instruction, 8, 3));
  return operands.length === 0
    ? prefix + name
    : `${prefix}${name} ${operands.join(',')}${comment(instruction, options)}`;
}

function repeatPrefix({ mnemonic, repeat }: Instruction): string {
  if (repeat === 'none') return '';
  if (repeat === 'repne') return 'repnz ';
  return mnemonic === 'cmps' || mnemonic === 'scas' ? 'repz ' : 'rep ';
}

function operandText(instruction: Instruction, operand: Operand, options: FormatOptions): string {
  switch (operand.kind) {
    case 'gpr':
      return gprName(operand.index, operand.width, operand.high);
    case 'memory':
      return pointer(instruction, operand.width) + addressText(instruction, operand);
    case 'immediate':
      return hex(BigInt.asUintN(operand.width, operand.value));
    case 'relative': {
      const name = options.symbol?.(operand.target);
      return hex(operand.target) + (name === undefined ? '' : ` <${name}>`);
    }
    case 'far':
      return `${hex(BigInt(operand.selector))}:${hex(operand.offset)}`;
    case 'segment':
      return SEGMENTS[operand.index]!;
    case 'control':
      return `cr${operand.index}`;
    case 'debug':
      return `dr${operand.index}`;
    case 'x87':
      return operand.index === 0 ? 'st' : `st(${operand.index})`;
    case 'mmx':
      return `mm${operand.index}`;
    case 'xmm':
      return `xmm${operand.index}`;
  }
}

function pointer(instruction: Instruction, width: number): string {
  if (WITHOUT_WIDTH.has(instruction.mnemonic)) return '';
  const shown = width === 0 && OPERAND_SIZED.has(instruction.mnemonic) ? instruction.operandSize : width;
  if (instruction.mnemonic === 'cmpxchg16b') return 'OWORD PTR ';
  const name = POINTERS[shown];
  return name === undefined ? '' : `${name} PTR `;
}

function addressText(instruction: Instruction, memory: MemoryOperand): string {
  const { addressSize } = instruction;
  const { base, index, scale, displacement, ripRelative } = memory;
  const override = instruction.segmentOverride === null ? '' : `${instruction.segmentOverride}:`;
  if (base < 0 && index < 0 && !ripRelative)
    return `${override || `${memory.segment}:`}${hex(BigInt.asUintN(addressSize, displacement))}`;
  const terms: string[] = [];
  if (ripRelative) terms.push(addressSize === 64 ? 'rip' : 'eip');
  if (base >= 0) terms.push(gprName(base, addressSize));
  if (index >= 0) terms.push(gprName(index, addressSize) + (addressSize === 16 ? '' : `*${scale}`));
  const shift = displacement === 0n && !ripRelative ? '' : signedHex(displacement);
  return `${override}[${terms.join('+')}${shift}]`;
}

/** What stands at an address relative to rip. */
function comment(instruction: Instruction, options: FormatOptions): string {
  const memory = instruction.operands.find((o): o is MemoryOperand => o.kind === 'memory' && o.ripRelative);
  if (!memory) return '';
  const next = instruction.address + BigInt(instruction.length);
  const address = BigInt.asUintN(instruction.addressSize, next + memory.displacement);
  const name = options.symbol?.(address);
  return ` # ${hex(address)}${name === undefined ? '' : ` <${name}>`}`;
}

const RDI = 7;
const RSI = 6;

function implicitText(instruction: Instruction, notation: string): string {
  const width = instruction.elementWidth!;
  if (notation === 'DX') return 'dx';
  if (notation === 'rAX') return gprName(0, width);
  if (notation === 'X') return sourceText(instruction, width, RSI);
  return `${POINTERS[width]} PTR es:[${gprName(RDI, instruction.addressSize)}]`;
}

function sourceText(instruction: Instruction, width: number, base: number): string {
  const segment = instruction.segmentOverride ?? 'ds';
  return `${POINTERS[width]} PTR ${segment}:[${gprName(base, instruction.addressSize)}]`;
}
