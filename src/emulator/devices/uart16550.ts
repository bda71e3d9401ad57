/**
 * The serial port: National Semiconductor PC16550D, data sheet of June 1995 (TL/C/8652); sections and tables cited
 * are its own. Wired as in a PC: a 1.8432 MHz crystal, and OUT2 gates the interrupt line.
 *
 * The far end of the line is perfect and attached: bytes take no time, arrive without errors, and wait until there is
 * room for them; CTS, DSR and DCD are on. Parity, word length and speed are stored, and give the time after which
 * the character time-out rings; the far end follows them, so a byte always arrives whole.
 */
import { INSTRUCTIONS_PER_SECOND } from './clock.ts';
import type { Alarm, Bus, Clock, Device, Log, PortHandler } from './device.ts';

/** First port of the first serial port, COM1. */
export const COM1 = 0x3f8;

/** Register offsets: table II, "Summary of registers". */
const DATA = 0;
const INTERRUPT_ENABLE = 1;
const INTERRUPT_ID_FIFO_CONTROL = 2;
const LINE_CONTROL = 3;
const MODEM_CONTROL = 4;
const LINE_STATUS = 5;
const MODEM_STATUS = 6;
const SCRATCH = 7;

/** Interrupt enable register: section 8.7. */
const ENABLE_RECEIVED = 0x01;
const ENABLE_TRANSMITTER_EMPTY = 0x02;
const ENABLE_LINE_STATUS = 0x04;
const ENABLE_MODEM_STATUS = 0x08;

/** Interrupt identification register: section 8.6, table IV. */
const ID_NONE = 0x01;
const ID_MODEM_STATUS = 0x00;
const ID_TRANSMITTER_EMPTY = 0x02;
const ID_RECEIVED = 0x04;
const ID_LINE_STATUS = 0x06;
const ID_TIMEOUT = 0x0c;
const ID_FIFOS_ENABLED = 0xc0;

/** Line control register: section 8.1. */
const STOP_BITS = 0x04;
const PARITY = 0x08;
const DIVISOR_LATCH = 0x80;

/** Line status register: section 8.4. */
const DATA_READY = 0x01;
const OVERRUN = 0x02;
const TRANSMITTER_EMPTY = 0x60;

/** Modem control register: section 8.8. */
const DTR = 0x01;
const RTS = 0x02;
const OUT1 = 0x04;
const OUT2 = 0x08;
const LOOP = 0x10;

/** Modem status register: section 8.9. */
const DELTA_CTS = 0x01;
const DELTA_DSR = 0x02;
const TRAILING_RI = 0x04;
const DELTA_DCD = 0x08;
const CTS = 0x10;
const DSR = 0x20;
const RI = 0x40;
const DCD = 0x80;
const ATTACHED = CTS | DSR | DCD;

const FIFO_SIZE = 16;
/** Receiver trigger level by FCR bits 7-6: section 8.5. */
const TRIGGER = [1, 4, 8, 14] as const;
const CRYSTAL_HERTZ = 1_843_200;

export interface UartOptions {
  name?: string;
  port?: number;
  /** Receives every byte that leaves the port. */
  sink?: (byte: number) => void;
  /** Level of the interrupt line, on every change. */
  interrupt?: (level: boolean) => void;
  /** The line's number, for the alarms that may raise it. */
  irq?: number;
  log?: Log;
}

export class Uart16550 implements Device, PortHandler {
  readonly name: string;
  readonly #port: number;
  readonly #sink: (byte: number) => void;
  readonly #interrupt: (level: boolean) => void;
  readonly #irq: number | undefined;
  readonly #log: Log;
  #clock: Clock | null = null;

  #interruptEnable = 0;
  #lineControl = 0;
  #modemControl = 0;
  #modemStatus = ATTACHED;
  #scratch = 0;
  #divisor = 12;
  #fifoEnabled = false;
  #triggerLevel = 1;
  #received: number[] = [];
  /** The receiver buffer register of the character mode, which still shows a byte that has been read. */
  #buffer = 0;
  #overrun = false;
  #transmitterEmptyPending = false;
  #timedOut = false;
  #timeout: Alarm | null = null;
  #line = false;
  #reported = new Set<string>();
  /** Bytes on their way from the far end. */
  #incoming: number[] = [];

  constructor(options: UartOptions = {}) {
    this.name = options.name ?? 'COM1';
    this.#port = options.port ?? COM1;
    this.#sink = options.sink ?? (() => {});
    this.#interrupt = options.interrupt ?? (() => {});
    this.#irq = options.irq;
    this.#log = options.log ?? (() => {});
  }

