/**
 * The keyboard controller, an 8042 with IBM's program, with a keyboard and without a mouse. IBM PS/2 Hardware Interface Technical
 * Reference, "Keyboard and auxiliary device controller" (1988); Intel 8042 data sheet for its ports.
 *
 * Answers of the controller itself stand in the output buffer at once. A byte from the keyboard takes its time on the cable, and
 * travels only while the output buffer is empty and the keyboard's clock is let run.
 */
import { INSTRUCTIONS_PER_SECOND } from './clock.ts';
import type { Alarm, Bus, Clock, Device, Log, PortHandler } from './device.ts';
import type { Ps2Keyboard } from './ps2-keyboard.ts';
import { Translation } from './scan-codes.ts';
import type { A20Gate } from './system-ports.ts';

const DATA = 0x60;
const COMMAND = 0x64;

const STATUS_OUTPUT_FULL = 0x01;
const STATUS_SYSTEM = 0x04;
const STATUS_WAS_COMMAND = 0x08;
const STATUS_UNLOCKED = 0x10;
const STATUS_FROM_AUXILIARY = 0x20;
const STATUS_TIMED_OUT = 0x40;

/** The command byte, byte 0 of the controller's memory. */
const KEYBOARD_INTERRUPTS = 0x01;
const AUXILIARY_INTERRUPTS = 0x02;
const SYSTEM_FLAG = 0x04;
const KEYBOARD_OFF = 0x10;
const AUXILIARY_OFF = 0x20;
const TRANSLATES = 0x40;
/** As a BIOS leaves it. */
const BIOS_COMMAND_BYTE = KEYBOARD_INTERRUPTS | AUXILIARY_OFF | TRANSLATES;

/** The output port: bits 4 and 5 follow the output buffer, the others are kept. */
const PORT_NOT_RESET = 0x01;
const PORT_A20 = 0x02;
const PORT_KEYBOARD_FULL = 0x10;
const PORT_AUXILIARY_FULL = 0x20;
const PORT_AT_RESET = 0xcf;

const SELF_TEST_PASSED = 0x55;
const INTERFACE_GOOD = 0x00;
const NO_PASSWORD = 0xf1;
/** What a device that does not answer leaves in the output buffer. */
const NO_ANSWER = 0xfe;
/** Input port: the keyboard is not locked. */
const INPUT_PORT = 0x80;
const TEST_INPUTS = 0x00;

/** Eleven bits at 12.5 kHz. */
const BYTE_TIME = Math.ceil((11 * INSTRUCTIONS_PER_SECOND) / 12_500);
const KEYBOARD_IRQ = 1;

/** A byte of the output buffer. */
interface Output {
  value: number;
  fromAuxiliary: boolean;
  timedOut: boolean;
}

export interface I8042Options {
  keyboard: Ps2Keyboard;
  a20: A20Gate;
  reset: () => void;
  /** Levels of the two interrupt lines, on every change. */
  interrupt?: (level: boolean) => void;
  auxiliaryInterrupt?: (level: boolean) => void;
  log?: Log | undefined;
}

export class I8042 implements Device, PortHandler {
  readonly name = 'keyboard controller';
  readonly #options: I8042Options;
  readonly #translation = new Translation();
  readonly #memory = new Uint8Array(32);
  #clock: Clock | null = null;
  #output: Output | null = null;
  /** What the data port shows when nothing new is there. */
  #lastOutput = 0;
  /** Answers that wait for the output buffer. */
  #answers: Output[] = [];
  #port = PORT_AT_RESET;
  #selfTested = true;
  #wasCommand = true;
  /** The command that the next byte at the data port belongs to. */
  #command: number | null = null;
  #transfer: Alarm | null = null;
  #lines = { keyboard: false, auxiliary: false };

  constructor(options: I8042Options) {
    this.#options = options;
    options.keyboard.onData = () => this.#receive();
  }

  plugIn(bus: Bus, clock: Clock): void {
    this.#clock = clock;
    this.#options.keyboard.plugIn(clock);
    bus.claimPorts(DATA, 1, this.name, this);
    bus.claimPorts(COMMAND, 1, this.name, this);
  }
  /** As a BIOS leaves it: tested, with translation and keyboard interrupts. */
  reset(): void {
    this.#transfer?.cancel();
    this.#transfer = null;
    this.#translation.reset();
    this.#memory.fill(0);
    this.#memory[0] = BIOS_COMMAND_BYTE;
    this.#output = null;
    this.#lastOutput = 0;
    this.#answers = [];
    this.#port = PORT_AT_RESET;
    this.#selfTested = true;
    this.#wasCommand = true;
    this.#command = null;
    this.#options.keyboard.reset();
    this.#options.a20.set('keyboard', true);
    this.#update();
  }

  read(port: number): number {
    return port === DATA ? this.#readData() : this.#status;
  }
  write(port: number, value: number): void {
    if (port === COMMAND) this.#execute(value);
    else this.#writeData(value);
    this.#update();
  }

