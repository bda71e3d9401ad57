import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { describe, expect, test } from 'vitest';
import { notes, parseElf, sectionAt } from '../../src/emulator/firmware/elf.ts';
import { functionSymbols } from '../../src/emulator/firmware/elf-symbols.ts';
import { KernelError } from '../../src/emulator/firmware/kernel-error.ts';
import { describeWith } from '../support/environment.ts';
import { buildElf, HALT, join, multiboot2Kernel, text, u8, u32, u64, xenNote } from './elf-builder.ts';

const PAGE = { address: 0x100000, bytes: HALT, memorySize: 0x2000 };

describe.each([32, 64] as const)('%i-bit ELF', (bits) => {
  test('segments and entry are as built', () => {
    const elf = parseElf(
      buildElf({
        bits,
        entry: 0x100001,
        segments: [PAGE, { address: 0x300000, physical: 0x200000, bytes: u8(1, 2, 3) }],
      }),
    );
    expect(elf.bits).toBe(bits);
    expect(elf.entry).toBe(0x100001n);
    expect(elf.segments).toMatchObject([
      {
        type: 1,
        offset: 0x1000,
        virtualAddress: 0x100000n,
        physicalAddress: 0x100000,
        fileSize: 2,
        memorySize: 0x2000,
      },
      { type: 1, offset: 0x2000, virtualAddress: 0x300000n, physicalAddress: 0x200000, fileSize: 3, memorySize: 3 },
    ]);
  });

  test('sections and symbols are as built', () => {
    const strings = text('\0start\0data\0main\0');
    const symbol = (name: number, info: number, section: number, address: number, size: number) =>
      bits === 64
        ? join(u32(name), u8(info, 0, section, 0), u64(address, size))
        : join(u32(name, address, size), u8(info, 0, section, 0));
    const file = buildElf({
      bits,
      segments: [PAGE],
      sections: [
        {
          name: '.symtab',
          type: 2,
          link: 2,
          bytes: join(
            symbol(0, 0, 0, 0, 0),
            symbol(1, 0x00, 1, 0x100000, 0), // a label
            symbol(7, 0x01, 1, 0x100080, 4), // data
            symbol(12, 0x12, 1, 0x100010, 0x20), // a function
          ),
        },
        { name: '.strtab', type: 3, bytes: strings },
      ],
    });
    const elf = parseElf(file);
    expect(elf.sections.count).toBe(4);
    expect(elf.sections.namesIndex).toBe(3);
    expect(sectionAt(elf.sections, 2, bits)).toMatchObject({ type: 3, size: strings.length });
    expect(functionSymbols(elf, file)).toEqual([
      { name: 'start', address: 0x100000n, size: 0 },
      { name: 'main', address: 0x100010n, size: 0x20 },
    ]);
  });

  test.each([4, 8])('notes with alignment of %i bytes or less are found', (size) => {
    const file = buildElf({
      bits,
      segments: [
        PAGE,
        { type: 4, address: 0, bytes: join(xenNote(5, u8(9, 9, 9, 9)), xenNote(18, new Uint8Array(size))) },
      ],
    });
    expect([...notes(parseElf(file), file)]).toEqual([
      { name: 'Xen', type: 5, description: u8(9, 9, 9, 9) },
      { name: 'Xen', type: 18, description: new Uint8Array(size) },
    ]);
  });
});

/** Overwrites bytes of a sound 64-bit ELF file. */
function changed(at: number, ...bytes: number[]): Uint8Array {
  const file = buildElf({ segments: [PAGE] });
  file.set(bytes, at);
  return file;
}

