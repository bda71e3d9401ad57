/**
 * One instruction by evaluation: all of the reference engine, and the interpreter's way under debug traps, breakpoints and
 * alignment checks.
 */
import type { Cpu } from '../cpu/cpu.ts';
import type { TrapRule } from '../cpu/debug-unit.ts';
import { raise } from '../cpu/delivery.ts';
import { Frozen, GuestException, Unsupported } from '../cpu/exceptions.ts';
import type { ProcessorStop } from '../cpu/processor.ts';
import { executeHelper } from '../helpers/index.ts';
import { requireUnit } from '../helpers/units.ts';
import { type Instruction, SEGMENTS } from '../isa/instruction.ts';
import { stackSegmentFault } from './faults.ts';
import { fetchInstruction } from './fetch.ts';
import { resolveOperation } from './operation.ts';
import { DELEGATED, ReferenceEmitter } from './reference-emitter.ts';
import { frozenStop, unsupportedStop } from './support.ts';

/**
 * Carries out one instruction by evaluating its description, or by its helper.
 * @throws GuestException, Frozen or Unsupported, with nothing written
 */
export function evaluate(cpu: Cpu, instruction: Instruction): void {
  requireUnit(cpu, instruction);
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

/** Whether every instruction has to be evaluated: for its traps and breakpoints, or to check the alignment of its accesses. */
export function mustEvaluate(cpu: Cpu): boolean {
  return cpu.debug.isWatching(cpu.state) || cpu.linear.checksAlignment;
}

/** Executes the instruction at the instruction pointer, or delivers the exception that it raises. */
export function stepOnce(cpu: Cpu): ProcessorStop {
  let instruction: Instruction | null = null;
  try {
    cpu.debug.before(cpu);
    instruction = fetchInstruction(cpu, cpu.state.rip).instruction;
    evaluate(cpu, instruction);
    cpu.instructions++;
    const isRepeating = instruction.repeat !== 'none' && cpu.state.rip === instruction.address;
    cpu.debug.after(cpu, trapRule(instruction), isRepeating);
  } catch (error) {
    if (error instanceof Frozen) {
      cpu.debug.again(cpu);
      return frozenStop(cpu);
    }
    try {
      if (!(error instanceof GuestException)) throw error;
      return afterRaising(raise(cpu, stackSegmentFault(cpu, error, instruction)));
    } catch (inner) {
      if (inner instanceof Unsupported) return unsupportedStop(cpu, inner);
      throw inner;
    }
  } finally {
    cpu.debug.release(cpu);
  }
  if (!cpu.halted) return { kind: 'budget' };
  cpu.halted = false;
  return cpu.debug.isTrapDue ? { kind: 'budget' } : { kind: 'halt' };
}

/** Delivers the debug trap that is due. */
export function takeDebugTrap(cpu: Cpu): ProcessorStop {
  try {
    return afterRaising(raise(cpu, cpu.debug.takeTrap(cpu)));
  } catch (error) {
    if (error instanceof Unsupported) return unsupportedStop(cpu, error);
    throw error;
  }
}

function afterRaising(chain: ReturnType<typeof raise>): ProcessorStop {
  return chain ? { kind: 'shutdown', chain } : { kind: 'budget' };
}
const INTERRUPTING: ReadonlySet<string> = new Set(['int', 'int1', 'int3', 'into', 'syscall']);
function trapRule({ mnemonic, operands: [first] }: Instruction): TrapRule {
  if (INTERRUPTING.has(mnemonic)) return 'interrupt';
  if (mnemonic === 'sysret') return 'own';
  const loadsStack = first?.kind === 'segment' && SEGMENTS[first.index] === 'ss' && mnemonic !== 'push';
  return loadsStack ? 'stack-switch' : 'plain';
}
