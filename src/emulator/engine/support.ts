/** What the engines share: interrupts taken, and what is not supported yet said by name. */
import type { Cpu } from '../cpu/cpu.ts';
import { deliver, raise } from '../cpu/delivery.ts';
import { type ExceptionReport, GuestException, Unsupported } from '../cpu/exceptions.ts';
import type { ProcessorStop } from '../cpu/processor.ts';

const SHOWN_BYTES = 15;

/** The stop that names what is missing, with the bytes at the instruction pointer as far as they can be read. */
export function unsupportedStop(cpu: Cpu, error: Unsupported): ProcessorStop {
  const bytes: number[] = [];
  try {
    for (let i = 0; i < SHOWN_BYTES; i++)
      bytes.push(Number(cpu.linear.read(cpu.state.codeAddress(cpu.state.rip + BigInt(i)), 1, 'supervisor')));
  } catch (fault) {
    if (!(fault instanceof GuestException)) throw fault;
  }
  return { kind: 'unsupported', what: error.message, address: cpu.state.rip, bytes: new Uint8Array(bytes) };
}

/** The stop of a processor that waits before the instruction at the instruction pointer. */
export function frozenStop(cpu: Cpu): ProcessorStop {
  cpu.interrupts.endShadow();
  return { kind: 'halt' };
}

export const BREAKPOINT: ProcessorStop = { kind: 'breakpoint' };

/** Takes the interrupt that is due. Its delivery counts as one instruction. */
export function takeInterrupt(cpu: Cpu): ProcessorStop {
  try {
    const chain = deliverInterrupt(cpu);
    return chain ? { kind: 'shutdown', chain } : { kind: 'budget' };
  } catch (error) {
    if (error instanceof Unsupported) return unsupportedStop(cpu, error);
    throw error;
  }
}
/** @returns the chain of exceptions if it ended in a triple fault */
function deliverInterrupt(cpu: Cpu): ExceptionReport[] | null {
  const vector = cpu.interrupts.acknowledge(cpu);
  cpu.debug.interrupts(cpu);
  try {
    deliver(cpu, vector, null, 'external');
    cpu.instructions++;
    return null;
  } catch (error) {
    // An interrupt is benign (Intel SDM volume 3, table 6-5): what its delivery raises is served for itself.
    if (error instanceof GuestException) return raise(cpu, error);
    throw error;
  }
}
