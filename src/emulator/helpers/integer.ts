/** Integer instructions that are rare, or need more than 64 bits: decimal adjustment, wide division, wide exchange. */

import type { Cpu } from '../cpu/cpu.ts';
import { GuestException, generalProtection, invalidOpcode, Vector } from '../cpu/exceptions.ts';
import { AF, ARITHMETIC, CF, PF, SF, ZF } from '../cpu/flags.ts';
import { RAX, RBX, RCX, RDX } from '../cpu/layout.ts';
import type { Instruction } from '../isa/instruction.ts';
import {
  effectiveAddress,
  type HelperTable,
  linearAddress,
  memoryOperand,
  readGpr,
  readOperand,
  segmentedAddress,
  writeGpr,
  writeOperand,
} from './operands.ts';

const divideError = (reason: string) => new GuestException(Vector.DE, reason);

/** DIV and IDIV with a 128-bit dividend. */
function divide(cpu: Cpu, i: Instruction, isSigned: boolean): void {
  const width = i.operandSize;
  const divisor = readOperand(cpu, i, 0);
  if (divisor === 0n) throw divideError('division by zero');
  const dividend = (readGpr(cpu, RDX, width) << BigInt(width)) | readGpr(cpu, RAX, width);
  const a = isSigned ? BigInt.asIntN(2 * width, dividend) : dividend;
  const b = isSigned ? BigInt.asIntN(width, divisor) : divisor;
  const quotient = a / b;
  if ((isSigned ? BigInt.asIntN(width, quotient) : BigInt.asUintN(width, quotient)) !== quotient)
    throw divideError('the quotient does not fit');
  writeGpr(cpu, RAX, width, quotient);
  writeGpr(cpu, RDX, width, a % b);
}

function setFlags(cpu: Cpu, mask: number, value: number): void {
  cpu.state.rflags = (cpu.state.rflags & ~mask) | (value & mask);
}
/** SF, ZF and PF of a byte. */
function byteFlags(byte: number): number {
  let ones = 0;
  for (let bits = byte; bits; bits >>= 1) ones += bits & 1;
  return (byte & 0x80 ? SF : 0) | (byte === 0 ? ZF : 0) | (ones % 2 === 0 ? PF : 0);
}
/** AAA and AAS: `step` is +0x106 or its counterpart on AX. */
function asciiAdjust(cpu: Cpu, subtract: boolean): void {
  const ax = Number(readGpr(cpu, RAX, 16));
  const adjusts = (ax & 15) > 9 || (cpu.state.rflags & AF) !== 0;
  const moved = adjusts ? (subtract ? ax - 0x106 : ax + 0x106) : ax;
  writeGpr(cpu, RAX, 16, BigInt(moved & 0xff0f));
  setFlags(cpu, ARITHMETIC, (adjusts ? AF | CF : 0) | byteFlags(moved & 0x0f));
}
function decimalAdjust(cpu: Cpu, subtract: boolean): void {
  const old = Number(readGpr(cpu, RAX, 8));
  const oldCarry = (cpu.state.rflags & CF) !== 0;
  const low = (old & 15) > 9 || (cpu.state.rflags & AF) !== 0;
  const high = old > 0x99 || oldCarry;
  const sign = subtract ? -1 : 1;
  let al = old;
  let carry = high;
  if (low) {
    al += sign * 6;
    carry ||= oldCarry || (subtract && al < 0);
  }
  if (high) al += sign * 0x60;
  al &= 0xff;
  writeGpr(cpu, RAX, 8, BigInt(al));
  setFlags(cpu, ARITHMETIC, (low ? AF : 0) | (carry ? CF : 0) | byteFlags(al));
}

