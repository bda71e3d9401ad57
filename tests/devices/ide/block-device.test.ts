/** The medium: an image that never changes, an overlay, and a write cache that a power cut empties. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemoryDisk } from '../../../src/emulator/devices/block-device.ts';
import { numbered } from './harness.ts';

const filled = (value: number, sectors = 1) => new Uint8Array(512 * sectors).fill(value);

describe('a disk in memory', () => {
  test('reads its image, and zeros behind a last part of a sector', () => {
    const disk = new MemoryDisk(numbered(3).subarray(0, 1100));
    expect(disk.sectors).toBe(3);
    const read = disk.read(0, 3);
    expect(read.subarray(0, 1100)).toEqual(numbered(3).subarray(0, 1100));
    expect(read.subarray(1100)).toEqual(new Uint8Array(1536 - 1100));
  });

  test('keeps writes apart from its image', () => {
    const image = numbered(4);
    const disk = new MemoryDisk(image);
    disk.write(1, filled(0xaa, 2));
    expect(disk.read(0, 4).subarray(512, 1536)).toEqual(filled(0xaa, 2));
    expect(image).toEqual(numbered(4));
    expect(disk.changedSectors().map(({ sector }) => sector)).toEqual([1, 2]);
  });

  test('copies what is written: the writer may use its buffer again', () => {
    const disk = MemoryDisk.empty(2);
    const buffer = Buffer.from(filled(1));
    disk.write(0, buffer);
    buffer.fill(2);
    expect(disk.read(0, 1)).toEqual(filled(1));
  });

  test.each([
    [4, 1],
    [3, 2],
    [-1, 1],
    [0.5, 1],
  ])('refuses sectors from %d, %d of them', (first, count) => {
    const disk = MemoryDisk.empty(4);
    expect(() => disk.read(first, count)).toThrow(RangeError);
    expect(() => disk.write(first, filled(0, count))).toThrow(RangeError);
  });
  test('refuses parts of sectors', () => {
    expect(() => MemoryDisk.empty(4).write(0, new Uint8Array(100))).toThrow('no whole sectors');
  });

  test('is restored from its changes', () => {
    const disk = new MemoryDisk(numbered(8));
    disk.write(2, filled(7));
    disk.flush();
    disk.write(5, filled(9));
    const other = new MemoryDisk(numbered(8));
    other.write(0, filled(1));
    other.restore(disk.changedSectors());
    expect(other.contents()).toEqual(disk.contents());
    other.restore([]);
    expect(other.contents()).toEqual(numbered(8));
  });
});

describe('a power cut', () => {
  test('loses what was written since the last flush, and nothing else', () => {
    const disk = new MemoryDisk(numbered(4));
    disk.write(0, filled(1));
    disk.flush();
    disk.write(0, filled(2));
    disk.write(1, filled(2));
    disk.cutPower();
    expect(disk.read(0, 2)).toEqual(new Uint8Array([...filled(1), ...numbered(2).subarray(512)]));
  });

  test('may keep any part of it: an older write to a sector too, where the newer one is lost', () => {
    const disk = MemoryDisk.empty(2);
    for (const value of [1, 2, 3]) disk.write(0, filled(value));
    disk.write(1, filled(4));
    expect(disk.unflushed.map(({ sector, data }) => [sector, data[0]])).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 4],
    ]);
    disk.cutPower((_, index) => index === 1 || index === 3);
    expect([disk.read(0, 1)[0], disk.read(1, 1)[0]]).toEqual([2, 4]);
    expect(disk.unflushed).toEqual([]);
  });

  test('whatever is written, flushed and cut: each sector holds its last flushed or a surviving contents', () => {
    const step = fc.oneof(
      fc.record({ write: fc.nat(5), value: fc.integer({ min: 1, max: 255 }) }),
      fc.constant('flush' as const),
    );
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40 }),
        fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
        (steps, kept) => {
          const disk = MemoryDisk.empty(6);
          const durable = new Array(6).fill(0);
          let pending: [number, number][] = [];
          for (const each of steps)
            if (each === 'flush') {
              disk.flush();
              for (const [sector, value] of pending) durable[sector] = value;
              pending = [];
            } else {
              disk.write(each.write, filled(each.value));
              pending.push([each.write, each.value]);
              expect(disk.read(each.write, 1)[0]).toBe(each.value);
            }
          disk.cutPower((_, index) => kept[index]!);
          pending.forEach(([sector, value], index) => {
            if (kept[index]) durable[sector] = value;
          });
          expect(durable.map((_, sector) => disk.read(sector, 1)[0])).toEqual(durable);
        },
      ),
    );
  });
});
