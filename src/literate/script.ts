/** Scripted input, on every machine alike (the emulator, QEMU, a browser): what it waits for, and which keys it means. */

/**
 * Whether a text screen shows an awaited text: one of its lines ends with it, trailing blanks aside. So a prompt counts
 * while it waits, and no longer once something stands behind it. A vertical rule ends a line too: beside it stands
 * another part of the screen.
 *
 * @param screen lines of the screen, separated by newlines
 */
export function shows(screen: string, awaited: string): boolean {
  const text = awaited.trimEnd();
  return screen.split(/\n|│/).some((line) => line.trimEnd().endsWith(text));
}

/** Keys that scripts can name, as `KeyboardEvent.code` has them. */
export const NAMED_KEYS = [
  'ArrowUp',
  'ArrowDown',
  'ArrowLeft',
  'ArrowRight',
  'Home',
  'End',
  'Delete',
  'PageUp',
  'PageDown',
  'Escape',
] as const;
export type NamedKey = (typeof NAMED_KEYS)[number];

/**
 * The keys that a script's text means: a character stands for itself, `{ArrowLeft}` for a key without one, `{{` for a brace.
 *
 * @returns an item for each: one character, or the name of a key
 * @throws Error for a name in braces that is no key
 */
export function strokesOf(text: string): string[] {
  return Array.from(text.matchAll(/\{\{|\{(\w+)\}|[\s\S]/gu), ([whole, name]) => {
    if (name === undefined) return whole === '{{' ? '{' : whole;
    if (!NAMED_KEYS.some((known) => known === name))
      throw new Error(`a script has no key {${name}}: it knows ${NAMED_KEYS.join(', ')}, and {{ for a brace`);
    return name;
  });
}
