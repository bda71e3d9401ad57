/**
 * INT 09h, which turns scan codes into keys in a buffer, and INT 16h, which hands them out. IBM PS/2 and PC BIOS Interface
 * Technical Reference.
 */
import type { Call } from './call.ts';
import { Bda } from './data-area.ts';
import { isKeypad, isLetter, keyCodes } from './key-table.ts';
import { hex, type Outcome, type Pc, Unimplemented } from './services.ts';

/** Shift flags at 0x417. */
const Flag = {
  RIGHT_SHIFT: 0x01,
  LEFT_SHIFT: 0x02,
  CTRL: 0x04,
  ALT: 0x08,
  SCROLL: 0x10,
  NUM: 0x20,
  CAPS: 0x40,
  INSERT: 0x80,
};
const SHIFT = Flag.RIGHT_SHIFT | Flag.LEFT_SHIFT;
/** At 0x418: left Ctrl, left Alt, and keys that are down. */
const Flag2 = { LEFT_CTRL: 0x01, LEFT_ALT: 0x02 };
/** At 0x496: what came before, right Ctrl and Alt, a keyboard with 101 keys. */
const Flag3 = { E1: 0x01, E0: 0x02, RIGHT_CTRL: 0x04, RIGHT_ALT: 0x08, ENHANCED: 0x10 };

/** Keys that switch a lock: its flag, and the bit at 0x418 that tells it is down. */
const LOCKS = new Map<number, readonly [flag: number, down: number]>([
  [0x3a, [Flag.CAPS, 0x40]],
  [0x45, [Flag.NUM, 0x20]],
  [0x46, [Flag.SCROLL, 0x10]],
]);
const [CTRL_KEY, ALT_KEY, LEFT_SHIFT_KEY, RIGHT_SHIFT_KEY, INSERT_KEY, DELETE_KEY] = [
  0x1d, 0x38, 0x2a, 0x36, 0x52, 0x53,
];

const RELEASED = 0x80;

export class KeyboardService {
  readonly #pc: Pc;
  readonly #unimplemented: Unimplemented;

  constructor(pc: Pc) {
    this.#pc = pc;
    this.#unimplemented = new Unimplemented(pc.log);
  }

  /** POST: an empty buffer of 16 keys. */
  initialise(): void {
    const { data } = this.#pc;
    const start = Bda.KEYBOARD_BUFFER - 0x400;
    data.setWord(Bda.KEYBOARD_HEAD, start);
    data.setWord(Bda.KEYBOARD_TAIL, start);
    data.setWord(Bda.KEYBOARD_START, start);
    data.setWord(Bda.KEYBOARD_END, start + 32);
    data.setByte(Bda.KEYBOARD_FLAGS_3, Flag3.ENHANCED);
  }

