/** FXSAVE and FXRSTOR. Intel SDM volume 2; volume 3, section 2.5 for CR4.OSFXSR's part. */
import type { Cpu } from '../../cpu/cpu.ts';
import { generalProtection } from '../../cpu/exceptions.ts';
import { Cr4 } from '../../cpu/state.ts';
import type { Instruction } from '../../isa/instruction.ts';
import { type HelperTable, linearAddress, memoryOperand } from '../operands.ts';
import { requireX87 } from '../x87/execution.ts';
import { readBlock, writeBlock } from '../x87/memory.ts';
import {
  checkMxcsr,
  LEGACY_BYTES,
  loadMxcsr,
  loadX87,
  loadXmm,
  saveMxcsr,
  saveX87,
  saveXmm,
  XMM,
  xmmBytes,
} from './legacy-area.ts';

/** Where the area lies, aligned as it must be. @throws GuestException */
export function areaAddress(cpu: Cpu, i: Instruction, bytes: number, alignment: bigint, write: boolean): bigint {
  const address = linearAddress(cpu, i, memoryOperand(i), bytes, write);
  if (address % alignment) throw generalProtection(`${i.mnemonic}: its operand is not aligned to ${alignment} bytes`);
  return address;
}
/** Without it the operating system does not know of SSE: its registers are left alone. */
const hasSse = (cpu: Cpu) => (cpu.state.cr4 & Cr4.OSFXSR) !== 0;

export const fxsaveHelpers: HelperTable = {
  fxsave(cpu, i) {
    requireX87(cpu);
    const address = areaAddress(cpu, i, LEGACY_BYTES, 16n, true);
    cpu.linear.checkWrite(address, LEGACY_BYTES);
    const view = new DataView(new ArrayBuffer(XMM + (hasSse(cpu) ? xmmBytes(i) : 0)));
    saveX87(cpu, i, view);
    saveMxcsr(cpu, view);
    if (hasSse(cpu)) saveXmm(cpu, i, view);
    writeBlock(cpu, address, view, 16);
  },
  fxrstor(cpu, i) {
    requireX87(cpu);
    const view = readBlock(cpu, areaAddress(cpu, i, LEGACY_BYTES, 16n, false), LEGACY_BYTES, 16);
    checkMxcsr(view);
    loadX87(cpu, i, view);
    loadMxcsr(cpu, view);
    if (hasSse(cpu)) loadXmm(cpu, i, view);
  },
};
