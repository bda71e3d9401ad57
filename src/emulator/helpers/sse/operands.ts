/** Vector registers and vectors in memory, as plain TypeScript reads and writes them: unsigned numbers, lane 0 lowest. */
import type { Cpu } from '../../cpu/cpu.ts';
import { type GuestException, generalProtection } from '../../cpu/exceptions.ts';
import * as L from '../../cpu/layout.ts';
import type { Instruction, MemoryOperand } from '../../isa/instruction.ts';
import type { Bytes } from '../../mmu/linear-memory.ts';
import type { Alignment } from '../../semantics/index.ts';
import { effectiveAddress, linearAddress } from '../operands.ts';

export function misaligned(): GuestException {
  return generalProtection('an operand of 128 bits is not aligned to 16 bytes');
}

export function readXmm(cpu: Cpu, index: number): bigint {
  const at = L.XMM + index * 16;
  return cpu.state.u64(at) | (cpu.state.u64(at + 8) << 64n);
}
export function writeXmm(cpu: Cpu, index: number, value: bigint): void {
  const at = L.XMM + index * 16;
  cpu.state.setU64(at, BigInt.asUintN(64, value));
  cpu.state.setU64(at + 8, BigInt.asUintN(64, value >> 64n));
}
export function readMmx(cpu: Cpu, index: number): bigint {
  return cpu.state.u64(L.ST + index * 16);
}
/** Sign and exponent of the x87 register that it is part of become all ones (Intel SDM volume 1, section 9.5.2). */
export function writeMmx(cpu: Cpu, index: number, value: bigint): void {
  const at = L.ST + index * 16;
  cpu.state.setU64(at, BigInt.asUintN(64, value));
  cpu.state.view.setUint16(at + 8, 0xffff, true);
}

/**
 * Operand `n`, zero-extended: a register, or memory as wide as the instruction has it.
 * @throws GuestException, #GP(0) for 128 bits that are not aligned although they must be
 */
export function readVectorOperand(
  cpu: Cpu,
  instruction: Instruction,
  n: number,
  alignment: Alignment = 'aligned',
): bigint {
  const operand = instruction.operands[n];
  if (operand?.kind === 'xmm') return readXmm(cpu, operand.index);
  if (operand?.kind === 'mmx') return readMmx(cpu, operand.index);
  if (operand?.kind !== 'memory') throw new Error(`${instruction.mnemonic}: operand ${n} is no vector`);
  if (operand.width === 128) return cpu.linear.read128(address128(cpu, instruction, operand, alignment, false));
  const linear = linearAddress(cpu, instruction, operand, operand.width / 8, false);
  return cpu.linear.read(linear, (operand.width / 8) as Bytes);
}
/** Writes all of a register, or memory of 128 bits. @throws GuestException, as `readVectorOperand` */
export function writeVectorOperand(
  cpu: Cpu,
  instruction: Instruction,
  n: number,
  value: bigint,
  alignment: Alignment = 'aligned',
): void {
  const operand = instruction.operands[n];
  if (operand?.kind === 'xmm') writeXmm(cpu, operand.index, value);
  else if (operand?.kind === 'mmx') writeMmx(cpu, operand.index, value);
  else if (operand?.kind === 'memory')
    cpu.linear.write128(address128(cpu, instruction, operand, alignment, true), value);
  else throw new Error(`${instruction.mnemonic}: operand ${n} is no vector`);
}
/** In 64-bit mode alignment is looked at before anything else, outside it behind the segment's limit. */
function address128(
  cpu: Cpu,
  instruction: Instruction,
  operand: MemoryOperand,
  alignment: Alignment,
  write: boolean,
): bigint {
  const check = (linear: bigint): void => {
    if (alignment === 'aligned' && linear & 15n) throw misaligned();
  };
  if (cpu.state.codeSize === 64) {
    const hasBase = operand.segment === 'fs' || operand.segment === 'gs';
    check(effectiveAddress(cpu, instruction, operand) + (hasBase ? cpu.state.segment(operand.segment).base : 0n));
  }
  const linear = linearAddress(cpu, instruction, operand, 16, write);
  check(linear);
  return linear;
}
/** The immediate behind the other operands, unsigned. */
export function immediateOf({ mnemonic, operands }: Instruction): number {
  const last = operands.at(-1);
  if (last?.kind !== 'immediate') throw new Error(`${mnemonic} has no immediate`);
  return Number(last.value);
}
