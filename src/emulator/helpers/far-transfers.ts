/** Far jumps, calls and returns, software interrupts, IRET. Intel SDM volume 3, section 5.8; volume 2, JMP, CALL, RET, INT, IRET. */
import type { Cpu } from '../cpu/cpu.ts';
import { deliver, type EventSource } from '../cpu/delivery.ts';
import { generalProtection, Unsupported, Vector } from '../cpu/exceptions.ts';
import { AC, ARITHMETIC, DF, ID, IF, IOPL, NT, OF, RF, TF, VM } from '../cpu/flags.ts';
import { RSP } from '../cpu/layout.ts';
import {
  checkCodeSegment,
  checkStackSegment,
  type Descriptor,
  dropPrivilegedSegments,
  loadRealModeCode,
  setCodeSegment,
  setStackSegment,
} from '../cpu/segmentation.ts';
import { Efer, SegmentAttribute } from '../cpu/state.ts';
import { type Instruction, nextAddress } from '../isa/instruction.ts';
import { type HelperTable, linearAddress, memoryOperand, readOperand, writeGpr } from './operands.ts';
import { moveStackPointer, operandBytes, pushValues, readStack, writeFlags } from './stack.ts';

/** The selector and offset of a far operand, immediate or in memory. */
function farTarget(cpu: Cpu, i: Instruction): { selector: number; offset: bigint } {
  const operand = i.operands[0];
  if (operand?.kind === 'far') return { selector: operand.selector, offset: operand.offset };
  const bytes = operandBytes(i.operandSize);
  const address = linearAddress(cpu, i, memoryOperand(i), bytes + 2, false);
  const offset = cpu.linear.read(address, bytes);
  return {
    offset,
    selector: Number(cpu.linear.read(BigInt.asUintN(cpu.state.codeSize === 64 ? 64 : 32, address + BigInt(bytes)), 2)),
  };
}
/** Whether a segment makes 64-bit code. */
function isLong(cpu: Cpu, code: Descriptor): boolean {
  return (cpu.state.efer & Efer.LMA) !== 0 && (code.attributes & SegmentAttribute.L) !== 0;
}
/** @throws GuestException #GP(0) if the code segment of real mode, whose limit stays, does not hold the offset */
function checkRealOffset(cpu: Cpu, offset: bigint): void {
  if (offset > BigInt(cpu.state.segment('cs').limit))
    throw generalProtection('far transfer beyond the limit of the code segment');
}
function enterReal(cpu: Cpu, selector: number, offset: bigint): void {
  loadRealModeCode(cpu, selector);
  cpu.jump(offset);
}
/** The offset as the code segment can hold it. @throws GuestException #GP(0) */
function checkedOffset(cpu: Cpu, code: Descriptor, offset: bigint): bigint {
  if (isLong(cpu, code)) {
    if (BigInt.asUintN(64, BigInt.asIntN(48, offset)) !== offset)
      throw generalProtection('far transfer to an address that is not canonical');
    return offset;
  }
  const cut = BigInt.asUintN(32, offset);
  if (cut > BigInt(code.limit)) throw generalProtection('far transfer beyond the limit of the code segment');
  return cut;
}

/** RETF and IRET to an outer level, or (in 64-bit mode) IRET to the same. */
function switchStack(cpu: Cpu, code: Descriptor, selector: number, pointer: bigint): void {
  const level = code.selector & 3;
  const isNull = (selector & 0xfffc) === 0;
  if (isNull && !(isLong(cpu, code) && level !== 3)) throw generalProtection('null selector in SS');
  const stack = isNull
    ? { selector, base: 0n, limit: 0, attributes: level << 5 }
    : checkStackSegment(cpu, selector, level, Vector.GP);
  if (isNull && (selector & 3) !== level) throw generalProtection('null selector of another privilege level in SS');
  setCodeSegment(cpu, code);
  setStackSegment(cpu, stack);
  writeGpr(cpu, RSP, isLong(cpu, code) ? 64 : stack.attributes & SegmentAttribute.DB ? 32 : 16, pointer);
}

function returnFar(cpu: Cpu, i: Instruction): void {
  const bytes = operandBytes(i.operandSize);
  const release = i.operands.length ? Number(readOperand(cpu, i, 0) & 0xffffn) : 0;
  const offset = readStack(cpu, 0, bytes);
  const selector = Number(readStack(cpu, bytes, bytes) & 0xffffn);
  if (cpu.state.mode === 'real') {
    checkRealOffset(cpu, offset);
    moveStackPointer(cpu, 2 * bytes + release);
    enterReal(cpu, selector, offset);
    return;
  }
  const code = checkCodeSegment(cpu, selector, 'return');
  const entry = checkedOffset(cpu, code, offset);
  if ((code.selector & 3) > cpu.state.cpl) {
    const pointer = readStack(cpu, 2 * bytes + release, bytes);
    const stackSelector = Number(readStack(cpu, 3 * bytes + release, bytes) & 0xffffn);
    switchStack(cpu, code, stackSelector, pointer + BigInt(release));
    dropPrivilegedSegments(cpu);
  } else {
    moveStackPointer(cpu, 2 * bytes + release);
    setCodeSegment(cpu, code);
  }
  cpu.jump(entry);
}