  get #commandByte(): number {
    return this.#memory[0]!;
  }
  get #status(): number {
    return (
      STATUS_UNLOCKED |
      (this.#output ? STATUS_OUTPUT_FULL : 0) |
      (this.#output?.fromAuxiliary ? STATUS_FROM_AUXILIARY : 0) |
      (this.#output?.timedOut ? STATUS_TIMED_OUT : 0) |
      (this.#selfTested || this.#commandByte & SYSTEM_FLAG ? STATUS_SYSTEM : 0) |
      (this.#wasCommand ? STATUS_WAS_COMMAND : 0)
    );
  }
  #readData(): number {
    if (this.#output) {
      this.#lastOutput = this.#output.value;
      this.#output = null;
      this.#update();
    }
    return this.#lastOutput;
  }

  #execute(command: number): void {
    this.#wasCommand = true;
    this.#command = null;
    if (command >= 0x20 && command <= 0x3f) {
      this.#answer(this.#memory[command & 0x1f]!);
      return;
    }
    if ((command >= 0x60 && command <= 0x7f) || (command >= 0xd1 && command <= 0xd4)) {
      this.#command = command;
      return;
    }
    switch (command) {
      case 0xa4:
        this.#answer(NO_PASSWORD);
        return;
      case 0xa7:
        this.#memory[0]! |= AUXILIARY_OFF;
        return;
      case 0xa8:
        this.#memory[0]! &= ~AUXILIARY_OFF;
        return;
      case 0xa9:
      case 0xab:
        this.#answer(INTERFACE_GOOD);
        return;
      case 0xaa:
        this.#selfTested = true;
        this.#answer(SELF_TEST_PASSED);
        return;
      case 0xad:
        this.#memory[0]! |= KEYBOARD_OFF;
        return;
      case 0xae:
        this.#memory[0]! &= ~KEYBOARD_OFF;
        return;
      case 0xc0:
        this.#answer(INPUT_PORT);
        return;
      case 0xd0:
        this.#answer(this.#outputPort);
        return;
      case 0xdd:
      case 0xdf:
        this.#writePort(command === 0xdf ? this.#port | PORT_A20 : this.#port & ~PORT_A20);
        return;
      case 0xe0:
        this.#answer(TEST_INPUTS);
        return;
      default:
        if (command < 0xf0) this.#options.log?.(`${this.name}: command 0x${command.toString(16)}: not implemented`);
        // The low bits of the output port go low for some microseconds where the command has a zero.
        else if (!(command & PORT_NOT_RESET)) this.#options.reset();
    }
  }

  #writeData(value: number): void {
    const command = this.#command;
    this.#command = null;
    this.#wasCommand = false;
    if (command === null) {
      // What is sent to the keyboard lets its clock run again.
      this.#memory[0]! &= ~KEYBOARD_OFF;
      this.#options.keyboard.receive(value);
      return;
    }
    switch (command) {
      case 0xd1:
        this.#writePort(value);
        return;
      case 0xd2:
        this.#answer(value);
        return;
      case 0xd3:
        this.#answer(value, { fromAuxiliary: true });
        return;
      case 0xd4:
        this.#memory[0]! &= ~AUXILIARY_OFF;
        this.#answer(NO_ANSWER, { fromAuxiliary: true, timedOut: true });
        return;
      default:
        this.#memory[command & 0x1f] = value;
    }
  }

  get #outputPort(): number {
    const output = this.#output;
    const full = !output ? 0 : output.fromAuxiliary ? PORT_AUXILIARY_FULL : PORT_KEYBOARD_FULL;
    return (this.#port & ~(PORT_KEYBOARD_FULL | PORT_AUXILIARY_FULL)) | full;
  }
  #writePort(value: number): void {
    this.#port = value;
    this.#options.a20.set('keyboard', (value & PORT_A20) !== 0);
    if (!(value & PORT_NOT_RESET)) this.#options.reset();
  }
  #answer(value: number, kind: Partial<Output> = {}): void {
    this.#answers.push({ value, fromAuxiliary: false, timedOut: false, ...kind });
  }

  /** Brings output buffer, cable and interrupt lines in line with what has changed. */
  #update(): void {
    this.#output ??= this.#answers.shift() ?? null;
    const { keyboard, interrupt, auxiliaryInterrupt } = this.#options;
    if (keyboard.hasData) this.#receive();
    const command = this.#commandByte;
    const isKeyboard = this.#output !== null && !this.#output.fromAuxiliary;
    const isAuxiliary = this.#output?.fromAuxiliary === true;
    const lines = {
      keyboard: isKeyboard && (command & (KEYBOARD_INTERRUPTS | KEYBOARD_OFF)) === KEYBOARD_INTERRUPTS,
      auxiliary: isAuxiliary && (command & AUXILIARY_INTERRUPTS) !== 0,
    };
    if (lines.keyboard !== this.#lines.keyboard) interrupt?.(lines.keyboard);
    if (lines.auxiliary !== this.#lines.auxiliary) auxiliaryInterrupt?.(lines.auxiliary);
    this.#lines = lines;
  }

  /** Starts the transfer of a byte from the keyboard, if one can travel. */
  #receive(): void {
    if (this.#transfer || !this.#isClear || !this.#clock) return;
    this.#transfer = this.#clock.setAlarm(this.#clock.now + BYTE_TIME, () => this.#arrive(), KEYBOARD_IRQ);
  }
  get #isClear(): boolean {
    return this.#output === null && !(this.#commandByte & KEYBOARD_OFF);
  }
  #arrive(): void {
    this.#transfer = null;
    const { keyboard } = this.#options;
    // A transfer that was cut short starts again when the cable is clear; a command may have emptied the keyboard.
    if (!this.#isClear || !keyboard.hasData) return;
    const byte = keyboard.take();
    const value = this.#commandByte & TRANSLATES ? this.#translation.next(byte) : byte;
    if (value !== null) this.#output = { value, fromAuxiliary: false, timedOut: false };
    this.#update();
  }
}
