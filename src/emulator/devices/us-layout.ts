/** The United States layout: which keys type a character. */

const UNSHIFTED: Readonly<Record<string, string>> = {
  ...{ Backquote: '`', Minus: '-', Equal: '=', BracketLeft: '[', BracketRight: ']', Backslash: '\\' },
  ...{ Semicolon: ';', Quote: "'", Comma: ',', Period: '.', Slash: '/', Space: ' ' },
  ...{ Enter: '\n', Tab: '\t', Backspace: '\b', Escape: '\x1b' },
};
const SHIFTED: Readonly<Record<string, string>> = {
  ...{ Backquote: '~', Minus: '_', Equal: '+', BracketLeft: '{', BracketRight: '}', Backslash: '|' },
  ...{ Semicolon: ':', Quote: '"', Comma: '<', Period: '>', Slash: '?' },
};
const SHIFTED_DIGITS = ')!@#$%^&*(';

export interface Stroke {
  /** Name of the key, as in the `code` of the web's keyboard events. */
  code: string;
  shift: boolean;
}

const STROKES = new Map<string, Stroke>();
for (const [code, character] of Object.entries(UNSHIFTED)) STROKES.set(character, { code, shift: false });
for (const [code, character] of Object.entries(SHIFTED)) STROKES.set(character, { code, shift: true });
for (let i = 0; i < 10; i++) {
  STROKES.set(String(i), { code: `Digit${i}`, shift: false });
  STROKES.set(SHIFTED_DIGITS[i]!, { code: `Digit${i}`, shift: true });
}
for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') {
  STROKES.set(letter.toLowerCase(), { code: `Key${letter}`, shift: false });
  STROKES.set(letter, { code: `Key${letter}`, shift: true });
}

/** The key for a character; line feed is Enter. @throws RangeError for a character that the layout has not */
export function strokeFor(character: string): Stroke {
  const stroke = STROKES.get(character);
  if (!stroke) throw new RangeError(`no key of the US layout types ${JSON.stringify(character)}`);
  return stroke;
}
