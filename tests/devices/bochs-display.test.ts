/** QEMU, docs/specs/standard-vga.rst and Bochs, docs-html/vbe.htm; tests/firmware/bios/vbe.s compares registers with QEMU's. */
import { beforeEach, describe, expect, test } from 'vitest';
import * as dispi from '../../src/emulator/devices/bochs-dispi.ts';
import { BochsDisplay } from '../../src/emulator/devices/bochs-display.ts';
import { PortBus } from '../../src/emulator/devices/bus.ts';

let memory: Uint8Array;
let bus: PortBus;
let display: BochsDisplay;
let log: string[];
beforeEach(() => {
  memory = new Uint8Array(dispi.VIDEO_MEMORY_SIZE);
  bus = new PortBus();
  log = [];
  display = new BochsDisplay(memory, (line) => log.push(line));
  display.plugIn(bus);
  display.reset();
});

const write = (register: number, value: number) => {
  bus.write(dispi.INDEX_PORT, register, 2);
  bus.write(dispi.DATA_PORT, value, 2);
};
const read = (register: number) => {
  bus.write(dispi.INDEX_PORT, register, 2);
  return bus.read(dispi.DATA_PORT, 2);
};
function setMode(width: number, height: number, bits = 32, flags = 0): void {
  write(dispi.ENABLE, 0);
  write(dispi.WIDTH, width);
  write(dispi.HEIGHT, height);
  write(dispi.BITS_PER_PIXEL, bits);
  write(dispi.ENABLE, dispi.ENABLED | dispi.LINEAR | flags);
}

test('nothing is shown until a mode is enabled', () => {
  expect(display.frame()).toBeNull();
  setMode(640, 480);
  expect(display.frame()).toMatchObject({ width: 640, height: 480 });
  write(dispi.ENABLE, 0);
  expect(display.frame()).toBeNull();
});

test('pixels are blue, green, red and a byte that does not count', () => {
  setMode(4, 2);
  memory.set([1, 2, 3, 0x77], 4 * 5);
  const { rgba } = display.frame()!;
  expect([...rgba.subarray(4 * 5, 4 * 6)]).toEqual([3, 2, 1, 255]);
  expect([...rgba.subarray(0, 4)]).toEqual([0, 0, 0, 255]);
});

test('enabling clears video memory, unless it is asked to keep it', () => {
  memory.fill(9);
  setMode(16, 16, 32, dispi.KEEP_MEMORY);
  expect(memory[0]).toBe(9);
  setMode(16, 16);
  expect(memory[0]).toBe(0);
});

test('the size cannot be changed while a mode is enabled', () => {
  setMode(320, 200);
  write(dispi.WIDTH, 640);
  expect(read(dispi.WIDTH)).toBe(320);
});

test('offsets move the window over a wider picture', () => {
  setMode(4, 2);
  write(dispi.VIRTUAL_WIDTH, 8);
  write(dispi.X_OFFSET, 3);
  write(dispi.Y_OFFSET, 1);
  memory.set([10, 20, 30, 0], 4 * (8 * 2 + 3 + 1));
  expect([...display.frame()!.rgba.subarray(4 * 5, 4 * 6)]).toEqual([30, 20, 10, 255]);
  expect(read(dispi.VIRTUAL_HEIGHT)).toBe(0xffff);
});

test('tells its capabilities and its memory', () => {
  expect(read(dispi.ID)).toBe(0xb0c5);
  expect(read(dispi.MEMORY_64K)).toBe(128);
  write(dispi.ENABLE, dispi.CAPABILITIES);
  expect([dispi.WIDTH, dispi.HEIGHT, dispi.BITS_PER_PIXEL].map(read)).toEqual([1280, 1024, 32]);
});

describe('what there is not is named', () => {
  test('other depths, and sizes beyond the largest', () => {
    setMode(640, 480, 16);
    setMode(1600, 1200);
    expect(log).toEqual([
      expect.stringContaining('16 bits a pixel: only 32 can be shown'),
      expect.stringContaining('register 1 = 1600: at most 1280'),
      expect.stringContaining('register 2 = 1200: at most 1024'),
    ]);
  });
  test('the banked window', () => {
    write(dispi.BANK, 1);
    expect(log[0]).toMatch('there is no banked window');
  });
  test('a size for a kernel that there is not', () => {
    expect(() => display.setMode(2000, 100)).toThrow(RangeError);
  });
});

test('changed() tells of pixels that are shown, and of the mode', () => {
  expect(display.changed()).toBe(true);
  expect(display.changed()).toBe(false);
  setMode(8, 8);
  expect(display.changed()).toBe(true);
  expect(display.changed()).toBe(false);
  memory[100] = 1;
  expect(display.changed()).toBe(true);
  memory[4 * 8 * 8] = 1; // below the window
  expect(display.changed()).toBe(false);
});
