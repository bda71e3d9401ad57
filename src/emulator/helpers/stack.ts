/** The stack, for helpers; and the stack instructions too rare to be worth compiling. */
import type { Cpu } from '../cpu/cpu.ts';
import { RBP, RSP } from '../cpu/layout.ts';
import { loadDataSegment } from '../cpu/segmentation.ts';
import { SegmentAttribute } from '../cpu/state.ts';
import { SEGMENTS } from '../isa/instruction.ts';
import type { Bytes } from '../mmu/linear-memory.ts';
import { type HelperTable, readGpr, readOperand, segmentedAddress, writeGpr, writeOperand } from './operands.ts';

/** Width of the stack pointer in bits. */
export function stackWidth(cpu: Cpu): 16 | 32 | 64 {
  if (cpu.state.codeSize === 64) return 64;
  return cpu.state.segment('ss').attributes & SegmentAttribute.DB ? 32 : 16;
}
/** Linear address at an offset from the stack pointer. */
export function stackAddress(cpu: Cpu, offset: number, bytes: number, write: boolean): bigint {
  const pointer = BigInt.asUintN(stackWidth(cpu), cpu.state.gpr(RSP) + BigInt(offset));
  return segmentedAddress(cpu, 'ss', pointer, bytes, write);
}
export function moveStackPointer(cpu: Cpu, bytes: number): void {
  const width = stackWidth(cpu);
  writeGpr(cpu, RSP, width, readGpr(cpu, RSP, width) + BigInt(bytes));
}
export function readStack(cpu: Cpu, offset: number, bytes: Bytes): bigint {
  return cpu.linear.read(stackAddress(cpu, offset, bytes, false), bytes);
}
/** Pushes values in order; all are checked before the first is written. */
export function pushValues(cpu: Cpu, bytes: Bytes, values: readonly bigint[]): void {
  const slots = values.map((value, i) => ({ value, address: stackAddress(cpu, -(i + 1) * bytes, bytes, true) }));
  for (const { address } of slots) cpu.linear.checkWrite(address, bytes);
  for (const { address, value } of slots) cpu.linear.write(address, bytes, BigInt.asUintN(bytes * 8, value));
  moveStackPointer(cpu, -bytes * values.length);
}
/**
 * PUSH of a segment register with a 32-bit operand: a 16-bit move into a 32-bit slot, whose other half is not even looked
 * at. Intel SDM volume 2, PUSH: all recent processors do so.
 */
function pushSelector(cpu: Cpu, selector: bigint): void {
  cpu.linear.write(stackAddress(cpu, -4, 2, true), 2, selector);
  moveStackPointer(cpu, -4);
}
export function operandBytes(operandSize: 16 | 32 | 64): Bytes {
  return (operandSize / 8) as Bytes;
}

export const stackHelpers: HelperTable = {
  /** To memory or to a segment register; the address of a memory operand uses the stack pointer after the pop. */
  pop(cpu, i) {
    const operand = i.operands[0]!;
    const bytes = operandBytes(i.operandSize);
    const value = readStack(cpu, 0, bytes);
    const before = cpu.state.gpr(RSP);
    if (operand.kind === 'segment') {
      const register = SEGMENTS[operand.index]!;
      if (register === 'cs') throw new Error('pop cs does not decode');
      loadDataSegment(cpu, register, Number(value & 0xffffn));
      moveStackPointer(cpu, bytes);
      if (register === 'ss') cpu.interrupts.shadow(cpu);
      return;
    }
    moveStackPointer(cpu, bytes);
    try {
      writeOperand(cpu, i, 0, value);
    } catch (error) {
      cpu.state.setGpr(RSP, before);
      throw error;
    }
  },
  push(cpu, i) {
    const value = readOperand(cpu, i, 0);
    if (i.operands[0]!.kind === 'segment' && i.operandSize === 32) pushSelector(cpu, value);
    else pushValues(cpu, operandBytes(i.operandSize), [value]);
  },
  pusha(cpu, i) {
    const values = Array.from({ length: 8 }, (_, index) => readGpr(cpu, index, i.operandSize));
    pushValues(cpu, operandBytes(i.operandSize), values);
  },
  popa(cpu, i) {
    const bytes = operandBytes(i.operandSize);
    const values = Array.from({ length: 8 }, (_, n) => readStack(cpu, n * bytes, bytes));
    moveStackPointer(cpu, 8 * bytes);
    for (let index = 0; index < 8; index++) if (index !== RSP) writeGpr(cpu, index, i.operandSize, values[7 - index]!);
  },
  enter(cpu, i) {
    const bytes = operandBytes(i.operandSize);
    const size = Number(readOperand(cpu, i, 0));
    const level = Number(readOperand(cpu, i, 1)) & 31;
    const width = stackWidth(cpu);
    const pointer = readGpr(cpu, RSP, width);
    const at = (offset: bigint, write: boolean) =>
      segmentedAddress(cpu, 'ss', BigInt.asUintN(width, offset), bytes, write);
    const newFrame = BigInt.asUintN(width, pointer - BigInt(bytes));
    const levels = Array.from({ length: Math.max(0, level - 1) }, (_, n) =>
      at(cpu.state.gpr(RBP) - BigInt((n + 1) * bytes), false),
    );
    const pushes = 1 + levels.length + (level > 0 ? 1 : 0);
    const slots = Array.from({ length: pushes }, (_, n) => at(pointer - BigInt((n + 1) * bytes), true));
    // All that can fault, the new top of the stack included, comes before the first push.
    for (const address of levels) cpu.linear.read(address, bytes);
    for (const address of slots) cpu.linear.checkWrite(address, bytes);
    cpu.linear.checkWrite(at(pointer - BigInt(pushes * bytes + size), true), bytes);
    // A frame pointer that was just pushed may be among those that are read back.
    cpu.linear.write(slots[0]!, bytes, readGpr(cpu, RBP, i.operandSize));
    for (const [n, address] of levels.entries())
      cpu.linear.write(slots[n + 1]!, bytes, cpu.linear.read(address, bytes));
    if (level > 0) cpu.linear.write(slots.at(-1)!, bytes, BigInt.asUintN(bytes * 8, newFrame));
    moveStackPointer(cpu, -pushes * bytes);
    writeGpr(cpu, RBP, i.operandSize, newFrame);
    moveStackPointer(cpu, -size);
  },
};
