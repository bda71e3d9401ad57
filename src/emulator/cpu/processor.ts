/** The processor as the machine around it sees it; implemented by the engines in `engine/`. */

import type { PhysicalMemory } from '../mmu/physical-memory.ts';
import type { ExceptionReport } from './exceptions.ts';
import type { InterruptController, InterruptReport } from './interrupts.ts';
import type { NumericErrorLogic } from './numeric-errors.ts';
import type { CpuMode, CpuState } from './state.ts';

export type ProcessorStop =
  /** The budget was used up, or an I/O access asked for a pause. */
  | { kind: 'budget' }
  /** `hlt`, or an instruction that waits, frozen by FERR#; the machine goes on when an interrupt can wake it. */
  | { kind: 'halt' }
  /** The next instruction is at one of `breakpoints`. */
  | { kind: 'breakpoint' }
  /** Triple fault: the exceptions that led to it, oldest first. */
  | { kind: 'shutdown'; chain: ExceptionReport[] }
  /** Something the emulator does not implement, by name. Nothing of the instruction has been done. */
  | { kind: 'unsupported'; what: string; address: bigint; bytes: Uint8Array };

export interface PortSpace {
  read(port: number, width: 1 | 2 | 4): number;
  write(port: number, value: number, width: 1 | 2 | 4): void;
}

/** What an engine is built from. */
export interface EngineOptions {
  memory: PhysicalMemory;
  ports: PortSpace;
  /** Drives the INTR pin; without one it stays low. */
  interrupts?: InterruptController | undefined;
  /** Hears FERR# and drives IGNNE#; without it, nobody does. */
  numericErrors?: NumericErrorLogic | undefined;
  /** Virtual time, if it is more than the instructions executed. */
  time?: (() => number) | undefined;
  /** Told of each exception before it is delivered. */
  onException?: ((report: ExceptionReport) => void) | undefined;
  /** Told of each interrupt from outside before it is delivered. */
  onInterrupt?: ((report: InterruptReport) => void) | undefined;
  /** Told of each change of mode, with the number of instructions executed then. */
  onModeChange?: ((mode: CpuMode, instructions: number) => void) | undefined;
  /** Told of each access to a physical address that no RAM answers; reads give all ones, writes vanish. */
  onUnbacked?: ((physical: number, write: boolean) => void) | undefined;
}

export interface Processor {
  readonly engine: 'reference' | 'interpreter';
  readonly state: CpuState;
  /**
   * Instructions executed since reset, the machine's clock. Each iteration of a repeated string instruction counts. A
   * faulting instruction does not, but the delivery of its exception does, so that time always passes; the delivery of an
   * interrupt counts too.
   */
  readonly instructions: number;
  /** Executes `count` instructions, a whole number or infinity, unless something stops it earlier. */
  run(count: number): ProcessorStop;
  /** Executes exactly one instruction (delivering an exception it raises), or takes the interrupt that comes before it. */
  step(): ProcessorStop;
  /** Linear addresses before whose instructions `run` stops; `step` executes them. */
  breakpoints: ReadonlySet<bigint>;
  /** Whether an interrupt is taken before the next instruction; it ends a halt. */
  readonly interruptDue: boolean;
  /** A rising edge on the NMI pin. */
  raiseNmi(): void;
  /** Ends `run` after the current instruction; for devices, from inside a port access. */
  requestStop(): void;
  /** Back to the state after power-on; memory is untouched. */
  reset(): void;
}
