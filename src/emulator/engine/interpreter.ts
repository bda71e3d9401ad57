/** The interpreter: decoded records executed by one WebAssembly function. */
import { Cpu } from '../cpu/cpu.ts';
import { raise } from '../cpu/delivery.ts';
import { Frozen, GuestException, generalProtection, Unsupported, Vector } from '../cpu/exceptions.ts';
import * as L from '../cpu/layout.ts';
import type { EngineOptions, Processor, ProcessorStop } from '../cpu/processor.ts';
import { effectiveAddress, linearAddress } from '../helpers/operands.ts';
import { misaligned } from '../helpers/sse/operands.ts';
import { requireUnit } from '../helpers/units.ts';
import type { Instruction, MemoryOperand } from '../isa/instruction.ts';
import { CodeCache, MAX_TRACE } from './code-cache.ts';
import { CodeModes } from './code-modes.ts';
import { stackSegmentFault } from './faults.ts';
import { EXIT, MISALIGNED, NON_CANONICAL_TARGET, WRITE_FLAG } from './interpreter-emitter.ts';
import { buildInterpreterModule, type InterpreterModule } from './interpreter-module.ts';
import { RecordWriter } from './records.ts';
import { DELEGATED } from './reference-emitter.ts';
import { SoftwareTlb } from './software-tlb.ts';
import { evaluate, mustEvaluate, stepOnce, takeDebugTrap } from './stepping.ts';
import { BREAKPOINT, frozenStop, takeInterrupt, unsupportedStop } from './support.ts';

/** Built and compiled once; machines share the code. */
let compiled: Promise<{ module: InterpreterModule; code: WebAssembly.Module }> | null = null;
function compile(): NonNullable<typeof compiled> {
  compiled ??= (async () => {
    const module = buildInterpreterModule();
    return { module, code: await WebAssembly.compile(module.bytes) };
  })();
  return compiled;
}

/** Compiles the interpreter's module, once for all machines. */
export async function createInterpreter(options: EngineOptions): Promise<Processor> {
  const { module, code } = await compile();
  const processor = new InterpreterProcessor(options, module);
  const instance = await WebAssembly.instantiate(code, {
    env: { memory: options.memory.memory, ...processor.imports },
  });
  processor.enter = instance.exports.enter as Enter;
  return processor;
}

/** (record, budget) -> budget left */
type Enter = (record: number, budget: number) => number;

class InterpreterProcessor implements Processor {
  readonly engine = 'interpreter';
  enter: Enter = () => {
    throw new Error('the interpreter is not instantiated');
  };
  private readonly cpu: Cpu;
  private readonly writer: RecordWriter;
  private readonly code: CodeCache;
  private readonly tlb: SoftwareTlb;
  private readonly modes: CodeModes;
  private translationsStale = true;
  private segmentsStale = true;
  /** The privilege that the translations in use are for. */
  private isUser = false;
  private stopRequested = false;
  /** Where the running call of `enter` was when it left through an exception. */
  private faultRecord = 0;
  private faultBudget = 0;

  constructor(options: EngineOptions, module: InterpreterModule) {
    this.cpu = new Cpu(options);
    this.writer = new RecordWriter(this.cpu, module);
    this.code = new CodeCache(this.cpu, this.writer);
    this.tlb = new SoftwareTlb(this.cpu, this.code);
    this.modes = new CodeModes(this.cpu.state);
    this.cpu.onTranslationChange = () => {
      this.translationsStale = true;
    };
    this.cpu.onSegmentChange = () => {
      this.segmentsStale = true;
    };
    this.cpu.linear.onStore = (physical, length) => this.code.invalidate(physical, length);
    options.memory.onExternalWrite = (physical, length) => this.code.invalidate(physical, length);
    this.cpu.reset();
  }
  get state() {
    return this.cpu.state;
  }
  get instructions() {
    return this.cpu.instructions;
  }

  readonly imports = {
    translate: (linear: bigint, info: number, record: number, budget: number): number => {
      this.noteFault(record, budget);
      return this.tlb.translate(BigInt.asUintN(64, linear), info & ~WRITE_FLAG, (info & WRITE_FLAG) !== 0);
    },
    commitStore: (): void => this.tlb.commitStore(),
    raise: (vector: number, record: number, budget: number): void => {
      this.noteFault(record, budget);
      if (vector === NON_CANONICAL_TARGET) throw generalProtection('jump to an address that is not canonical');
      if (vector === MISALIGNED) throw misaligned();
      throw new GuestException(
        vector,
        vector === Vector.DE ? 'division by zero, or a quotient that does not fit' : 'raised by the instruction',
      );
    },
    slowAddress: (record: number, budget: number): void => {
      this.noteFault(record, budget);
      const instruction = this.code.instructionAt(record);
      requireUnit(this.cpu, instruction);
      this.cpu.state.setU64(L.SCRATCH, this.slowAddress(instruction));
    },
  };

