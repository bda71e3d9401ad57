/** Delivery of exceptions and interrupts through the IDT. Intel SDM volume 3, chapter 6 (6.12 to 6.14). */

import type { Bytes } from '../mmu/linear-memory.ts';
import type { Cpu } from './cpu.ts';
import { Dr7 } from './debug-unit.ts';
import {
  EXCEPTIONS,
  type ExceptionReport,
  GuestException,
  generalProtection,
  Unsupported,
  Vector,
} from './exceptions.ts';
import { AC, IF, NT, RF, TF, VM } from './flags.ts';
import { DR, RSP } from './layout.ts';
import {
  checkCodeSegment,
  checkSegmentAccess,
  checkStackSegment,
  loadRealModeCode,
  markAccessed,
  nullStackSegment,
  selectorFault,
  setCodeSegment,
  setStackSegment,
} from './segmentation.ts';
import { Efer, type Segment, SegmentAttribute } from './state.ts';

/** Software interrupts are checked against the gate's privilege level; the others are not. */
export type EventSource = 'exception' | 'trap' | 'software' | 'external';

/** The bit of a TSS descriptor's type that tells 32-bit and 64-bit ones from 16-bit ones. */
const TSS_32 = 8;
const GATE = { INTERRUPT_16: 6, TRAP_16: 7, INTERRUPT_32: 14, TRAP_32: 15, TASK: 5 } as const;

/**
 * Enters the handler of a vector; `state.rip` must hold the address to return to.
 * @throws GuestException if delivery itself faults; nothing has been changed then
 */
export function deliver(cpu: Cpu, vector: number, errorCode: number | null, source: EventSource): void {
  withExt(source, () => {
    if (cpu.state.mode === 'real') deliverReal(cpu, vector, source);
    else if (cpu.state.efer & Efer.LMA) deliverLong(cpu, vector, errorCode, source);
    else deliverProtected(cpu, vector, errorCode, source);
  });
}

/** EXT in an error code: the event that was being delivered is none that a program asked for. */
const EXT = 1;
/** An error code for a fault in an IDT entry: IDT bit and EXT. */
function idtErrorCode(vector: number, source: EventSource): number {
  return (vector << 3) | 2 | (source === 'software' ? 0 : EXT);
}
/** Delivers with EXT in the error code of what faults over a selector, a stack or an offset (section 6.13). */
function withExt(source: EventSource, step: () => void): void {
  try {
    step();
  } catch (error) {
    const hasSelector = error instanceof GuestException && SELECTOR_FAULTS.includes(error.vector);
    if (source === 'software' || !hasSelector) throw error;
    throw new GuestException(error.vector, error.message, { errorCode: error.errorCode! | EXT });
  }
}
const SELECTOR_FAULTS: readonly number[] = [Vector.TS, Vector.NP, Vector.SS, Vector.GP];

interface Gate {
  selector: number;
  offset: bigint;
  type: number;
  ist: number;
}
function readGate(cpu: Cpu, vector: number, source: EventSource, size: 8 | 16): Gate {
  const { idtr } = cpu.state;
  const errorCode = idtErrorCode(vector, source);
  if (vector * size + size - 1 > idtr.limit)
    throw generalProtection(`vector ${vector} is beyond the limit of the IDT`, errorCode);
  const address = idtr.base + BigInt(vector * size);
  const low = cpu.linear.read(address, 8, 'supervisor');
  const high = size === 16 ? cpu.linear.read(address + 8n, 8, 'supervisor') : 0n;
  const type = Number((low >> 40n) & 0x1fn);
  const level = Number((low >> 45n) & 3n);
  const allowed: number[] =
    size === 16
      ? [GATE.INTERRUPT_32, GATE.TRAP_32]
      : [GATE.INTERRUPT_32, GATE.TRAP_32, GATE.INTERRUPT_16, GATE.TRAP_16, GATE.TASK];
  if (!allowed.includes(type))
    throw generalProtection(`entry ${vector} of the IDT is not an interrupt or trap gate`, errorCode);
  if (source === 'software' && level < cpu.state.cpl)
    throw generalProtection(`the gate of vector ${vector} is more privileged`, errorCode);
  if (!((low >> 47n) & 1n))
    throw new GuestException(Vector.NP, `the gate of vector ${vector} is not present`, { errorCode });
  return {
    selector: Number((low >> 16n) & 0xffffn),
    offset: (low & 0xffffn) | ((low >> 32n) & 0xffff0000n) | ((high & 0xffffffffn) << 32n),
    type,
    ist: Number((low >> 32n) & 7n),
  };
}

