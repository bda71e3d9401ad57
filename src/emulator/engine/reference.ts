/** The reference engine: fetch, decode, evaluate, one instruction after the other. */
import { Cpu } from '../cpu/cpu.ts';
import type { EngineOptions, Processor, ProcessorStop } from '../cpu/processor.ts';
import { stepOnce, takeDebugTrap } from './stepping.ts';
import { BREAKPOINT, takeInterrupt } from './support.ts';

export function createReference(options: EngineOptions): Processor {
  return new ReferenceProcessor(options);
}

class ReferenceProcessor implements Processor {
  readonly engine = 'reference';
  readonly cpu: Cpu;
  breakpoints: ReadonlySet<bigint> = new Set();
  private stopRequested = false;

  constructor(options: EngineOptions) {
    this.cpu = new Cpu(options);
    this.cpu.reset();
  }
  get state() {
    return this.cpu.state;
  }
  get instructions() {
    return this.cpu.instructions;
  }

  run(count: number): ProcessorStop {
    this.stopRequested = false;
    const { cpu } = this;
    for (const end = cpu.instructions + count; cpu.instructions < end && !this.stopRequested; ) {
      if (
        !cpu.debug.isTrapDue &&
        !cpu.interrupts.isDue(cpu) &&
        this.breakpoints.has(cpu.state.codeAddress(cpu.state.rip))
      )
        return BREAKPOINT;
      const stop = this.step();
      if (stop.kind !== 'budget') return stop;
    }
    return { kind: 'budget' };
  }

  step(): ProcessorStop {
    const { cpu } = this;
    if (cpu.debug.isTrapDue) return takeDebugTrap(cpu);
    if (cpu.interrupts.isDue(cpu)) return takeInterrupt(cpu);
    return stepOnce(cpu);
  }

  get interruptDue(): boolean {
    return this.cpu.interrupts.isDue(this.cpu);
  }
  raiseNmi(): void {
    this.cpu.interrupts.raiseNmi();
  }
  requestStop(): void {
    this.stopRequested = true;
  }
  reset(): void {
    this.cpu.reset();
  }
}
