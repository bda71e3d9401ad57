/** Virtual time. It is counted in instructions, so that the same input gives the same run on every engine. */
import type { Alarm, Clock } from './device.ts';

/** How much virtual time an instruction takes: a virtual second is 100 million of them. */
export const INSTRUCTIONS_PER_SECOND = 100_000_000;

interface Pending {
  at: number;
  /** Order of setting: the tie-breaker among alarms of one instant. */
  order: number;
  ring: () => void;
  irq: number | null;
}

export class VirtualClock implements Clock {
  /** Called when an alarm was set that comes before all others: whoever runs the processor has to stop earlier. */
  onEarlierAlarm: () => void = () => {};
  readonly #executed: () => number;
  #slept = 0;
  #order = 0;
  /** Ascending by time, then by order. Few at a time: a sorted array serves. */
  #alarms: Pending[] = [];

  /** @param executed counts the instructions executed since power-on. */
  constructor(executed: () => number) {
    this.#executed = executed;
  }

  get now(): number {
    return this.#executed() + this.#slept;
  }
  /** When the next alarm rings; `null` if none is set. */
  get next(): number | null {
    return this.#alarms[0]?.at ?? null;
  }

  /** Whether some alarm may raise an interrupt line that fulfils a condition. */
  mayRaise(reaches: (irq: number) => boolean): boolean {
    return this.#alarms.some(({ irq }) => irq !== null && reaches(irq));
  }

  setAlarm(at: number, ring: () => void, irq?: number): Alarm {
    if (!Number.isFinite(at)) throw new RangeError(`alarm at ${at}`);
    const alarm = { at, order: this.#order++, ring, irq: irq ?? null };
    const later = this.#alarms.findIndex((other) => other.at > at);
    const index = later < 0 ? this.#alarms.length : later;
    this.#alarms.splice(index, 0, alarm);
    if (index === 0) this.onEarlierAlarm();
    return {
      cancel: () => {
        this.#alarms = this.#alarms.filter((other) => other !== alarm);
      },
    };
  }

  /** Rings every alarm that is due, those included that a ringing one sets for now or earlier. */
  ringDue(): void {
    for (let alarm = this.#alarms[0]; alarm && alarm.at <= this.now; alarm = this.#alarms[0]) {
      this.#alarms.shift();
      alarm.ring();
    }
  }

  /** Lets time pass without instructions, until `at`. It never goes backwards. */
  sleepUntil(at: number): void {
    this.#slept += Math.max(0, at - this.now);
  }

  /** The instruction counter is about to start again from zero: time goes on. */
  counterRestarts(): void {
    this.#slept += this.#executed();
  }

  /** Power-on: time zero, no alarms. The instruction counter is reset by its owner. */
  reset(): void {
    this.#slept = 0;
    this.#order = 0;
    this.#alarms = [];
  }
}
