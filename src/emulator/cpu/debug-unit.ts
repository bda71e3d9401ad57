/** Single-stepping by RFLAGS.TF and the breakpoints of DR0-DR7. Intel SDM volume 3, chapter 17 (17.2 and 17.3.1). */
import type { LinearMemory } from '../mmu/linear-memory.ts';
import { GuestException, Vector } from './exceptions.ts';
import { RF, TF } from './flags.ts';
import * as L from './layout.ts';
import { type CpuState, Cr4 } from './state.ts';

/** Why there was a debug exception. Bits 0-3: the breakpoints. */
export const Dr6 = { BD: 1 << 13, BS: 1 << 14, BT: 1 << 15 } as const;
export const Dr7 = { ENABLED: 0xff, GD: 1 << 13 } as const;
/** R/W fields of DR7. That of ports means something with CR4.DE alone. */
const Kind = { EXECUTION: 0, WRITE: 1, PORT: 2, READ_WRITE: 3 } as const;
/** Lengths by LEN field of DR7, in bytes. */
const LENGTHS = [1, 2, 8, 4] as const;

/** What an instruction does to the traps of its own end. */
export type TrapRule =
  /** None. */
  | 'plain'
  /** Enters a handler with TF clear: it is not stepped over then. */
  | 'interrupt'
  /** Is not stepped over, but may ask for a trap itself: see `trapStep`. */
  | 'own'
  /** Loads SS: traps wait for the end of the next instruction, which is part of the same step. */
  | 'stack-switch';

interface Breakpoint {
  bit: number;
  kind: number;
  address: bigint;
  length: number;
}

/** What is looked at in the processor that the unit belongs to. */
interface Watched {
  readonly state: CpuState;
  readonly linear: LinearMemory;
}

export class DebugUnit {
  /** Bits of DR6 for the trap that comes before the next instruction. */
  #due = 0;
  /** Likewise, held back by a load of SS until the next instruction is done; lost if that faults. `null`: there was none. */
  #held: number | null = null;
  /** What was held back while the present instruction is executed. */
  #carried: number | null = null;
  /** Breakpoints that the present instruction's data and ports met. */
  #met = 0;
  /** Breakpoints that wait for the present instruction's ports. */
  #ports: readonly Breakpoint[] = [];
  #isStepping = false;
  /** RF let the present instruction pass its breakpoints. */
  #isResumed = false;
  /** The instruction before was a string instruction that goes on with its next element. */
  #isRepeating = false;

  reset(): void {
    this.#due = 0;
    this.#held = null;
    this.#carried = null;
    this.#met = 0;
    this.#isStepping = false;
    this.#isResumed = false;
    this.#isRepeating = false;
  }

  /** Whether a trap comes before the next instruction. */
  get isTrapDue(): boolean {
    return this.#due !== 0;
  }
  /** Whether instructions have to be executed under the eyes of this unit. */
  isWatching({ view }: CpuState): boolean {
    return (view.getInt32(L.SYSTEM_FLAGS, true) & TF) !== 0 || (view.getUint8(L.DR + 7 * 8) & Dr7.ENABLED) !== 0;
  }
  /** Whether a breakpoint is enabled. */
  hasBreakpoints({ view }: CpuState): boolean {
    return (view.getUint8(L.DR + 7 * 8) & Dr7.ENABLED) !== 0;
  }

  /**
   * Whether RF that is loaded with RFLAGS can be noticed: it lets the next instruction pass a breakpoint, and is cleared by it; or
   * the trap of a single step pushes it at once.
   */
  mayResume(state: CpuState): boolean {
    return this.isWatching(state);
  }

