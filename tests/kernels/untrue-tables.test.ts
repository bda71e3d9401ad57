/**
 * Chapter 8's kernel and its successors on a machine whose firmware or boot loader is mistaken: ACPI tables (ACPI 6.5, 5.2) and the
 * description of the framebuffer (Multiboot2 3.6.12) are changed in memory before the kernel's first instruction. Whatever
 * they say, the shell comes up, and what the kernel does without, it says by name.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type DisplayMode, Machine } from '../../src/emulator/machine.ts';
import { checkpoints } from '../support/checkpoints.ts';

const PROMPT = 'toy> ';
const { kernel } = checkpoints().find(({ id }) => id === '08-hardware')!;

class Guest {
  serial = '';
  machine!: Machine;

  static async loaded(display: DisplayMode): Promise<Guest> {
    const guest = new Guest();
    guest.machine = await Machine.create({
      memoryMiB: 64,
      display,
      serial: (byte) => {
        guest.serial += String.fromCharCode(byte);
      },
    });
    guest.machine.loadKernel(new Uint8Array(readFileSync(kernel)), { protocol: 'multiboot2' });
    return guest;
  }

  u32(address: number): number {
    return this.machine.memory.view.getUint32(address, true);
  }
  /** As by a programmer of ROMs: the machine's own tables are not to be written to. */
  patch(address: number, bytes: readonly number[]): void {
    this.machine.memory.write(address, Uint8Array.from(bytes));
  }

  /** Runs to the shell's prompt, or to the end of a command. */
  toPrompt(): string {
    const start = this.serial.length;
    const deadline = this.machine.time + 1e9;
    while (!this.serial.slice(start).endsWith(PROMPT) && !this.machine.end && this.machine.time < deadline)
      this.machine.run(20_000);
    return this.serial.slice(start).replaceAll('\r', '');
  }
}

const le = (value: number, size: number) => Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i) % 256);

describe('ACPI', () => {
  const [LENGTH, CHECKSUM, DSDT, PM1A_CONTROL, X_DSDT] = [4, 9, 40, 64, 140];
  const XSDT_ENTRIES = 36;

  /** Changes the FADT at these offsets and its sum with them. */
  async function withFadt(change: (dsdt: number) => readonly [number, readonly number[]][]): Promise<Guest> {
    const guest = await Guest.loaded('text');
    let rsdp = 0xe0000;
    while (String.fromCharCode(...guest.machine.memory.read(rsdp, 8)) !== 'RSD PTR ') rsdp += 16;
    const fadt = guest.u32(guest.u32(rsdp + 24) + XSDT_ENTRIES);
    expect(String.fromCharCode(...guest.machine.memory.read(fadt, 4))).toBe('FACP');
    for (const [offset, bytes] of change(guest.u32(fadt + DSDT))) guest.patch(fadt + offset, bytes);
    guest.patch(fadt + CHECKSUM, [0]);
    const sum = guest.machine.memory.read(fadt, guest.u32(fadt + LENGTH)).reduce((total, byte) => total + byte, 0);
    guest.patch(fadt + CHECKSUM, [-sum & 0xff]);
    return guest;
  }

  test.each([
    ['as it is', () => []],
    ['X_DSDT alone', () => [[DSDT, le(0, 4)]]],
    ['DSDT alone', () => [[X_DSDT, le(0, 8)]]],
    ['an X_DSDT beyond 4 GiB beside a DSDT', () => [[X_DSDT, le(2 ** 32, 8)]]],
    ['X_DSDT before another DSDT', (dsdt: number) => [[DSDT, le(dsdt + 1, 4)]]],
    ['the length of ACPI 1.0', () => [[LENGTH, le(116, 4)]]],
  ] satisfies [string, (dsdt: number) => [number, number[]][]][])('%s: poweroff switches off', async (_, change) => {
    const guest = await withFadt(change);
    expect(guest.toPrompt()).not.toContain('ACPI:');
    guest.machine.typeText('poweroff\n');
    guest.toPrompt();
    expect(guest.machine.end).toEqual({ kind: 'power-off' });
  });

  const bothDsdts = (address: number): [number, number[]][] => [
    [DSDT, le(address % 2 ** 32, 4)],
    [X_DSDT, le(address, 8)],
  ];
  test.each([
    ['no DSDT', bothDsdts(0), 'a table is out of reach'],
    ['a DSDT in page 0', bothDsdts(0x800), 'a table is out of reach'],
    ['a DSDT in the kernel', bothDsdts(0x100000), 'a table is out of reach'],
    ['a DSDT beyond 4 GiB', bothDsdts(3 * 2 ** 32), 'a table is out of reach'],
    ['a DSDT in empty memory', bothDsdts(0x300_0000), 'no S5'],
    ['no PM1a control', [[PM1A_CONTROL, le(0, 4)]], 'no PM1 control'],
    ...[36, 43, 64, 71].map(
      (length) => [`${length} bytes`, [[LENGTH, le(length, 4)]], 'a table is too short'] as const,
    ),
  ] satisfies (readonly [string, readonly (readonly [number, number[]])[], string])[])(
    '%s: there is no power-off, and the kernel says so',
    async (_, change, error) => {
      const guest = await withFadt(() => change as [number, number[]][]);
      expect(guest.toPrompt()).toContain(`\nACPI: ${error}\n`);
      guest.machine.typeText('poweroff\n');
      expect(guest.toPrompt()).toContain('\nYou can switch the machine off now.\n');
      expect(guest.machine.end).toEqual({ kind: 'halted' });
    },
  );
});

