/** Register names, by width and number. */

const LEGACY = ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di'];
const LEGACY_BYTES = ['al', 'cl', 'dl', 'bl', 'spl', 'bpl', 'sil', 'dil'];
const HIGH_BYTES = ['ah', 'ch', 'dh', 'bh'];
const EXTENDED_SUFFIX: Readonly<Record<number, string>> = { 8: 'b', 16: 'w', 32: 'd', 64: '' };
const LEGACY_PREFIX: Readonly<Record<number, string>> = { 16: '', 32: 'e', 64: 'r' };

/**
 * Name of a general-purpose register.
 * @param index 0-15
 * @param width 8, 16, 32 or 64
 * @param high ah, ch, dh, bh for index 0-3
 */
export function gprName(index: number, width: number, high = false): string {
  if (high) return HIGH_BYTES[index]!;
  if (index >= 8) return `r${index}${EXTENDED_SUFFIX[width]}`;
  return width === 8 ? LEGACY_BYTES[index]! : `${LEGACY_PREFIX[width]}${LEGACY[index]}`;
}
