/**
 * One counter of an 8254. Intel, "8254 Programmable Interval Timer" (order number 231164-005), "Mode definitions".
 *
 * Nothing ticks here. What a counter shows follows from the tick at which its count was loaded; all methods take the present
 * tick, which never goes backwards.
 */

/** Control word. */
const LATCH = 0;
const LOW_BYTE = 1;
const HIGH_BYTE = 2;
const BOTH_BYTES = 3;

/** The six modes by what they have in common. */
const INTERRUPT_ON_TERMINAL_COUNT = 0;
const ONE_SHOT = 1;
const RATE_GENERATOR = 2;
const SQUARE_WAVE = 3;
const SOFTWARE_STROBE = 4;
const HARDWARE_STROBE = 5;

/** Status byte, above the low six bits of the control word. */
const STATUS_OUTPUT = 0x80;
const STATUS_NULL_COUNT = 0x40;

export class PitCounter {
  gate = true;
  #mode = INTERRUPT_ON_TERMINAL_COUNT;
  #access = BOTH_BYTES;
  #bcd = false;
  /** The count register: 1-65536, or 1-10000 in BCD; `null` until one was written after the control word. */
  #register: number | null = null;
  /** The low byte of a two-byte count of which the high byte is to come. */
  #low: number | null = null;
  #readsHigh = false;
  #latchedCount: number | null = null;
  #latchedStatus: number | null = null;
  /** The tick at which the register's count enters the counting element; `null` for none awaited. */
  #loadAt: number | null = null;
  /** In mode 3: that load begins the second half of a period. */
  #loadsSecondHalf = false;
  /** The register's count has not entered the counting element yet. */
  #nullCount = true;
  /** What the counting element was loaded with; 0 before the first time. */
  #count = 0;
  /** The tick of the load; moved on by the time that GATE held the counting. */
  #origin = 0;
  /** The tick at which counting was held, or `null`; the periodic modes hold OUT high until the next load. */
  #heldAt: number | null = null;

  /** A control word for this counter, or a counter latch command. */
  control(tick: number, word: number): void {
    const access = (word >> 4) & 3;
    if (access === LATCH) {
      this.latchCount(tick);
      return;
    }
    const mode = (word >> 1) & 7;
    this.#access = access;
    // The top bit of the modes 2 and 3 does not count.
    this.#mode = mode > HARDWARE_STROBE ? mode - 4 : mode;
    this.#bcd = (word & 1) !== 0;
    this.#register = null;
    this.#low = null;
    this.#readsHigh = false;
    this.#latchedCount = null;
    this.#latchedStatus = null;
    this.#loadAt = null;
    this.#loadsSecondHalf = false;
    this.#nullCount = true;
    this.#count = 0;
    this.#origin = tick;
    this.#heldAt = null;
  }

  write(tick: number, byte: number): void {
    this.#advance(tick);
    switch (this.#access) {
      case LOW_BYTE:
        this.#setCount(tick, byte);
        return;
      case HIGH_BYTE:
        this.#setCount(tick, byte << 8);
        return;
      default:
        if (this.#low !== null) {
          this.#setCount(tick, (byte << 8) | this.#low);
          this.#low = null;
          return;
        }
        this.#low = byte;
        // In mode 0 the first byte stops the counting and takes OUT low.
        if (this.#mode === INTERRUPT_ON_TERMINAL_COUNT) {
          this.#count = 0;
          this.#loadAt = null;
        }
    }
  }

  read(tick: number): number {
    if (this.#latchedStatus !== null) {
      const status = this.#latchedStatus;
      this.#latchedStatus = null;
      return status;
    }
    const value = this.#latchedCount ?? this.#value(tick);
    if (this.#access !== BOTH_BYTES) {
      this.#latchedCount = null;
      return this.#access === LOW_BYTE ? value & 0xff : value >> 8;
    }
    const isHigh = this.#readsHigh;
    this.#readsHigh = !isHigh;
    if (!isHigh) return value & 0xff;
    this.#latchedCount = null;
    return value >> 8;
  }

