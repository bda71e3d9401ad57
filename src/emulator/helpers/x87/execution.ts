/** What every x87 instruction does around its own work: checks, operands, exceptions, results. Intel SDM volume 1, 8.4 to 8.6. */
import type { Cpu } from '../../cpu/cpu.ts';
import { Frozen, GuestException, Vector } from '../../cpu/exceptions.ts';
import { Cr0 } from '../../cpu/state.ts';
import { Fsw, type X87State } from '../../cpu/x87-state.ts';
import { type Environment, environment, Flag, hasNoResult, type Rounding, x87Nan } from '../../float/environment.ts';
import {
  DEFAULT_NAN,
  EXTENDED,
  EXTENDED_24,
  EXTENDED_53,
  encode,
  type Float,
  type Format,
  unpackExtended,
} from '../../float/format.ts';
import type { Instruction, MemoryOperand } from '../../isa/instruction.ts';
import { effectiveAddress, type Helper } from '../operands.ts';

/** #NM: CR0.EM says that there is no x87, CR0.TS that its state is another task's. @throws GuestException */
export function requireX87(cpu: Cpu): void {
  const { cr0 } = cpu.state;
  if (cr0 & Cr0.EM) throw new GuestException(Vector.NM, 'x87 instruction with CR0.EM');
  if (cr0 & Cr0.TS) throw new GuestException(Vector.NM, 'x87 instruction with CR0.TS');
}
/**
 * What comes before an instruction that waits, where an unmasked exception of an earlier one is pending: #MF or, with CR0.NE
 * clear, FERR#, which an interrupt has to answer unless IGNNE# is asserted (Intel SDM volume 1, section 8.7; D.2.1.1: the
 * deferred way of reporting).
 * @throws GuestException or Frozen
 */
export function raisePending(cpu: Cpu): void {
  if (!cpu.state.x87.isPending) return;
  if (!(cpu.state.cr0 & Cr0.NE)) {
    cpu.state.x87.ferr = true;
    if (cpu.numericErrors.ignne) return;
    throw new Frozen('an x87 exception is told by FERR#');
  }
  const flags = cpu.state.x87.status & Fsw.EXCEPTIONS;
  throw new GuestException(Vector.MF, `x87 exception flags 0x${flags.toString(16)} of an earlier instruction`);
}

/** An instruction that manages the x87 and leaves its pointers alone. `waits`: for exceptions that are pending. */
export function control(body: (x87: X87State, cpu: Cpu, i: Instruction) => void, waits = false): Helper {
  return (cpu, i) => {
    requireX87(cpu);
    if (waits) raisePending(cpu);
    body(cpu.state.x87, cpu, i);
  };
}
/** An instruction that computes. */
export function compute(body: (x: Execution) => void): Helper {
  return (cpu, i) => {
    requireX87(cpu);
    raisePending(cpu);
    body(new Execution(cpu, i));
  };
}

const PRECISION: readonly Format[] = [EXTENDED_24, EXTENDED, EXTENDED_53, EXTENDED];

/**
 * One instruction under way. Its body reads operands, computes, checks the memory that it will write, and calls `settle`;
 * only if that gives `true` it writes results and moves the stack.
 */
export class Execution {
  readonly cpu: Cpu;
  readonly instruction: Instruction;
  readonly state: X87State;
  readonly env: Environment;
  /** Format of results that precision control concerns. */
  readonly precision: Format;
  /** C0, C2 and C3 as `settle` shall set them; `null`: left alone. */
  conditions: number | null = null;
  /** C1, where it does not tell of rounding. */
  c1: boolean | null = null;
  /** A register was empty, or none was free. */
  hasStackFault = false;

  constructor(cpu: Cpu, instruction: Instruction) {
    this.cpu = cpu;
    this.instruction = instruction;
    this.state = cpu.state.x87;
    const word = this.state.control;
    this.env = environment(((word >> 10) & 3) as Rounding, word & Fsw.EXCEPTIONS, x87Nan);
    this.precision = PRECISION[(word >> 8) & 3]!;
  }

  private physical(i: number): number {
    return (this.state.top + i) & 7;
  }
  isEmpty(i: number): boolean {
    return !(this.state.tags & (1 << this.physical(i)));
  }
  /** ST(i), whatever its tag says. */
  peek(i: number): Float {
    const n = this.physical(i);
    return unpackExtended(this.state.signAndExponent(n), this.state.significand(n));
  }
  /** ST(i) as an operand. An empty one is a stack underflow, whose masked response makes every result the default NaN. */
  st(i: number): Float {
    if (!this.isEmpty(i)) return this.peek(i);
    this.stackFault(false);
    return DEFAULT_NAN;
  }
  /** The register that a push will fill must be empty. */
  requireRoom(): void {
    if (!this.isEmpty(-1)) this.stackFault(true);
  }
  private stackFault(isOverflow: boolean): void {
    this.hasStackFault = true;
    this.env.flags |= Flag.IE;
    this.c1 = isOverflow;
  }
  /** C1 keeps its value, but for a stack fault. */
  keepC1(): void {
    this.c1 ??= (this.state.status & Fsw.C1) !== 0;
  }
  /** The result of `operation`, or the default NaN after a stack fault. */
  result(operation: () => Float): Float {
    return this.hasStackFault ? DEFAULT_NAN : operation();
  }

  /**
   * Puts what happened into the status word and remembers the instruction.
   * @returns whether there is a result: not if an unmasked IE, DE or ZE was found
   */
  settle(): boolean {
    const { state, env } = this;
    const isDone = !hasNoResult(env);
    const isUp = this.c1 ?? (env.roundedUp && isDone);
    let status = state.status & ~Fsw.C1;
    if (this.conditions !== null) status = (status & ~Fsw.CONDITIONS) | this.conditions;
    state.status = status | env.flags | (this.hasStackFault ? Fsw.SF : 0) | (isUp ? Fsw.C1 : 0);
    this.remember();
    return isDone;
  }
  /** Pointers and opcode for whoever handles an exception. */
  remember(): void {
    const { state, instruction, cpu } = this;
    state.opcode = opcodeOf(instruction);
    state.setCodePointer(cpu.state.segment('cs').selector, instruction.address);
    const operand = instruction.operands.find((o): o is MemoryOperand => o.kind === 'memory');
    if (!operand) return;
    state.setDataPointer(cpu.state.segment(operand.segment).selector, effectiveAddress(cpu, instruction, operand));
  }

  set(i: number, value: Float): void {
    const n = this.physical(i);
    this.state.setRegister(n, ...encode(EXTENDED, value));
    this.state.tags |= 1 << n;
  }
  push(value: Float): void {
    this.state.top--;
    this.set(0, value);
  }
  free(i: number): void {
    this.state.tags &= ~(1 << this.physical(i));
  }
  pop(): void {
    this.free(0);
    this.state.top++;
  }
  /** Encoding of ST(i), even one that is no number. */
  encoding(i: number): [signAndExponent: number, significand: bigint] {
    const n = this.physical(i);
    return [this.state.signAndExponent(n), this.state.significand(n)];
  }
  setEncoding(i: number, encoding: [signAndExponent: number, significand: bigint]): void {
    const n = this.physical(i);
    this.state.setRegister(n, ...encoding);
    this.state.tags |= 1 << n;
  }
}

/** Low three bits of the escape opcode, and ModRM: Intel SDM volume 1, section 8.1.9. */
function opcodeOf({ bytes }: Instruction): number {
  const at = bytes.findIndex((byte) => (byte & 0xf8) === 0xd8);
  return (((bytes[at] as number) & 7) << 8) | (bytes[at + 1] as number);
}
