/** RETF and IRET. Intel SDM volume 2, RET and IRET; volume 3, sections 5.8.6, 7.4 and 20.2. */
import type { Cpu } from '../cpu/cpu.ts';
import { type Descriptor, isNullSelector } from '../cpu/descriptors.ts';
import { generalProtection, Vector } from '../cpu/exceptions.ts';
import { AC, ARITHMETIC, DF, ID, IF, IOPL, NT, RF, TF, VIF, VIP, VM } from '../cpu/flags.ts';
import { RSP } from '../cpu/layout.ts';
import {
  checkCodeSegment,
  checkStackSegment,
  dropPrivilegedSegments,
  load8086Segments,
  setCodeSegment,
  setStackSegment,
} from '../cpu/segmentation.ts';
import { Efer, type Segment, SegmentAttribute } from '../cpu/state.ts';
import { switchTask } from '../cpu/task.ts';
import { tssField } from '../cpu/tss.ts';
import { type Instruction, nextAddress } from '../isa/instruction.ts';
import { check8086Offset, checkedOffset, enter8086, isLongCode } from './code-targets.ts';
import { flagOfImage, writeFlags } from './flags.ts';
import { type HelperTable, readOperand, writeGpr } from './operands.ts';
import { moveStackPointer, operandBytes, readStack } from './stack.ts';

/** The stack that RETF and IRET return to: of an outer level, or (IRET in 64-bit mode) of the same. @throws GuestException */
function returnStack(cpu: Cpu, code: Descriptor, selector: number): Segment {
  const level = code.selector & 3;
  if (!isNullSelector(selector)) return checkStackSegment(cpu, selector, level, Vector.GP);
  if (!isLongCode(cpu, code) || level === 3) throw generalProtection('null selector in SS');
  if ((selector & 3) !== level) throw generalProtection('null selector of another privilege level in SS');
  return { selector, base: 0n, limit: 0, attributes: level << 5 };
}
function switchStack(cpu: Cpu, code: Descriptor, stack: Segment, pointer: bigint): void {
  setCodeSegment(cpu, code);
  setStackSegment(cpu, stack);
  writeGpr(cpu, RSP, isLongCode(cpu, code) ? 64 : stack.attributes & SegmentAttribute.DB ? 32 : 16, pointer);
}

function returnFar(cpu: Cpu, i: Instruction): void {
  const bytes = operandBytes(i.operandSize);
  const release = i.operands.length ? Number(readOperand(cpu, i, 0) & 0xffffn) : 0;
  const offset = readStack(cpu, 0, bytes);
  const selector = Number(readStack(cpu, bytes, bytes) & 0xffffn);
  if (cpu.state.is8086) {
    check8086Offset(cpu, offset);
    moveStackPointer(cpu, 2 * bytes + release);
    enter8086(cpu, selector, offset);
    return;
  }
  const code = checkCodeSegment(cpu, selector, 'return');
  if ((code.selector & 3) > cpu.state.cpl) {
    const pointer = readStack(cpu, 2 * bytes + release, bytes);
    const stackSelector = Number(readStack(cpu, 3 * bytes + release, bytes) & 0xffffn);
    const stack = returnStack(cpu, code, stackSelector);
    const entry = checkedOffset(cpu, code, offset);
    switchStack(cpu, code, stack, pointer + BigInt(release));
    dropPrivilegedSegments(cpu);
    cpu.jump(entry);
  } else {
    const entry = checkedOffset(cpu, code, offset);
    moveStackPointer(cpu, 2 * bytes + release);
    setCodeSegment(cpu, code);
    cpu.jump(entry);
  }
}