  run(count: number): ProcessorStop {
    this.stopRequested = false;
    const { cpu } = this;
    const end = cpu.instructions + count;
    while (cpu.instructions < end && !this.stopRequested) {
      // In the shadow of STI, and under debug traps, one instruction is executed, and no trace.
      const isSingle = cpu.debug.isTrapDue || cpu.interrupts.isDue(cpu);
      const stop = isSingle
        ? this.step()
        : this.code.isBreakpoint(cpu.state.rip)
          ? BREAKPOINT
          : cpu.interrupts.isShadowed(cpu) || mustEvaluate(cpu)
            ? this.step()
            : this.advance(end - cpu.instructions);
      if (stop && stop.kind !== 'budget') return stop;
    }
    return { kind: 'budget' };
  }
  /** Executes at most `count` instructions. A trace ends the run at its first taken branch once the budget is used up. */
  private advance(count: number): ProcessorStop | null {
    if (count > MAX_TRACE)
      return this.execute((address) => this.code.find(address), Math.min(count - MAX_TRACE, MAX_BUDGET));
    let undo = () => {};
    const stop = this.execute((address) => {
      const record = this.code.find(address);
      undo = this.code.stopBefore(record, count);
      return record;
    }, 1);
    undo();
    return stop;
  }

  step(): ProcessorStop {
    this.pendingLink = null;
    const { cpu } = this;
    if (cpu.debug.isTrapDue) return takeDebugTrap(cpu);
    if (cpu.interrupts.isDue(cpu)) return takeInterrupt(cpu);
    if (mustEvaluate(cpu)) return stepOnce(cpu);
    const stop = this.execute((address) => this.code.single(address), 1);
    // A single step's record is not there to be jumped from, or to.
    this.pendingLink = null;
    return stop ?? { kind: 'budget' };
  }

  get interruptDue(): boolean {
    return this.cpu.interrupts.isDue(this.cpu);
  }
  set breakpoints(addresses: ReadonlySet<bigint>) {
    this.code.breakpoints = addresses;
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

  /** Enters the record for the instruction pointer; comes back for whatever the function cannot do itself. */
  private execute(recordFor: (address: bigint) => number, budget: number): ProcessorStop | null {
    const { cpu } = this;
    const { view } = cpu.state;
    const { pendingLink } = this;
    this.pendingLink = null;
    let instruction: Instruction | null = null;
    try {
      this.refresh();
      const record = recordFor(cpu.state.rip);
      if (pendingLink && pendingLink.generation === this.code.generation && pendingLink.mode === this.code.mode)
        this.code.link(pendingLink.slot, record, cpu.state.rip);
      let left: number;
      try {
        left = this.enter(record, budget);
      } catch (error) {
        left = this.faultBudget + 1;
        if (error !== DELEGATED) {
          cpu.instructions += budget - left;
          if (!(error instanceof GuestException || error instanceof Frozen)) throw error;
          instruction = this.code.instructionAt(this.faultRecord);
          cpu.state.rip = instruction.address;
          throw error;
        }
        view.setInt32(L.EXIT_REASON, EXIT.DELEGATE, true);
        view.setInt32(L.FAULT_RECORD, this.faultRecord, true);
      }
      cpu.instructions += budget - left;
      const reason = view.getInt32(L.EXIT_REASON, true);
      if (reason === EXIT.LEAVE) {
        const slot = view.getInt32(L.LINK_SLOT, true);
        if (slot) this.pendingLink = { slot, generation: this.code.generation, mode: this.code.mode };
        return null;
      }
      instruction = this.code.instructionAt(view.getInt32(L.FAULT_RECORD, true));
      cpu.state.rip = instruction.address;
      if (reason === EXIT.DROPPED) return null;
      evaluate(cpu, instruction);
      cpu.instructions++;
    } catch (error) {
      return this.handle(error, instruction);
    }
    if (!cpu.halted) return null;
    cpu.halted = false;
    return { kind: 'halt' };
  }

  private handle(error: unknown, instruction: Instruction | null): ProcessorStop | null {
    if (error instanceof Frozen) return frozenStop(this.cpu);
    try {
      if (!(error instanceof GuestException)) throw error;
      const chain = raise(this.cpu, stackSegmentFault(this.cpu, error, instruction));
      return chain ? { kind: 'shutdown', chain } : null;
    } catch (inner) {
      if (inner instanceof Unsupported) return unsupportedStop(this.cpu, inner);
      throw inner;
    }
  }

  /** The link field that the last jump left to be filled in. */
  private pendingLink: { slot: number; generation: number; mode: number } | null = null;

  private slowAddress(instruction: Instruction): bigint {
    const operand = instruction.operands.find((candidate) => candidate.kind === 'memory') as MemoryOperand;
    if (operand.width === 0) return effectiveAddress(this.cpu, instruction, operand);
    return linearAddress(this.cpu, instruction, operand, operand.width / 8, this.writer.writesMemory(instruction));
  }
  private noteFault(record: number, budget: number): void {
    this.faultRecord = record;
    this.faultBudget = budget;
  }

  /** Brings the caches in line with what changed since the last entry. */
  private refresh(): void {
    if (this.segmentsStale) {
      this.segmentsStale = false;
      const mode = this.modes.current();
      const isUser = this.cpu.state.cpl === 3;
      if (mode !== this.code.mode || isUser !== this.isUser) {
        this.isUser = isUser;
        this.code.enter(mode, isUser);
      }
    }
    this.tlb.enterPrivilege();
    if (this.translationsStale) {
      this.translationsStale = false;
      this.code.forgetTranslations();
      this.tlb.flush();
    }
  }
}

/** The budget is a signed 32-bit number and may fall below zero by a trace. */
const MAX_BUDGET = 1_000_000_000;
