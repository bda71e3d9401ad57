import { beforeEach, describe, expect, test } from 'vitest';
import { PortBus } from '../../src/emulator/devices/bus.ts';
import { INSTRUCTIONS_PER_SECOND, VirtualClock } from '../../src/emulator/devices/clock.ts';
import { VgaText, VIDEO_MEMORY } from '../../src/emulator/devices/vga-text.ts';
import { PhysicalMemory } from '../../src/emulator/mmu/physical-memory.ts';

let memory: PhysicalMemory;
let bus: PortBus;
let vga: VgaText;
let log: string[];
let now: number;

beforeEach(() => {
  memory = new PhysicalMemory(PhysicalMemory.allocate(0x100000), 0x100000);
  log = [];
  now = 0;
  bus = new PortBus((line) => log.push(line));
  vga = new VgaText(memory, (line) => log.push(line));
  vga.plugIn(bus, new VirtualClock(() => now));
  vga.reset();
});

function print(cell: number, text: string, attribute = 0x07): void {
  [...text].forEach((character, i) => {
    memory.bytes[VIDEO_MEMORY + 2 * (cell + i)] = character.charCodeAt(0);
    memory.bytes[VIDEO_MEMORY + 2 * (cell + i) + 1] = attribute;
  });
}
const crtc = (index: number, value: number) => bus.write(0x3d4, (value << 8) | index, 2);
function readCrtc(index: number): number {
  bus.write(0x3d4, index, 1);
  return bus.read(0x3d5, 1);
}

describe('the screen', () => {
  test('is empty after reset, with the cursor at its beginning', () => {
    const screen = vga.screen();
    expect([screen.columns, screen.rows, screen.cells.length]).toEqual([80, 25, 4000]);
    expect(screen.lines).toEqual(new Array(25).fill(''));
    expect(screen.cursor).toEqual({ column: 0, row: 0 });
    expect([screen.cells[0], screen.cells[1]]).toEqual([0x20, 0x07]);
  });

  test('shows what stands in video memory', () => {
    print(0, 'Hello');
    print(80 * 24 + 79, '\u00db', 0x4f);
    const { lines, cells } = vga.screen();
    expect(lines[0]).toBe('Hello');
    expect(lines[24]).toBe(`${' '.repeat(79)}█`);
    expect(cells[3999]).toBe(0x4f);
  });

  test('the start address moves the window by whole cells, and wraps at 32 KiB', () => {
    print(80, 'second');
    crtc(0x0c, 0);
    crtc(0x0d, 80);
    expect(vga.screen().lines[0]).toBe('second');
    print(0, 'wrapped');
    crtc(0x0c, 0x40 - 1);
    crtc(0x0d, 0x100 - 80); // 16384 cells lie in 32 KiB
    expect(vga.screen().lines[1]).toBe('wrapped');
  });

  test('cells that are blank glyphs are trimmed: 0x00, 0x20, 0xff', () => {
    print(0, 'a\x00 \xff');
    expect(vga.screen().lines[0]).toBe('a');
  });
});

describe('colours', () => {
  const attribute = (index: number, value: number) => {
    vga.read(0x3da);
    vga.write(0x3c0, index);
    vga.write(0x3c0, value);
  };
  test('are the sixteen of the EGA after reset, and blinking is on', () => {
    const { colours, blinks } = vga.screen();
    const hex = colours.map((colour) => colour.toString(16).padStart(6, '0'));
    expect(hex.slice(0, 8)).toEqual(['000000', '0000aa', '00aa00', '00aaaa', 'aa0000', 'aa00aa', 'aa5500', 'aaaaaa']);
    expect(hex.slice(8)).toEqual(['555555', '5555ff', '55ff55', '55ffff', 'ff5555', 'ff55ff', 'ffff55', 'ffffff']);
    expect(blinks).toBe(true);
  });
  test('follow palette, colour select and DAC, and are noticed', () => {
    vga.changed();
    attribute(0x10, 0x04);
    expect([vga.changed(), vga.screen().blinks]).toEqual([true, false]);
    attribute(1, 0x3f);
    expect(vga.screen().colours[1]).toBe(0xffffff);
    vga.write(0x3c8, 0x3f);
    for (const level of [0x3f, 0x20, 0]) vga.write(0x3c9, level);
    expect([vga.changed(), vga.screen().colours[1]]).toEqual([true, 0xff8200]);
    attribute(0x14, 0x04);
    expect(vga.screen().colours[1]).toBe(0);
    attribute(0x14, 0x03);
    attribute(0x10, 0x84);
    expect(vga.screen().colours[0]).toBe(0x555500);
  });
});