test.each([
  ['an empty file', new Uint8Array(), 'not an ELF file: the file is empty'],
  ['text', text('#!/bin/sh\n'), 'not an ELF file: it begins with 23 21 2f 62, not with 7f 45 4c 46'],
  ['four bytes', u8(0x7f, 0x45, 0x4c, 0x46), 'truncated ELF file: its header ends at byte 20, the file at byte 4'],
  ['class 3', changed(4, 3), 'ELF class 3: must be 1 (32-bit) or 2 (64-bit)'],
  ['big-endian', changed(5, 2), 'ELF data encoding 2: must be 1 (little-endian)'],
  ['aarch64', changed(18, 183), 'the 64-bit ELF file is for machine 183: must be 62 (x86-64)'],
  ['32-bit x86-64 (x32)', buildElf({ bits: 32, machine: 62, segments: [PAGE] }), 'machine 62: must be 3 (i386)'],
  ['an object file', changed(16, 1), 'the ELF file is no executable: it is a relocatable object file'],
  ['version 2', changed(20, 2), 'ELF version 2'],
  ['no program headers', changed(56, 0), 'the ELF file has no program headers'],
  ['odd program headers', changed(54, 55), 'ELF program headers of 55 bytes: must be 56'],
  [
    'program headers past the end',
    changed(32, 0, 0, 0, 0, 0, 1),
    'truncated ELF file: its program headers end at byte',
  ],
  ['a segment past the end', changed(64 + 8, 0, 0, 1), 'truncated ELF file: its segment 0 ends at byte 65538'],
  ['an offset beyond 2^53', changed(64 + 8, ...new Array(8).fill(0xff)), 'truncated ELF file: its segment 0'],
  ['more in the file than in memory', changed(64 + 32, 1, 0x21), 'has 8449 bytes in the file but only 8192 in memory'],
  ['sections past the end', changed(40, 0, 0, 9, 0, 0, 0, 0, 0).fill(1, 60, 61), 'its section headers end at byte'],
  [
    'a position-independent file with relocations',
    buildElf({
      type: 3,
      segments: [PAGE],
      sections: [{ name: '.rela.dyn', type: 4, flags: 2, bytes: new Uint8Array(24) }],
    }),
    'needs relocations',
  ],
])('%s is refused in one sentence', (_, file, message) => {
  expect(() => parseElf(file)).toThrow(KernelError);
  expect(() => parseElf(file)).toThrow(message);
});

test('a position-independent file without relocations is as good as any', () => {
  expect(parseElf(buildElf({ type: 3, segments: [PAGE] })).segments).toHaveLength(1);
});

test.each([
  ['a note shorter than its header', u8(1, 2, 3)],
  ['a note whose name reaches past the segment', u32(0x7fffffff, 4, 18)],
  ['a note whose description does', join(u32(4, 0xfffffff0, 18), text('Xen\0'))],
])('%s is refused', (_, bytes) => {
  const file = buildElf({ segments: [PAGE, { type: 4, address: 0, bytes }] });
  expect(() => [...notes(parseElf(file), file)]).toThrow(KernelError);
});

describeWith(['binutils'], 'readelf', () => {
  test('reads the same from the same file', () => {
    const folder = mkdtempSync(joinPath(tmpdir(), 'elf-'));
    try {
      const path = joinPath(folder, 'kernel.elf');
      const file = multiboot2Kernel(undefined, { sections: [{ name: '.note', type: 7, bytes: u8(1, 2, 3, 4) }] });
      writeFileSync(path, file);
      const { stdout, stderr, status } = spawnSync('readelf', ['-h', '-l', '-S', '-W', path], { encoding: 'utf8' });
      expect([stderr, status]).toEqual(['', 0]);
      const elf = parseElf(file);
      expect(stdout).toMatch(`Entry point address:               0x${elf.entry.toString(16)}\n`);
      const [segment] = elf.segments;
      const hex = (value: number | bigint, digits: number) => `0x${value.toString(16).padStart(digits, '0')}`;
      expect(stdout).toMatch(
        new RegExp(
          `LOAD +${hex(segment!.offset, 6)} ${hex(segment!.virtualAddress, 16)} ${hex(segment!.physicalAddress, 16)} ${hex(segment!.fileSize, 6)} ${hex(segment!.memorySize, 6)}`,
        ),
      );
      const note = sectionAt(elf.sections, 1, 64);
      expect(stdout).toMatch(new RegExp(`\\.note +NOTE +0{16} ${note.offset.toString(16).padStart(6, '0')} 000004`));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