/** CMPXCHG8B and CMPXCHG16B: `half` is the width of each half in bits. */
function compareExchange(cpu: Cpu, i: Instruction, half: 32 | 64): void {
  const bytes = half === 32 ? 4 : 8;
  const operand = memoryOperand(i);
  const misalignment = (effectiveAddress(cpu, i, operand) + cpu.state.segment(operand.segment).base) & 15n;
  if (half === 64 && misalignment) throw generalProtection('cmpxchg16b operand is not aligned to 16 bytes');
  const address = linearAddress(cpu, i, operand, 2 * bytes, true);
  cpu.linear.checkWrite(address, 2 * bytes);
  const next = BigInt.asUintN(cpu.state.codeSize === 64 ? 64 : 32, address + BigInt(bytes));
  const low = cpu.linear.read(address, bytes);
  const high = cpu.linear.read(next, bytes);
  const equal = low === readGpr(cpu, RAX, half) && high === readGpr(cpu, RDX, half);
  if (equal) {
    cpu.linear.write(address, bytes, readGpr(cpu, RBX, half));
    cpu.linear.write(next, bytes, readGpr(cpu, RCX, half));
  } else {
    writeGpr(cpu, RAX, half, low);
    writeGpr(cpu, RDX, half, high);
  }
  setFlags(cpu, ZF, equal ? ZF : 0);
}

export const integerHelpers: HelperTable = {
  div: (cpu, i) => divide(cpu, i, false),
  idiv: (cpu, i) => divide(cpu, i, true),
  aaa: (cpu) => asciiAdjust(cpu, false),
  aas: (cpu) => asciiAdjust(cpu, true),
  daa: (cpu) => decimalAdjust(cpu, false),
  das: (cpu) => decimalAdjust(cpu, true),
  aam(cpu, i) {
    const base = Number(readOperand(cpu, i, 0));
    if (base === 0) throw divideError('aam with base zero');
    const al = Number(readGpr(cpu, RAX, 8));
    writeGpr(cpu, RAX, 16, BigInt((Math.floor(al / base) << 8) | (al % base)));
    setFlags(cpu, ARITHMETIC, byteFlags(al % base));
  },
  aad(cpu, i) {
    const ax = Number(readGpr(cpu, RAX, 16));
    const al = ((ax & 0xff) + (ax >> 8) * Number(readOperand(cpu, i, 0))) & 0xff;
    writeGpr(cpu, RAX, 16, BigInt(al));
    setFlags(cpu, ARITHMETIC, byteFlags(al));
  },
  /** Undocumented but universal: AL becomes the carry, eight times. */
  salc: (cpu) => writeGpr(cpu, RAX, 8, cpu.state.rflags & CF ? 0xffn : 0n),
  xlat(cpu, i) {
    const offset = BigInt.asUintN(i.addressSize, cpu.state.gpr(RBX) + readGpr(cpu, RAX, 8));
    const address = segmentedAddress(cpu, i.segmentOverride ?? 'ds', offset, 1, false);
    writeGpr(cpu, RAX, 8, cpu.linear.read(address, 1));
  },
  cmpxchg8b: (cpu, i) => compareExchange(cpu, i, 32),
  cmpxchg16b: (cpu, i) => compareExchange(cpu, i, 64),
  bound(cpu, i) {
    const width = i.operandSize;
    const bytes = width === 16 ? 2 : 4;
    const operand = memoryOperand(i, 1);
    const address = linearAddress(cpu, i, operand, 2 * bytes, false);
    const index = BigInt.asIntN(width, readOperand(cpu, i, 0));
    const lower = BigInt.asIntN(width, cpu.linear.read(address, bytes));
    const upper = BigInt.asIntN(width, cpu.linear.read(BigInt.asUintN(32, address + BigInt(bytes)), bytes));
    if (index < lower || index > upper) throw new GuestException(Vector.BR, `${index} is outside ${lower} to ${upper}`);
  },
  arpl(cpu, i) {
    if (cpu.state.is8086) throw invalidOpcode('arpl in real mode or virtual-8086 mode');
    const destination = readOperand(cpu, i, 0);
    const rpl = readOperand(cpu, i, 1) & 3n;
    const raises = (destination & 3n) < rpl;
    if (raises) writeOperand(cpu, i, 0, (destination & ~3n) | rpl);
    setFlags(cpu, ZF, raises ? ZF : 0);
  },
  ud0: () => {
    throw invalidOpcode('ud0');
  },
  ud1: () => {
    throw invalidOpcode('ud1');
  },
  ud2: () => {
    throw invalidOpcode('ud2');
  },
};
