/** Memory operands of x87 instructions: of up to 10 bytes as a number, and whole blocks of state. */
import type { Cpu } from '../../cpu/cpu.ts';
import type { Instruction } from '../../isa/instruction.ts';
import { linearAddress, memoryOperand } from '../operands.ts';

/** What operands of 80 bits are to be aligned to, where that is checked (Intel SDM volume 3, table 6-7). */
const EXTENDED_BOUNDARY = 8;

/** The address behind: linear addresses have 32 bits outside 64-bit mode. */
export function advance(cpu: Cpu, address: bigint, bytes: number): bigint {
  return BigInt.asUintN(cpu.state.codeSize === 64 ? 64 : 32, address + BigInt(bytes));
}

/** A memory operand of 16, 32, 64 or 80 bits, unsigned. @throws GuestException */
export function readMemory(cpu: Cpu, i: Instruction): bigint {
  const operand = memoryOperand(i);
  const address = linearAddress(cpu, i, operand, operand.width / 8, false);
  if (operand.width <= 64) return cpu.linear.read(address, (operand.width / 8) as 2 | 4 | 8);
  cpu.linear.pieces(address, 10, 'current', EXTENDED_BOUNDARY);
  return cpu.linear.read(address, 8) | (cpu.linear.read(advance(cpu, address, 8), 2) << 64n);
}

/** Checks that a memory operand can be written; what is returned does it. @throws GuestException */
export function writableMemory(cpu: Cpu, i: Instruction): (value: bigint) => void {
  const operand = memoryOperand(i);
  const bytes = operand.width / 8;
  const address = linearAddress(cpu, i, operand, bytes, true);
  cpu.linear.checkWrite(address, bytes, 'current', Math.min(bytes, EXTENDED_BOUNDARY));
  return (value) => {
    if (bytes <= 8) cpu.linear.write(address, bytes as 2 | 4 | 8, BigInt.asUintN(operand.width, value));
    else {
      cpu.linear.write(address, 8, BigInt.asUintN(64, value));
      cpu.linear.write(advance(cpu, address, 8), 2, BigInt.asUintN(16, value >> 64n));
    }
  };
}

/**
 * `length` bytes, an even number, at a linear address.
 * @param boundary what the block is to be aligned to, where that is checked
 * @throws GuestException
 */
export function readBlock(cpu: Cpu, address: bigint, length: number, boundary: number): DataView {
  cpu.linear.pieces(address, length, 'current', boundary);
  const read = (at: number, bytes: 2 | 8) => cpu.linear.read(advance(cpu, address, at), bytes, 'current', 1);
  const view = new DataView(new ArrayBuffer(length));
  let at = 0;
  for (; at + 8 <= length; at += 8) view.setBigUint64(at, read(at, 8), true);
  for (; at < length; at += 2) view.setUint16(at, Number(read(at, 2)), true);
  return view;
}
/** Writes an even number of bytes, likewise. @throws GuestException with nothing written */
export function writeBlock(cpu: Cpu, address: bigint, block: DataView, boundary: number): void {
  const length = block.byteLength;
  cpu.linear.checkWrite(address, length, 'current', boundary);
  const write = (at: number, bytes: 2 | 8, value: bigint) =>
    cpu.linear.write(advance(cpu, address, at), bytes, value, 'current', 1);
  let at = 0;
  for (; at + 8 <= length; at += 8) write(at, 8, block.getBigUint64(at, true));
  for (; at < length; at += 2) write(at, 2, BigInt(block.getUint16(at, true)));
}
