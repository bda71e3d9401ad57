/**
 * The PC's two 8259As: fifteen interrupt lines, the second controller behind input 2 of the first. IBM PC AT Technical
 * Reference (1984), section 1; ELCR: Intel 82371AB PIIX4 data sheet, section 4.2.3.
 */
import type { InterruptController } from '../cpu/interrupts.ts';
import type { Bus, Device, Log, PortHandler } from './device.ts';
import { Pic8259, SPURIOUS } from './pic8259.ts';

const MASTER = 0x20;
const SLAVE = 0xa0;
const ELCR = 0x4d0;
/** The input of the master that the slave is on. */
const CASCADE = 2;
/** Inputs that can be level-triggered, of master and slave: timer, keyboard, cascade, clock and coprocessor are edges. */
const LEVEL_CAPABLE = [0xf8, 0xde] as const;
/** What a PC's BIOS programs: vectors and masks. Timer, keyboard, cascade and the disks' lines, clock and mouse are open. */
const BIOS = { master: { base: 0x08, masked: 0xb8 }, slave: { base: 0x70, masked: 0x8e } } as const;

/** A line number of the PC's interrupts, IRQ 0-15. */
export type Irq = number;

export class PicPair implements Device, PortHandler, InterruptController {
  readonly name = '8259A';
  readonly #master: Pic8259;
  readonly #slave: Pic8259;

  constructor(log: Log = () => {}) {
    this.#master = new Pic8259('master 8259A', 1 << CASCADE, log);
    this.#slave = new Pic8259('slave 8259A', 0, log);
  }

  plugIn(bus: Bus): void {
    for (const port of [MASTER, SLAVE, ELCR]) bus.claimPorts(port, 2, this.name, this);
  }
  reset(): void {
    this.#master.reset(BIOS.master.base, BIOS.master.masked);
    this.#slave.reset(BIOS.slave.base, BIOS.slave.masked);
  }

  /** The wire of an interrupt line: takes its level, on every change. */
  line(irq: Irq): (level: boolean) => void {
    return (level) => this.setLine(irq, level);
  }
  setLine(irq: Irq, level: boolean): void {
    if (irq < 8) this.#master.setLine(irq, level);
    else {
      this.#slave.setLine(irq - 8, level);
      this.#cascade();
    }
  }
  /** Whether a request on a line would reach the processor now. */
  canReach(irq: Irq): boolean {
    if (irq < 8) return this.#master.canReach(irq);
    return this.#slave.canReach(irq - 8) && this.#master.canReach(CASCADE);
  }

  get requested(): boolean {
    return this.#master.pending >= 0;
  }
  /** A request that has gone since INT was raised gives the vector of input 7, without anything in service. */
  acknowledge(): number {
    const input = this.#master.pending;
    if (input < 0) return this.#master.base + SPURIOUS;
    this.#master.acknowledge(input);
    if (input !== CASCADE) return this.#master.base + input;
    const second = this.#slave.pending;
    const { base } = this.#slave;
    if (second < 0) return base + SPURIOUS;
    this.#slave.acknowledge(second);
    this.#cascade();
    return base + second;
  }

  read(port: number): number {
    switch (port & ~1) {
      case MASTER:
        return this.#master.read(port & 1);
      case SLAVE: {
        const value = this.#slave.read(port & 1);
        this.#cascade();
        return value;
      }
      default:
        return this.#chip(port).levelTriggered;
    }
  }
  write(port: number, value: number): void {
    switch (port & ~1) {
      case MASTER:
        this.#master.write(port & 1, value);
        break;
      case SLAVE:
        this.#slave.write(port & 1, value);
        break;
      default:
        this.#chip(port).levelTriggered = value & LEVEL_CAPABLE[port & 1 ? 1 : 0];
    }
    this.#cascade();
  }

  #chip(port: number): Pic8259 {
    return port & 1 ? this.#slave : this.#master;
  }
  /** The slave's INT is the master's input 2. */
  #cascade(): void {
    this.#master.setLine(CASCADE, this.#slave.pending >= 0);
  }
}