/**
 * Whether RF that an IRET loads can be noticed: it lets the next instruction pass a breakpoint, and is cleared by it; or the
 * trap of a single step pushes it at once.
 */
function mayResume({ debug, state }: Cpu): boolean {
  return (state.rflags & TF) !== 0 || debug.hasBreakpoints(state);
}

function returnFromRealInterrupt(cpu: Cpu, i: Instruction): void {
  const bytes = operandBytes(i.operandSize);
  const offset = readStack(cpu, 0, bytes);
  const selector = Number(readStack(cpu, bytes, bytes) & 0xffffn);
  const flags = Number(readStack(cpu, 2 * bytes, bytes) & 0xffffffffn);
  checkRealOffset(cpu, offset);
  const resume = i.operandSize === 32 && mayResume(cpu) ? flags & RF : 0;
  writeFlags(cpu, flags, i.operandSize);
  cpu.state.rflags |= resume;
  moveStackPointer(cpu, 3 * bytes);
  enterReal(cpu, selector, offset);
}

function returnFromInterrupt(cpu: Cpu, i: Instruction): void {
  const { state } = cpu;
  cpu.interrupts.unblockNmi();
  if (state.mode === 'real') {
    returnFromRealInterrupt(cpu, i);
    return;
  }
  const isLongMode = (state.efer & Efer.LMA) !== 0;
  if (state.rflags & NT) {
    if (isLongMode) throw generalProtection('iret with RFLAGS.NT in long mode');
    throw new Unsupported('return from a nested task');
  }
  if (state.rflags & VM) throw new Unsupported('virtual-8086 mode');
  const bytes = operandBytes(i.operandSize);
  const offset = readStack(cpu, 0, bytes);
  const selector = Number(readStack(cpu, bytes, bytes) & 0xffffn);
  const flags = Number(readStack(cpu, 2 * bytes, bytes) & 0xffffffffn);
  const { cpl } = state;
  if (flags & VM && cpl === 0 && !isLongMode) throw new Unsupported('virtual-8086 mode');
  const code = checkCodeSegment(cpu, selector, 'return');
  const entry = checkedOffset(cpu, code, offset);
  const wasLong = state.codeSize === 64;
  if (wasLong || (code.selector & 3) > cpl) {
    const pointer = readStack(cpu, 3 * bytes, bytes);
    const stackSelector = Number(readStack(cpu, 4 * bytes, bytes) & 0xffffn);
    switchStack(cpu, code, stackSelector, pointer);
    if ((code.selector & 3) > cpl) dropPrivilegedSegments(cpu);
  } else {
    moveStackPointer(cpu, 3 * bytes);
    setCodeSegment(cpu, code);
  }
  // The privilege before the return decides which flags may change.
  let writable = ARITHMETIC | TF | DF | NT;
  if (i.operandSize !== 16) writable |= AC | ID;
  if (i.operandSize !== 16 && mayResume(cpu)) writable |= RF;
  if (cpl === 0) writable |= IOPL;
  if (cpl <= (state.rflags & IOPL) >> 12) writable |= IF;
  state.rflags = (state.rflags & ~(writable | RF)) | (flags & writable);
  cpu.jump(entry);
}

/** Delivers as a trap: the handler returns to the next instruction. */
function trap(cpu: Cpu, i: Instruction, vector: number, source: EventSource = 'software'): void {
  cpu.jump(nextAddress(i));
  try {
    deliver(cpu, vector, null, source);
  } catch (error) {
    cpu.state.rip = i.address;
    throw error;
  }
}

export const farTransferHelpers: HelperTable = {
  jmpf(cpu, i) {
    const { selector, offset } = farTarget(cpu, i);
    if (cpu.state.mode === 'real') {
      checkRealOffset(cpu, offset);
      enterReal(cpu, selector, offset);
      return;
    }
    const code = checkCodeSegment(cpu, selector, 'transfer');
    const entry = checkedOffset(cpu, code, offset);
    setCodeSegment(cpu, code);
    cpu.jump(entry);
  },
  callf(cpu, i) {
    const { selector, offset } = farTarget(cpu, i);
    const from = [BigInt(cpu.state.segment('cs').selector), nextAddress(i)];
    if (cpu.state.mode === 'real') {
      checkRealOffset(cpu, offset);
      pushValues(cpu, operandBytes(i.operandSize), from);
      enterReal(cpu, selector, offset);
      return;
    }
    const code = checkCodeSegment(cpu, selector, 'transfer');
    const entry = checkedOffset(cpu, code, offset);
    pushValues(cpu, operandBytes(i.operandSize), from);
    setCodeSegment(cpu, code);
    cpu.jump(entry);
  },
  retf: returnFar,
  iret: returnFromInterrupt,
  int: (cpu, i) => trap(cpu, i, Number(readOperand(cpu, i, 0) & 0xffn)),
  /** ICEBP: unlike INT 1, no privilege is asked of the gate. */
  int1: (cpu, i) => trap(cpu, i, Vector.DB, 'external'),
  int3: (cpu, i) => trap(cpu, i, Vector.BP),
  into(cpu, i) {
    if (cpu.state.rflags & OF) trap(cpu, i, Vector.OF);
    else cpu.jump(nextAddress(i));
  },
};
