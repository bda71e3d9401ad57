/** Delivery of exceptions and interrupts through the IDT. Intel SDM volume 3, chapter 6 (6.12 to 6.14); volume 2, INT n. */
import type { Cpu } from './cpu.ts';
import { Dr7 } from './debug-unit.ts';
import { markAccessed, SystemType, selectorFault } from './descriptors.ts';
import { EXCEPTIONS, type ExceptionReport, GuestException, generalProtection, Vector } from './exceptions.ts';
import { AC, IF, NT, RF, TF, VIF, VM } from './flags.ts';
import { DR } from './layout.ts';
import { checkCodeSegment, loadRealModeCode, setCodeSegment, setSegment } from './segmentation.ts';
import { innerStack, presentStack, pushFrame, reserve, stackImage } from './stacks.ts';
import { Efer } from './state.ts';
import { switchTask } from './task.ts';
import { longStackPointer } from './tss.ts';

/** Software interrupts are checked against the gate's privilege level; the others are not. Debug exceptions push RF as it is. */
export type EventSource = 'exception' | 'debug' | 'software' | 'external';

/**
 * Enters the handler of a vector.
 * @param returnTo instruction pointer at which the interrupted code goes on
 * @throws GuestException if delivery itself faults: nothing has been changed then, unless a task gate led to another task, in
 * which the exception arises
 */
