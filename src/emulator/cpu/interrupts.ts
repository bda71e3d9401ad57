/** The processor's interrupt pins: when it looks at them, and what it is told then. Intel SDM volume 3, sections 6.3 and 6.7 to 6.9. */
import { Vector } from './exceptions.ts';
import { IF } from './flags.ts';
import * as L from './layout.ts';
import type { CpuState } from './state.ts';

/** What drives the processor's INTR pin. */
export interface InterruptController {
  /** Level of INTR. */
  readonly requested: boolean;
  /** The acknowledge cycle. @returns the vector, 0-255 */
  acknowledge(): number;
}

/** An interrupt that is about to be delivered. */
export interface InterruptReport {
  vector: number;
  /** Of the instruction that it comes before. */
  rip: bigint;
  isNmi: boolean;
}

/** What the pins look at in the processor that they belong to. */
interface Executing {
  readonly instructions: number;
  readonly state: CpuState;
}

const NONE: InterruptController = {
  requested: false,
  acknowledge: () => {
    throw new Error('no interrupt controller');
  },
};

/**
 * The processor's interrupt pins. Engines look at them at every boundary between two instructions at which plain TypeScript
 * has control. No boundary is missed by that: lines and IF change in helpers (`in`, `out`, `sti`, `popf`, `iret`, ...) or while
 * the processor does not run, and engines come back after each helper.
 */
export class InterruptPins {
  controller: InterruptController = NONE;
  /** Told of each interrupt before it is delivered. */
  onInterrupt: (report: InterruptReport) => void = () => {};
  #nmi = false;
  /** After an NMI, until IRET. */
  #nmiBlocked = false;
  /** The instruction count at whose boundary nothing is taken; -1 for none. */
  #shadow = -1;

  reset(): void {
    this.#nmi = false;
    this.#nmiBlocked = false;
    this.#shadow = -1;
  }

  /** A rising edge on the NMI pin. One is remembered while another is served. */
  raiseNmi(): void {
    this.#nmi = true;
  }
  /** IRET ends the blocking of NMIs, even if it faults. */
  unblockNmi(): void {
    this.#nmiBlocked = false;
  }
  /**
   * The instruction being executed (STI that sets IF, MOV and POP to SS) keeps interrupts off until the next one is done. Of
   * several in a row the first one does (volume 3, section 6.8.3).
   */
  shadow(cpu: Executing): void {
    if (cpu.instructions !== this.#shadow) this.#shadow = cpu.instructions + 1;
  }

  /** A frozen processor takes interrupts: the instruction that was to be done first is the one that waits for them. */
  endShadow(): void {
    this.#shadow = -1;
  }

  /** Whether an interrupt is taken before the next instruction. */
  isDue(cpu: Executing): boolean {
    return this.#isWaiting(cpu) && cpu.instructions !== this.#shadow;
  }
  /** Whether one is taken right after the next instruction, whatever that is: it stands in the shadow of the one before. */
  isShadowed(cpu: Executing): boolean {
    return cpu.instructions === this.#shadow && this.#isWaiting(cpu);
  }
  /** Takes the interrupt that is due: its vector is to be delivered next. */
  acknowledge({ state }: Executing): number {
    const isNmi = this.#nmi && !this.#nmiBlocked;
    const vector = isNmi ? Vector.NMI : this.controller.acknowledge();
    if (isNmi) {
      this.#nmi = false;
      this.#nmiBlocked = true;
    }
    this.onInterrupt({ vector, rip: state.rip, isNmi });
    return vector;
  }

  #isWaiting({ state }: Executing): boolean {
    if (this.#nmi && !this.#nmiBlocked) return true;
    return this.controller.requested && (state.view.getInt32(L.SYSTEM_FLAGS, true) & IF) !== 0;
  }
}
