/**
 * What a PS/2 keyboard sends for its keys. IBM PS/2 Hardware Interface Technical Reference, "Keyboards (101- and 102-key)": scan code
 * set 2; set 1 is what the keyboard controller's translation makes of it. Keys are named as in the `code` of the web's keyboard
 * events (W3C, "UI Events KeyboardEvent code Values").
 */

/** Makes by key in set 2. Keys of more than a byte have the prefix 0xe0 in bits 15-8. */
const SET_2: Readonly<Record<string, number>> = {
  ...{ Escape: 0x76, F1: 0x05, F2: 0x06, F3: 0x04, F4: 0x0c, F5: 0x03, F6: 0x0b, F7: 0x83, F8: 0x0a, F9: 0x01 },
  ...{ F10: 0x09, F11: 0x78, F12: 0x07, ScrollLock: 0x7e },
  ...{ Backquote: 0x0e, Digit1: 0x16, Digit2: 0x1e, Digit3: 0x26, Digit4: 0x25, Digit5: 0x2e, Digit6: 0x36 },
  ...{ Digit7: 0x3d, Digit8: 0x3e, Digit9: 0x46, Digit0: 0x45, Minus: 0x4e, Equal: 0x55, Backspace: 0x66 },
  ...{ Tab: 0x0d, KeyQ: 0x15, KeyW: 0x1d, KeyE: 0x24, KeyR: 0x2d, KeyT: 0x2c, KeyY: 0x35, KeyU: 0x3c, KeyI: 0x43 },
  ...{ KeyO: 0x44, KeyP: 0x4d, BracketLeft: 0x54, BracketRight: 0x5b, Backslash: 0x5d, Enter: 0x5a },
  ...{ CapsLock: 0x58, KeyA: 0x1c, KeyS: 0x1b, KeyD: 0x23, KeyF: 0x2b, KeyG: 0x34, KeyH: 0x33, KeyJ: 0x3b },
  ...{ KeyK: 0x42, KeyL: 0x4b, Semicolon: 0x4c, Quote: 0x52 },
  ...{ ShiftLeft: 0x12, IntlBackslash: 0x61, KeyZ: 0x1a, KeyX: 0x22, KeyC: 0x21, KeyV: 0x2a, KeyB: 0x32, KeyN: 0x31 },
  ...{ KeyM: 0x3a, Comma: 0x41, Period: 0x49, Slash: 0x4a, ShiftRight: 0x59 },
  ...{ ControlLeft: 0x14, MetaLeft: 0xe01f, AltLeft: 0x11, Space: 0x29, AltRight: 0xe011, MetaRight: 0xe027 },
  ...{ ContextMenu: 0xe02f, ControlRight: 0xe014 },
  ...{ Insert: 0xe070, Home: 0xe06c, PageUp: 0xe07d, Delete: 0xe071, End: 0xe069, PageDown: 0xe07a },
  ...{ ArrowUp: 0xe075, ArrowLeft: 0xe06b, ArrowDown: 0xe072, ArrowRight: 0xe074 },
  ...{ NumLock: 0x77, NumpadDivide: 0xe04a, NumpadMultiply: 0x7c, NumpadSubtract: 0x7b, NumpadAdd: 0x79 },
  ...{ NumpadEnter: 0xe05a, NumpadDecimal: 0x71, Numpad0: 0x70, Numpad1: 0x69, Numpad2: 0x72, Numpad3: 0x7a },
  ...{ Numpad4: 0x6b, Numpad5: 0x73, Numpad6: 0x74, Numpad7: 0x6c, Numpad8: 0x75, Numpad9: 0x7d },
  ...{ IntlRo: 0x51, IntlYen: 0x6a, KanaMode: 0x13, Convert: 0x64, NonConvert: 0x67, NumpadComma: 0x6d },
};
/** Print Screen comes with a shift of its own, and is another key with Alt (SysRq). */
const PRINT_SCREEN = { code: 'PrintScreen', plain: [0xe012, 0xe07c], withShift: [0xe07c], withAlt: [0x84] } as const;
/** Pause sends its break together with its make, and nothing when it is let go; with Ctrl it is another key (Break). */
const PAUSE = { code: 'Pause', plain: [0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77], withControl: 0xe07e } as const;

