/** Text that a kernel of chapter 8 and later has drawn on a framebuffer, read back from QEMU's picture of the screen. */
import { readFileSync } from 'node:fs';
import type { ScreenReader } from './qemu.ts';

const COLUMNS = 80;
const ROWS = 25;
const CELL = { width: 8, height: 16 };
/** Rows of a glyph: each is drawn twice. */
const GLYPH_ROWS = 8;

/** What stands for a cell that is no character of the font: the firmware's pictures and letters are none. */
const UNKNOWN = '\ufffd';

export type Font = ReadonlyMap<string, string>;

/** A code point and eight rows, the leftmost pixel lowest: the tables of the crate `font8x8`. */
const ENTRY = 12;
/** Characters that follow each other: fewer may be chance, and more has each of its tables, of which Latin's has a gap. */
const SHORTEST_TABLE = 64;

/**
 * The font that a kernel draws with, out of its ELF file: glyph, in hexadecimal, to character. Of characters that look
 * the same the first counts, and what has no dots is a blank.
 * @returns `null` for a kernel without one
 */
export function fontOf(kernel: Uint8Array): Font | null {
  const view = new DataView(kernel.buffer, kernel.byteOffset, kernel.byteLength);
  const font = new Map([['00'.repeat(GLYPH_ROWS), ' ']]);
  for (let start = 0; start + ENTRY <= kernel.length; start += 4) {
    let end = start + ENTRY;
    const first = view.getUint32(start, true);
    while (end + ENTRY <= kernel.length && view.getUint32(end, true) === first + (end - start) / ENTRY) end += ENTRY;
    if (end - start < SHORTEST_TABLE * ENTRY) continue;
    for (let entry = start; entry < end; entry += ENTRY) {
      const glyph = Buffer.from(kernel.subarray(entry + 4, entry + ENTRY)).toString('hex');
      if (!font.has(glyph)) font.set(glyph, String.fromCodePoint(view.getUint32(entry, true)));
    }
    start = end - 4;
  }
  return font.size > SHORTEST_TABLE ? font : null;
}

/** For `Boot.readScreen`: the picture as a screen.txt, `UNKNOWN` for each cell that holds no character of the font. */
export function readFramebuffer(font: Font): ScreenReader {
  return async (qmp, scratch) => {
    await qmp.execute('screendump', { filename: scratch });
    return textOf(portablePixmap(readFileSync(scratch)), font);
  };
}

interface Picture {
  width: number;
  height: number;
  /** Three bytes a pixel. */
  pixels: Uint8Array;
}

/** @throws Error for a file that is no binary PPM with 8 bits a colour */
function portablePixmap(file: Uint8Array): Picture {
  const [header, width, height] =
    /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(Buffer.from(file.subarray(0, 64)).toString('latin1')) ?? [];
  if (header === undefined) throw new Error('not a picture in the format P6');
  return { width: Number(width), height: Number(height), pixels: file.subarray(header.length) };
}

/** The text in the middle of a picture. */
function textOf({ width, height, pixels }: Picture, font: Font): string {
  const left = Math.floor((width - COLUMNS * CELL.width) / 2);
  const top = Math.floor((height - ROWS * CELL.height) / 2);
  if (left < 0 || top < 0) return `${UNKNOWN}\n`;
  const colourAt = (x: number, y: number): number => {
    const at = (y * width + x) * 3;
    return (pixels[at]! << 16) | (pixels[at + 1]! << 8) | pixels[at + 2]!;
  };
  const lines = Array.from({ length: ROWS }, (_, row) =>
    Array.from({ length: COLUMNS }, (_, column) =>
      characterAt((x, y) => colourAt(left + column * CELL.width + x, top + row * CELL.height + y), font),
    )
      .join('')
      .trimEnd(),
  );
  return `${lines.join('\n').trimEnd()}\n`;
}

/** @param colourAt of a pixel of the cell */
function characterAt(colourAt: (x: number, y: number) => number, font: Font): string {
  const background = colourAt(0, 0);
  let foreground = background;
  const rows: number[] = [];
  for (let y = 0; y < CELL.height; y++) {
    let bits = 0;
    for (let x = 0; x < CELL.width; x++) {
      const colour = colourAt(x, y);
      if (colour === background) continue;
      if (foreground === background) foreground = colour;
      if (colour !== foreground) return UNKNOWN;
      bits |= 1 << x;
    }
    rows.push(bits);
  }
  if (rows.some((bits, y) => bits !== rows[y & ~1])) return UNKNOWN;
  const glyph = rows.filter((_, y) => y % 2 === 0);
  // The first pixel may be of the letter, and the cell of the cursor has its colours exchanged.
  return font.get(hex(glyph)) ?? font.get(hex(glyph.map((bits) => bits ^ 0xff))) ?? UNKNOWN;
}

function hex(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString('hex');
}
