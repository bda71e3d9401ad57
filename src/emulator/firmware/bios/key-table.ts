/**
 * What INT 16h returns for a key of a US keyboard, by its scan code of set 1: scan code in the upper byte, ASCII in the
 * lower. IBM PS/2 and PC BIOS Interface Technical Reference, INT 16h, "keyboard scan code/character code combinations".
 */

/** Alone, with Shift, with Ctrl, with Alt; `null` where the combination gives nothing. */
export type KeyCodes = readonly [number | null, number | null, number | null, number | null];

const letter = (scan: number, name: string): KeyCodes => {
  const code = name.charCodeAt(0);
  return [(scan << 8) | code, (scan << 8) | (code - 32), (scan << 8) | (code & 0x1f), scan << 8];
};
const symbol = (scan: number, plain: string, shifted: string, ctrl: number | null, alt = scan): KeyCodes => [
  (scan << 8) | plain.charCodeAt(0),
  (scan << 8) | shifted.charCodeAt(0),
  ctrl === null ? null : (scan << 8) | ctrl,
  alt << 8,
];
const same = (code: number): KeyCodes => [code, code, code, code];

const KEYS = new Map<number, KeyCodes>();

KEYS.set(0x01, [0x011b, 0x011b, 0x011b, 0x0100]);
for (const [i, [plain, shifted]] of ['1!', '2@', '3#', '4$', '5%', '6^', '7&', '8*', '9(', '0)'].entries()) {
  const ctrl: Readonly<Record<number, number>> = { 1: 0x00, 5: 0x1e };
  KEYS.set(0x02 + i, symbol(0x02 + i, plain!, shifted!, ctrl[i] ?? null, 0x78 + i));
}
KEYS.set(0x0c, symbol(0x0c, '-', '_', 0x1f, 0x82));
KEYS.set(0x0d, symbol(0x0d, '=', '+', null, 0x83));
KEYS.set(0x0e, [0x0e08, 0x0e08, 0x0e7f, 0x0e00]);
KEYS.set(0x0f, [0x0f09, 0x0f00, 0x9400, 0xa500]);
for (const [first, row] of [
  [0x10, 'qwertyuiop'],
  [0x1e, 'asdfghjkl'],
  [0x2c, 'zxcvbnm'],
] as const)
  for (const [i, name] of [...row].entries()) KEYS.set(first + i, letter(first + i, name));
KEYS.set(0x1a, symbol(0x1a, '[', '{', 0x1b));
KEYS.set(0x1b, symbol(0x1b, ']', '}', 0x1d));
KEYS.set(0x1c, [0x1c0d, 0x1c0d, 0x1c0a, 0x1c00]);
KEYS.set(0x27, symbol(0x27, ';', ':', null));
KEYS.set(0x28, symbol(0x28, "'", '"', null));
KEYS.set(0x29, symbol(0x29, '`', '~', null));
KEYS.set(0x2b, symbol(0x2b, '\\', '|', 0x1c));
KEYS.set(0x33, symbol(0x33, ',', '<', null));
KEYS.set(0x34, symbol(0x34, '.', '>', null));
KEYS.set(0x35, symbol(0x35, '/', '?', null));
KEYS.set(0x37, [0x372a, 0x372a, 0x9600, 0x3700]);
KEYS.set(0x39, same(0x3920));
for (let i = 0; i < 10; i++) KEYS.set(0x3b + i, [0x3b, 0x54, 0x5e, 0x68].map((base) => (base + i) << 8) as never);
KEYS.set(0x57, [0x8500, 0x8700, 0x8900, 0x8b00]);
KEYS.set(0x58, [0x8600, 0x8800, 0x8a00, 0x8c00]);
KEYS.set(0x4a, [0x4a2d, 0x4a2d, 0x8e00, 0x4a00]);
KEYS.set(0x4e, [0x4e2b, 0x4e2b, 0x9000, 0x4e00]);

/** Keypad keys that are digits with Num Lock: the digit, and what Ctrl makes of them. Alt with a digit is no key. */
const KEYPAD: readonly [number, string, number][] = [
  [0x47, '7', 0x77],
  [0x48, '8', 0x8d],
  [0x49, '9', 0x84],
  [0x4b, '4', 0x73],
  [0x4c, '5', 0x8f],
  [0x4d, '6', 0x74],
  [0x4f, '1', 0x75],
  [0x50, '2', 0x91],
  [0x51, '3', 0x76],
  [0x52, '0', 0x92],
  [0x53, '.', 0x93],
];
for (const [scan, digit, ctrl] of KEYPAD)
  KEYS.set(scan, [scan << 8, (scan << 8) | digit.charCodeAt(0), ctrl << 8, null]);

/** Keys whose scan code comes after E0h. */
const EXTENDED_KEYS = new Map<number, KeyCodes>([
  [0x1c, [0xe00d, 0xe00d, 0xe00a, 0xa600]],
  [0x35, [0xe02f, 0xe02f, 0x9500, 0xa400]],
]);
for (const [scan, , ctrl] of KEYPAD)
  if (scan !== 0x4c)
    EXTENDED_KEYS.set(scan, [(scan << 8) | 0xe0, (scan << 8) | 0xe0, (ctrl << 8) | 0xe0, (scan + 0x50) << 8]);

/** @param scan without the release bit */
export function keyCodes(scan: number, extended: boolean): KeyCodes | undefined {
  return (extended ? EXTENDED_KEYS : KEYS).get(scan);
}
export function isKeypad(scan: number): boolean {
  return KEYPAD.some(([each]) => each === scan);
}
export function isLetter(codes: KeyCodes): boolean {
  const ascii = codes[0]! & 0xff;
  return ascii >= 0x61 && ascii <= 0x7a && codes[1] === codes[0]! - 32;
}
