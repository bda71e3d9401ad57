/** The screen as a PNG file: ISO/IEC 15948 (PNG specification, second edition); pixels of a text screen as a VGA draws them. */
import { crc32, deflateSync } from 'node:zlib';
import { CHARACTER_HEIGHT, FONT_8X16_DOTS } from '../devices/font-8x16.ts';
import type { Machine, TextScreen } from '../machine.ts';

interface Picture {
  width: number;
  height: number;
  /** Three bytes a pixel. */
  rgb: Uint8Array;
}

/** What the display shows now. The cursor of a text screen, which blinks, is left out. */
export function screenshot(machine: Machine): Uint8Array {
  const frame = machine.frame();
  if (!frame) return png(drawText(machine.textScreen()));
  const { width, height, rgba } = frame;
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) rgb.set(rgba.subarray(4 * i, 4 * i + 3), 3 * i);
  return png({ width, height, rgb });
}

/** Characters are nine dots wide: the ninth is background, but for line graphics, which it continues. */
const CELL = 9;

function drawText({ columns, rows, cells, colours, blinks }: TextScreen): Picture {
  const [width, height] = [columns * CELL, rows * CHARACTER_HEIGHT];
  const rgb = new Uint8Array(width * height * 3);
  const components = colours.map((colour) => [colour >> 16, (colour >> 8) & 0xff, colour & 0xff]);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const cell = (Math.floor(y / CHARACTER_HEIGHT) * columns + Math.floor(x / CELL)) * 2;
      const [code, attribute] = [cells[cell]!, cells[cell + 1]!];
      const dots = FONT_8X16_DOTS[code * CHARACTER_HEIGHT + (y % CHARACTER_HEIGHT)]!;
      const column = x % CELL;
      const isLine = code >= 0xc0 && code <= 0xdf;
      const on = column < 8 ? (dots >> (7 - column)) & 1 : isLine ? dots & 1 : 0;
      rgb.set(components[on ? attribute & 0x0f : (attribute >> 4) & (blinks ? 0x07 : 0x0f)]!, (y * width + x) * 3);
    }
  return { width, height, rgb };
}

function png({ width, height, rgb }: Picture): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits a component, red, green and blue; no filters, no interlacing.
  header.set([8, 2, 0, 0, 0], 8);
  const lines = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y++) lines.set(rgb.subarray(y * width * 3, (y + 1) * width * 3), y * (1 + width * 3) + 1);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
