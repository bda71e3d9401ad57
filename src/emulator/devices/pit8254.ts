/**
 * The PC's interval timer. Intel, "8254 Programmable Interval Timer" (order number 231164-005). Three counters of one clock;
 * counter 0 drives IRQ 0, counter 1 asked for memory refresh, counter 2 drives the speaker and has a gate (system control
 * port B).
 */
import type { Alarm, Bus, Clock, Device, PortHandler } from './device.ts';
import { Oscillator } from './oscillator.ts';
import { PitCounter } from './pit-counter.ts';

/** 14.31818 MHz / 12, in Hz. */
export const PIT_HERTZ = 1_193_182;
const FIRST_PORT = 0x40;
const CONTROL = 3;
/** Control word, bits 7-6: a counter, or the read-back command. */
const READ_BACK = 3;
const READ_BACK_NO_COUNT = 0x20;
const READ_BACK_NO_STATUS = 0x10;
const TIMER_IRQ = 0;

/** As a BIOS leaves them: 18.2 interrupts a second, refresh every 15 microseconds, and counter 2 for the speaker. */
const BIOS = [
  { control: 0x34, count: 0 },
  { control: 0x54, count: 18 },
  { control: 0xb6, count: 0x0533 },
] as const;

export class Pit8254 implements Device, PortHandler {
  readonly name = '8254';
  readonly #interrupt: (level: boolean) => void;
  readonly #oscillator = new Oscillator(PIT_HERTZ);
  #clock: Clock | null = null;
  #counters: PitCounter[] = [];
  #alarm: Alarm | null = null;

  /** @param interrupt takes the level of counter 0's OUT, on every change */
  constructor(interrupt: (level: boolean) => void = () => {}) {
    this.#interrupt = interrupt;
    this.#powerOn();
  }

  plugIn(bus: Bus, clock: Clock): void {
    this.#clock = clock;
    bus.claimPorts(FIRST_PORT, 4, this.name, this);
  }
  reset(): void {
    this.#powerOn();
    this.#follow();
  }

  read(port: number): number {
    const counter = this.#counters[port - FIRST_PORT];
    return counter ? counter.read(this.#ticks) : 0xff;
  }
  write(port: number, value: number): void {
    const ticks = this.#ticks;
    if (port - FIRST_PORT !== CONTROL) this.#counters[port - FIRST_PORT]!.write(ticks, value);
    else if (value >> 6 === READ_BACK) this.#readBack(ticks, value);
    else this.#counters[value >> 6]!.control(ticks, value);
    this.#follow();
  }

  /** Ticks of the timer's clock since power-on. */
  get ticks(): number {
    return this.#ticks;
  }
  /** OUT of counter 2. */
  get speaker(): boolean {
    return this.#counters[2]!.output(this.#ticks);
  }
  /** GATE of counter 2; those of the others are tied high. */
  get speakerGate(): boolean {
    return this.#counters[2]!.gate;
  }
  set speakerGate(level: boolean) {
    this.#counters[2]!.setGate(this.#ticks, level);
  }

  get #ticks(): number {
    return this.#clock ? this.#oscillator.ticksAt(this.#clock.now) : 0;
  }
  #powerOn(): void {
    this.#alarm?.cancel();
    this.#alarm = null;
    // The counts have been loaded already.
    const ticks = this.#ticks - 1;
    this.#counters = BIOS.map(({ control, count }, i) => {
      const counter = new PitCounter();
      counter.control(ticks, control);
      counter.write(ticks, count & 0xff);
      if ((control & 0x30) === 0x30) counter.write(ticks, count >> 8);
      if (i === 2) counter.setGate(ticks, false);
      return counter;
    });
  }
  /** Latches count and status of several counters at once. */
  #readBack(ticks: number, command: number): void {
    this.#counters.forEach((counter, i) => {
      if (!(command & (2 << i))) return;
      if (!(command & READ_BACK_NO_COUNT)) counter.latchCount(ticks);
      if (!(command & READ_BACK_NO_STATUS)) counter.latchStatus(ticks);
    });
  }

  /** Brings the interrupt line to counter 0's OUT, and sets the alarm for its next change. */
  #follow(): void {
    const counter = this.#counters[0]!;
    const ticks = this.#ticks;
    this.#interrupt(counter.output(ticks));
    this.#alarm?.cancel();
    const next = counter.nextChange(ticks);
    this.#alarm =
      next === null || !this.#clock
        ? null
        : this.#clock.setAlarm(this.#oscillator.timeOf(next), () => this.#follow(), TIMER_IRQ);
  }
}
