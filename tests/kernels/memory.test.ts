/**
 * Chapter 5's kernel counts a machine's memory: whatever QEMU has, and whoever loads the kernel, as many frames are free as the
 * firmware's map leaves. The map and the answer come from the kernel's serial log; what the answer has to be is worked out here.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeIso } from '../../scripts/iso.ts';
import { checkpoints } from '../support/checkpoints.ts';
import { describeWith } from '../support/environment.ts';
import { type Boot, boot } from '../support/qemu.ts';

const FRAME = 4096;
/** The kernel hands out nothing that lies above, in bytes. */
const WINDOW = 2 ** 32;
const MIB = 2 ** 20;

const { kernel, screen } = checkpoints().find(({ id }) => id === '05-memory')!;
let folder: string;
let cdrom: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'memory-'));
  cdrom = join(folder, 'memory.iso');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The address behind the kernel's last byte, by its program headers (ELF-64: System V ABI, chapter 5). */
function kernelEnd(): number {
  const file = readFileSync(kernel);
  const table = Number(file.readBigUInt64LE(0x20));
  const size = file.readUInt16LE(0x36);
  const headers = Array.from({ length: file.readUInt16LE(0x38) }, (_, index) => table + index * size);
  const loaded = headers.filter((at) => file.readUInt32LE(at) === 1);
  return Math.max(...loaded.map((at) => Number(file.readBigUInt64LE(at + 0x10) + file.readBigUInt64LE(at + 0x28))));
}

interface Region {
  start: number;
  end: number;
  type: number;
}

function mapIn(serial: string): Region[] {
  return [...serial.matchAll(/^0x([0-9a-f]+)-0x([0-9a-f]+) type (\d+)/gm)].map(([, start, end, type]) => ({
    start: Number.parseInt(start!, 16),
    end: Number.parseInt(end!, 16),
    type: Number(type),
  }));
}

function freeFrames(map: readonly Region[]): number {
  const usable = map.filter(({ type }) => type === 1);
  const other = map.filter(({ type }) => type !== 1);
  let count = 0;
  for (let start = Math.ceil(kernelEnd() / FRAME) * FRAME; start < WINDOW; start += FRAME) {
    const end = start + FRAME;
    const inside = usable.some((region) => region.start <= start && end <= region.end);
    if (inside && !other.some((region) => region.start < end && start < region.end)) count += 1;
  }
  return count;
}

async function expectAllFrames(from: Boot): Promise<Region[]> {
  const { end, screen: shown, serial } = await boot(from);
  expect(end).toEqual({ kind: 'halted' });
  const map = mapIn(serial);
  expect(Number(/(\d+) frames are free/.exec(serial)![1])).toBe(freeFrames(map));
  // Of the first lines, those about frames: where 16 MiB are all there is, the last ones are not free.
  const [, , , , ...others] = shown.split('\n');
  if (from.firmware !== 'uefi') expect(others).toEqual(screen.split('\n').slice(4));
  return map;
}

// The least that the chapter promises; memory up to the devices below 4 GiB; memory above them.
const SIZES = [16, 3072, 8192];

describeWith(['qemu'], 'loaded by QEMU', () => {
  test.each(SIZES)('with %i MiB', async (memoryMiB) => {
    const map = await expectAllFrames({ kernel, memoryMiB });
    const total = map.filter(({ type }) => type === 1).reduce((sum, { start, end }) => sum + end - start, 0);
    expect(total / MIB).toBeGreaterThan(memoryMiB - 1);
  });
});

describeWith(['qemu', 'grub'], 'loaded by GRUB', () => {
  test.each(SIZES)('with %i MiB', async (memoryMiB) => {
    makeIso(kernel, cdrom);
    await expectAllFrames({ cdrom, memoryMiB });
  });
});

describeWith(['qemu', 'grub', 'ovmf'], 'loaded by GRUB under UEFI, whose map has more regions and types', () => {
  test('with 8 GiB', async () => {
    makeIso(kernel, cdrom);
    const map = await expectAllFrames({ cdrom, memoryMiB: 8192, firmware: 'uefi' });
    expect(new Set(map.map(({ type }) => type)).size).toBeGreaterThan(2);
  });
});
