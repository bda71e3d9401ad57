/**
 * The power management registers of ACPI's fixed hardware: PM1 event and control blocks, PM timer. ACPI specification 6.5,
 * section 4.8.3, at the ports that QEMU's pc machine has them at. The machine is in ACPI mode always.
 */
import type { Alarm, Bus, Clock, Device, Log, PortHandler, PortWidth } from './device.ts';
import { Oscillator } from './oscillator.ts';

/** First port of the block; the tables of the firmware name those of the registers in it. */
export const ACPI_PM = { event: 0x600, control: 0x604, timer: 0x608, length: 12 } as const;
/** SLP_TYP of the sleeping state S5, soft off. */
export const SLEEP_TYPE_S5 = 0;
/** The interrupt line of ACPI's events. */
export const SCI_IRQ = 9;

const STATUS = 0;
const ENABLE = 2;
const CONTROL = 4;
const TIMER = 8;

/** TMR_STS of the status register, sticky and cleared by writing a one; TMR_EN of the enable register. */
const TIMER_STATUS = 0x0001;
const CONTROL_SCI_ENABLE = 0x0001;
const CONTROL_SLEEP_TYPE = 0x1c00;
const CONTROL_SLEEP_ENABLE = 0x2000;
const CONTROL_KEPT = 0x0006 | CONTROL_SLEEP_TYPE;

export const PM_TIMER_HERTZ = 3_579_545;
const TIMER_BITS = 24;
/** TMR_STS is set whenever the timer's top bit changes. */
const TICKS_PER_EVENT = 2 ** (TIMER_BITS - 1);

export interface AcpiPmOptions {
  powerOff: () => void;
  /** Level of the SCI, on every change. */
  interrupt?: (level: boolean) => void;
  log?: Log | undefined;
}

export class AcpiPm implements Device, PortHandler {
  readonly name = 'ACPI power management';
  readonly widest = 4;
  readonly #options: AcpiPmOptions;
  readonly #oscillator = new Oscillator(PM_TIMER_HERTZ);
  #clock: Clock | null = null;
  #enabled = 0;
  #control = CONTROL_SCI_ENABLE;
  /** Changes of the timer's top bit, counted from power-on, that have been cleared. */
  #seen = 0;
  #alarm: Alarm | null = null;

  constructor(options: AcpiPmOptions) {
    this.#options = options;
  }

  plugIn(bus: Bus, clock: Clock): void {
    this.#clock = clock;
    bus.claimPorts(ACPI_PM.event, ACPI_PM.length, this.name, this);
  }
  reset(): void {
    this.#enabled = 0;
    this.#control = CONTROL_SCI_ENABLE;
    this.#seen = this.#events;
    this.#update();
  }

  read(port: number, width: PortWidth): number {
    let value = 0;
    for (let i = 0; i < width; i++) value |= this.#byte(port + i - ACPI_PM.event) << (8 * i);
    return value >>> 0;
  }
  write(port: number, value: number, width: PortWidth): void {
    for (let at = 0; at < width; at += 2) {
      const offset = port + at - ACPI_PM.event;
      const part = (value >>> (8 * at)) & (width === 1 ? 0xff : 0xffff);
      // A byte goes to its half of the register.
      const shift = 8 * (offset & 1);
      this.#writeRegister(offset & ~1, part << shift, (width === 1 ? 0xff : 0xffff) << shift);
    }
    this.#update();
  }

  get #ticks(): number {
    return this.#clock ? this.#oscillator.ticksAt(this.#clock.now) : 0;
  }
  get #events(): number {
    return Math.floor(this.#ticks / TICKS_PER_EVENT);
  }
  #byte(offset: number): number {
    const register = offset >= TIMER ? this.#ticks % 2 ** TIMER_BITS : this.#register(offset & ~1);
    return (register >>> (8 * (offset >= TIMER ? offset - TIMER : offset & 1))) & 0xff;
  }
  #register(offset: number): number {
    switch (offset) {
      case STATUS:
        return this.#events !== this.#seen ? TIMER_STATUS : 0;
      case ENABLE:
        return this.#enabled;
      case CONTROL:
        return this.#control;
      default:
        return 0;
    }
  }
  #writeRegister(offset: number, value: number, mask: number): void {
    switch (offset) {
      case STATUS:
        if (value & TIMER_STATUS) this.#seen = this.#events;
        return;
      case ENABLE:
        this.#enabled = (this.#enabled & ~mask) | value;
        return;
      case CONTROL:
        this.#control = (this.#control & ~(mask & CONTROL_KEPT)) | (value & CONTROL_KEPT);
        if (value & CONTROL_SLEEP_ENABLE) this.#sleep((this.#control & CONTROL_SLEEP_TYPE) >> 10);
    }
  }
  /** The timer is the one event there is: no buttons, no wake-up. */
  #update(): void {
    const isEnabled = (this.#enabled & TIMER_STATUS) !== 0;
    const isPending = this.#events !== this.#seen;
    this.#options.interrupt?.(isEnabled && isPending);
    this.#alarm?.cancel();
    this.#alarm = null;
    if (!isEnabled || isPending || !this.#clock) return;
    const next = this.#oscillator.timeOf((this.#events + 1) * TICKS_PER_EVENT);
    this.#alarm = this.#clock.setAlarm(next, () => this.#update(), SCI_IRQ);
  }
  #sleep(type: number): void {
    if (type === SLEEP_TYPE_S5) this.#options.powerOff();
    else this.#options.log?.(`${this.name}: sleeping state of type ${type}: not implemented`);
  }
}
