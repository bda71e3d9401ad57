/**
 * An IDE channel: the command block (eight ports), the control block (one), an interrupt line, and the cable with up to two
 * drives. ATA/ATAPI-6, clauses 7 and 9.16 (one device on the cable).
 *
 * What is written to the command block reaches both drives, what is read comes from the selected one. There is no bus
 * master: transfers are PIO.
 */
import type { Bus, Clock, Device, PortHandler, PortWidth } from '../device.ts';
import type { IdeDrive } from './drive.ts';
import { COMMAND, Control, DATA, DEV, DEVICE, STATUS } from './registers.ts';

export interface IdeChannelOptions {
  name: string;
  /** First port of the command block: 0x1f0 or 0x170 on a PC. */
  commandBlock: number;
  /** Port of Device Control and Alternate Status: 0x3f6 or 0x376. */
  controlBlock: number;
  /** Device 0 and device 1; at least one is there. */
  drives: readonly [IdeDrive | null, IdeDrive | null];
  /** Number of the interrupt line: 14 or 15. */
  irq: number;
  interrupt: (level: boolean) => void;
}

/** EXECUTE DEVICE DIAGNOSTIC, the one command that both drives obey. */
const DIAGNOSTIC = 0x90;

export class IdeChannel implements Device, PortHandler {
  readonly name: string;
  readonly widest = 4;
  readonly #options: IdeChannelOptions;
  readonly #drives: readonly IdeDrive[];
  #selected = 0;
  #control = 0;
  #line = false;

  constructor(options: IdeChannelOptions) {
    this.name = options.name;
    this.#options = options;
    this.#drives = options.drives.filter((drive) => drive !== null);
    for (const drive of this.#drives) drive.onInterrupt = () => this.#updateLine();
  }

  plugIn(bus: Bus, clock: Clock): void {
    for (const drive of this.#drives) drive.connect(clock, this.#options.irq);
    bus.claimPorts(this.#options.commandBlock, 8, this.name, this);
    bus.claimPorts(this.#options.controlBlock, 1, this.name, {
      read: () => this.#status(),
      write: (_, value) => this.#writeControl(value),
    });
  }

  reset(): void {
    this.#selected = 0;
    this.#control = 0;
    for (const drive of this.#drives) drive.powerOn();
    this.#updateLine();
  }

  read(port: number, width: PortWidth): number {
    const register = port - this.#options.commandBlock;
    if (register === DATA) return this.#readData(width);
    let value = 0;
    for (let i = 0; i < width; i++) value |= this.#read(register + i) << (8 * i);
    return value;
  }
  write(port: number, value: number, width: PortWidth): void {
    const register = port - this.#options.commandBlock;
    if (register === DATA) this.#writeData(value, width);
    else for (let i = 0; i < width; i++) this.#write(register + i, (value >>> (8 * i)) & 0xff);
  }

  get #drive(): IdeDrive | null {
    return this.#options.drives[this.#selected] ?? null;
  }

  #read(register: number): number {
    const drive = this.#drive;
    if (register === STATUS) {
      const status = this.#status();
      drive?.acknowledge();
      return status;
    }
    if (register === DEVICE && drive && !drive.isBusy)
      return (drive.readRegister(DEVICE, false) & ~DEV) | (this.#selected ? DEV : 0) | 0xa0;
    const high = (this.#control & Control.HOB) !== 0;
    // Device 0 answers for a device 1 that is not there, with Status zero: clause 9.16.1.
    return (drive ?? this.#options.drives[0])?.readRegister(register, high) ?? 0;
  }
  /** A cable without the selected drive: the other one, or a pull-down, keeps Status at zero. */
  #status(): number {
    return this.#drive?.readStatus() ?? 0;
  }

  #write(register: number, value: number): void {
    // A write to any of them makes the HOB bit zero: clause 7.8.
    this.#control &= ~Control.HOB;
    if (register === COMMAND) {
      for (const drive of value === DIAGNOSTIC ? this.#drives : [this.#drive]) drive?.command(value);
      return;
    }
    const drive = this.#drive;
    if (register === DEVICE && !drive?.isBusy) {
      this.#selected = value & DEV ? 1 : 0;
      this.#updateLine();
    }
    for (const each of this.#drives) each.writeRegister(register, value);
  }

  /** SRST holds the drives in reset while it is set. */
  #writeControl(value: number): void {
    const was = this.#control;
    this.#control = value;
    if (value & Control.SRST) {
      this.#selected = 0;
      for (const drive of this.#drives) drive.holdInReset();
    } else if (was & Control.SRST) for (const drive of this.#drives) drive.softReset();
    this.#updateLine();
  }

  /** The register is 16 bits wide; the bus makes two cycles of a 32-bit access. A byte access gets the low half of a word. */
  #readData(width: PortWidth): number {
    const word = () => this.#drive?.readData() ?? 0xffff;
    if (width !== 4) return width === 2 ? word() : word() & 0xff;
    const low = word();
    return (low | (word() << 16)) >>> 0;
  }
  #writeData(value: number, width: PortWidth): void {
    this.#drive?.writeData(value & 0xffff);
    if (width === 4) this.#drive?.writeData(value >>> 16);
  }

  #updateLine(): void {
    const level = (this.#drive?.interruptPending ?? false) && !(this.#control & Control.NIEN);
    if (level === this.#line) return;
    this.#line = level;
    this.#options.interrupt(level);
  }
}
