/**
 * A PS/2 keyboard of 101 or 102 keys, with scan code sets 1 and 2. IBM PS/2 Hardware Interface Technical Reference, "Keyboards (101- and
 * 102-key)". Whoever is at the other end of its cable takes one byte after the other.
 */
import { INSTRUCTIONS_PER_SECOND } from './clock.ts';
import type { Alarm, Clock } from './device.ts';
import { breakCode, isKey, makeCode, repeats } from './scan-codes.ts';

const COMMAND = {
  SET_LEDS: 0xed,
  ECHO: 0xee,
  SCAN_CODE_SET: 0xf0,
  IDENTIFY: 0xf2,
  TYPEMATIC: 0xf3,
  ENABLE: 0xf4,
  DISABLE: 0xf5,
  DEFAULTS: 0xf6,
  RESEND: 0xfe,
  RESET: 0xff,
} as const;
const ACKNOWLEDGE = 0xfa;
const RESEND_REQUEST = 0xfe;
const TEST_PASSED = 0xaa;
const IDENTITY = [0xab, 0x83];
/** In place of what did not fit the buffer any more, by scan code set. */
const OVERRUN = { 1: 0xff, 2: 0x00 } as const;
/** Scan codes that the keyboard keeps while nobody takes them, in bytes. */
const BUFFER = 16;
/** The basic assurance test after a reset takes no longer here; a real keyboard takes half a second. */
const TEST_TIME = INSTRUCTIONS_PER_SECOND / 50;
/** 10.9 characters a second after 500 milliseconds. */
const DEFAULT_TYPEMATIC = 0x2b;
const KEYBOARD_IRQ = 1;

export class Ps2Keyboard {
  /** Told when there is something to take. */
  onData: () => void = () => {};
  /** Told when everything has been taken. */
  onDrained: () => void = () => {};
  /** Bit 0 scroll lock, 1 num lock, 2 caps lock. */
  leds = 0;
  #clock: Clock | null = null;
  #replies: number[] = [];
  #codes: number[] = [];
  #set: 1 | 2 = 2;
  #scans = true;
  #typematic = DEFAULT_TYPEMATIC;
  /** The command that the next byte belongs to. */
  #command: number | null = null;
  #last = 0;
  readonly #held = new Set<string>();
  #repeating: Alarm | null = null;
  #test: Alarm | null = null;

  plugIn(clock: Clock): void {
    this.#clock = clock;
  }
  /** Power-on, long enough ago that its test is over. */
  reset(): void {
    this.#setDefaults();
    this.#test?.cancel();
    this.#test = null;
    this.#scans = true;
    this.#replies = [];
    this.#command = null;
    this.#last = 0;
    this.leds = 0;
    this.#held.clear();
  }

  get hasData(): boolean {
    return this.#replies.length > 0 || this.#codes.length > 0;
  }
  /** The next byte goes down the cable: answers first. */
  take(): number {
    const byte = this.#replies.shift() ?? this.#codes.shift();
    if (byte === undefined) throw new Error('the keyboard has nothing to send');
    if (byte !== RESEND_REQUEST) this.#last = byte;
    if (!this.hasData) this.onDrained();
    return byte;
  }

  /** A byte from the computer: a command, or what belongs to one. */
  receive(byte: number): void {
    const command = this.#command;
    this.#command = null;
    if (command === null || byte >= COMMAND.SET_LEDS) this.#execute(byte);
    else this.#complete(command, byte);
    if (this.hasData) this.onData();
  }

  /** @throws RangeError for a key that the keyboard has not */
  keyDown(code: string): void {
    this.#require(code);
    // The keyboard repeats by itself.
    if (this.#held.has(code)) return;
    this.#held.add(code);
    this.#send(makeCode(code, this.#set, this.#modifiers));
    this.#stopRepeating();
    if (repeats(code)) this.#repeatAfter(((this.#typematic >> 5) & 3) + 1, 4, code);
  }
  keyUp(code: string): void {
    this.#require(code);
    if (!this.#held.delete(code)) return;
    this.#stopRepeating();
    this.#send(breakCode(code, this.#set, this.#modifiers));
  }

  #require(code: string): void {
    if (!isKey(code)) throw new RangeError(`the keyboard has no key ${code}`);
  }
  get #modifiers() {
    const holds = (name: string) => this.#held.has(`${name}Left`) || this.#held.has(`${name}Right`);
    return { shift: holds('Shift'), control: holds('Control'), alt: holds('Alt') };
  }

