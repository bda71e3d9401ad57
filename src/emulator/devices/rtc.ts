/**
 * The PC's real-time clock and its battery-backed memory. Motorola, "MC146818" data sheet (1984), in a PC of 128 bytes (MC146818A
 * and successors); the extra registers as IBM PC AT Technical Reference (1984), section 1, "Real-time clock/CMOS RAM", and QEMU fill them.
 *
 * Registers 0-9 change once a virtual second, in phase with power-on. Between accesses nothing ticks: seconds that have passed
 * are caught up with when someone looks, and only what may interrupt sets alarms.
 */
import { INSTRUCTIONS_PER_SECOND } from './clock.ts';
import type { Alarm, Bus, Clock, Device, PortHandler } from './device.ts';
import { Oscillator } from './oscillator.ts';
import { CalendarRegisters } from './rtc-calendar.ts';

const INDEX_PORT = 0x70;
const REGISTER_A = 0x0a;
const REGISTER_B = 0x0b;
const REGISTER_C = 0x0c;
const REGISTER_D = 0x0d;
const CENTURY = 0x32;
/** The century again, where IBM's PS/2 had it. */
const CENTURY_PS2 = 0x37;

const A_UPDATE_IN_PROGRESS = 0x80;
/** The divider chain runs for a crystal of 32,768 Hz. */
const A_DIVIDER = 0x70;
const A_DIVIDER_32768 = 0x20;
const A_RATE = 0x0f;
const B_SET = 0x80;
const B_PERIODIC = 0x40;
const B_ALARM = 0x20;
const B_UPDATE_ENDED = 0x10;
const B_BINARY = 0x04;
const B_24_HOURS = 0x02;
const C_REQUEST = 0x80;
/** Flags of register C stand where register B enables their interrupts. */
const INTERRUPTS = B_PERIODIC | B_ALARM | B_UPDATE_ENDED;
const D_VALID = 0x80;

const CRYSTAL_HERTZ = 32_768;
/** Update in progress shows 244 microseconds before the update cycle, which takes 1,984 (table 3). */
const UPDATE_NOTICE = Math.floor(((244 + 1984) * INSTRUCTIONS_PER_SECOND) / 1_000_000);
const CLOCK_IRQ = 8;
const NMI_MASK = 0x80;
const SECONDS_PER_DAY = 86_400;

/** The clock of a machine that was given none: the same run every time. Midnight of 1 January 2026, UTC. */
export const DEFAULT_TIME = Date.UTC(2026, 0, 1);

export interface RtcOptions {
  /** Time of day at power-on, in milliseconds since 1970 (UTC). */
  time?: number | undefined;
  /** RAM in bytes, for the registers that tell its size. */
  memorySize: number;
  /** Level of the interrupt line, on every change. */
  interrupt?: ((level: boolean) => void) | undefined;
}

export class Rtc implements Device, PortHandler {
  readonly name = 'real-time clock';
  readonly #options: RtcOptions;
  readonly #interrupt: (level: boolean) => void;
  readonly #oscillator = new Oscillator(CRYSTAL_HERTZ);
  readonly #registers = new Uint8Array(128);
  readonly #calendar = new CalendarRegisters(this.#registers, CENTURY);
  #clock: Clock | null = null;
  #index = 0;
  #nmiMasked = false;
  /** The second, counted from power-on, that the registers stand at. */
  #second = 0;
  /** Periods of the periodic interrupt, counted from power-on, that have been seen. */
  #period = 0;
  #alarm: Alarm | null = null;

  constructor(options: RtcOptions) {
    this.#options = options;
    this.#interrupt = options.interrupt ?? (() => {});
  }

  plugIn(bus: Bus, clock: Clock): void {
    this.#clock = clock;
    bus.claimPorts(INDEX_PORT, 2, this.name, this);
  }

  /** Power-on: the battery has kept the time and the configuration; a BIOS has set both up. */
  powerOn(): void {
    const r = this.#registers;
    r.fill(0);
    r[REGISTER_A] = 0x26;
    r[REGISTER_B] = B_24_HOURS;
    this.#second = this.#secondNow;
    this.#calendar.set(this.#options.time ?? DEFAULT_TIME);
    r[CENTURY_PS2] = r[CENTURY]!;
    this.#fillMemorySize();
    this.reset();
  }
  /** RESET clears the interrupts, enabled and pending; the clock runs on. */
  reset(): void {
    this.#index = 0;
    this.#nmiMasked = false;
    this.#registers[REGISTER_B]! &= ~INTERRUPTS;
    this.#registers[REGISTER_C] = 0;
    this.#period = this.#periodNow;
    this.#schedule();
  }

  /** Whether bit 7 of port 0x70 keeps NMIs from the processor. */
  get nmiMasked(): boolean {
    return this.#nmiMasked;
  }
  /** A byte of the memory, as firmware sets it up. */
  setByte(index: number, value: number): void {
    this.#registers[index & 0x7f] = value;
  }