  /** INT 09h: the scan code is in AL, as INT 15h/4Fh has left it. */
  readonly interrupt = (call: Call): Outcome => {
    const scan = call.al;
    const { data } = this.#pc;
    const before = data.byte(Bda.KEYBOARD_FLAGS_3);
    data.setByte(Bda.KEYBOARD_FLAGS_3, before & ~(Flag3.E0 | Flag3.E1));
    if (scan === 0xe0 || scan === 0xe1) {
      data.setByte(Bda.KEYBOARD_FLAGS_3, before | (scan === 0xe0 ? Flag3.E0 : Flag3.E1));
      return 'done';
    }
    // Pause: E1 1D 45, and the same as releases. What follows E1 first is no Ctrl.
    if (before & Flag3.E1) {
      if ((scan & ~RELEASED) === CTRL_KEY) data.setByte(Bda.KEYBOARD_FLAGS_3, before);
      return 'done';
    }
    const extended = (before & Flag3.E0) !== 0;
    if (!this.#modifier(scan & ~RELEASED, (scan & RELEASED) === 0, extended) && !(scan & RELEASED))
      this.#press(scan, extended);
    return 'done';
  };

  /**
   * INT 16h. To look for a key that is not there takes some microseconds, as it did where programs came to wait in such a loop:
   * else their idling would be little but calls of this service, at a fraction of the speed of other code.
   */
  readonly start = (call: Call): Outcome => {
    const outcome = this.resume(call);
    const isEmptyLook = (call.ah === 0x01 || call.ah === 0x11) && call.zero;
    return isEmptyLook ? 'spin' : outcome;
  };
  /** The same at the end of such a time, or of a wait. */
  readonly resume = (call: Call): Outcome => {
    switch (call.ah) {
      case 0x00:
      case 0x10:
        return this.#read(call);
      case 0x01:
      case 0x11:
        return this.#peek(call);
      case 0x02:
        call.al = this.#pc.data.byte(Bda.KEYBOARD_FLAGS);
        return 'done';
      case 0x12:
        call.ax = (this.#extendedFlags() << 8) | this.#pc.data.byte(Bda.KEYBOARD_FLAGS);
        return 'done';
      case 0x03: // set typematic rate
        this.#setRate(call);
        return 'done';
      case 0x05:
        call.al = this.#put(call.cx) ? 0 : 1;
        return 'done';
      case 0x09: // functionality: typematic rate can be set, enhanced functions
        call.al = 0x24;
        return 'done';
      default:
        this.#unimplemented.say(`INT 16h AH=${hex(call.ah)}`);
        return 'done';
    }
  };

  #modifier(scan: number, down: boolean, extended: boolean): boolean {
    const lock = LOCKS.get(scan);
    if (scan === CTRL_KEY || scan === ALT_KEY) this.#ctrlOrAlt(scan, down, extended);
    else if (scan === LEFT_SHIFT_KEY || scan === RIGHT_SHIFT_KEY) {
      // E0 2A and E0 AA stand around some keys and mean nothing.
      if (!extended) this.#flag(Bda.KEYBOARD_FLAGS, scan === LEFT_SHIFT_KEY ? Flag.LEFT_SHIFT : Flag.RIGHT_SHIFT, down);
    } else if (lock && !extended) {
      const { data } = this.#pc;
      const wasDown = (data.byte(Bda.KEYBOARD_FLAGS_2) & lock[1]) !== 0;
      if (down && !wasDown) data.setByte(Bda.KEYBOARD_FLAGS, data.byte(Bda.KEYBOARD_FLAGS) ^ lock[0]);
      this.#flag(Bda.KEYBOARD_FLAGS_2, lock[1], down);
    } else return false;
    return true;
  }
  #ctrlOrAlt(scan: number, down: boolean, right: boolean): void {
    const isCtrl = scan === CTRL_KEY;
    if (right) this.#flag(Bda.KEYBOARD_FLAGS_3, isCtrl ? Flag3.RIGHT_CTRL : Flag3.RIGHT_ALT, down);
    else this.#flag(Bda.KEYBOARD_FLAGS_2, isCtrl ? Flag2.LEFT_CTRL : Flag2.LEFT_ALT, down);
    const { data } = this.#pc;
    const left = data.byte(Bda.KEYBOARD_FLAGS_2) & (isCtrl ? Flag2.LEFT_CTRL : Flag2.LEFT_ALT);
    const other = data.byte(Bda.KEYBOARD_FLAGS_3) & (isCtrl ? Flag3.RIGHT_CTRL : Flag3.RIGHT_ALT);
    this.#flag(Bda.KEYBOARD_FLAGS, isCtrl ? Flag.CTRL : Flag.ALT, (left | other) !== 0);
    const code = data.byte(Bda.ALT_KEYPAD);
    if (isCtrl || down || code === 0) return;
    data.setByte(Bda.ALT_KEYPAD, 0);
    this.#put(code);
  }
  #flag(address: number, mask: number, on: boolean): void {
    const value = this.#pc.data.byte(address);
    this.#pc.data.setByte(address, on ? value | mask : value & ~mask);
  }

  #press(scan: number, extended: boolean): void {
    const { data } = this.#pc;
    const flags = data.byte(Bda.KEYBOARD_FLAGS);
    const [ctrl, alt] = [(flags & Flag.CTRL) !== 0, (flags & Flag.ALT) !== 0];
    if (ctrl && alt && scan === DELETE_KEY) {
      // The keyboard controller pulses the reset line.
      this.#pc.ports.write(0x64, 0xfe, 1);
      return;
    }
    if (alt && !extended && this.#altDigit(scan)) return;
    const codes = keyCodes(scan, extended);
    if (!codes) return;
    let shift = (flags & SHIFT) !== 0;
    if (isLetter(codes) && flags & Flag.CAPS) shift = !shift;
    if (isKeypad(scan) && !extended && flags & Flag.NUM) shift = !shift;
    if (scan === INSERT_KEY && !shift) data.setByte(Bda.KEYBOARD_FLAGS, flags ^ Flag.INSERT);
    const code = codes[alt ? 3 : ctrl ? 2 : shift ? 1 : 0];
    if (code !== null) this.#put(code);
  }

  /** Alt and digits of the keypad make up a character code; it is entered when Alt is released. */
  #altDigit(scan: number): boolean {
    const digit = [0x52, 0x4f, 0x50, 0x51, 0x4b, 0x4c, 0x4d, 0x47, 0x48, 0x49].indexOf(scan);
    if (digit < 0) return false;
    const { data } = this.#pc;
    data.setByte(Bda.ALT_KEYPAD, data.byte(Bda.ALT_KEYPAD) * 10 + digit);
    return true;
  }

  /** @returns whether there was room */
  #put(code: number): boolean {
    const { data } = this.#pc;
    const tail = data.word(Bda.KEYBOARD_TAIL);
    const next = this.#after(tail);
    if (next === data.word(Bda.KEYBOARD_HEAD)) return false;
    data.setWord(0x400 + tail, code);
    data.setWord(Bda.KEYBOARD_TAIL, next);
    return true;
  }
  #after(pointer: number): number {
    const { data } = this.#pc;
    return pointer + 2 >= data.word(Bda.KEYBOARD_END) ? data.word(Bda.KEYBOARD_START) : pointer + 2;
  }
  /** The oldest key as the caller's function shows it; keys that only enhanced functions know are dropped for others. */
  #oldest(enhanced: boolean): number | null {
    const { data } = this.#pc;
    for (;;) {
      const head = data.word(Bda.KEYBOARD_HEAD);
      if (head === data.word(Bda.KEYBOARD_TAIL)) return null;
      const code = data.word(0x400 + head);
      if (enhanced) return code;
      const classic = asClassic(code);
      if (classic !== null) return classic;
      data.setWord(Bda.KEYBOARD_HEAD, this.#after(head));
    }
  }

  #read(call: Call): Outcome {
    const code = this.#oldest(call.ah === 0x10);
    if (code === null) return 'halt';
    const { data } = this.#pc;
    data.setWord(Bda.KEYBOARD_HEAD, this.#after(data.word(Bda.KEYBOARD_HEAD)));
    call.ax = code;
    return 'done';
  }
  #peek(call: Call): Outcome {
    const code = this.#oldest(call.ah === 0x11);
    call.zero = code === null;
    if (code !== null) call.ax = code;
    return 'done';
  }

  /** INT 16h/12h: SysReq, Caps, Num and Scroll Lock down, right and left Alt and Ctrl. */
  #extendedFlags(): number {
    const two = this.#pc.data.byte(Bda.KEYBOARD_FLAGS_2);
    const three = this.#pc.data.byte(Bda.KEYBOARD_FLAGS_3);
    return (two & 0x73) | ((two & 0x04) << 5) | (three & (Flag3.RIGHT_CTRL | Flag3.RIGHT_ALT));
  }

  /** AL=05h: BH the delay, BL the rate, in the units of the keyboard's command F3h. */
  #setRate(call: Call): void {
    if (call.al !== 0x05) return;
    this.#pc.ports.write(0x60, 0xf3, 1);
    this.#pc.ports.write(0x60, ((call.bh & 3) << 5) | (call.bl & 0x1f), 1);
  }
}

/** The keys of the 83- and 84-key keyboards; the grey ones of later keyboards as their elder twins. */
function asClassic(code: number): number | null {
  const [scan, ascii] = [code >> 8, code & 0xff];
  if (scan === 0xe0) return (ascii === 0x2f ? 0x3500 : 0x1c00) | ascii;
  if (ascii === 0xe0 && scan !== 0) return scan << 8;
  return scan >= 0x85 ? null : code;
}
