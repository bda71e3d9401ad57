/** Stacks that the processor itself pushes on: those of gates, of interrupts and exceptions. Intel SDM volume 3, sections 5.8.5 and 6.12.1. */
import type { Bytes } from '../mmu/linear-memory.ts';
import type { Cpu } from './cpu.ts';
import { type Descriptor, markAccessed, selectorFault } from './descriptors.ts';
import { GuestException, Vector } from './exceptions.ts';
import { RSP } from './layout.ts';
import { checkSegmentAccess, checkStackSegment, nullStackSegment, setStackSegment } from './segmentation.ts';
import { Efer, type Segment, SegmentAttribute } from './state.ts';
import { innerStackPointer, longStackPointer } from './tss.ts';

export interface Stack {
  segment: Segment | Descriptor;
  pointer: bigint;
  /** Privilege level whose stack it is. */
  level: number;
  /** Whether SS has to be loaded for it. */
  isNew: boolean;
  /** Its pointer has 64 bits, and no segment matters. */
  isLong: boolean;
}

/** The stack in use, as code of privilege level `level` uses it. */
export function presentStack({ state }: Cpu, level = state.cpl): Stack {
  const isLong = (state.efer & Efer.LMA) !== 0;
  return { segment: state.segment('ss'), pointer: state.gpr(RSP), level, isNew: false, isLong };
}
/** The stack that the TSS has for a more privileged level. @throws GuestException #TS or #SS */
export function innerStack(cpu: Cpu, level: number): Stack {
  if (cpu.state.efer & Efer.LMA) {
    const pointer = longStackPointer(cpu, { level });
    return { segment: nullStackSegment(level), pointer, level, isNew: true, isLong: true };
  }
  const { selector, pointer } = innerStackPointer(cpu, level);
  const segment = checkStackSegment(cpu, selector, level, Vector.TS);
  markAccessed(cpu, segment);
  return { segment, pointer, level, isNew: true, isLong: false };
}

/** Bits of a stack pointer that count in a segment. */
function stackMask(segment: Segment): bigint {
  return segment.attributes & SegmentAttribute.DB ? 0xffffffffn : 0xffffn;
}
/** SS and the stack pointer, all of it, as they are pushed on an inner stack. */
export function stackImage({ state }: Cpu): bigint[] {
  return [BigInt(state.segment('ss').selector), state.gpr(RSP)];
}

/** A frame that has room on a stack. */
export interface Frame {
  stack: Stack;
  bytes: Bytes;
  /** Linear addresses of its slots, the highest first. */
  slots: readonly bigint[];
}
/** Finds room for `count` slots of `bytes` bytes. @throws GuestException #SS: of the new segment's selector, or 0 */
export function reserve(cpu: Cpu, stack: Stack, count: number, bytes: Bytes): Frame {
  const { segment, pointer, isLong, isNew } = stack;
  const slots = Array.from({ length: count }, (_, i) => {
    const below = pointer - BigInt((i + 1) * bytes);
    if (isLong) return BigInt.asUintN(64, below);
    const offset = below & stackMask(segment);
    try {
      checkSegmentAccess(cpu, 'ss', offset, bytes, true, segment);
    } catch (error) {
      if (!isNew || !(error instanceof GuestException)) throw error;
      throw selectorFault(Vector.SS, segment.selector, error.message);
    }
    return BigInt.asUintN(32, segment.base + offset);
  });
  return { stack, bytes, slots };
}
/** Checks that a frame's slots can be written. @throws GuestException */
export function checkFrame(cpu: Cpu, { stack, bytes, slots }: Frame): void {
  try {
    for (const address of slots) cpu.linear.checkWrite(address, bytes, stack.level);
  } catch (error) {
    if (error instanceof GuestException && error.isNonCanonical)
      throw new GuestException(Vector.SS, `stack ${error.message}`, { errorCode: 0 });
    throw error;
  }
}
/** Stores the values of a frame and makes its stack the present one. Nothing is written unless all can be. @throws GuestException */
export function pushFrame(cpu: Cpu, frame: Frame, values: readonly bigint[]): void {
  const { stack, bytes, slots } = frame;
  checkFrame(cpu, frame);
  for (const [i, address] of slots.entries())
    cpu.linear.write(address, bytes, BigInt.asUintN(bytes * 8, values[i]!), stack.level);
  if (stack.isNew) setStackSegment(cpu, stack.segment);
  setStackPointer(cpu, stack, stack.pointer - BigInt(slots.length * bytes));
}
function setStackPointer({ state }: Cpu, { segment, isLong }: Stack, pointer: bigint): void {
  if (isLong) {
    state.setGpr(RSP, BigInt.asUintN(64, pointer));
    return;
  }
  const mask = stackMask(segment);
  const kept = mask === 0xffffn ? state.gpr(RSP) & ~mask : 0n;
  state.setGpr(RSP, kept | (pointer & mask));
}