/** In real mode, and within virtual-8086 mode. */
function returnFrom8086Interrupt(cpu: Cpu, i: Instruction): void {
  const flag = flagOfImage(cpu, 'iret', i.operandSize);
  const bytes = operandBytes(i.operandSize);
  const offset = readStack(cpu, 0, bytes);
  const selector = Number(readStack(cpu, bytes, bytes) & 0xffffn);
  const flags = Number(readStack(cpu, 2 * bytes, bytes) & 0xffffffffn);
  check8086Offset(cpu, offset);
  const resume = i.operandSize === 32 && cpu.debug.mayResume(cpu.state) ? flags & RF : 0;
  writeFlags(cpu, flags, i.operandSize, flag);
  cpu.state.rflags |= resume;
  moveStackPointer(cpu, 3 * bytes);
  enter8086(cpu, selector, offset);
}

/** From level 0 to virtual-8086 mode: all segment registers lie on the stack. */
function returnToVirtual8086(cpu: Cpu, offset: bigint, cs: number, flags: number): void {
  const [pointer, ss, es, ds, fs, gs] = Array.from({ length: 6 }, (_, n) => Number(readStack(cpu, (3 + n) * 4, 4))) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (offset > 0xffffn) throw generalProtection('far transfer beyond the limit of the code segment');
  const loaded =
    ARITHMETIC | TF | IF | DF | IOPL | NT | VM | AC | VIF | VIP | ID | (cpu.debug.mayResume(cpu.state) ? RF : 0);
  cpu.state.rflags = flags & loaded;
  const selector = (value: number) => value & 0xffff;
  load8086Segments(cpu, {
    es: selector(es),
    cs,
    ss: selector(ss),
    ds: selector(ds),
    fs: selector(fs),
    gs: selector(gs),
  });
  writeGpr(cpu, RSP, 32, BigInt(pointer));
  cpu.jump(offset);
}

function returnFromInterrupt(cpu: Cpu, i: Instruction): void {
  const { state } = cpu;
  cpu.interrupts.unblockNmi();
  if (state.is8086) {
    returnFrom8086Interrupt(cpu, i);
    return;
  }
  const isLongMode = (state.efer & Efer.LMA) !== 0;
  if (state.rflags & NT) {
    if (isLongMode) throw generalProtection('iret with RFLAGS.NT in long mode');
    const link = Number(tssField(cpu, 0, 2));
    switchTask(cpu, link, { kind: 'return', returnTo: nextAddress(i), flags: state.rflags });
    return;
  }
  const bytes = operandBytes(i.operandSize);
  const offset = readStack(cpu, 0, bytes);
  const selector = Number(readStack(cpu, bytes, bytes) & 0xffffn);
  const flags = Number(readStack(cpu, 2 * bytes, bytes) & 0xffffffffn);
  const { cpl, iopl } = state;
  if (flags & VM && cpl === 0 && i.operandSize === 32 && !isLongMode) {
    returnToVirtual8086(cpu, offset, selector, flags);
    return;
  }
  const code = checkCodeSegment(cpu, selector, 'return');
  if (state.codeSize === 64 || (code.selector & 3) > cpl) {
    const pointer = readStack(cpu, 3 * bytes, bytes);
    const stack = returnStack(cpu, code, Number(readStack(cpu, 4 * bytes, bytes) & 0xffffn));
    const entry = checkedOffset(cpu, code, offset);
    switchStack(cpu, code, stack, pointer);
    if ((code.selector & 3) > cpl) dropPrivilegedSegments(cpu);
    cpu.jump(entry);
  } else {
    const entry = checkedOffset(cpu, code, offset);
    moveStackPointer(cpu, 3 * bytes);
    setCodeSegment(cpu, code);
    cpu.jump(entry);
  }
  // The privilege before the return decides which flags may change.
  let writable = ARITHMETIC | TF | DF | NT;
  if (i.operandSize !== 16) writable |= AC | ID;
  if (i.operandSize !== 16 && cpu.debug.mayResume(state)) writable |= RF;
  if (cpl === 0) writable |= i.operandSize === 16 ? IOPL : IOPL | VIF | VIP;
  if (cpl <= iopl) writable |= IF;
  state.rflags = (state.rflags & ~(writable | RF)) | (flags & writable);
}

export const farReturnHelpers: HelperTable = { retf: returnFar, iret: returnFromInterrupt };
