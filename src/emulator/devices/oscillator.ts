/** A chip's own clock beside the machine's: ticks of a crystal in virtual time, in whole numbers, so that nothing drifts. */
import { INSTRUCTIONS_PER_SECOND } from './clock.ts';

export class Oscillator {
  /** `ticks` of the crystal take exactly `times` instruction times. */
  readonly #ticks: number;
  readonly #times: number;

  /** @param hertz a whole number below 2^26, so that products stay exact */
  constructor(hertz: number) {
    const divisor = greatestCommonDivisor(hertz, INSTRUCTIONS_PER_SECOND);
    this.#ticks = hertz / divisor;
    this.#times = INSTRUCTIONS_PER_SECOND / divisor;
  }

  /** Ticks since power-on at an instruction time. */
  ticksAt(time: number): number {
    const whole = Math.floor(time / this.#times);
    return whole * this.#ticks + Math.floor(((time - whole * this.#times) * this.#ticks) / this.#times);
  }
  /** The first instruction time at which so many ticks have passed. */
  timeOf(ticks: number): number {
    const whole = Math.floor(ticks / this.#ticks);
    return whole * this.#times + Math.ceil(((ticks - whole * this.#ticks) * this.#times) / this.#ticks);
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