  /** Comes before an instruction. @throws GuestException #DB for a breakpoint on it, unless it is in the shadow of a load of SS */
  before(cpu: Watched): void {
    const { state } = cpu;
    this.#carried = this.#held;
    this.#held = null;
    this.#met = 0;
    this.#isResumed = false;
    // Its breakpoint is passed once for all elements.
    const isRepeating = this.#isRepeating;
    this.#isRepeating = false;
    this.#isStepping = (state.view.getInt32(L.SYSTEM_FLAGS, true) & TF) !== 0;
    if (!this.hasBreakpoints(state)) return;
    const breakpoints = this.#breakpoints(state);
    const at = state.codeAddress(state.rip);
    const met = breakpoints.filter(({ kind, address }) => kind === Kind.EXECUTION && address === at);
    this.#isResumed = (state.rflags & RF) !== 0;
    if (this.#isResumed) state.rflags &= ~RF;
    else if (met.length > 0 && this.#carried === null && !isRepeating)
      throw debugFault(cpu, bitsOf(met), 'instruction breakpoint');
    this.#ports = state.cr4 & Cr4.DE ? breakpoints.filter(({ kind }) => kind === Kind.PORT) : [];
    const data = breakpoints.filter(({ kind }) => kind === Kind.WRITE || kind === Kind.READ_WRITE);
    if (data.length === 0) return;
    cpu.linear.onAccess = (linear, bytes, write) => {
      this.#met |= bitsOf(
        data.filter((each) => (write || each.kind === Kind.READ_WRITE) && covers(each, linear, bytes)),
      );
    };
  }
  /** The instruction is begun again: it passes its breakpoints once more if it did. */
  again({ state }: Watched): void {
    if (this.#isResumed) state.rflags |= RF;
  }
  /** Comes after `before`, however the instruction ended. */
  release(cpu: Watched): void {
    cpu.linear.onAccess = null;
    this.#ports = [];
  }
  /** Ports are accessed, `bytes` of them. */
  notePorts(port: number, bytes: number): void {
    this.#met |= bitsOf(this.#ports.filter((each) => covers(each, BigInt(port), bytes)));
  }
  /**
   * Comes after an instruction that did what it should.
   * @param isRepeating it is a string instruction with elements left
   */
  after({ state }: Watched, rule: TrapRule, isRepeating: boolean): void {
    this.#isRepeating = isRepeating;
    const isOff = (state.view.getInt32(L.SYSTEM_FLAGS, true) & TF) === 0;
    const isStep = this.#isStepping && (rule === 'plain' || (rule === 'interrupt' && !isOff));
    const bits = (this.#carried ?? 0) | this.#met | (isStep ? Dr6.BS : 0);
    if (rule === 'stack-switch') this.#held = bits;
    else this.#due |= bits;
  }

  /** An instruction has loaded TF in a way that takes effect at once: a trap comes before the next one. */
  trapStep(): void {
    this.#isRepeating = false;
    this.#due |= Dr6.BS;
  }

  /** A task was entered whose TSS has the T flag: a trap comes before its first instruction (section 17.3.1.5). */
  trapTask(): void {
    this.#isRepeating = false;
    this.#due |= Dr6.BT;
  }

  /** The trap that is due. */
  takeTrap(cpu: Watched): GuestException {
    const bits = this.#due;
    this.#due = 0;
    setDr6(cpu, bits);
    const reason = bits & Dr6.BT ? 'task switch' : bits & Dr6.BS ? 'single step' : 'breakpoint on data or ports';
    this.interrupts(cpu);
    return new GuestException(Vector.DB, reason);
  }

  /**
   * A handler is entered before the next instruction. Between the elements of a string instruction RF is pushed set, as by a fault
   * (section 17.3.1.1); told while somebody watches, since nobody can notice otherwise but in the image.
   */
  interrupts({ state }: Watched): void {
    if (this.#isRepeating && this.isWatching(state)) state.rflags |= RF;
    this.#isRepeating = false;
  }

  /** Those that DR7 enables, locally or globally. */
  #breakpoints({ view }: CpuState): Breakpoint[] {
    const dr7 = view.getUint32(L.DR + 7 * 8, true);
    return [0, 1, 2, 3]
      .filter((n) => (dr7 >> (2 * n)) & 3)
      .map((n) => {
        const length = LENGTHS[(dr7 >> (18 + 4 * n)) & 3]!;
        const kind = (dr7 >> (16 + 4 * n)) & 3;
        return { bit: 1 << n, kind, length, address: view.getBigUint64(L.DR + n * 8, true) & ~BigInt(length - 1) };
      });
  }
}

/** A debug exception before the instruction. */
export function debugFault(cpu: Watched, dr6: number, reason: string): GuestException {
  setDr6(cpu, dr6);
  return new GuestException(Vector.DB, reason);
}
/** The processor sets bits of DR6; it leaves clearing them to the handler. */
function setDr6({ state }: Watched, bits: number): void {
  state.setU64(L.DR + 6 * 8, state.u64(L.DR + 6 * 8) | BigInt(bits));
}
function bitsOf(breakpoints: readonly Breakpoint[]): number {
  return breakpoints.reduce((bits, { bit }) => bits | bit, 0);
}
function covers({ address, length }: Breakpoint, linear: bigint, bytes: number): boolean {
  return linear < address + BigInt(length) && linear + BigInt(bytes) > address;
}
