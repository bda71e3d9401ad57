/** The chips of the PC and the wires between them. */
import type { PhysicalMemory } from '../mmu/physical-memory.ts';
import { AcpiPm, SCI_IRQ } from './acpi-pm.ts';
import type { BlockDevice } from './block-device.ts';
import { FRAMEBUFFER, VIDEO_MEMORY_SIZE } from './bochs-dispi.ts';
import { BochsDisplay } from './bochs-display.ts';
import { CoprocessorError } from './coprocessor-error.ts';
import type { Bus, Clock, Device, Log } from './device.ts';
import { I8042 } from './i8042.ts';
import { AtaDisk } from './ide/ata-disk.ts';
import { AtapiCdRom } from './ide/atapi-cdrom.ts';
import { IdeChannel } from './ide/channel.ts';
import { type DebugExitOptions, IsaDebugExit } from './isa-debug-exit.ts';
import { PicPair } from './pic-pair.ts';
import { Pit8254 } from './pit8254.ts';
import { Ps2Keyboard } from './ps2-keyboard.ts';
import { Rtc } from './rtc.ts';
import { A20Gate, type ResetSource, SystemPorts } from './system-ports.ts';
import { Typist } from './typist.ts';
import { Uart16550 } from './uart16550.ts';
import { VgaText } from './vga-text.ts';

export interface BoardOptions {
  /** Receives each byte that the guest sends on the first serial port; `null` for a board without one. */
  serial?: ((byte: number) => void) | null | undefined;
  /** isa-debug-exit; `null` for none. */
  debugExit?: DebugExitOptions | null | undefined;
  /** Time of day at power-on, UTC, as a date or in milliseconds since 1970. Without one it is the same in every run: `DEFAULT_TIME`. */
  rtc?: Date | number | undefined;
  /** Hard disks on the primary IDE channel: device 0 and device 1. */
  disks?: readonly BlockDevice[] | undefined;
  /** A disc in the CD-ROM drive, device 0 of the secondary IDE channel. */
  cdrom?: BlockDevice | null | undefined;
  log?: Log | undefined;
}

/** What the chips ask of the machine. */
export interface BoardRequests {
  /** A write to isa-debug-exit, as an exit code. */
  debugExit(code: number): void;
  reset(source: ResetSource): void;
  powerOff(): void;
  /** Address line 20 works, or is held at zero. */
  a20(enabled: boolean): void;
}

const IRQ = {
  TIMER: 0,
  KEYBOARD: 1,
  COM1: 4,
  CLOCK: 8,
  AUXILIARY: 12,
  COPROCESSOR: 13,
  DISKS: 14,
  CDROM: 15,
} as const;
/** The lines that are raised by what someone types. */
const INPUT_LINES: readonly number[] = [IRQ.KEYBOARD, IRQ.COM1];

export class Board {
  readonly pic: PicPair;
  readonly coprocessor: CoprocessorError;
  readonly pit: Pit8254;
  readonly serial: Uart16550;
  readonly screen: VgaText;
  readonly display: BochsDisplay;
  readonly rtc: Rtc;
  readonly keyboard = new Ps2Keyboard();
  readonly #devices: readonly Device[];
  #typist: Typist | null = null;

  constructor(memory: PhysicalMemory, options: BoardOptions, requests: BoardRequests) {
    const { log } = options;
    this.pic = new PicPair(log);
    this.coprocessor = new CoprocessorError(this.pic.line(IRQ.COPROCESSOR));
    this.pit = new Pit8254(this.pic.line(IRQ.TIMER));
    this.serial = new Uart16550({
      sink: options.serial ?? undefined,
      interrupt: this.pic.line(IRQ.COM1),
      irq: IRQ.COM1,
      log,
    });
    this.screen = new VgaText(memory, log);
    this.display = new BochsDisplay(memory.mapMemory(FRAMEBUFFER, VIDEO_MEMORY_SIZE), log);
    this.rtc = new Rtc({
      time: options.rtc === undefined ? undefined : Number(options.rtc),
      memorySize: memory.size,
      interrupt: this.pic.line(IRQ.CLOCK),
    });
    const a20 = new A20Gate((enabled) => requests.a20(enabled));
    const keyboardController = new I8042({
      keyboard: this.keyboard,
      a20,
      reset: () => requests.reset('keyboard controller'),
      interrupt: this.pic.line(IRQ.KEYBOARD),
      auxiliaryInterrupt: this.pic.line(IRQ.AUXILIARY),
      log,
    });
    const systemPorts = new SystemPorts(this.pit, a20, (source) => requests.reset(source));
    const powerManagement = new AcpiPm({
      powerOff: () => requests.powerOff(),
      interrupt: this.pic.line(SCI_IRQ),
      log,
    });
    const devices: Device[] = [this.pit, this.rtc, keyboardController, systemPorts, powerManagement, this.screen];
    devices.push(this.coprocessor, this.display, ...this.#ideChannels(options));
    if (options.serial !== null) devices.push(this.serial);
    const debugExit = options.debugExit === undefined ? { port: 0xf4, size: 4 as const } : options.debugExit;
    if (debugExit) devices.push(new IsaDebugExit(debugExit, (code) => requests.debugExit(code)));
    // Last, so that what the others do at reset is no request.
    devices.push(this.pic);
    this.#devices = devices;
  }

  /** A channel without drives is left out: its ports float. @throws RangeError for more drives than it has room for */
  #ideChannels({ disks = [], cdrom }: BoardOptions): IdeChannel[] {
    if (disks.length > 2) throw new RangeError(`${disks.length} hard disks: the primary IDE channel has room for two`);
    const channels: IdeChannel[] = [];
    if (disks.length > 0) {
      const [first = null, second = null] = disks.map((medium, i) => new AtaDisk(medium, `TV0000${i + 1}`));
      channels.push(
        new IdeChannel({
          name: 'primary IDE channel',
          commandBlock: 0x1f0,
          controlBlock: 0x3f6,
          drives: [first, second],
          irq: IRQ.DISKS,
          interrupt: this.pic.line(IRQ.DISKS),
        }),
      );
    }
    if (cdrom)
      channels.push(
        new IdeChannel({
          name: 'secondary IDE channel',
          commandBlock: 0x170,
          controlBlock: 0x376,
          drives: [new AtapiCdRom(cdrom, 'TV00003'), null],
          irq: IRQ.CDROM,
          interrupt: this.pic.line(IRQ.CDROM),
        }),
      );
    return channels;
  }

  plugIn(bus: Bus, clock: Clock): void {
    for (const device of this.#devices) device.plugIn(bus, clock);
    this.#typist = new Typist(this.keyboard, clock);
  }
  /** The chips get power, and are as a BIOS leaves them. */
  powerOn(): void {
    this.#typist?.stop();
    for (const device of this.#devices) device.powerOn ? device.powerOn() : device.reset();
  }
  /** The RESET line. What someone is typing goes on. */
  reset(): void {
    for (const device of this.#devices) device.reset();
  }

  /** Types on the keyboard: see `Typist.type`. @throws RangeError for a character or key that the keyboard has not */
  type(text: string | readonly string[]): void {
    this.#typist?.type(text);
  }
  stopTyping(): void {
    this.#typist?.finish();
  }
  get isTyping(): boolean {
    return this.#typist?.isTyping ?? false;
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
