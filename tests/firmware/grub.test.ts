/** What a kernel gets from GRUB and from our loader, side by side: boot information and machine state. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeIso } from '../../scripts/iso.ts';
import { Machine } from '../../src/emulator/machine.ts';
import { describeWith } from '../support/environment.ts';
import { boot } from '../support/qemu.ts';
import { text } from './elf-builder.ts';
import { asm, guestWithSections } from './guest.ts';

/** As much as the screen holds; GRUB's information about a small kernel takes less. */
const SHOWN = 1000;

/** Shows the boot information, and halts with the registers as they were but for ebx, eax, ebp and edi. */
const kernel = guestWithSections(
  [{ name: '.strtab', type: 3, bytes: text('\0main\0') }],
  asm.clear,
  asm.cursor(0),
  asm.showMemory(SHOWN),
  asm.cli,
  asm.hlt,
);

function tagsOf(screen: string): Map<number, DataView> {
  const digits = screen.replaceAll('\n', '');
  const bytes = Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const view = new DataView(bytes.buffer);
  const total = view.getUint32(0, true);
  expect(total).toBeLessThanOrEqual(SHOWN);
  const tags = new Map<number, DataView>();
  for (let at = 8; at < total; at += Math.ceil(view.getUint32(at + 4, true) / 8) * 8)
    tags.set(view.getUint32(at, true), new DataView(bytes.buffer, at, view.getUint32(at + 4, true)));
  return tags;
}
const hex = (tag: DataView | undefined) =>
  tag && [...new Uint8Array(tag.buffer, tag.byteOffset, tag.byteLength)].map((byte) => byte.toString(16)).join(' ');

describeWith(['qemu', 'grub'], 'GRUB', () => {
  let folder: string;
  let theirs: Map<number, DataView>;
  let ours: Map<number, DataView>;
  let registers: string;
  let machine: Machine;

  beforeAll(async () => {
    folder = mkdtempSync(joinPath(tmpdir(), 'grub-'));
    const [elf, iso] = [joinPath(folder, 'kernel.elf'), joinPath(folder, 'kernel.iso')];
    writeFileSync(elf, kernel);
    makeIso(elf, iso);
    const seen = await boot({ cdrom: iso });
    expect(seen.end).toEqual({ kind: 'halted' });
    registers = seen.registers;
    theirs = tagsOf(seen.screen);
    machine = await Machine.create({ memoryMiB: 64 });
    machine.loadKernel(kernel);
    machine.run(1_000_000);
    ours = tagsOf(machine.screenText());
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('gives every tag that we give', () => {
    // The RSDP of ACPI 2.0 (15) as well: QEMU's firmware has that of ACPI 1.0 alone.
    const expected = [...ours.keys()].filter((type) => type !== 15);
    expect([...theirs.keys()]).toEqual(expect.arrayContaining(expected));
  });

  test('gives the RSDP in the same form', () => {
    const [a, b] = [ours.get(14)!, theirs.get(14)!];
    expect(a.byteLength).toBe(b.byteLength);
    for (const tag of [a, b]) {
      const bytes = new Uint8Array(tag.buffer, tag.byteOffset + 8, 20);
      expect(new TextDecoder().decode(bytes.subarray(0, 8))).toBe('RSD PTR ');
      expect(bytes.reduce((sum, byte) => sum + byte, 0) & 0xff).toBe(0);
    }
  });

  test.each([
    [0, 'end'],
    [1, 'command line'],
    [8, 'framebuffer'],
    [21, 'load base'],
  ])('gives tag %i (%s) byte for byte', (type) => {
    expect(hex(ours.get(type))).toBe(hex(theirs.get(type)));
  });

  test('gives the memory map in the same form, and the same conventional memory', () => {
    const [a, b] = [ours.get(6)!, theirs.get(6)!];
    for (const at of [8, 12]) expect(a.getUint32(at, true)).toBe(b.getUint32(at, true));
    expect(hex(new DataView(a.buffer, a.byteOffset + 16, 72))).toBe(hex(new DataView(b.buffer, b.byteOffset + 16, 72)));
    expect(ours.get(4)!.getUint32(8, true)).toBe(theirs.get(4)!.getUint32(8, true));
  });

  test('gives section headers in the same form', () => {
    const [a, b] = [ours.get(9)!, theirs.get(9)!];
    expect(a.byteLength).toBe(b.byteLength);
    const bytes = (view: DataView) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
    const [x, y] = [bytes(a), bytes(b)];
    let placed = 0;
    for (let header = 20; header < x.length; header += 64) {
      // Where a section was put that no segment holds is each loader's choice.
      const address = (of: Uint8Array) => new DataView(of.buffer).getBigUint64(header + 16, true);
      expect(address(x) === 0n).toBe(address(y) === 0n);
      if (address(x) !== 0n) placed++;
      for (const of of [x, y]) of.fill(0, header + 16, header + 24);
    }
    expect(placed).toBe(2);
    expect(x).toEqual(y);
  });

  test('leaves the processor in the same state, as far as the specification tells', () => {
    const { state } = machine;
    for (const name of ['CS', 'DS', 'ES', 'FS', 'GS', 'SS'] as const) {
      const [, selector, base, limit, flags] =
        new RegExp(`${name} ?=([0-9a-f]{4}) ([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+)`).exec(registers) ?? [];
      const ours = state.segment(name.toLowerCase() as 'cs');
      expect([name, Number.parseInt(selector!, 16)]).toEqual([name, ours.selector]);
      expect([Number.parseInt(base!, 16), Number.parseInt(limit!, 16)]).toEqual([Number(ours.base), ours.limit]);
      // Bits 8-15 and 20-23 of a descriptor's upper half; whether the segment was accessed is left open.
      const descriptor = Number.parseInt(flags!, 16);
      const theirs = ((descriptor >> 8) & 0xff) | ((descriptor >> 8) & 0xf000);
      expect([name, theirs | 1]).toEqual([name, ours.attributes | 1]);
    }
    expect(Number.parseInt(/CR0=([0-9a-f]+)/.exec(registers)![1]!, 16)).toBe(state.cr0);
    expect(Number.parseInt(/CR4=([0-9a-f]+)/.exec(registers)![1]!, 16)).toBe(state.cr4);
    expect(registers).toMatch(/A20=1/);
  });
});
