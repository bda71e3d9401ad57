/**
 * From power-on to a kernel: our BIOS starts the real GRUB from the CD image, as a CD and as the disk that the same image is, and
 * GRUB starts the kernel, which shows what is recorded. And what the BIOS does where nothing boots.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeIso } from '../../scripts/iso.ts';
import { Machine, type MachineOptions, MemoryDisk } from '../../src/emulator/machine.ts';
import { checkpoints } from '../support/checkpoints.ts';
import { describeWith } from '../support/environment.ts';

/** In instruction times: GRUB takes 70 million. */
const LIMIT = 400_000_000;

async function powerOn(options: MachineOptions): Promise<Machine> {
  const machine = await Machine.create({ memoryMiB: 64, ...options });
  machine.powerOn();
  return machine;
}

describeWith(['grub'], 'GRUB through our BIOS', () => {
  let folder: string;
  let image: Uint8Array;
  const kernel = checkpoints().find(({ id }) => id === '03-bootloader')!;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'power-on-'));
    makeIso(kernel.kernel, join(folder, 'kernel.iso'));
    image = readFileSync(join(folder, 'kernel.iso'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each<[string, () => MachineOptions]>([
    ['as a CD', () => ({ cdrom: new MemoryDisk(image) })],
    ['as a disk', () => ({ disks: [new MemoryDisk(image)] })],
  ])(
    '%s: the kernel shows what is recorded',
    async (_, media) => {
      const machine = await powerOn(media());
      machine.run(LIMIT);
      expect(machine.screenText()).toBe(kernel.screen);
      expect(machine.end?.kind).toBe(kernel.info.run.end);
      expect(machine.state.mode).toBe('long');
    },
    240_000,
  );
});

/** cli; hlt, behind what is put before it, in a boot sector. */
function bootSector(...code: number[]): Uint8Array {
  const sector = new Uint8Array(512);
  sector.set([...code, 0xfa, 0xf4]);
  sector.set([0x55, 0xaa], 510);
  return sector;
}
/** mov ax, 0E00h + character; int 10h */
const print = (character: string) => [0xb8, character.charCodeAt(0), 0x0e, 0xcd, 0x10];
const disk = (sector: Uint8Array, sectors = 2880) => {
  const image = new Uint8Array(sectors * 512);
  image.set(sector);
  return new MemoryDisk(image);
};
const lines = (machine: Machine) => machine.textScreen().lines.filter((line) => line !== '');

describe.each(['interpreter', 'reference'] as const)('INT 19h, on the %s', (engine) => {
  test('boots in the order that is asked for', async () => {
    const media = { floppy: disk(bootSector(...print('F'))), disks: [disk(bootSector(...print('H')))] };
    for (const [bootOrder, shown] of [
      [['c', 'a'], 'H'],
      [['a', 'c'], 'F'],
      [['d', 'a'], 'F'],
    ] as const) {
      const machine = await powerOn({ engine, bootOrder, ...media });
      machine.run(100_000_000);
      expect(machine.end).toEqual({ kind: 'halted' });
      expect(lines(machine).at(-1)).toBe(shown);
    }
  });

  test('goes on where a boot sector has no signature, and says when nothing boots', async () => {
    const machine = await powerOn({ engine, disks: [disk(new Uint8Array(512))], cdrom: disk(new Uint8Array(512)) });
    machine.run(20_000_000);
    expect(machine.end).toBeNull();
    expect(lines(machine).slice(1)).toEqual([
      'Booting from hard disk...',
      'Boot failed: not a bootable disk.',
      'Booting from CD-ROM...',
      'Boot failed: not a bootable CD-ROM.',
      'No bootable device.',
    ]);
  });

  test('hands over the drive in DL, with interrupts on and the stack below', async () => {
    // mov [0x500], dl; mov [0x502], sp; pushf; pop [0x504]
    const store = [0x88, 0x16, 0x00, 0x05, 0x89, 0x26, 0x02, 0x05, 0x9c, 0x8f, 0x06, 0x04, 0x05];
    const machine = await powerOn({ engine, disks: [disk(bootSector(...store))] });
    machine.run(20_000_000);
    expect(machine.end).toEqual({ kind: 'halted' });
    const { view } = machine.memory;
    expect([view.getUint8(0x500), view.getUint16(0x502, true)]).toEqual([0x80, 0x7c00]);
    expect(view.getUint16(0x504, true) & 0x200).toBe(0x200);
  });

  test('a reset that the guest asks for boots again; memory and the tick count stay', async () => {
    // inc byte [0x600]; cmp byte [0x600], 3; je +4; mov al, 0xfe; out 0x64, al
    const code = [0xfe, 0x06, 0x00, 0x06, 0x80, 0x3e, 0x00, 0x06, 0x03, 0x74, 0x06, 0xb0, 0xfe, 0xe6, 0x64, 0xeb, 0xfe];
    const machine = await powerOn({ engine, disks: [disk(bootSector(...code))] });
    machine.run(60_000_000);
    expect(machine.end).toEqual({ kind: 'halted' });
    expect(machine.memory.bytes[0x600]).toBe(3);
  });

  test('APM switches the machine off', async () => {
    // mov ax, 5301h; xor bx, bx; int 15h; mov ax, 5307h; mov bx, 1; mov cx, 3; int 15h
    const off = [0xb8, 1, 0x53, 0x31, 0xdb, 0xcd, 0x15, 0xb8, 7, 0x53, 0xbb, 1, 0, 0xb9, 3, 0, 0xcd, 0x15];
    const machine = await powerOn({ engine, disks: [disk(bootSector(...off))] });
    machine.run(20_000_000);
    expect(machine.end).toEqual({ kind: 'power-off' });
  });
});

describe('a power cut', () => {
  /** mov ax, 0301h; mov bx, 7C00h; mov cx, 2; mov dx, 80h; int 13h: writes the boot sector to the second sector. */
  const write = [0xb8, 1, 3, 0xbb, 0, 0x7c, 0xb9, 2, 0, 0xba, 0x80, 0, 0xcd, 0x13];

  test('loses what the BIOS has written and nobody has flushed; the disk is as it was', async () => {
    const medium = disk(bootSector(...write));
    const machine = await powerOn({ disks: [medium] });
    machine.run(20_000_000);
    expect(medium.read(1, 1)).toEqual(medium.read(0, 1));
    machine.pullPlug();
    expect(machine.end).toEqual({ kind: 'power-off' });
    expect(medium.read(1, 1)).toEqual(new Uint8Array(512));
    machine.reset();
    expect(machine.end).toBeNull();
    machine.run(20_000_000);
    machine.pullPlug((_, index, number) => index === 0 && number === 0);
    expect(medium.read(1, 1)).toEqual(medium.read(0, 1));
  });

  test('at the same instant leaves the same disk each time', async () => {
    const remains = [];
    for (let i = 0; i < 2; i++) {
      const medium = disk(bootSector(...write, 0xeb, 0xf0));
      const machine = await powerOn({ disks: [medium] });
      machine.run(1_234_567);
      remains.push(medium.unflushed.length);
    }
    expect(remains[0]).toBeGreaterThan(0);
    expect(remains[1]).toBe(remains[0]);
  });
});