describe('the cursor', () => {
  test('stands where the location registers say, relative to the window', () => {
    crtc(0x0e, (3 * 80 + 7) >> 8);
    crtc(0x0f, (3 * 80 + 7) & 0xff);
    expect(vga.screen().cursor).toEqual({ column: 7, row: 3 });
    crtc(0x0d, 80);
    expect(vga.screen().cursor).toEqual({ column: 7, row: 2 });
    crtc(0x0c, 4);
    expect(vga.screen().cursor).toBeNull();
  });

  test('is off with bit 5 of the start register, or where it starts below its end', () => {
    crtc(0x0a, 0x2d);
    expect(vga.screen().cursor).toBeNull();
    crtc(0x0a, 0x0f);
    expect(vga.screen().cursor).toBeNull();
    crtc(0x0a, 0x0e);
    expect(vga.screen().cursor).not.toBeNull();
  });
});

describe('changed', () => {
  test('is true once for each change of a cell in the window, of the window or of the cursor', () => {
    expect(vga.changed()).toBe(true);
    expect(vga.changed()).toBe(false);
    for (const cell of [0, 1, 1999]) {
      print(cell, 'x', 0x70);
      expect(vga.changed()).toBe(true);
      expect(vga.changed()).toBe(false);
    }
    print(5000, 'outside');
    expect(vga.changed()).toBe(false);
    crtc(0x0f, 1);
    expect(vga.changed()).toBe(true);
    crtc(0x0d, 1);
    expect(vga.changed()).toBe(true);
    print(2000, 'y');
    expect(vga.changed()).toBe(true);
    expect(vga.changed()).toBe(false);
  });
});

describe('registers', () => {
  test('CRT controller registers 0-7 are write-protected, but for bit 4 of the overflow register', () => {
    crtc(0x00, 0x11);
    crtc(0x07, 0xff);
    expect([readCrtc(0), readCrtc(7)]).toEqual([0x5f, 0x1f]);
    crtc(0x11, 0x0e);
    crtc(0x00, 0x11);
    expect(readCrtc(0)).toBe(0x11);
    expect(log).toEqual([]);
  });

  test('port 0x3c0 takes index and data in turn; reading 0x3da begins anew', () => {
    bus.read(0x3da, 1);
    bus.write(0x3c0, 0x12, 1);
    bus.write(0x3c0, 0x05, 1);
    bus.write(0x3c0, 0x13, 1); // an index again
    bus.read(0x3da, 1);
    bus.write(0x3c0, 0x32, 1); // so is this, with bit 5: palette connected
    expect([bus.read(0x3c0, 1), bus.read(0x3c1, 1)]).toEqual([0x32, 0x05]);
  });

  test('a palette entry is three writes of 6 bits, and the index moves on', () => {
    bus.write(0x3c8, 255, 1);
    for (const value of [0xff, 2, 3, 4, 5, 6]) bus.write(0x3c9, value, 1);
    bus.write(0x3c7, 255, 1);
    expect(Array.from({ length: 6 }, () => bus.read(0x3c9, 1))).toEqual([0x3f, 2, 3, 4, 5, 6]);
    expect(bus.read(0x3c8, 1)).toBe(1);
  });

  test('what would leave the text mode is named, once', () => {
    bus.write(0x3ce, 0x0506, 2); // graphics mode
    bus.write(0x3ce, 0x0506, 2);
    crtc(0x09, 0x07); // 8-line characters: 50 rows
    bus.write(0x3c4, 0x0901, 2); // half dot clock: 40 columns
    expect(log).toEqual([
      'VGA: graphics controller register 0x6 = 0x5 leaves the 80 x 25 text mode: not implemented',
      'VGA: CRT controller register 0x9 = 0x7 leaves the 80 x 25 text mode: not implemented',
      'VGA: sequencer register 0x1 = 0x9 leaves the 80 x 25 text mode: not implemented',
    ]);
  });

  test('a register that is not there is named', () => {
    crtc(0x40, 1);
    readCrtc(0x41);
    expect(log).toEqual([
      'VGA: write of 0x1 to CRT controller register 0x40: not implemented',
      'VGA: read of CRT controller register 0x41: not implemented',
    ]);
  });
});

test('input status 1 shows 70 retraces a second of virtual time', () => {
  let retraces = 0;
  let before = 0;
  let blank = 0;
  const samples = 20_000;
  for (let i = 0; i < samples; i++) {
    now = Math.floor((i * INSTRUCTIONS_PER_SECOND) / samples);
    const status = bus.read(0x3da, 1);
    if (status & 8 && !(before & 8)) retraces++;
    // In retrace nothing is shown.
    if (status & 8) expect(status & 1).toBe(1);
    blank += status & 1;
    before = status;
  }
  // A retrace lasts two of 449 lines, 63 microseconds: one sample in 50 microseconds sees each.
  expect(retraces).toBe(70);
  // 400 lines of 449, and 720 dots of 900, are shown.
  expect(blank / samples).toBeCloseTo(1 - (400 / 449) * (720 / 900), 1);
});