  /** A count that is latched stays so until it is read. */
  latchCount(tick: number): void {
    this.#latchedCount ??= this.#value(tick);
  }
  latchStatus(tick: number): void {
    if (this.#latchedStatus !== null) return;
    this.#advance(tick);
    this.#latchedStatus =
      (this.output(tick) ? STATUS_OUTPUT : 0) |
      (this.#nullCount ? STATUS_NULL_COUNT : 0) |
      (this.#access << 4) |
      (this.#mode << 1) |
      (this.#bcd ? 1 : 0);
  }

  setGate(tick: number, level: boolean): void {
    this.#advance(tick);
    const rises = level && !this.gate;
    const falls = !level && this.gate;
    this.gate = level;
    switch (this.#mode) {
      case INTERRUPT_ON_TERMINAL_COUNT:
      case SOFTWARE_STROBE:
        if (falls) this.#heldAt = tick;
        if (rises) this.#release(tick);
        return;
      case ONE_SHOT:
      case HARDWARE_STROBE:
        // Each rising edge starts the count.
        if (rises && this.#register !== null) this.#loadAt = tick + 1;
        return;
      default:
        if (falls) this.#heldAt = tick;
        // A rising edge starts the period anew.
        if (rises && this.#register !== null) {
          this.#loadAt = tick + 1;
          this.#loadsSecondHalf = false;
        }
    }
  }

  /** Level of OUT. */
  output(tick: number): boolean {
    this.#advance(tick);
    if (this.#count === 0) return this.#mode !== INTERRUPT_ON_TERMINAL_COUNT;
    const elapsed = this.#elapsed(tick);
    switch (this.#mode) {
      case INTERRUPT_ON_TERMINAL_COUNT:
      case ONE_SHOT:
        return elapsed >= this.#count;
      case RATE_GENERATOR:
        return this.#heldAt !== null || elapsed % this.#count !== this.#count - 1;
      case SQUARE_WAVE:
        return this.#heldAt !== null || elapsed % this.#count < Math.ceil(this.#count / 2);
      default:
        return elapsed !== this.#count;
    }
  }

  /** The next tick at which OUT may change if nothing is written and GATE stays; `null` for never. */
  nextChange(tick: number): number | null {
    this.#advance(tick);
    // A count of 1 is no period: OUT stays.
    if (this.#isPeriodic && this.#count === 1) return this.#loadAt;
    return this.#nextEvent(tick);
  }

  /** The first tick after `tick` at which the count is loaded, or reaches a place where OUT changes. */
  #nextEvent(tick: number): number | null {
    const events: number[] = [];
    if (this.#loadAt !== null) events.push(this.#loadAt);
    const places = this.#heldAt === null && this.#count > 0 ? this.#places() : [];
    const elapsed = this.#elapsed(tick);
    const round = this.#isPeriodic ? elapsed - (elapsed % this.#count) : 0;
    for (const place of places) {
      const at = round + place;
      if (at > elapsed) events.push(this.#origin + at);
    }
    return events.length > 0 ? Math.min(...events) : null;
  }
  /** Elapsed ticks at which OUT changes, of one period for the periodic modes. */
  #places(): number[] {
    const count = this.#count;
    switch (this.#mode) {
      case INTERRUPT_ON_TERMINAL_COUNT:
      case ONE_SHOT:
        return [count];
      case RATE_GENERATOR:
        return [count - 1, count];
      case SQUARE_WAVE:
        return [Math.ceil(count / 2), count];
      default:
        return [count, count + 1];
    }
  }

  get #isPeriodic(): boolean {
    return this.#mode === RATE_GENERATOR || this.#mode === SQUARE_WAVE;
  }
  get #isTriggered(): boolean {
    return this.#mode === ONE_SHOT || this.#mode === HARDWARE_STROBE;
  }
  /** A whole count was written. Zero is the largest count. */
  #setCount(tick: number, written: number): void {
    this.#register = this.#bcd ? fromBcd(written) || 10_000 : written || 0x10000;
    this.#nullCount = true;
    if (this.#isTriggered) return;
    const runs = this.#isPeriodic && this.#count > 0;
    // A running period (in mode 3: half of it) is finished first; while GATE is low it waits for the rising edge.
    if (!runs) this.#loadAt = tick + 1;
    else if (this.gate && this.#loadAt === null) this.#loadAfterPeriod(tick);
  }
  #loadAfterPeriod(tick: number): void {
    const elapsed = this.#elapsed(tick);
    const place = elapsed % this.#count;
    const half = Math.ceil(this.#count / 2);
    this.#loadsSecondHalf = this.#mode === SQUARE_WAVE && place < half;
    this.#loadAt = this.#origin + elapsed - place + (this.#loadsSecondHalf ? half : this.#count);
  }

  /** Loads the counting element if its time has come. */
  #advance(tick: number): void {
    if (this.#loadAt === null || tick < this.#loadAt || this.#register === null) return;
    const at = this.#loadAt;
    this.#count = this.#register;
    // A second half: as if the first one had passed with the new count.
    this.#origin = this.#loadsSecondHalf ? at - Math.ceil(this.#count / 2) : at;
    this.#loadAt = null;
    this.#loadsSecondHalf = false;
    this.#nullCount = false;
    this.#heldAt = this.#isTriggered || this.gate ? null : at;
  }
  #elapsed(tick: number): number {
    return Math.max(0, (this.#heldAt ?? tick) - this.#origin);
  }
  #release(tick: number): void {
    if (this.#heldAt === null) return;
    this.#origin += tick - Math.max(this.#heldAt, this.#origin);
    this.#heldAt = null;
  }

  /** The counting element as it is read. */
  #value(tick: number): number {
    this.#advance(tick);
    if (this.#count === 0) return 0;
    const elapsed = this.#elapsed(tick);
    const wrap = this.#bcd ? 10_000 : 0x10000;
    let value: number;
    if (this.#mode === SQUARE_WAVE) {
      // Counts by two, each half of the period from the start; an odd count loses one.
      const place = elapsed % this.#count;
      const half = Math.ceil(this.#count / 2);
      value = (this.#count & ~1) - 2 * (place < half ? place : place - half);
    } else if (this.#mode === RATE_GENERATOR) value = this.#count - (elapsed % this.#count);
    else value = this.#count - elapsed;
    value = ((value % wrap) + wrap) % wrap;
    return this.#bcd ? toBcd(value) : value;
  }
}

function fromBcd(value: number): number {
  return [12, 8, 4, 0].reduce((sum, shift) => sum * 10 + ((value >> shift) & 15), 0);
}
function toBcd(value: number): number {
  return [...String(value)].reduce((sum, digit) => (sum << 4) | Number(digit), 0);
}
