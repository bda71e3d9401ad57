/** How SSE computes: MXCSR, the exceptions of all lanes together, #XM. Intel SDM volume 1, sections 10.2.3 and 11.5. */
import type { Cpu } from '../../cpu/cpu.ts';
import { GuestException, invalidOpcode, Vector } from '../../cpu/exceptions.ts';
import { MXCSR } from '../../cpu/layout.ts';
import { Cr4 } from '../../cpu/state.ts';
import {
  ALL_FLAGS,
  BEFORE_RESULT,
  type Environment,
  environment,
  type Rounding,
  sseNan,
} from '../../float/environment.ts';
import { denormalAsZero, type Float, type Format, unpack } from '../../float/format.ts';

const DAZ = 0x40;
const FZ = 0x8000;
const MASKS_SHIFT = 7;
const RC_SHIFT = 13;

/** One instruction's computations: each in an environment of its own, and at last their exceptions. */
export class SseUnit {
  readonly rounding: Rounding;
  private readonly cpu: Cpu;
  private readonly masked: number;
  private readonly mxcsr: number;
  private before = 0;
  private after = 0;

  constructor(cpu: Cpu) {
    this.cpu = cpu;
    this.mxcsr = cpu.state.view.getInt32(MXCSR, true);
    this.masked = (this.mxcsr >> MASKS_SHIFT) & ALL_FLAGS;
    this.rounding = ((this.mxcsr >> RC_SHIFT) & 3) as Rounding;
  }

  /** An operand as arithmetic sees it. */
  operand(format: Format, bits: bigint): Float {
    const value = unpack(format, bits);
    return this.mxcsr & DAZ ? denormalAsZero(value) : value;
  }
  /** Carries out one operation. */
  compute<T>(operation: (env: Environment) => T): T {
    const env = environment(this.rounding, this.masked, sseNan, (this.mxcsr & FZ) !== 0);
    const result = operation(env);
    this.before |= env.flags & BEFORE_RESULT;
    this.after |= env.flags & ~BEFORE_RESULT;
    return result;
  }
  /**
   * Reports what the operations so far have raised, and goes on only where it is masked. Where an exception that is found
   * before an operation is not masked in any lane, none has a result, nor what would be found afterwards.
   * @throws GuestException
   */
  settle(): void {
    const hasResult = (this.before & ~this.masked) === 0;
    const flags = hasResult ? this.before | this.after : this.before;
    this.cpu.state.view.setInt32(MXCSR, this.mxcsr | flags, true);
    if (!(flags & ~this.masked)) return;
    if (!(this.cpu.state.cr4 & Cr4.OSXMMEXCPT)) throw invalidOpcode('an SSE exception without CR4.OSXMMEXCPT');
    throw new GuestException(Vector.XM, 'an SSE exception that MXCSR does not mask');
  }
}