const RELEASED = 0xf0;
const RELEASED_SET_1 = 0x80;

/** The keys held that change what others send. */
export interface Modifiers {
  shift: boolean;
  control: boolean;
  alt: boolean;
}

export function isKey(code: string): boolean {
  return code in SET_2 || code === PRINT_SCREEN.code || code === PAUSE.code;
}
/** Whether a key repeats while it is held. */
export function repeats(code: string): boolean {
  return code !== PAUSE.code;
}

/** The bytes that a key sends when it goes down, in set 1 or 2. */
export function makeCode(code: string, set: 1 | 2, modifiers: Modifiers): number[] {
  if (code === PAUSE.code) {
    const keys = modifiers.control ? [...make(PAUSE.withControl), ...release(PAUSE.withControl)] : [...PAUSE.plain];
    return set === 1 ? translated(keys) : keys;
  }
  const bytes = keysOf(code, modifiers).flatMap(make);
  return set === 1 ? translated(bytes) : bytes;
}
/** The bytes that a key sends when it is let go. */
export function breakCode(code: string, set: 1 | 2, modifiers: Modifiers): number[] {
  if (code === PAUSE.code) return [];
  const bytes = [...keysOf(code, modifiers)].reverse().flatMap(release);
  return set === 1 ? translated(bytes) : bytes;
}

function keysOf(code: string, modifiers: Modifiers): readonly number[] {
  if (code !== PRINT_SCREEN.code) return [SET_2[code]!];
  if (modifiers.alt) return PRINT_SCREEN.withAlt;
  return modifiers.shift || modifiers.control ? PRINT_SCREEN.withShift : PRINT_SCREEN.plain;
}
function make(key: number): number[] {
  return key > 0xff ? [key >> 8, key & 0xff] : [key];
}
function release(key: number): number[] {
  return key > 0xff ? [key >> 8, RELEASED, key & 0xff] : [RELEASED, key];
}
function translated(bytes: readonly number[]): number[] {
  const translation = new Translation();
  return bytes.map((byte) => translation.next(byte)).filter((byte) => byte !== null);
}

/**
 * The keyboard controller's translation from set 2 to set 1, by code in set 2: codes 0x00-0x7f, sixteen a row. Above that, bytes stay
 * as they are, but for two.
 */
const TO_SET_1 = [
  'ff 43 41 3f 3d 3b 3c 58 64 44 42 40 3e 0f 29 59',
  '65 38 2a 70 1d 10 02 5a 66 71 2c 1f 1e 11 03 5b',
  '67 2e 2d 20 12 05 04 5c 68 39 2f 21 14 13 06 5d',
  '69 31 30 23 22 15 07 5e 6a 72 32 24 16 08 09 5f',
  '6b 33 25 17 18 0b 0a 60 6c 34 35 26 27 19 0c 61',
  '6d 73 28 74 1a 0d 62 6e 3a 36 1c 1b 75 2b 63 76',
  '55 56 77 78 79 7a 0e 7b 7c 4f 7d 4b 47 7e 7f 6f',
  '52 53 50 4c 4d 48 01 45 57 4e 51 4a 37 49 46 54',
].flatMap((row) => row.split(' ').map((byte) => Number.parseInt(byte, 16)));
const TO_SET_1_ABOVE: ReadonlyMap<number, number> = new Map([
  [0x83, 0x41],
  [0x84, 0x54],
]);

/** Translates a stream of bytes: the prefix of a release becomes bit 7 of the byte after it. */
export class Translation {
  #isRelease = false;

  /** @returns the byte to hand on, or `null` for none yet */
  next(byte: number): number | null {
    if (byte === RELEASED) {
      this.#isRelease = true;
      return null;
    }
    const code = TO_SET_1[byte] ?? TO_SET_1_ABOVE.get(byte) ?? byte;
    const isRelease = this.#isRelease;
    this.#isRelease = false;
    return isRelease ? code | RELEASED_SET_1 : code;
  }
  reset(): void {
    this.#isRelease = false;
  }
}