  read(port: number): number {
    // The index cannot be read back.
    if (port === INDEX_PORT) return 0xff;
    this.#catchUp();
    const value = this.#registers[this.#index]!;
    switch (this.#index) {
      case REGISTER_A:
        return value | (this.#isUpdating ? A_UPDATE_IN_PROGRESS : 0);
      case REGISTER_C: {
        const flags = value | (this.#requested ? C_REQUEST : 0);
        this.#registers[REGISTER_C] = 0;
        this.#schedule();
        return flags;
      }
      case REGISTER_D:
        return D_VALID;
      default:
        return value;
    }
  }
  write(port: number, value: number): void {
    if (port === INDEX_PORT) {
      this.#index = value & 0x7f;
      this.#nmiMasked = (value & NMI_MASK) !== 0;
      return;
    }
    this.#catchUp();
    switch (this.#index) {
      case REGISTER_A:
        this.#writeA(value & ~A_UPDATE_IN_PROGRESS);
        break;
      case REGISTER_B:
        // Setting the time ends the interrupts at its update.
        this.#registers[REGISTER_B] = value & B_SET ? value & ~B_UPDATE_ENDED : value;
        break;
      case REGISTER_C:
      case REGISTER_D:
        break;
      default:
        this.#registers[this.#index] = value;
    }
    this.#schedule();
  }

  /** Another rate begins with its first whole period. */
  #writeA(value: number): void {
    this.#registers[REGISTER_A] = value;
    this.#period = this.#periodNow;
  }

  get #now(): number {
    return this.#clock?.now ?? 0;
  }
  get #secondNow(): number {
    return Math.floor(this.#now / INSTRUCTIONS_PER_SECOND);
  }
  /** The chip keeps time: neither held by SET nor with its divider off. */
  get #runs(): boolean {
    return !(this.#registers[REGISTER_B]! & B_SET) && (this.#registers[REGISTER_A]! & A_DIVIDER) === A_DIVIDER_32768;
  }
  get #isUpdating(): boolean {
    return this.#runs && INSTRUCTIONS_PER_SECOND - (this.#now % INSTRUCTIONS_PER_SECOND) <= UPDATE_NOTICE;
  }
  /** Length of a period in ticks of the crystal, or 0 for none (table 5). */
  get #periodTicks(): number {
    const rate = this.#registers[REGISTER_A]! & A_RATE;
    if (rate === 0) return 0;
    // The first two rates repeat those of 256 and 128 Hz.
    return 1 << (rate <= 2 ? rate + 6 : rate - 1);
  }
  get #periodNow(): number {
    const ticks = this.#periodTicks;
    return ticks === 0 ? 0 : Math.floor(this.#oscillator.ticksAt(this.#now) / ticks);
  }
  get #requested(): boolean {
    return (this.#registers[REGISTER_B]! & this.#registers[REGISTER_C]! & INTERRUPTS) !== 0;
  }

  /** Brings registers and flags to the present. */
  #catchUp(): void {
    const r = this.#registers;
    const passed = this.#secondNow - this.#second;
    this.#second += passed;
    if (passed > 0 && this.#runs) {
      if (this.#calendar.meetsAlarm(Math.min(passed, SECONDS_PER_DAY), this.#format)) r[REGISTER_C]! |= B_ALARM;
      this.#calendar.advance(passed, this.#format);
      r[CENTURY_PS2] = r[CENTURY]!;
      r[REGISTER_C]! |= B_UPDATE_ENDED;
    }
    const period = this.#periodNow;
    if (period !== this.#period && (r[REGISTER_A]! & A_DIVIDER) === A_DIVIDER_32768) r[REGISTER_C]! |= B_PERIODIC;
    this.#period = period;
  }
  get #format(): { binary: boolean; hours24: boolean } {
    const b = this.#registers[REGISTER_B]!;
    return { binary: (b & B_BINARY) !== 0, hours24: (b & B_24_HOURS) !== 0 };
  }

  /** Sets the interrupt line, and the alarm for when it may rise next. */
  #schedule(): void {
    this.#alarm?.cancel();
    this.#alarm = null;
    const requested = this.#requested;
    this.#interrupt(requested);
    if (requested || !this.#clock) return;
    const times: number[] = [];
    const b = this.#registers[REGISTER_B]!;
    if (b & (B_ALARM | B_UPDATE_ENDED) && this.#runs) times.push((this.#second + 1) * INSTRUCTIONS_PER_SECOND);
    const ticks = this.#periodTicks;
    if (b & B_PERIODIC && ticks > 0) times.push(this.#oscillator.timeOf((this.#period + 1) * ticks));
    if (times.length === 0) return;
    const ring = () => {
      this.#catchUp();
      this.#schedule();
    };
    this.#alarm = this.#clock.setAlarm(Math.min(...times), ring, CLOCK_IRQ);
  }

  /** As QEMU's pc machine has them: KiB below 640 KiB, KiB above 1 MiB (at most 64 MiB - 1), 64 KiB units above 16 MiB. */
  #fillMemorySize(): void {
    const { memorySize } = this.#options;
    const set = (index: number, value: number) => {
      const cut = Math.max(0, Math.min(value, 0xffff));
      this.#registers[index] = cut & 0xff;
      this.#registers[index + 1] = cut >> 8;
    };
    const extended = memorySize / 1024 - 1024;
    set(0x15, 640);
    set(0x17, extended);
    set(0x30, extended);
    set(0x34, (memorySize - 0x1000000) / 0x10000);
  }
}
