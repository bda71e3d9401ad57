/** Scripted input for a guest in QEMU: text typed on its keyboard, a US one, when the screen shows what it answers to. */
import { type NamedKey, shows, strokesOf } from '../../src/literate/script.ts';
import type { Qmp } from './qmp.ts';

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

async function type(qmp: Qmp, text: string): Promise<void> {
  // Held for 20 ms each, so that a guest with a keyboard of one byte's buffer misses none.
  for (const stroke of strokesOf(text)) await qmp.monitor(`sendkey ${keyOf(stroke)} 20`);
}

export class Typist {
  readonly #waiting: { after: string; text: string }[];
  readonly #menu: { after: string; text: string } | undefined;
  #menuIsAnswered = false;
  #before = '';

  /** @param menu typed beside the script, as often as the screen asks for it */
  constructor(script: readonly { after: string; text: string }[], menu?: { after: string; text: string }) {
    this.#waiting = [...script];
    this.#menu = menu;
  }

  /** Types the next text if the screen shows what it waits for. */
  async look(qmp: Qmp, screen: string): Promise<void> {
    if (this.#menu && shows(screen, this.#menu.after)) {
      // The choice moves through the menu, which changes while it asks.
      if (!this.#menuIsAnswered) await type(qmp, this.#menu.text);
      this.#menuIsAnswered = true;
      return;
    }
    this.#menuIsAnswered = false;
    const next = this.#waiting[0];
    if (!next || !this.#answered(screen, next.after)) return;
    this.#waiting.shift();
    this.#before = screen;
    await type(qmp, next.text);
  }

  /** All is typed, and the screen has changed since and shows the text. */
  finished(screen: string, awaited: string): boolean {
    return this.#waiting.length === 0 && this.#answered(screen, awaited);
  }

  #answered(screen: string, awaited: string): boolean {
    return screen !== this.#before && shows(screen, awaited);
  }
}