describe('the framebuffer', () => {
  const [WIDTH, HEIGHT] = [800, 600];
  const [TAG, SIZE, ADDRESS, PITCH, RED] = [8, 4, 8, 16, 32];
  /** Its bytes, padded. */
  const TAG_SIZE = 40;

  async function withTag(change: readonly (readonly [number, readonly number[]])[]): Promise<Guest> {
    const guest = await Guest.loaded({ width: WIDTH, height: HEIGHT, bpp: 32 });
    let tag = Number(guest.machine.state.gpr(3)) + 8;
    while (guest.u32(tag) !== TAG) tag += Math.ceil(guest.u32(tag + SIZE) / 8) * 8;
    expect(guest.u32(tag + PITCH)).toBe(WIDTH * 4);
    for (const [offset, bytes] of change) guest.patch(tag + offset, bytes);
    return guest;
  }
  const isDark = (guest: Guest) => new Set(new Uint32Array(guest.machine.frame()!.rgba.buffer)).size === 1;

  test('as it is, it is drawn on', async () => {
    const guest = await withTag([]);
    expect(guest.toPrompt()).not.toContain('framebuffer:');
    expect(isDark(guest)).toBe(false);
  });

  test.each([
    ['a pitch below a line', [[PITCH, le(WIDTH * 4 - 4, 4)]], 'its lines are longer than its pitch'],
    ['a pitch that cuts pixels', [[PITCH, le(WIDTH * 4 + 2, 4)]], 'pixels are not at multiples of 4'],
    ['an address that cuts pixels', [[ADDRESS, le(0xe000_0002, 8)]], 'pixels are not at multiples of 4'],
    ['an address beyond all of them', [[ADDRESS, le(2 ** 64 - 4096, 8)]], 'it lies beyond 4 GiB'],
    ['a colour of 17 bits', [[RED, [0, 17]]], 'its colours do not fit into a pixel'],
    ['a colour beyond the pixel', [[RED, [28, 8]]], 'its colours do not fit into a pixel'],
    ['a colour at bit 255', [[RED, [255, 8]]], 'its colours do not fit into a pixel'],
  ] satisfies [string, [number, number[]][], string][])('%s: the kernel goes on without', async (_, change, error) => {
    const guest = await withTag(change);
    expect(guest.toPrompt()).toContain(`\nframebuffer: ${error}\n`);
    expect(guest.serial).toMatch(/toy> $/);
    expect(isDark(guest)).toBe(true);
  });

  test('a tag that ends before its colours is none', async () => {
    const END = 24;
    // The rest becomes a tag of a type that nobody knows.
    const guest = await withTag([[SIZE, le(END, 4)], [END, [...le(0xffff, 4), ...le(TAG_SIZE - END, 4)]]]); // biome-ignore format: one line tells it
    expect(guest.toPrompt()).toMatch(/toy> $/);
    expect(isDark(guest)).toBe(true);
  });
});
