/** Instructions on bit fields that work bit by bit. Intel SDM volume 2, under their names. */

import type { Cpu } from '../cpu/cpu.ts';
import type { Instruction } from '../isa/instruction.ts';
import { type HelperTable, readOperand, writeOperand } from './operands.ts';

/** Positions of the bits that are set, lowest first. */
function* positions(mask: bigint): Generator<bigint> {
  for (let at = 0n, rest = mask; rest; at++, rest >>= 1n) if (rest & 1n) yield at;
}

/** CRC-32C of iSCSI: the polynomial 0x11edc6f41 with its bits reversed (RFC 3720, appendix B.4). */
const POLYNOMIAL = 0x82f63b78;

function crc32c(start: number, data: bigint, bits: number): number {
  let crc = start;
  for (let at = 0; at < bits; at += 8) {
    crc ^= Number((data >> BigInt(at)) & 0xffn);
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  }
  return crc >>> 0;
}
function width(i: Instruction, n: number): number {
  const operand = i.operands[n];
  return operand && 'width' in operand ? operand.width : 0;
}

export const bitFieldHelpers: HelperTable = {
  /** The source's low bits, to where the mask has ones. */
  pdep(cpu: Cpu, i) {
    const source = readOperand(cpu, i, 1);
    let result = 0n;
    let n = 0n;
    for (const at of positions(readOperand(cpu, i, 2))) result |= ((source >> n++) & 1n) << at;
    writeOperand(cpu, i, 0, result);
  },
  /** The source's bits where the mask has ones, put side by side. */
  pext(cpu, i) {
    const source = readOperand(cpu, i, 1);
    let result = 0n;
    let n = 0n;
    for (const at of positions(readOperand(cpu, i, 2))) result |= ((source >> at) & 1n) << n++;
    writeOperand(cpu, i, 0, result);
  },
  crc32(cpu, i) {
    const data = readOperand(cpu, i, 1);
    const start = Number(readOperand(cpu, i, 0) & 0xffffffffn);
    writeOperand(cpu, i, 0, BigInt(crc32c(start, data, width(i, 1))));
  },
};
