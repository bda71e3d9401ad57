/**
 * Holds virtual time to the wall clock: a virtual second takes a second at least. A host that is too slow falls behind,
 * and what it has missed is not made up for later.
 */
import { INSTRUCTIONS_PER_SECOND } from '../devices/clock.ts';

const PER_MILLISECOND = INSTRUCTIONS_PER_SECOND / 1000;
/** Virtual milliseconds that may pass ahead of the wall clock: a small kernel is done within the first slice. */
export const LEAD = 20;
/** Milliseconds that a run may be behind before they are forgotten. */
export const LARGEST_DEBT = 50;

export class Pacer {
  /** Virtual time, in instruction times, that belongs to wall time 0. */
  #origin = 0;

  /**
   * Virtual time passes from here on; before this it stood still.
   * @param wall milliseconds of a clock that never goes back
   * @param virtual instruction times since power-on
   */
  start(wall: number, virtual: number): void {
    this.#origin = virtual - wall * PER_MILLISECOND;
  }

  /** How many instruction times the machine may take now: 0 if it is ahead of the wall clock by as much as it may be. */
  allowance(wall: number, virtual: number): number {
    const behind = this.#at(wall) - virtual;
    if (behind > LARGEST_DEBT * PER_MILLISECOND) {
      this.start(wall, virtual);
      return LEAD * PER_MILLISECOND;
    }
    return Math.max(0, Math.floor(behind + LEAD * PER_MILLISECOND));
  }

  /** Milliseconds from now until the instant `virtual` is due; 0 if it is. */
  delay(wall: number, virtual: number): number {
    return Math.max(0, (virtual - this.#at(wall)) / PER_MILLISECOND);
  }

  #at(wall: number): number {
    return this.#origin + wall * PER_MILLISECOND;
  }
}
