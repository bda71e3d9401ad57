/** Scripted input, on every machine alike (the emulator, QEMU, a browser): which keys a text means. */

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
