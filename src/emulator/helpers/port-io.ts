/** IN, OUT, INS, OUTS, and the I/O permission bitmap. Intel SDM volume 1, chapter 19 (Input/Output). */
import type { Cpu } from '../cpu/cpu.ts';
import { generalProtection } from '../cpu/exceptions.ts';
import { DF } from '../cpu/flags.ts';
import { RAX, RCX, RDI, RDX, RSI } from '../cpu/layout.ts';
import { allowsPorts } from '../cpu/tss.ts';
import { type Instruction, nextAddress } from '../isa/instruction.ts';
import { type HelperTable, readGpr, readOperand, segmentedAddress, writeGpr } from './operands.ts';

type PortBytes = 1 | 2 | 4;
/** In virtual-8086 mode the bitmap alone decides (Intel SDM volume 3, section 20.2.8.1). */
function requirePort(cpu: Cpu, port: number, bytes: PortBytes): void {
  const { state } = cpu;
  if (state.cpl <= state.iopl && !state.isVirtual8086) return;
  if (!allowsPorts(cpu, port, bytes))
    throw generalProtection(`port 0x${port.toString(16)} at privilege level ${state.cpl}`);
}
/** The port operand: an immediate byte or DX. */
function port(cpu: Cpu, i: Instruction, n: number): number {
  return Number(readOperand(cpu, i, n) & 0xffffn);
}
function bytesOf(i: Instruction): PortBytes {
  const width = i.elementWidth ?? i.operandSize;
  return (Math.min(width, 32) / 8) as PortBytes;
}
/** One element of INS or OUTS, or none when the count is used up; repeats by staying at the same address. */
function stringIo(
  cpu: Cpu,
  i: Instruction,
  pointer: number,
  transfer: (address: bigint, port: number, bytes: PortBytes) => void,
): void {
  const bits = i.addressSize;
  const next = nextAddress(i);
  const repeated = i.repeat !== 'none';
  const bytes = bytesOf(i);
  const number = Number(readGpr(cpu, RDX, 16));
  requirePort(cpu, number, bytes);
  if (repeated && readGpr(cpu, RCX, bits) === 0n) {
    cpu.jump(next);
    return;
  }
  const isInput = pointer === RDI;
  const address = segmentedAddress(
    cpu,
    isInput ? 'es' : (i.segmentOverride ?? 'ds'),
    readGpr(cpu, pointer, bits),
    bytes,
    isInput,
  );
  transfer(address, number, bytes);
  cpu.debug.notePorts(number, bytes);
  const step = cpu.state.rflags & DF ? -bytes : bytes;
  writeGpr(cpu, pointer, bits, readGpr(cpu, pointer, bits) + BigInt(step));
  if (!repeated) {
    cpu.jump(next);
    return;
  }
  const left = readGpr(cpu, RCX, bits) - 1n;
  writeGpr(cpu, RCX, bits, left);
  cpu.jump(left === 0n ? next : i.address);
}

export const portHelpers: HelperTable = {
  in(cpu, i) {
    const number = port(cpu, i, 1);
    const bytes = bytesOf(i);
    requirePort(cpu, number, bytes);
    writeGpr(cpu, RAX, bytes * 8, BigInt(cpu.ports.read(number, bytes) >>> 0));
    cpu.debug.notePorts(number, bytes);
  },
  out(cpu, i) {
    const number = port(cpu, i, 0);
    const bytes = bytesOf(i);
    requirePort(cpu, number, bytes);
    cpu.ports.write(number, Number(readGpr(cpu, RAX, bytes * 8)), bytes);
    cpu.debug.notePorts(number, bytes);
  },
  ins: (cpu, i) =>
    stringIo(cpu, i, RDI, (address, number, bytes) => {
      cpu.linear.checkWrite(address, bytes);
      cpu.linear.write(address, bytes, BigInt(cpu.ports.read(number, bytes) >>> 0));
    }),
  outs: (cpu, i) =>
    stringIo(cpu, i, RSI, (address, number, bytes) =>
      cpu.ports.write(number, Number(cpu.linear.read(address, bytes)), bytes),
    ),
};