function deliverLong(cpu: Cpu, vector: number, errorCode: number | null, source: EventSource): void {
  const { state } = cpu;
  const gate = readGate(cpu, vector, source, 16);
  const code = checkCodeSegment(cpu, gate.selector, 'gate');
  if (!(code.attributes & SegmentAttribute.L) || code.attributes & SegmentAttribute.DB)
    throw selectorFault(Vector.GP, gate.selector, 'not a 64-bit code segment');
  const level = code.selector & 3;
  const inner = level < state.cpl;
  const oldStack = { selector: state.segment('ss').selector, pointer: state.gpr(RSP) };
  let top = gate.ist
    ? tssField(cpu, 0x24 + (gate.ist - 1) * 8, 8)
    : inner
      ? tssField(cpu, 4 + level * 8, 8)
      : state.gpr(RSP);
  top &= ~0xfn;
  const frame = [
    BigInt(oldStack.selector),
    oldStack.pointer,
    flagsImage(cpu, source),
    BigInt(state.segment('cs').selector),
    state.rip,
  ];
  if (errorCode !== null) frame.push(BigInt(errorCode));
  if (BigInt.asUintN(64, BigInt.asIntN(48, gate.offset)) !== gate.offset)
    throw generalProtection('the handler’s address is not canonical');
  markAccessed(cpu, code);
  const slots = frame.map((_, i) => BigInt.asUintN(64, top - BigInt((i + 1) * 8)));
  pushAll(cpu, slots, frame, 8);
  if (inner) setStackSegment(cpu, nullStackSegment(level));
  setCodeSegment(cpu, code);
  state.setGpr(RSP, slots.at(-1)!);
  enter(cpu, gate);
}

function deliverProtected(cpu: Cpu, vector: number, errorCode: number | null, source: EventSource): void {
  const { state } = cpu;
  const gate = readGate(cpu, vector, source, 8);
  if (gate.type === GATE.TASK) throw new Unsupported('task gate');
  if (state.rflags & VM) throw new Unsupported('virtual-8086 mode');
  const wide = gate.type === GATE.INTERRUPT_32 || gate.type === GATE.TRAP_32;
  const bytes: Bytes = wide ? 4 : 2;
  const code = checkCodeSegment(cpu, gate.selector, 'gate');
  const level = code.selector & 3;
  const frame = [flagsImage(cpu, source), BigInt(state.segment('cs').selector), state.rip];
  if (errorCode !== null) frame.push(BigInt(errorCode));
  let stack = state.segment('ss');
  let top = state.gpr(RSP);
  const inner = level < state.cpl;
  if (inner) {
    const selector = BigInt(stack.selector);
    const pointer = top & stackMask(stack);
    ({ stack, top } = innerStack(cpu, level));
    frame.unshift(selector, pointer);
  }
  const slots = frameSlots(cpu, stack, top, frame.length, bytes, inner);
  const offset = wide ? gate.offset : gate.offset & 0xffffn;
  if (offset > BigInt(code.limit)) throw generalProtection('the handler lies beyond the limit of its code segment');
  markAccessed(cpu, code);
  pushAll(cpu, slots, frame, bytes);
  if (inner) setStackSegment(cpu, stack);
  setCodeSegment(cpu, code);
  setStackPointer(cpu, stack, top - BigInt(frame.length * bytes));
  enter(cpu, { ...gate, offset });
}
/** The stack that the TSS has for a privilege level outside long mode. */
function innerStack(cpu: Cpu, level: number): { stack: Segment; top: bigint } {
  const bytes = cpu.state.segment('tr').attributes & TSS_32 ? 4 : 2;
  const pointer = bytes + level * 2 * bytes;
  const selector = Number(tssField(cpu, pointer + bytes, 2));
  const stack = checkStackSegment(cpu, selector, level, Vector.TS);
  markAccessed(cpu, stack);
  return { stack, top: tssField(cpu, pointer, bytes) };
}

/** Through the vector table of real mode: four bytes an entry, a frame of three words, no error code (section 20.1.4). */
function deliverReal(cpu: Cpu, vector: number, source: EventSource): void {
  const { state } = cpu;
  const { base, limit } = state.idtr;
  if (vector * 4 + 3 > limit)
    throw generalProtection(`vector ${vector} is beyond the limit of the vector table`, idtErrorCode(vector, source));
  const entry = cpu.linear.read(BigInt.asUintN(32, base + BigInt(vector * 4)), 4, 'supervisor');
  const stack = state.segment('ss');
  const top = state.gpr(RSP);
  const frame = [BigInt(state.rflags), BigInt(state.segment('cs').selector), state.rip];
  const slots = frameSlots(cpu, stack, top, frame.length, 2, false);
  const offset = entry & 0xffffn;
  if (offset > BigInt(state.segment('cs').limit))
    throw generalProtection('the handler lies beyond the limit of the code segment');
  pushAll(cpu, slots, frame, 2);
  setStackPointer(cpu, stack, top - BigInt(frame.length * 2));
  loadRealModeCode(cpu, Number(entry >> 16n));
  state.rflags &= ~(IF | TF | RF | AC);
  state.rip = offset;
}

