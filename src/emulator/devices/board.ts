/** The chips of the PC and the wires between them. */
import type { PhysicalMemory } from '../mmu/physical-memory.ts';
import type { Bus, Clock, Device, Log } from './device.ts';
import { type DebugExitOptions, IsaDebugExit } from './isa-debug-exit.ts';
import { PicPair } from './pic-pair.ts';
import { Pit8254 } from './pit8254.ts';
import { Uart16550 } from './uart16550.ts';
import { VgaText } from './vga-text.ts';

export interface BoardOptions {
  /** Receives each byte that the guest sends on the first serial port; `null` for a board without one. */
  serial?: ((byte: number) => void) | null | undefined;
  /** isa-debug-exit; `null` for none. */
  debugExit?: DebugExitOptions | null | undefined;
  log?: Log | undefined;
}

/** What the chips ask of the machine. */
export interface BoardRequests {
  /** A write to isa-debug-exit, as an exit code. */
  debugExit(code: number): void;
}

const IRQ = { TIMER: 0, KEYBOARD: 1, COM1: 4 } as const;
/** The lines that are raised by what someone types. */
const INPUT_LINES: readonly number[] = [IRQ.KEYBOARD, IRQ.COM1];

export class Board {
  readonly pic: PicPair;
  readonly pit: Pit8254;
  readonly serial: Uart16550;
  readonly screen: VgaText;
  readonly #devices: readonly Device[];

  constructor(memory: PhysicalMemory, options: BoardOptions, requests: BoardRequests) {
    const { log } = options;
    this.pic = new PicPair(log);
    this.pit = new Pit8254(this.pic.line(IRQ.TIMER));
    this.serial = new Uart16550({
      sink: options.serial ?? undefined,
      interrupt: this.pic.line(IRQ.COM1),
      irq: IRQ.COM1,
      log,
    });
    this.screen = new VgaText(memory, log);
    const devices: Device[] = [this.pic, this.pit, this.screen];
    if (options.serial !== null) devices.push(this.serial);
    const debugExit = options.debugExit === undefined ? { port: 0xf4, size: 4 as const } : options.debugExit;
    if (debugExit) devices.push(new IsaDebugExit(debugExit, (code) => requests.debugExit(code)));
    this.#devices = devices;
  }

  plugIn(bus: Bus, clock: Clock): void {
    for (const device of this.#devices) device.plugIn(bus, clock);
  }
  /** As a BIOS leaves the chips after power-on or a reset. */
  reset(): void {
    for (const device of this.#devices) device.reset();
  }

  /** Whether an interrupt line reaches the processor: neither masked nor behind one in service. */
  reaches(irq: number): boolean {
    return this.pic.canReach(irq);
  }
  /** Whether someone's typing would interrupt the processor. */
  get hearsInput(): boolean {
    return INPUT_LINES.some((irq) => this.pic.canReach(irq));
  }
}
