/** The keyboard of a guest in QEMU, a US one. */
import type { NamedKey } from '../../src/literate/script.ts';
import type { Qmp } from './qmp.ts';
import type { Keyboard } from './typist.ts';

/** QEMU's names of the keys, by the characters that they give without and with Shift. */
const KEYS: Readonly<Record<string, string>> = {
  '`~': 'grave_accent',
  '-_': 'minus',
  '=+': 'equal',
  '[{': 'bracket_left',
  ']}': 'bracket_right',
  '\\|': 'backslash',
  ';:': 'semicolon',
  '\'"': 'apostrophe',
  ',<': 'comma',
  '.>': 'dot',
  '/?': 'slash',
  ...Object.fromEntries([...'1234567890'].map((digit, i) => [digit + '!@#$%^&*()'[i], digit])),
  ...Object.fromEntries([...'abcdefghijklmnopqrstuvwxyz'].map((letter) => [letter + letter.toUpperCase(), letter])),
};
const UNSHIFTED: Readonly<Record<string, string>> = {
  ' ': 'spc',
  '\n': 'ret',
  '\t': 'tab',
  '\b': 'backspace',
  '\u001b': 'esc',
};

const NAMED: Readonly<Record<NamedKey, string>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
  Home: 'home',
  End: 'end',
  Delete: 'delete',
  PageUp: 'pgup',
  PageDown: 'pgdn',
  Escape: 'esc',
};

/** @returns the argument of the monitor's `sendkey`. @throws Error for a character that a US keyboard has no key for */
function keyOf(stroke: string): string {
  if (stroke in NAMED) return NAMED[stroke as NamedKey];
  const plain = UNSHIFTED[stroke];
  if (plain !== undefined) return plain;
  for (const [pair, key] of Object.entries(KEYS)) {
    if (pair[0] === stroke) return key;
    if (pair[1] === stroke) return `shift-${key}`;
  }
  throw new Error(`a US keyboard has no key for ${JSON.stringify(stroke)}`);
}

export class QemuKeyboard implements Keyboard {
  readonly #qmp: Qmp;

  constructor(qmp: Qmp) {
    this.#qmp = qmp;
  }

  async type(strokes: readonly string[]): Promise<void> {
    // Held for 20 ms each, so that a guest with a keyboard of one byte's buffer misses none.
    for (const stroke of strokes) await this.#qmp.monitor(`sendkey ${keyOf(stroke)} 20`);
  }
}