  plugIn(bus: Bus, clock: Clock): void {
    this.#clock = clock;
    bus.claimPorts(this.#port, 8, this.name, this);
  }

  /**
   * Master reset: table I. It leaves the scratch register and the divisor as they were; here they get their power-on
   * values too, 0 and 12 (9600 baud), since a run has to start from a known state.
   */
  reset(): void {
    this.#interruptEnable = 0;
    this.#lineControl = 0;
    this.#modemControl = 0;
    this.#modemStatus = ATTACHED;
    this.#scratch = 0;
    this.#divisor = 12;
    this.#fifoEnabled = false;
    this.#triggerLevel = 1;
    this.#received = [];
    this.#buffer = 0;
    this.#incoming = [];
    this.#overrun = false;
    this.#transmitterEmptyPending = false;
    this.#stopTimeout();
    this.#reported.clear();
    this.#update();
  }

  /** Sends bytes from the far end; they arrive as the guest makes room for them. */
  receive(bytes: Iterable<number>): void {
    for (const byte of bytes) this.#incoming.push(byte & 0xff);
    this.#arrive();
  }
  /** Bytes that the far end has sent and the guest has not read yet. */
  get unread(): number {
    return this.#incoming.length + this.#received.length;
  }

  read(port: number): number {
    switch (port - this.#port) {
      case DATA:
        return this.#divisorLatch ? this.#divisor & 0xff : this.#readReceived();
      case INTERRUPT_ENABLE:
        return this.#divisorLatch ? this.#divisor >> 8 : this.#interruptEnable;
      case INTERRUPT_ID_FIFO_CONTROL:
        return this.#readInterruptId();
      case LINE_CONTROL:
        return this.#lineControl;
      case MODEM_CONTROL:
        return this.#modemControl;
      case LINE_STATUS:
        return this.#readLineStatus();
      case MODEM_STATUS:
        return this.#readModemStatus();
      default:
        return this.#scratch;
    }
  }

  write(port: number, value: number): void {
    switch (port - this.#port) {
      case DATA:
        if (this.#divisorLatch) this.#divisor = (this.#divisor & 0xff00) | value;
        else this.#transmit(value);
        break;
      case INTERRUPT_ENABLE:
        if (this.#divisorLatch) this.#divisor = (this.#divisor & 0xff) | (value << 8);
        else this.#writeInterruptEnable(value & 0x0f);
        break;
      case INTERRUPT_ID_FIFO_CONTROL:
        this.#writeFifoControl(value);
        break;
      case LINE_CONTROL:
        this.#lineControl = value;
        break;
      case MODEM_CONTROL:
        this.#writeModemControl(value & 0x1f);
        break;
      case LINE_STATUS:
        this.#report('line status register (5): writing it is a factory test, not implemented');
        break;
      case MODEM_STATUS:
        this.#report('modem status register (6): writing it is not implemented');
        break;
      case SCRATCH:
        this.#scratch = value;
        break;
      default:
    }
  }

  get #divisorLatch(): boolean {
    return (this.#lineControl & DIVISOR_LATCH) !== 0;
  }
  get #loopback(): boolean {
    return (this.#modemControl & LOOP) !== 0;
  }
  get #capacity(): number {
    return this.#fifoEnabled ? FIFO_SIZE : 1;
  }

  #transmit(byte: number): void {
    this.#transmitterEmptyPending = false;
    this.#update();
    const bits = 5 + (this.#lineControl & 3);
    if (this.#loopback) this.#store(byte & ((1 << bits) - 1));
    else {
      if (bits < 8)
        this.#report(
          `sends with words of ${bits} bits (line control register): a real line would lose the higher ones`,
        );
      this.#sink(byte);
    }
    this.#transmitterEmptyPending = true;
    this.#update();
  }

  /** Moves what the far end has sent into the receiver, as far as there is room. */
  #arrive(): void {
    if (this.#loopback) return;
    while (this.#incoming.length > 0 && this.#received.length < this.#capacity) this.#store(this.#incoming.shift()!);
    this.#update();
  }

  /** A character has come in. Overrun: section 8.4, bit 1; a full FIFO keeps its content, a full register loses it. */
  #store(byte: number): void {
    if (!this.#fifoEnabled) this.#buffer = byte;
    if (this.#received.length < this.#capacity) this.#received.push(byte);
    else {
      this.#overrun = true;
      if (!this.#fifoEnabled) this.#received[0] = byte;
    }
    this.#startTimeout();
    this.#update();
  }

  #readReceived(): number {
    const byte = this.#received.shift() ?? (this.#fifoEnabled ? 0 : this.#buffer);
    this.#startTimeout();
    this.#arrive();
    return byte;
  }

  #readInterruptId(): number {
    const id = this.#interruptId();
    if (id === ID_TRANSMITTER_EMPTY) this.#transmitterEmptyPending = false;
    this.#update();
    return id | (this.#fifoEnabled ? ID_FIFOS_ENABLED : 0);
  }

  #readLineStatus(): number {
    const status = TRANSMITTER_EMPTY | (this.#received.length > 0 ? DATA_READY : 0) | (this.#overrun ? OVERRUN : 0);
    this.#overrun = false;
    this.#update();
    return status;
  }

  #readModemStatus(): number {
    const status = this.#modemStatus;
    this.#modemStatus &= 0xf0;
    this.#update();
    return status;
  }

  #writeInterruptEnable(value: number): void {
    // Enabling the interrupt while the transmitter is empty raises it at once: the holding register is empty always.
    if (value & ~this.#interruptEnable & ENABLE_TRANSMITTER_EMPTY) this.#transmitterEmptyPending = true;
    this.#interruptEnable = value;
    this.#startTimeout();
    this.#update();
  }

  /**
   * Section 8.5. The other bits are programmed only where bit 0 is set; changing bit 0 clears both FIFOs, and brings the
   * transmitter's interrupt at once (8.11.B).
   */
  #writeFifoControl(value: number): void {
    const enable = (value & 1) !== 0;
    const change = enable !== this.#fifoEnabled;
    if (change || (enable && value & 2)) {
      this.#received = [];
      this.#stopTimeout();
    }
    if (change || (enable && value & 4)) this.#transmitterEmptyPending = true;
    this.#fifoEnabled = enable;
    if (enable) {
      this.#triggerLevel = TRIGGER[(value >> 6) & 3]!;
      if (value & 8) this.#report('FIFO control register, bit 3 (DMA mode): a PC does not wire its pins');
    } else this.#triggerLevel = 1;
    this.#arrive();
  }

  /** Sections 8.8 and 8.9: in loop-back the four outputs drive the four modem inputs. */
  #writeModemControl(value: number): void {
    this.#modemControl = value;
    let lines = ATTACHED;
    if (value & LOOP)
      lines = (value & RTS && CTS) | (value & DTR && DSR) | (value & OUT1 && RI) | (value & OUT2 && DCD);
    const before = this.#modemStatus;
    const changed = before ^ lines;
    this.#modemStatus =
      lines |
      (before & 0x0f) |
      (changed & CTS && DELTA_CTS) |
      (changed & DSR && DELTA_DSR) |
      (before & ~lines & RI && TRAILING_RI) |
      (changed & DCD && DELTA_DCD);
    this.#arrive();
  }

  /** Highest priority first: table IV. */
  #interruptId(): number {
    const enabled = this.#interruptEnable;
    if (enabled & ENABLE_LINE_STATUS && this.#overrun) return ID_LINE_STATUS;
    if (enabled & ENABLE_RECEIVED) {
      if (this.#received.length >= this.#triggerLevel) return ID_RECEIVED;
      if (this.#timedOut) return ID_TIMEOUT;
    }
    if (enabled & ENABLE_TRANSMITTER_EMPTY && this.#transmitterEmptyPending) return ID_TRANSMITTER_EMPTY;
    if (enabled & ENABLE_MODEM_STATUS && this.#modemStatus & 0x0f) return ID_MODEM_STATUS;
    return ID_NONE;
  }

  #update(): void {
    const level = this.#interruptId() !== ID_NONE && (this.#modemControl & (OUT2 | LOOP)) === OUT2;
    if (level === this.#line) return;
    this.#line = level;
    this.#interrupt(level);
  }

  /**
   * Section 8.11.A: with characters in the FIFO, the time-out interrupt comes four character times after the last one
   * arrived or was read.
   */
  #startTimeout(): void {
    this.#stopTimeout();
    if (!this.#fifoEnabled || this.#received.length === 0 || !(this.#interruptEnable & ENABLE_RECEIVED)) return;
    if (!this.#clock || this.#divisor === 0) return;
    const control = this.#lineControl;
    const stopBits = !(control & STOP_BITS) ? 1 : control & 3 ? 2 : 1.5;
    const bits = 1 + 5 + (control & 3) + (control & PARITY ? 1 : 0) + stopBits;
    const seconds = (4 * bits * 16 * this.#divisor) / CRYSTAL_HERTZ;
    const at = this.#clock.now + Math.ceil(seconds * INSTRUCTIONS_PER_SECOND);
    const ring = () => {
      this.#timeout = null;
      this.#timedOut = true;
      this.#update();
    };
    this.#timeout = this.#clock.setAlarm(at, ring, this.#irq);
  }
  #stopTimeout(): void {
    this.#timeout?.cancel();
    this.#timeout = null;
    this.#timedOut = false;
  }

  #report(what: string): void {
    if (this.#reported.has(what)) return;
    this.#reported.add(what);
    this.#log(`${this.name}: ${what}`);
  }
}