/** A fault pushes RF set, so that its instruction can be restarted past a breakpoint on it (section 17.3.1.1). */
function flagsImage(cpu: Cpu, source: EventSource): bigint {
  return BigInt(cpu.state.rflags | (source === 'exception' ? RF : 0));
}
function enter(cpu: Cpu, gate: Gate): void {
  const { state } = cpu;
  const isInterruptGate = (gate.type & 1) === 0;
  state.rflags &= ~(TF | NT | RF | VM | (isInterruptGate ? IF : 0));
  state.rip = gate.offset;
}

function stackMask(stack: Segment): bigint {
  return stack.attributes & SegmentAttribute.DB ? 0xffffffffn : 0xffffn;
}
function setStackPointer(cpu: Cpu, stack: Segment, pointer: bigint): void {
  const mask = stackMask(stack);
  const kept = mask === 0xffffn ? cpu.state.gpr(RSP) & ~mask : 0n;
  cpu.state.setGpr(RSP, kept | (pointer & mask));
}
/** Linear addresses of a frame's slots on a stack outside long mode, first one highest. @throws GuestException #SS */
function frameSlots(
  cpu: Cpu,
  stack: Segment,
  top: bigint,
  count: number,
  bytes: Bytes,
  isNewStack: boolean,
): readonly bigint[] {
  const mask = stackMask(stack);
  return Array.from({ length: count }, (_, i) => {
    const offset = (top - BigInt((i + 1) * bytes)) & mask;
    try {
      checkSegmentAccess(cpu, 'ss', offset, bytes, true, stack);
    } catch (error) {
      if (!isNewStack || !(error instanceof GuestException)) throw error;
      throw selectorFault(Vector.SS, stack.selector, error.message);
    }
    return BigInt.asUintN(32, stack.base + offset);
  });
}
/** Stores the values of a frame. Nothing is written unless all can be. */
function pushAll(cpu: Cpu, slots: readonly bigint[], values: readonly bigint[], bytes: Bytes): void {
  try {
    for (const address of slots) cpu.linear.checkWrite(address, bytes, 'supervisor');
  } catch (error) {
    if (error instanceof GuestException && error.isNonCanonical)
      throw new GuestException(Vector.SS, `stack ${error.message}`, { errorCode: 0 });
    throw error;
  }
  for (const [i, address] of slots.entries())
    cpu.linear.write(address, bytes, BigInt.asUintN(bytes * 8, values[i]!), 'supervisor');
}

/** A field of the task-state segment. @throws GuestException #TS beyond its limit */
export function tssField(cpu: Cpu, offset: number, bytes: Bytes): bigint {
  const tr = cpu.state.segment('tr');
  if (offset + bytes - 1 > tr.limit)
    throw new GuestException(Vector.TS, 'the TSS is too short', { errorCode: tr.selector & 0xfffc });
  return cpu.linear.read(tr.base + BigInt(offset), bytes, 'supervisor');
}

/** DR7.GD is cleared before the handler is entered (section 17.2.4). */
function letHandlerAtDebugRegisters({ state }: Cpu): void {
  state.setU64(DR + 7 * 8, state.u64(DR + 7 * 8) & ~BigInt(Dr7.GD));
}

const CONTRIBUTORY: readonly number[] = [Vector.DE, Vector.TS, Vector.NP, Vector.SS, Vector.GP];

/**
 * Raises an exception at the current instruction, through double faults if need be (Intel SDM volume 3, section 6.15,
 * "Interrupt 8").
 * @returns the chain of exceptions if it ended in a triple fault, else `null`
 */
export function raise(cpu: Cpu, first: GuestException): ExceptionReport[] | null {
  const chain: ExceptionReport[] = [];
  const rip = cpu.state.rip;
  const note = ({ vector, errorCode, address, message }: GuestException) => {
    const report = { vector, errorCode, rip, address, reason: message };
    if (address !== null) cpu.state.setCr(2, address);
    chain.push(report);
    cpu.onException(report);
  };
  note(first);
  if (first.vector === Vector.DB) letHandlerAtDebugRegisters(cpu);
  for (let current = first; ; ) {
    try {
      deliver(cpu, current.vector, current.errorCode, current.isTrap ? 'trap' : 'exception');
      // Time must pass even for a guest whose handler faults at once.
      cpu.instructions++;
      return null;
    } catch (error) {
      if (!(error instanceof GuestException)) throw error;
      note(error);
      if (current.vector === Vector.DF) return chain;
      if (!makesDoubleFault(current.vector, error.vector)) {
        current = error;
        continue;
      }
      const names = [error, current].map(({ vector }) => EXCEPTIONS[vector]?.mnemonic ?? `vector ${vector}`);
      current = new GuestException(Vector.DF, names.join(' while delivering '), { errorCode: 0 });
      note(current);
    }
  }
}
/** Intel SDM volume 3, table 6-5. */
function makesDoubleFault(first: number, second: number): boolean {
  if (first === Vector.PF) return second === Vector.PF || CONTRIBUTORY.includes(second);
  return CONTRIBUTORY.includes(first) && CONTRIBUTORY.includes(second);
}
