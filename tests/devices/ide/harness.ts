/** An IDE channel on a bus and a clock, driven as a host's driver does. */
import { PortBus } from '../../../src/emulator/devices/bus.ts';
import { VirtualClock } from '../../../src/emulator/devices/clock.ts';
import { IdeChannel } from '../../../src/emulator/devices/ide/channel.ts';
import type { IdeDrive } from '../../../src/emulator/devices/ide/drive.ts';

export const [DATA, ERROR, COUNT, LOW, MID, HIGH, DEVICE, STATUS] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
export const BASE = 0x1f0;
export const CONTROL = 0x3f6;
export const [BSY, DRDY, DSC, DRQ, ERR] = [0x80, 0x40, 0x10, 0x08, 0x01] as const;

export class Host {
  readonly bus = new PortBus();
  /** Every level that the interrupt line took. */
  readonly line: boolean[] = [];
  readonly clock: VirtualClock;
  #now = 0;

  constructor(first: IdeDrive | null, second: IdeDrive | null = null) {
    this.clock = new VirtualClock(() => this.#now);
    const channel = new IdeChannel({
      name: 'primary IDE channel',
      commandBlock: BASE,
      controlBlock: CONTROL,
      drives: [first, second],
      irq: 14,
      interrupt: (level) => this.line.push(level),
    });
    channel.plugIn(this.bus, this.clock);
    channel.reset();
  }

  read(register: number): number {
    return this.bus.read(BASE + register, 1);
  }
  write(register: number, value: number): void {
    this.bus.write(BASE + register, value, 1);
  }
  registers(...numbers: number[]): number[] {
    return numbers.map((register) => this.read(register));
  }
  /** Without taking the interrupt back. */
  get status(): number {
    return this.bus.read(CONTROL, 1);
  }
  control(value: number): void {
    this.bus.write(CONTROL, value, 1);
  }
  get interrupt(): boolean {
    return this.line.at(-1) ?? false;
  }
  /** Lets the drive finish what it is at. @returns the instruction times that it took */
  wait(): number {
    const from = this.#now;
    while (this.status & BSY) {
      const { next } = this.clock;
      if (next === null) throw new Error('busy for ever');
      this.#now = Math.max(next, this.#now);
      this.clock.ringDue();
    }
    return this.#now - from;
  }
  pass(time: number): void {
    this.#now += time;
    this.clock.ringDue();
  }

  /** Writes registers 1-6 of a 28-bit LBA command, then the command. */
  lba28(command: number, lba: number, count: number, device = 0): void {
    this.write(DEVICE, 0xe0 | (device << 4) | ((lba >> 24) & 15));
    this.write(COUNT, count & 0xff);
    for (const [i, register] of [LOW, MID, HIGH].entries()) this.write(register, (lba >> (8 * i)) & 0xff);
    this.write(STATUS, command);
  }
  lba48(command: number, lba: number, count: number): void {
    const byte = (i: number) => Math.floor(lba / 256 ** i) & 0xff;
    this.write(DEVICE, 0x40);
    for (const [register, high, low] of [
      [COUNT, (count >> 8) & 0xff, count & 0xff],
      [LOW, byte(3), byte(0)],
      [MID, byte(4), byte(1)],
      [HIGH, byte(5), byte(2)],
    ] as const) {
      this.write(register, high);
      this.write(register, low);
    }
    this.write(STATUS, command);
  }
  chs(command: number, cylinder: number, head: number, sector: number, count: number): void {
    this.write(DEVICE, 0xa0 | head);
    this.write(COUNT, count);
    this.write(LOW, sector);
    this.write(MID, cylinder & 0xff);
    this.write(HIGH, cylinder >> 8);
    this.write(STATUS, command);
  }

  take(bytes: number): Uint8Array {
    const words = Array.from({ length: bytes / 2 }, () => this.bus.read(BASE, 2));
    return new Uint8Array(Uint16Array.from(words).buffer);
  }
  give(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i += 2) this.bus.write(BASE, bytes[i]! | (bytes[i + 1]! << 8), 2);
  }
  /** Reads Status, as an interrupt handler does. */
  acknowledge(): number {
    return this.read(STATUS);
  }
}

/** Sectors that name themselves: each 32-bit word is sector * 128 + its index. */
export function numbered(sectors: number): Uint8Array {
  return new Uint8Array(Uint32Array.from({ length: sectors * 128 }, (_, i) => i).buffer);
}
