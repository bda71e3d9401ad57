/** Vector instructions that are rare, or store single bytes. */
import type { Cpu } from '../../cpu/cpu.ts';
import { generalProtection } from '../../cpu/exceptions.ts';
import * as L from '../../cpu/layout.ts';
import type { Instruction } from '../../isa/instruction.ts';
import { lanesOf, vectorOf } from '../../wasm/lanes.ts';
import { type HelperTable, readGpr, segmentedAddress } from '../operands.ts';
import { immediateOf, readVectorOperand, writeVectorOperand } from './operands.ts';

/** After an instruction with mmx registers the x87 registers count as full (Intel SDM volume 1, section 9.5.1). */
export function takeOverX87({ state: { x87 } }: Cpu): void {
  x87.top = 0;
  x87.tags = 0xff;
}

/** MASKMOVQ and MASKMOVDQU: bytes whose mask has its top bit set, at DS:rDI. */
function maskedMove(cpu: Cpu, i: Instruction, bytes: 8 | 16): void {
  const value = readVectorOperand(cpu, i, 0);
  const mask = lanesOf(readVectorOperand(cpu, i, 1), 8).slice(0, bytes);
  const offset = readGpr(cpu, L.RDI, i.addressSize);
  const linear = segmentedAddress(cpu, i.segmentOverride ?? 'ds', offset, bytes, true);
  cpu.linear.checkWrite(linear, bytes, 'current', 8);
  lanesOf(value, 8).forEach((byte, n) => {
    if (n >= bytes || !(mask[n]! & 0x80n)) return;
    cpu.linear.write(BigInt.asUintN(cpu.state.codeSize === 64 ? 64 : 32, linear + BigInt(n)), 1, byte);
  });
}

export const vectorHelpers: HelperTable = {
  ldmxcsr: () => {
    throw generalProtection('reserved bits of MXCSR');
  },
  maskmovdqu: (cpu, i) => maskedMove(cpu, i, 16),
  maskmovq(cpu, i) {
    maskedMove(cpu, i, 8);
    takeOverX87(cpu);
  },
  /** The smallest word, and behind it the number of the first that is as small. */
  phminposuw(cpu, i) {
    const words = lanesOf(readVectorOperand(cpu, i, 1), 16).map(Number);
    const smallest = Math.min(...words);
    writeVectorOperand(cpu, i, 0, BigInt(smallest + words.indexOf(smallest) * 0x10000));
  },
  /** Eight sums of the differences of four bytes, of a window that moves over the destination. */
  mpsadbw(cpu, i) {
    const order = immediateOf(i);
    const fixed = lanesOf(readVectorOperand(cpu, i, 1), 8).slice((order & 3) * 4, (order & 3) * 4 + 4);
    const moving = lanesOf(readVectorOperand(cpu, i, 0), 8).slice(order & 4);
    const distance = (a: bigint, b: bigint) => (a < b ? b - a : a - b);
    const sums = Array.from({ length: 8 }, (_, n) =>
      fixed.reduce((sum, byte, k) => sum + distance(moving[n + k]!, byte), 0n),
    );
    writeVectorOperand(cpu, i, 0, vectorOf(sums, 16));
  },
};