  #execute(command: number): void {
    switch (command) {
      case COMMAND.SET_LEDS:
      case COMMAND.TYPEMATIC:
      case COMMAND.SCAN_CODE_SET:
        this.#codes = [];
        this.#command = command;
        this.#reply(ACKNOWLEDGE);
        return;
      case COMMAND.ECHO:
        this.#reply(COMMAND.ECHO);
        return;
      case COMMAND.IDENTIFY:
        this.#reply(ACKNOWLEDGE, ...IDENTITY);
        return;
      case COMMAND.ENABLE:
        this.#codes = [];
        this.#scans = true;
        this.#reply(ACKNOWLEDGE);
        return;
      case COMMAND.DISABLE:
      case COMMAND.DEFAULTS:
        this.#setDefaults();
        this.#scans = command === COMMAND.DEFAULTS;
        this.#reply(ACKNOWLEDGE);
        return;
      case COMMAND.RESEND:
        this.#reply(this.#last);
        return;
      case COMMAND.RESET:
        this.#setDefaults();
        this.leds = 0;
        this.#scans = true;
        this.#replies = [];
        this.#reply(ACKNOWLEDGE);
        this.#startTest();
        return;
      default:
        this.#reply(RESEND_REQUEST);
    }
  }
  #complete(command: number, byte: number): void {
    switch (command) {
      case COMMAND.SET_LEDS:
        this.leds = byte & 7;
        break;
      case COMMAND.TYPEMATIC:
        this.#typematic = byte & 0x7f;
        break;
      default:
        // Zero asks for the set in use.
        if (byte === 0) {
          this.#reply(ACKNOWLEDGE, this.#set);
          return;
        }
        // This keyboard has no set 3.
        if (byte > 2) {
          this.#reply(RESEND_REQUEST);
          return;
        }
        this.#set = byte === 1 ? 1 : 2;
    }
    this.#reply(ACKNOWLEDGE);
  }
  #reply(...bytes: number[]): void {
    this.#replies.push(...bytes);
  }
  #setDefaults(): void {
    this.#codes = [];
    this.#set = 2;
    this.#typematic = DEFAULT_TYPEMATIC;
    this.#stopRepeating();
  }
  #startTest(): void {
    this.#test?.cancel();
    const pass = () => {
      this.#test = null;
      this.#reply(TEST_PASSED);
      this.onData();
    };
    if (this.#clock) this.#test = this.#clock.setAlarm(this.#clock.now + TEST_TIME, pass, KEYBOARD_IRQ);
    else pass();
  }

  #send(bytes: readonly number[]): void {
    if (!this.#scans || bytes.length === 0) return;
    const room = BUFFER - this.#codes.length;
    if (bytes.length <= room) this.#codes.push(...bytes);
    else if (room >= 0 && this.#codes.at(-1) !== OVERRUN[this.#set]) this.#codes.push(OVERRUN[this.#set]);
    this.onData();
  }

  /** Repeats a key after `count` of 1/`parts` seconds. */
  #repeatAfter(count: number, parts: number, code: string): void {
    if (!this.#clock) return;
    const at = this.#clock.now + Math.round((count * INSTRUCTIONS_PER_SECOND) / parts);
    this.#repeating = this.#clock.setAlarm(
      at,
      () => {
        this.#send(makeCode(code, this.#set, this.#modifiers));
        // (8 + A) * 2^B / 240 seconds.
        this.#repeatAfter((8 + (this.#typematic & 7)) << ((this.#typematic >> 3) & 3), 240, code);
      },
      KEYBOARD_IRQ,
    );
  }
  #stopRepeating(): void {
    this.#repeating?.cancel();
    this.#repeating = null;
  }
}
