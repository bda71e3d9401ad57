/** A keyboard on the screen, for devices that have none: it sends key codes, as a PC's keyboard does. */

import type { KeySink } from './keyboard-capture.ts';

interface Key {
  code: string;
  /** What it types, without and with Shift; or its name, for a key that types nothing. */
  legend: string;
  shifted?: string;
  /** For who does not see the legend, where that is a sign: a name that differs from words on a key would confuse. */
  name?: string;
  /** Width in tenths of the keyboard's, 1 by default. */
  width?: number;
  /** Stays down until the next key. */
  modifier?: boolean;
}

const key = (code: string, legend: string, more: Partial<Key> = {}): Key => ({ code, legend, ...more });
const letters = (row: string): Key[] =>
  [...row].map((letter) => key(`Key${letter}`, letter.toLowerCase(), { shifted: letter }));

const digits = ['!', '@', '#', '$', '%', '^', '&', '*', '(', ')'].map((shifted, index) => {
  const digit = String((index + 1) % 10);
  return key(`Digit${digit}`, digit, { shifted });
});
const shift = key('ShiftLeft', '⇧', { name: 'Shift', width: 1.5, modifier: true });
const backspace = key('Backspace', '⌫', { name: 'Backspace', width: 1.5 });
const bottom = [
  key('ControlLeft', 'Ctrl', { width: 1.25, modifier: true }),
  key('Space', '', { name: 'Space', width: 2.25 }),
  key('ArrowLeft', '←', { name: 'Arrow left', width: 0.9 }),
  key('ArrowUp', '↑', { name: 'Arrow up', width: 0.9 }),
  key('ArrowDown', '↓', { name: 'Arrow down', width: 0.9 }),
  key('ArrowRight', '→', { name: 'Arrow right', width: 0.9 }),
  key('Enter', '⏎', { name: 'Enter', width: 1.4 }),
];

/** The other layer's button stands in front of each bottom row. */
const layers: Record<'letters' | 'signs', Key[][]> = {
  letters: [digits, letters('QWERTYUIOP'), letters('ASDFGHJKL'), [shift, ...letters('ZXCVBNM'), backspace], bottom],
  signs: [
    Array.from({ length: 10 }, (_, index) => key(`F${index + 1}`, `F${index + 1}`)),
    [
      key('Backquote', '`', { shifted: '~', name: 'Backquote' }),
      key('Minus', '-', { shifted: '_', name: 'Minus' }),
      key('Equal', '=', { shifted: '+', name: 'Equals' }),
      key('BracketLeft', '[', { shifted: '{', name: 'Left bracket' }),
      key('BracketRight', ']', { shifted: '}', name: 'Right bracket' }),
      key('Backslash', '\\', { shifted: '|', name: 'Backslash' }),
      key('Semicolon', ';', { shifted: ':', name: 'Semicolon' }),
      key('Quote', "'", { shifted: '"', name: 'Apostrophe' }),
      key('Comma', ',', { shifted: '<', name: 'Comma' }),
      key('Period', '.', { shifted: '>', name: 'Full stop' }),
    ],
    [
      key('Slash', '/', { shifted: '?', name: 'Slash' }),
      key('Tab', 'Tab', { width: 1.25 }),
      key('Escape', 'Esc', { width: 1.25 }),
      key('AltLeft', 'Alt', { width: 1.25, modifier: true }),
      key('Home', 'Home', { width: 1.3 }),
      key('End', 'End', { width: 1.3 }),
      key('Delete', 'Del', { width: 1.3 }),
    ],
    [shift, key('PageUp', 'PgUp', { width: 1.75 }), key('PageDown', 'PgDn', { width: 1.75 }), backspace],
    bottom,
  ],
};

export class ScreenKeyboard {
  readonly #place: HTMLElement;
  readonly #sink: KeySink;
  /** Modifiers that wait for the next key. */
  readonly #waiting = new Set<string>();
  #layer: keyof typeof layers = 'letters';

  /** @param place is filled with buttons */
  constructor(place: HTMLElement, sink: KeySink) {
    this.#place = place;
    this.#sink = sink;
    this.#draw();
  }

  #draw(): void {
    this.#place.replaceChildren(...layers[this.#layer].map((keys, index) => this.#row(keys, index)));
    this.#showModifiers();
  }

  #row(keys: readonly Key[], index: number): HTMLElement {
    const row = document.createElement('div');
    row.className = 'key-row';
    if (index === layers[this.#layer].length - 1) row.append(this.#layerButton());
    row.append(...keys.map((each) => this.#button(each)));
    return row;
  }

  #layerButton(): HTMLButtonElement {
    const button = makeButton(this.#layer === 'letters' ? '#+=' : 'abc', 1.25);
    button.ariaLabel = this.#layer === 'letters' ? 'Signs and function keys' : 'abc: letters and digits';
    button.addEventListener('click', () => {
      this.#layer = this.#layer === 'letters' ? 'signs' : 'letters';
      this.#draw();
      this.#place.querySelector<HTMLButtonElement>('[data-layer]')?.focus();
    });
    button.dataset.layer = '';
    return button;
  }

  #button(of: Key): HTMLButtonElement {
    const button = makeButton(of.legend, of.width ?? 1);
    if (of.name) button.ariaLabel = of.name;
    button.dataset.code = of.code;
    if (of.shifted) button.dataset.shifted = of.shifted;
    button.dataset.legend = of.legend;
    if (of.modifier) {
      button.addEventListener('click', () => this.#toggle(of.code));
      return button;
    }
    let held = false;
    const press = () => {
      held = true;
      this.#sink.key(of.code, true);
    };
    const release = () => {
      if (!held) return;
      held = false;
      this.#sink.key(of.code, false);
      this.#releaseModifiers();
    };
    button.addEventListener('pointerdown', press);
    for (const end of ['pointerup', 'pointercancel', 'pointerleave']) button.addEventListener(end, release);
    // Without a pointer: by Enter, by Space, or by a screen reader.
    button.addEventListener('click', (event) => {
      if (event.detail !== 0) return;
      press();
      release();
    });
    return button;
  }

  #toggle(code: string): void {
    const goesDown = !this.#waiting.has(code);
    if (goesDown) this.#waiting.add(code);
    else this.#waiting.delete(code);
    this.#sink.key(code, goesDown);
    this.#showModifiers();
  }

  #releaseModifiers(): void {
    for (const code of this.#waiting) this.#sink.key(code, false);
    this.#waiting.clear();
    this.#showModifiers();
  }

  #showModifiers(): void {
    const shifted = this.#waiting.has('ShiftLeft');
    for (const button of this.#place.querySelectorAll<HTMLButtonElement>('button[data-code]')) {
      const { code, legend } = button.dataset;
      if (['ShiftLeft', 'ControlLeft', 'AltLeft'].includes(code ?? '')) {
        button.ariaPressed = String(this.#waiting.has(code ?? ''));
      } else {
        button.textContent = (shifted && button.dataset.shifted) || (legend ?? '');
      }
    }
  }
}

function makeButton(legend: string, width: number): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'cap';
  button.textContent = legend;
  button.style.setProperty('--width', String(width));
  return button;
}
