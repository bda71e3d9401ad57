/** Far CALL and JMP through call gates, and to other tasks. Intel SDM volume 3, section 5.8; volume 2, CALL and JMP. */
import type { Cpu } from '../cpu/cpu.ts';
import {
  type Descriptor,
  dpl,
  isPresent,
  readUpperHalf,
  SystemType,
  selectorFault,
  systemType,
} from '../cpu/descriptors.ts';
import { Vector } from '../cpu/exceptions.ts';
import { checkCodeSegment, setCodeSegment } from '../cpu/segmentation.ts';
import { innerStack, presentStack, pushFrame, reserve, stackImage } from '../cpu/stacks.ts';
import { Efer } from '../cpu/state.ts';
import { switchTask } from '../cpu/task.ts';
import { checkedOffset } from './code-targets.ts';
import { readStack } from './stack.ts';

interface CallGate {
  selector: number;
  offset: bigint;
  /** What a pushed value takes. */
  bytes: 2 | 4 | 8;
  /** Values that are copied from the caller's stack. */
  parameters: number;
}

/**
 * Goes where a system descriptor leads.
 * @param returnTo instruction pointer behind the instruction
 * @throws GuestException
 */
export function transferThrough(cpu: Cpu, descriptor: Descriptor, kind: 'call' | 'jump', returnTo: bigint): void {
  const { state } = cpu;
  const isLong = (state.efer & Efer.LMA) !== 0;
  const { selector } = descriptor;
  const type = systemType(descriptor);
  const refuse = (reason: string) => selectorFault(Vector.GP, selector, reason);
  const requireAccess = (what: string) => {
    if (dpl(descriptor) < Math.max(state.cpl, selector & 3)) throw refuse(`${what} is more privileged`);
    if (!isPresent(descriptor)) throw selectorFault(Vector.NP, selector, `${what} is not present`);
  };
  switch (type) {
    case SystemType.CALL_GATE_32:
    case SystemType.CALL_GATE_16: {
      if (isLong && type === SystemType.CALL_GATE_16) break;
      requireAccess('call gate');
      const gate = readCallGate(cpu, descriptor, isLong);
      if (kind === 'call') callThrough(cpu, gate, returnTo);
      else jumpThrough(cpu, gate);
      return;
    }
    case SystemType.TASK_GATE:
      if (isLong) break;
      requireAccess('task gate');
      switchTask(cpu, Number((descriptor.raw >> 16n) & 0xffffn), { kind, returnTo, flags: state.rflags });
      return;
    case SystemType.TSS_16:
    case SystemType.TSS_32:
      if (isLong) break;
      if (dpl(descriptor) < Math.max(state.cpl, selector & 3)) throw refuse('task is more privileged');
      switchTask(cpu, selector, { kind, returnTo, flags: state.rflags });
      return;
    default:
  }
  throw refuse('not a code segment, nor a gate');
}

function readCallGate(cpu: Cpu, descriptor: Descriptor, isLong: boolean): CallGate {
  const { raw } = descriptor;
  const isWide = systemType(descriptor) === SystemType.CALL_GATE_32;
  const low = (raw & 0xffffn) | (isWide ? (raw >> 32n) & 0xffff0000n : 0n);
  return {
    selector: Number((raw >> 16n) & 0xffffn),
    offset: isLong ? low | readUpperHalf(cpu, descriptor) : low,
    bytes: isLong ? 8 : isWide ? 4 : 2,
    parameters: isLong ? 0 : Number((raw >> 32n) & 0x1fn),
  };
}
function callThrough(cpu: Cpu, gate: CallGate, returnTo: bigint): void {
  const { state } = cpu;
  const code = checkCodeSegment(cpu, gate.selector, 'gate');
  const level = code.selector & 3;
  const from = [BigInt(state.segment('cs').selector), returnTo];
  if (level === state.cpl) {
    const frame = reserve(cpu, presentStack(cpu), from.length, gate.bytes);
    const entry = checkedOffset(cpu, code, gate.offset);
    pushFrame(cpu, frame, from);
    enter(cpu, code, entry);
    return;
  }
  const frame = reserve(cpu, innerStack(cpu, level), 2 + gate.parameters + 2, gate.bytes);
  const entry = checkedOffset(cpu, code, gate.offset);
  const parameters = Array.from({ length: gate.parameters }, (_, n) => readStack(cpu, n * gate.bytes, gate.bytes));
  pushFrame(cpu, frame, [...stackImage(cpu), ...parameters.reverse(), ...from]);
  enter(cpu, code, entry);
}
function jumpThrough(cpu: Cpu, gate: CallGate): void {
  const code = checkCodeSegment(cpu, gate.selector, 'jump gate');
  enter(cpu, code, checkedOffset(cpu, code, gate.offset));
}
function enter(cpu: Cpu, code: Descriptor, entry: bigint): void {
  setCodeSegment(cpu, code);
  cpu.jump(entry);
}
