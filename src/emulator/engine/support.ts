/** What the engines do not support yet, said by name. */
import type { Cpu } from '../cpu/cpu.ts';
import { GuestException, Unsupported } from '../cpu/exceptions.ts';
import type { ProcessorStop } from '../cpu/processor.ts';
import { isFlat } from '../cpu/segmentation.ts';
import { SegmentAttribute } from '../cpu/state.ts';
import type { Instruction } from '../isa/instruction.ts';
import type { Operation } from './operation.ts';

/** @throws Unsupported */
export function requireSupportedOperation(cpu: Cpu, operation: Operation, instruction: Instruction): void {
  const { state } = cpu;
  if (state.codeSize === 64) return;
  if (operation.definition.stack) {
    const stack = state.segment('ss');
    if (!isFlat(stack) || !(stack.attributes & SegmentAttribute.DB))
      throw new Unsupported('a stack segment that is not flat');
  }
  if (operation.definition.repeats) {
    for (const name of [instruction.segmentOverride ?? 'ds', 'es'] as const)
      if (!isFlat(state.segment(name))) throw new Unsupported('a string instruction on a segment that is not flat');
  }
}

const SHOWN_BYTES = 15;

/** The stop that names what is missing, with the bytes at the instruction pointer as far as they can be read. */
export function unsupportedStop(cpu: Cpu, error: Unsupported): ProcessorStop {
  const bytes: number[] = [];
  try {
    for (let i = 0; i < SHOWN_BYTES; i++)
      bytes.push(Number(cpu.linear.read(cpu.state.rip + BigInt(i), 1, 'supervisor')));
  } catch (fault) {
    if (!(fault instanceof GuestException)) throw fault;
  }
  return { kind: 'unsupported', what: error.message, address: cpu.state.rip, bytes: new Uint8Array(bytes) };
}
