/**
 * What a disk and a CD-ROM drive have in common behind an ATA cable: the command block registers, and the PIO protocols
 * as ATA/ATAPI-6 clause 9 draws them (9.5 data-in, 9.6 data-out, 9.4 non-data).
 *
 * A command sets BSY. When its time is up the drive offers or asks for a block of data (DRQ) or ends; each of these steps
 * asserts the interrupt, but for the first block that a data-out command asks for.
 */
import type { Alarm, Clock } from '../device.ts';
import { AtaError, DEVICE, Duration, ERROR, LBA_HIGH, LBA_LOW, LBA_MID, SECTOR_COUNT, Status } from './registers.ts';

/** The data transfer under way. */
interface Transfer {
  block: Uint8Array;
  position: number;
  toHost: boolean;
  /** The host has moved the whole block. */
  done: () => void;
}

export abstract class IdeDrive {
  /** The drive's interrupt changed; the channel decides whether the line follows. */
  onInterrupt: () => void = () => {};
  /** INTRQ, were the drive selected and interrupts on. */
  interruptPending = false;
  protected status = 0;
  protected error = 0;
  /** Features, count and LBA registers: as written last, and before that (the high-order bytes of a 48-bit command). */
  protected readonly registers = new Uint8Array(8);
  protected readonly previous = new Uint8Array(8);
  #transfer: Transfer | null = null;
  #alarm: Alarm | null = null;
  #clock: Clock | null = null;
  #irq = 0;

  /** @param irq the interrupt that the channel raises */
  connect(clock: Clock, irq: number): void {
    this.#clock = clock;
    this.#irq = irq;
  }

  /** Power-on, as firmware leaves it: ready, with the signature of clause 9.12 in its registers. */
  powerOn(): void {
    this.#abandon();
    this.previous.fill(0);
    this.interruptPending = false;
    this.resetSettings();
    this.#showReset();
  }

  /** SRST is set: busy until it is cleared. Clause 9.3. */
  holdInReset(): void {
    this.#abandon();
    this.interruptPending = false;
    this.status = Status.BSY;
  }
  /** SRST is cleared again: still busy for a while, then the signature. */
  softReset(): void {
    this.busyFor(Duration.RESET, () => this.#showReset());
  }

  /** What DEVICE RESET and EXECUTE DEVICE DIAGNOSTIC leave in the registers: clause 9.12. */
  protected signature(): void {
    this.registers[SECTOR_COUNT] = 1;
    this.registers[LBA_LOW] = 1;
    [this.registers[LBA_MID], this.registers[LBA_HIGH]] = this.identity;
    this.registers[DEVICE] = 0;
    // "Device 0 passed, device 1 passed or not present."
    this.error = 0x01;
  }
  #showReset(): void {
    this.signature();
    this.status = this.idleAfterReset;
  }
  #abandon(): void {
    this.#alarm?.cancel();
    this.#alarm = null;
    this.#transfer = null;
    this.status = 0;
  }

  /** LBA Mid and LBA High after a reset. */
  protected abstract readonly identity: readonly [number, number];
  /** Status after a reset. */
  protected abstract readonly idleAfterReset: number;
  /** Settings that only a power cycle undoes. */
  protected abstract resetSettings(): void;
  /** Executes a command code; BSY is set. */
  protected abstract execute(command: number): void;
  /** Commands that are accepted even with BSY or DRQ set. */
  protected abstract overrides(command: number): boolean;

  get isBusy(): boolean {
    return (this.status & Status.BSY) !== 0;
  }

  /** @param high reads what was written before (the HOB bit of the device control register) */
  readRegister(register: number, high: boolean): number {
    // With BSY set the other registers read as Status: clause 7.2.
    if (this.isBusy) return this.status;
    if (register === ERROR) return this.error;
    return (high ? this.previous : this.registers)[register]!;
  }
  readStatus(): number {
    return this.status;
  }
  /** Reading Status, unlike Alternate Status, takes the interrupt back. */
  acknowledge(): void {
    this.#interrupt(false);
  }

  /** Ignored while the drive is busy or moves data, as clause 7 has it. */
  writeRegister(register: number, value: number): void {
    if (this.status & (Status.BSY | Status.DRQ)) return;
    this.previous[register] = this.registers[register]!;
    this.registers[register] = value;
  }

  command(code: number): void {
    if (this.status & (Status.BSY | Status.DRQ) && !this.overrides(code)) return;
    this.#abandon();
    this.#interrupt(false);
    this.error = 0;
    this.status = Status.BSY;
    this.execute(code);
  }

  readData(): number {
    const transfer = this.#transfer;
    if (!transfer?.toHost || !(this.status & Status.DRQ)) return 0xffff;
    const { block, position } = transfer;
    const word = block[position]! | ((block[position + 1] ?? 0) << 8);
    this.#moved(transfer);
    return word;
  }
  writeData(word: number): void {
    const transfer = this.#transfer;
    if (!transfer || transfer.toHost || !(this.status & Status.DRQ)) return;
    transfer.block[transfer.position] = word & 0xff;
    if (transfer.position + 1 < transfer.block.length) transfer.block[transfer.position + 1] = word >> 8;
    this.#moved(transfer);
  }
  #moved(transfer: Transfer): void {
    transfer.position += 2;
    if (transfer.position < transfer.block.length) return;
    this.#transfer = null;
    this.status = Status.BSY;
    transfer.done();
  }

  /** @param duration in instruction times */
  protected busyFor(duration: number, then: () => void): void {
    if (!this.#clock) throw new Error('a drive without a clock');
    this.status = Status.BSY;
    const ring = () => {
      this.#alarm = null;
      then();
    };
    this.#alarm = this.#clock.setAlarm(Math.ceil(this.#clock.now + duration), ring, this.#irq);
  }
  /** Offers a block to the host. */
  protected send(block: Uint8Array, done: () => void): void {
    this.#transfer = { block, position: 0, toHost: true, done };
    this.status = Status.DRDY | Status.DSC | Status.DRQ;
    this.#interrupt(true);
  }
  /** Asks the host for a block. */
  protected receive(length: number, interrupt: boolean, done: (block: Uint8Array) => void): void {
    const block = new Uint8Array(length);
    this.#transfer = { block, position: 0, toHost: false, done: () => done(block) };
    this.status = Status.DRDY | Status.DSC | Status.DRQ;
    if (interrupt) this.#interrupt(true);
  }
  /** The command has ended well. A data-in command ends without an interrupt of its own. */
  protected succeed(interrupt = true): void {
    this.status = Status.DRDY | Status.DSC;
    if (interrupt) this.#interrupt(true);
  }
  /** @param error bits of the Error register */
  protected fail(error: number): void {
    this.error = error;
    this.status = Status.DRDY | Status.DSC | Status.ERR;
    this.#interrupt(true);
  }
  /** The command is not one of the drive's, or its parameters make no sense. */
  protected abort(): void {
    this.fail(AtaError.ABRT);
  }

  #interrupt(pending: boolean): void {
    if (this.interruptPending === pending) return;
    this.interruptPending = pending;
    this.onInterrupt();
  }
}
