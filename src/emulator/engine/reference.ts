/** The reference engine: fetch, decode, evaluate, one instruction after the other. */
import { Cpu } from '../cpu/cpu.ts';
import { raise } from '../cpu/delivery.ts';
import { GuestException, Unsupported } from '../cpu/exceptions.ts';
import type { EngineOptions, Processor, ProcessorStop } from '../cpu/processor.ts';
import { executeHelper } from '../helpers/index.ts';
import type { Instruction } from '../isa/instruction.ts';
import { stackSegmentFault } from './faults.ts';
import { fetchInstruction } from './fetch.ts';
import { resolveOperation } from './operation.ts';
import { DELEGATED, ReferenceEmitter } from './reference-emitter.ts';
import { BREAKPOINT, takeInterrupt, unsupportedStop } from './support.ts';

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
      if (!cpu.interrupts.isDue(cpu) && this.breakpoints.has(cpu.state.codeAddress(cpu.state.rip))) return BREAKPOINT;
      const stop = this.step();
      if (stop.kind !== 'budget') return stop;
    }
    return { kind: 'budget' };
  }

  step(): ProcessorStop {
    const { cpu } = this;
    if (cpu.interrupts.isDue(cpu)) return takeInterrupt(cpu);
    let instruction: Instruction | null = null;
    try {
      instruction = fetchInstruction(cpu, cpu.state.rip).instruction;
      evaluate(cpu, instruction);
      cpu.instructions++;
    } catch (error) {
      try {
        if (!(error instanceof GuestException)) throw error;
        const chain = raise(cpu, stackSegmentFault(cpu, error, instruction));
        return chain ? { kind: 'shutdown', chain } : { kind: 'budget' };
      } catch (inner) {
        if (inner instanceof Unsupported) return unsupportedStop(cpu, inner);
        throw inner;
      }
    }
    if (!cpu.halted) return { kind: 'budget' };
    cpu.halted = false;
    return { kind: 'halt' };
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

/**
 * Carries out one instruction by evaluating its description, or by its helper.
 * @throws GuestException or Unsupported, with nothing written
 */
export function evaluate(cpu: Cpu, instruction: Instruction): void {
  const operation = resolveOperation(instruction);
  if (operation) {
    const emitter = new ReferenceEmitter(cpu, instruction, operation);
    try {
      operation.definition.describe(emitter);
      cpu.state.rip = emitter.next;
      return;
    } catch (error) {
      if (error !== DELEGATED) throw error;
    }
  }
  executeHelper(cpu, instruction);
}