export function deliver(
  cpu: Cpu,
  vector: number,
  errorCode: number | null,
  source: EventSource,
  returnTo: bigint = cpu.state.rip,
): void {
  const event = { vector, errorCode, source, returnTo };
  withExt(source, () => {
    if (cpu.state.mode === 'real') deliverReal(cpu, event);
    else if (cpu.state.efer & Efer.LMA) deliverLong(cpu, event);
    else deliverProtected(cpu, event);
  });
}
interface Event {
  vector: number;
  errorCode: number | null;
  source: EventSource;
  returnTo: bigint;
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
const LONG_GATES: readonly number[] = [SystemType.INTERRUPT_GATE_32, SystemType.TRAP_GATE_32];
const GATES: readonly number[] = [
  ...LONG_GATES,
  SystemType.INTERRUPT_GATE_16,
  SystemType.TRAP_GATE_16,
  SystemType.TASK_GATE,
];
function readGate(cpu: Cpu, { vector, source }: Event, size: 8 | 16): Gate {
  const { idtr } = cpu.state;
  const errorCode = idtErrorCode(vector, source);
  if (vector * size + size - 1 > idtr.limit)
    throw generalProtection(`vector ${vector} is beyond the limit of the IDT`, errorCode);
  const address = cpu.state.systemAddress(idtr.base + BigInt(vector * size));
  const low = cpu.linear.read(address, 8, 'supervisor');
  const high = size === 16 ? cpu.linear.read(address + 8n, 8, 'supervisor') : 0n;
  const type = Number((low >> 40n) & 0x1fn);
  const level = Number((low >> 45n) & 3n);
  if (!(size === 16 ? LONG_GATES : GATES).includes(type))
    throw generalProtection(`entry ${vector} of the IDT is no gate for interrupts`, errorCode);
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

function deliverLong(cpu: Cpu, event: Event): void {
  const { state } = cpu;
  const gate = readGate(cpu, event, 16);
  const code = checkCodeSegment(cpu, gate.selector, 'gate');
  const level = code.selector & 3;
  const stack = level < state.cpl ? innerStack(cpu, level) : presentStack(cpu, level);
  if (gate.ist) stack.pointer = longStackPointer(cpu, { ist: gate.ist });
  stack.pointer &= ~0xfn;
  const values = [...stackImage(cpu), ...returnImage(cpu, event)];
  if (BigInt.asUintN(64, BigInt.asIntN(48, gate.offset)) !== gate.offset)
    throw generalProtection('the handler’s address is not canonical');
  markAccessed(cpu, code);
  pushFrame(cpu, reserve(cpu, stack, values.length, 8), values);
  setCodeSegment(cpu, code);
  enter(cpu, gate);
}

function deliverProtected(cpu: Cpu, event: Event): void {
  const { state } = cpu;
  const gate = readGate(cpu, event, 8);
  if (gate.type === SystemType.TASK_GATE) {
    const flags = Number(flagsImage(cpu, event.source));
    switchTask(cpu, gate.selector, { kind: 'interrupt', returnTo: event.returnTo, flags, errorCode: event.errorCode });
    return;
  }
  const isWide = gate.type === SystemType.INTERRUPT_GATE_32 || gate.type === SystemType.TRAP_GATE_32;
  const code = checkCodeSegment(cpu, gate.selector, 'gate');
  const level = code.selector & 3;
  const isInner = level < state.cpl;
  const stack = isInner ? innerStack(cpu, level) : presentStack(cpu, level);
  // From virtual-8086 mode there is a way to level 0 alone (section 20.2.3).
  if (state.isVirtual8086 && level !== 0)
    throw selectorFault(Vector.GP, gate.selector, 'virtual-8086 mode is left for level 0 alone');
  const values = [
    ...(state.isVirtual8086 ? VIRTUAL_8086_DATA.map((name) => BigInt(state.segment(name).selector)) : []),
    ...(isInner ? stackImage(cpu) : []),
    ...returnImage(cpu, event),
  ];
  const frame = reserve(cpu, stack, values.length, isWide ? 4 : 2);
  const offset = isWide ? gate.offset : gate.offset & 0xffffn;
  if (offset > BigInt(code.limit)) throw generalProtection('the handler lies beyond the limit of its code segment');
  markAccessed(cpu, code);
  pushFrame(cpu, frame, values);
  setCodeSegment(cpu, code);
  if (state.isVirtual8086)
    for (const name of VIRTUAL_8086_DATA) setSegment(cpu, name, { selector: 0, base: 0n, limit: 0, attributes: 0 });
  enter(cpu, { ...gate, offset });
}
/** The segment registers that are pushed on the way out of virtual-8086 mode, and null then. */
const VIRTUAL_8086_DATA = ['gs', 'fs', 'ds', 'es'] as const;

/** Through the vector table of real mode: four bytes an entry, a frame of three words, no error code (section 20.1.4). */
function deliverReal(cpu: Cpu, { vector, source, returnTo }: Event): void {
  const { state } = cpu;
  const { base, limit } = state.idtr;
  if (vector * 4 + 3 > limit)
    throw generalProtection(`vector ${vector} is beyond the limit of the vector table`, idtErrorCode(vector, source));
  const entry = cpu.linear.read(BigInt.asUintN(32, base + BigInt(vector * 4)), 4, 'supervisor');
  enterVector(cpu, entry, state.rflags, returnTo);
  state.rflags &= ~(IF | TF | RF | AC);
}
/**
 * Delivers INT n of virtual-8086 mode to the 8086's own handler, by the vector table at linear address 0 (section 20.3.3.1).
 * @param isVirtual its IF is VIF
 */
export function deliverTo8086(cpu: Cpu, vector: number, flags: number, returnTo: bigint, isVirtual: boolean): void {
  enterVector(cpu, cpu.linear.read(BigInt(vector * 4), 4, 'supervisor'), flags, returnTo);
  cpu.state.rflags &= ~(TF | RF | (isVirtual ? VIF : IF));
}
/** Enters the handler of an entry of an 8086's vector table, with a frame of three words. @throws GuestException */
function enterVector(cpu: Cpu, entry: bigint, flags: number, returnTo: bigint): void {
  const { state } = cpu;
  const values = [BigInt(flags), BigInt(state.segment('cs').selector), returnTo];
  const frame = reserve(cpu, presentStack(cpu), values.length, 2);
  const offset = entry & 0xffffn;
  if (offset > BigInt(state.segment('cs').limit))
    throw generalProtection('the handler lies beyond the limit of the code segment');
  pushFrame(cpu, frame, values);
  loadRealModeCode(cpu, Number(entry >> 16n));
  state.rip = offset;
}

/** What every frame holds: flags, code segment, instruction pointer, and the error code if there is one. */
function returnImage(cpu: Cpu, { errorCode, source, returnTo }: Event): bigint[] {
  const image = [flagsImage(cpu, source), BigInt(cpu.state.segment('cs').selector), returnTo];
  return errorCode === null ? image : [...image, BigInt(errorCode)];
}
/**
 * A fault pushes RF set, so that its instruction can be restarted past a breakpoint on it; but not a breakpoint itself, whose
 * handler has to set RF (section 17.3.1.1). That DR7.GD's fault pushes it clear too is what processors do.
 */
function flagsImage(cpu: Cpu, source: EventSource): bigint {
  return BigInt(cpu.state.rflags | (source === 'exception' ? RF : 0));
}
function enter(cpu: Cpu, gate: Gate): void {
  const { state } = cpu;
  const isInterruptGate = (gate.type & 1) === 0;
  state.rflags &= ~(TF | NT | RF | VM | (isInterruptGate ? IF : 0));
  state.rip = gate.offset;
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
      deliver(cpu, current.vector, current.errorCode, current.vector === Vector.DB ? 'debug' : 'exception');
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
