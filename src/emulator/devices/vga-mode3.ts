/**
 * What a video BIOS programs for mode 3, the 80 x 25 colour text mode with 9 x 16 dot characters.
 * Values: IBM PS/2 and PC BIOS Interface Technical Reference, video parameter table, and SeaBIOS's like it.
 */

/** CRT controller registers that move the window and the cursor; addresses count character cells. */
export const CURSOR_START = 0x0a;
export const CURSOR_END = 0x0b;
/** High byte; the low byte follows. */
export const START_ADDRESS = 0x0c;
export const CURSOR_LOCATION = 0x0e;
/** Bit 7 write-protects registers 0-7. */
export const VERTICAL_RETRACE_END = 0x11;

/** Attribute mode control register, and two of its bits. */
export const ATTRIBUTE_MODE = 0x10;
export const BLINK = 0x08;
export const SELECTS_BITS_4_AND_5 = 0x80;
export const COLOUR_SELECT = 0x14;

/** An index/data register group. */
export interface RegisterGroup {
  name: string;
  /** The index register as the BIOS leaves it, and its bits that select a register. */
  index: number;
  indexMask: number;
  /** The bits that each register has, where some have fewer than eight; the others read as zero. */
  bits?: readonly number[];
  values: readonly number[];
  /** By register index: the bits that make the mode what it is, so that other values would show something else. */
  shape: Readonly<Record<number, number>>;
}

export const CRTC: RegisterGroup = {
  name: 'CRT controller',
  index: 0,
  indexMask: 0xff,
  values: [
    0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00, 0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f,
    0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff,
  ],
  // Columns, overflow (height, line compare), row scan, character height, height, row pitch, addressing, line compare.
  shape: { 1: 0xff, 7: 0x52, 8: 0x7f, 9: 0xdf, 18: 0xff, 19: 0xff, 20: 0x40, 23: 0x40, 24: 0xff },
};
export const SEQUENCER: RegisterGroup = {
  name: 'sequencer',
  index: 0,
  indexMask: 0x07,
  bits: [0x03, 0x3d, 0x0f, 0x3f, 0x0e],
  values: [0x03, 0x00, 0x03, 0x00, 0x02],
  // Half dot clock, screen off.
  shape: { 1: 0x28 },
};
export const GRAPHICS: RegisterGroup = {
  name: 'graphics controller',
  index: 0,
  indexMask: 0x0f,
  bits: [0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff],
  values: [0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x0f, 0xff],
  // Graphics mode, memory map.
  shape: { 6: 0x0d },
};
export const ATTRIBUTE: RegisterGroup = {
  name: 'attribute controller',
  // Bit 5 is no part of the index: it connects the palette to the screen.
  index: 0x20,
  indexMask: 0x1f,
  bits: [...new Array(16).fill(0x3f), 0xef, 0xff, 0x3f, 0x0f, 0x0f],
  values: [
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x0c, 0x00, 0x0f,
    0x08, 0x00,
  ],
  // Graphics mode, panning.
  shape: { 16: 0x01, 19: 0x0f },
};
export const MISCELLANEOUS_OUTPUT = 0x67;
/** Bit 4 is reserved. */
export const MISCELLANEOUS_OUTPUT_BITS = 0xef;

/** The 256 palette entries of red, green and blue, 6 bits each; the mode uses the first 64, the EGA's colours. */
export function palette(): Uint8Array {
  const entries = new Uint8Array(256 * 3);
  const level = (high: number, low: number) => (high & 1) * 0x2a + (low & 1) * 0x15;
  for (let i = 0; i < 64; i++) entries.set([level(i >> 2, i >> 5), level(i >> 1, i >> 4), level(i, i >> 3)], i * 3);
  return entries;
}
