/** FNSTENV, FLDENV, FNSAVE, FRSTOR in their four layouts: Intel SDM volume 1, figures 8-9 to 8-12. */
import type { Cpu } from '../../cpu/cpu.ts';
import type { X87State } from '../../cpu/x87-state.ts';
import type { Instruction } from '../../isa/instruction.ts';
import { type HelperTable, linearAddress, memoryOperand } from '../operands.ts';
import { control } from './execution.ts';
import { readBlock, writeBlock } from './memory.ts';

const REGISTER_BYTES = 10;
const environmentBytes = (i: Instruction) => (i.operandSize === 16 ? 14 : 28);
/** What the block is to be aligned to, where that is checked (Intel SDM volume 3, table 6-7). */
const boundaryOf = (i: Instruction) => (i.operandSize === 16 ? 2 : 4);
const stateBytes = (i: Instruction) => environmentBytes(i) + 8 * REGISTER_BYTES;

/** Seven fields, of 16 bits or in the lower halves of 32 bits: three words, then the pointers, which depend on the mode. */
function storeEnvironment(cpu: Cpu, x87: X87State, i: Instruction, view: DataView): void {
  const isNarrow = i.operandSize === 16;
  const field = (n: number, value: number, upper = 0xffff) => {
    if (isNarrow) view.setUint16(2 * n, value & 0xffff, true);
    else view.setUint32(4 * n, ((upper << 16) | (value & 0xffff)) >>> 0, true);
  };
  field(0, x87.control);
  field(1, x87.status);
  field(2, x87.tagWord);
  if (cpu.state.is8086) {
    const code = (Number(BigInt.asUintN(32, x87.codePointer)) + x87.codeSelector * 16) >>> 0;
    const data = (Number(BigInt.asUintN(32, x87.dataPointer)) + x87.dataSelector * 16) >>> 0;
    // The upper part of a linear address follows at bit 12 of the next field, above the opcode.
    const above = (address: number) => (address >>> 16) << 12;
    field(3, code);
    field(4, above(code) | x87.opcode, above(code) >>> 16);
    field(5, data);
    field(6, above(data), above(data) >>> 16);
  } else {
    const code = Number(BigInt.asUintN(32, x87.codePointer));
    const data = Number(BigInt.asUintN(32, x87.dataPointer));
    field(3, code, code >>> 16);
    field(4, x87.codeSelector, x87.opcode);
    field(5, data, data >>> 16);
    field(6, x87.dataSelector);
  }
}
function loadEnvironment(cpu: Cpu, x87: X87State, i: Instruction, view: DataView): void {
  const isNarrow = i.operandSize === 16;
  const field = (n: number) => (isNarrow ? view.getUint16(2 * n, true) : view.getUint32(4 * n, true));
  x87.control = field(0) & 0xffff;
  x87.status = field(1) & 0xffff;
  x87.tagWord = field(2) & 0xffff;
  if (cpu.state.is8086) {
    const linear = (n: number) => BigInt(((field(n) & 0xffff) | ((field(n + 1) >>> 12) << 16)) >>> 0);
    x87.setCodePointer(0, linear(3));
    x87.opcode = field(4);
    x87.setDataPointer(0, linear(5));
  } else {
    x87.setCodePointer(field(4) & 0xffff, BigInt(field(3)));
    // 16 bits have no room for the opcode.
    x87.opcode = isNarrow ? 0 : field(4) >>> 16;
    x87.setDataPointer(field(6) & 0xffff, BigInt(field(5)));
  }
}

const target = (cpu: Cpu, i: Instruction, bytes: number, write: boolean) =>
  linearAddress(cpu, i, memoryOperand(i), bytes, write);
const block = (bytes: number) => new DataView(new ArrayBuffer(bytes));

export const x87Environment: HelperTable = {
  fnstenv: control((x87, cpu, i) => {
    const view = block(environmentBytes(i));
    storeEnvironment(cpu, x87, i, view);
    writeBlock(cpu, target(cpu, i, view.byteLength, true), view, boundaryOf(i));
    x87.control |= 0x3f;
  }),
  fldenv: control((x87, cpu, i) => {
    const bytes = environmentBytes(i);
    loadEnvironment(cpu, x87, i, readBlock(cpu, target(cpu, i, bytes, false), bytes, boundaryOf(i)));
  }, true),
  fnsave: control((x87, cpu, i) => {
    const view = block(stateBytes(i));
    storeEnvironment(cpu, x87, i, view);
    for (let n = 0, at = environmentBytes(i); n < 8; n++, at += REGISTER_BYTES) {
      const physical = (x87.top + n) & 7;
      view.setBigUint64(at, x87.significand(physical), true);
      view.setUint16(at + 8, x87.signAndExponent(physical), true);
    }
    writeBlock(cpu, target(cpu, i, view.byteLength, true), view, boundaryOf(i));
    x87.initialise();
  }),
  frstor: control((x87, cpu, i) => {
    const bytes = stateBytes(i);
    const view = readBlock(cpu, target(cpu, i, bytes, false), bytes, boundaryOf(i));
    loadEnvironment(cpu, x87, i, view);
    for (let n = 0, at = environmentBytes(i); n < 8; n++, at += REGISTER_BYTES)
      x87.setRegister((x87.top + n) & 7, view.getUint16(at + 8, true), view.getBigUint64(at, true));
  }, true),
};
