/** Explicit operands of an instruction, read and written by plain TypeScript. */
import type { Cpu } from '../cpu/cpu.ts';
import { GuestException, Vector } from '../cpu/exceptions.ts';
import * as L from '../cpu/layout.ts';
import { checkSegmentAccess } from '../cpu/segmentation.ts';
import type { Instruction, MemoryOperand } from '../isa/instruction.ts';
import type { Bytes } from '../mmu/linear-memory.ts';

/** A helper carries out one instruction. The instruction pointer is moved on afterwards unless it jumped. */
export type Helper = (cpu: Cpu, instruction: Instruction) => void;
/** Helpers by mnemonic. */
export type HelperTable = Record<string, Helper>;

export function readGpr(cpu: Cpu, index: number, width: number, high = false): bigint {
  const at = L.GPR + index * 8;
  const { view } = cpu.state;
  switch (width) {
    case 8:
      return BigInt(view.getUint8(high ? at + 1 : at));
    case 16:
      return BigInt(view.getUint16(at, true));
    case 32:
      return BigInt(view.getUint32(at, true));
    default:
      return view.getBigUint64(at, true);
  }
}
/** 8- and 16-bit writes leave the rest alone; 32-bit ones clear the upper half. */
export function writeGpr(cpu: Cpu, index: number, width: number, value: bigint, high = false): void {
  const at = L.GPR + index * 8;
  const { view } = cpu.state;
  switch (width) {
    case 8:
      view.setUint8(high ? at + 1 : at, Number(value & 0xffn));
      return;
    case 16:
      view.setUint16(at, Number(value & 0xffffn), true);
      return;
    default:
      view.setBigUint64(at, BigInt.asUintN(width, value), true);
  }
}

/** Offset within the segment: base, index and displacement, cut to the address size. */
export function effectiveAddress(cpu: Cpu, instruction: Instruction, operand: MemoryOperand): bigint {
  let address = operand.displacement;
  if (operand.ripRelative) address += instruction.address + BigInt(instruction.length);
  if (operand.base >= 0) address += cpu.state.gpr(operand.base);
  if (operand.index >= 0) address += cpu.state.gpr(operand.index) * BigInt(operand.scale);
  return BigInt.asUintN(instruction.addressSize, address);
}
/** Linear address of `bytes` bytes at an offset in a segment, checked as the mode demands. @throws GuestException */
export function segmentedAddress(
  cpu: Cpu,
  segment: MemoryOperand['segment'],
  offset: bigint,
  bytes: number,
  write: boolean,
): bigint {
  const { state } = cpu;
  if (state.codeSize === 64) {
    const linear = BigInt.asUintN(
      64,
      offset + (segment === 'fs' || segment === 'gs' ? state.segment(segment).base : 0n),
    );
    if (segment === 'ss' && BigInt.asUintN(64, BigInt.asIntN(48, linear)) !== linear)
      throw new GuestException(Vector.SS, `stack address 0x${linear.toString(16)} is not canonical`, { errorCode: 0 });
    return linear;
  }
  checkSegmentAccess(cpu, segment, offset, bytes, write);
  return BigInt.asUintN(32, offset + state.segment(segment).base);
}
export function linearAddress(
  cpu: Cpu,
  instruction: Instruction,
  operand: MemoryOperand,
  bytes: number,
  write: boolean,
): bigint {
  return segmentedAddress(cpu, operand.segment, effectiveAddress(cpu, instruction, operand), bytes, write);
}

/** Operand `n`, unsigned, at its own width. */
export function readOperand(cpu: Cpu, instruction: Instruction, n: number): bigint {
  const operand = instruction.operands[n];
  switch (operand?.kind) {
    case 'gpr':
      return readGpr(cpu, operand.index, operand.width, operand.high);
    case 'memory':
      return cpu.linear.read(
        linearAddress(cpu, instruction, operand, operand.width / 8, false),
        (operand.width / 8) as Bytes,
      );
    case 'immediate':
      return BigInt.asUintN(operand.width, operand.value);
    case 'segment':
      return BigInt(cpu.state.view.getUint16(L.SELECTOR + operand.index * 4, true));
    default:
      throw new Error(`${instruction.mnemonic}: operand ${n} cannot be read`);
  }
}
/** Writes a general register or memory operand at its own width. */
export function writeOperand(cpu: Cpu, instruction: Instruction, n: number, value: bigint): void {
  const operand = instruction.operands[n];
  if (operand?.kind === 'gpr') writeGpr(cpu, operand.index, operand.width, value, operand.high);
  else if (operand?.kind === 'memory')
    cpu.linear.write(
      linearAddress(cpu, instruction, operand, operand.width / 8, true),
      (operand.width / 8) as Bytes,
      BigInt.asUintN(operand.width, value),
    );
  else throw new Error(`${instruction.mnemonic}: operand ${n} cannot be written`);
}
export function memoryOperand(instruction: Instruction, n = 0): MemoryOperand {
  const operand = instruction.operands[n];
  if (operand?.kind !== 'memory') throw new Error(`${instruction.mnemonic}: operand ${n} is not in memory`);
  return operand;
}
