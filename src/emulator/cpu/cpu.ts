/** What every engine and helper shares of one processor: state, memory by linear address, ports, and what just happened. */
import { LinearMemory } from '../mmu/linear-memory.ts';
import type { Scope } from '../mmu/translations.ts';
import { DebugUnit } from './debug-unit.ts';
import type { ExceptionReport } from './exceptions.ts';
import { InterruptPins } from './interrupts.ts';
import { type NumericErrorLogic, UNCONNECTED } from './numeric-errors.ts';
import type { EngineOptions, PortSpace } from './processor.ts';
import { type CpuMode, CpuState } from './state.ts';

export class Cpu {
  readonly state: CpuState;
  readonly linear: LinearMemory;
  readonly ports: PortSpace;
  readonly interrupts = new InterruptPins();
  readonly numericErrors: NumericErrorLogic;
  readonly debug = new DebugUnit();
  /** Instructions executed and exceptions delivered since reset. */
  instructions = 0;
  /** Instruction times since power-on: virtual time, for the time-stamp counter. */
  time: () => number = () => this.instructions;
  /** `hlt` was executed. */
  halted = false;
  /** An exception is about to be delivered; for logs. */
  onException: (report: ExceptionReport) => void = () => {};
  /** An instruction changes the mode; it is told the number of instructions up to its end. */
  onModeChange: (mode: CpuMode, instructions: number) => void = () => {};
  /** Translations were forgotten: software TLBs and decoded code by linear address are stale. */
  onTranslationChange: () => void = () => {};
  /**
   * A segment register changed, and with it perhaps the privilege level or the size of code. Not told of a segment of data that
   * moves from one base to another, neither of them 0.
   */
  onSegmentChange: () => void = () => {};

  constructor(options: EngineOptions) {
    const { memory, ports, interrupts, numericErrors = UNCONNECTED, time } = options;
    const { onException, onInterrupt, onModeChange, onUnbacked } = options;
    this.state = new CpuState(memory.memory);
    this.numericErrors = numericErrors;
    this.state.x87.onFerr = (asserted) => numericErrors.setFerr(asserted);
    this.linear = new LinearMemory(this.state, memory);
    memory.onMapChange = () => this.forgetTranslations();
    this.ports = ports;
    if (interrupts) this.interrupts.controller = interrupts;
    if (time) this.time = time;
    if (onException) this.onException = onException;
    if (onInterrupt) this.interrupts.onInterrupt = onInterrupt;
    if (onModeChange) this.onModeChange = onModeChange;
    if (onUnbacked) this.linear.onUnbacked = onUnbacked;
  }

  reset(): void {
    this.state.reset();
    this.instructions = 0;
    this.halted = false;
    this.interrupts.reset();
    this.debug.reset();
    this.forgetTranslations();
    this.onSegmentChange();
  }

  /** The page tables, or how they are read, have changed. */
  forgetTranslations(scope: Scope = 'all'): void {
    this.linear.paging.forgetTranslations(scope);
    this.onTranslationChange();
  }

  /** The instruction pointer, cut to what the code segment can hold. */
  jump(target: bigint): void {
    this.state.rip = BigInt.asUintN(this.state.pointerBits, target);
  }
}
