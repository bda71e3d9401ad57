/** Xen's x86/HVM direct boot ABI (docs/misc/pvh.pandoc). */
import { expect, test } from 'vitest';
import { RBX } from '../../src/emulator/cpu/layout.ts';
import { detectProtocol, loadKernel } from '../../src/emulator/firmware/kernel.ts';
import { KernelError } from '../../src/emulator/firmware/kernel-error.ts';
import { loadPvh } from '../../src/emulator/firmware/pvh.ts';
import { buildElf, HALT, join, multiboot2Header, text, u32, u64, xenNote } from './elf-builder.ts';
import { bootTarget } from './target.ts';

function pvhKernel(description = u32(0x100010), options: { type?: number; header?: Uint8Array } = {}): Uint8Array {
  const bytes = new Uint8Array(0x200);
  bytes.set(options.header ?? [], 0x100);
  bytes.set(HALT, 0x10);
  return buildElf({
    entry: 0x100020,
    segments: [
      { address: 0x100000, bytes },
      { type: 4, address: 0x100100, bytes: xenNote(options.type ?? 18, description) },
    ],
  });
}

test.each([
  ['32', u32(0x100010)],
  ['64', u64(0x100010)],
])('the entry point is the note’s, of %s bits', (_, description) => {
  const { memory, state, textMode } = bootTarget();
  loadPvh(pvhKernel(description), { memory, state, textMode }, { commandLine: 'a b' });
  expect(state.rip).toBe(0x100010n);
  expect(state.cr0 & ~0x10).toBe(1); // ET is hard-wired
  expect(state.cr4).toBe(0);
  expect(state.rflags & ((1 << 17) | (1 << 9) | (1 << 8))).toBe(0);
  expect(state.segment('tr')).toMatchObject({ base: 0n, limit: 0x67, attributes: 0x8b });
  for (const name of ['cs', 'ds', 'es', 'ss'] as const)
    expect(state.segment(name)).toMatchObject({ base: 0n, limit: 0xffffffff });

  const info = Number(state.gpr(RBX));
  const { view } = memory;
  expect([0, 4, 8, 12].map((at) => view.getUint32(info + at, true))).toEqual([0x336ec578, 1, 0, 0]);
  // The RSDP, which the machine puts there.
  expect(view.getBigUint64(info + 32, true)).toBe(0xf0000n);
  const commandLine = Number(view.getBigUint64(info + 24, true));
  expect(memory.read(commandLine, 4)).toEqual(text('a b\0'));
  const map = Number(view.getBigUint64(info + 40, true));
  expect(view.getUint32(info + 48, true)).toBe(5);
  expect([
    view.getBigUint64(map + 72, true),
    view.getBigUint64(map + 80, true),
    view.getUint32(map + 88, true),
  ]).toEqual([0x100000n, 0x300000n, 1]);
});

test('modules: start, length and command line of each, in order', () => {
  const { memory, state, textMode } = bootTarget();
  const modules = [
    { content: text('first'), commandLine: 'one 1' },
    { content: new Uint8Array(5000).fill(7), commandLine: 'two' },
  ];
  loadPvh(pvhKernel(), { memory, state, textMode }, { modules });
  const info = Number(state.gpr(RBX));
  const { view } = memory;
  expect(view.getUint32(info + 12, true)).toBe(2);
  const list = Number(view.getBigUint64(info + 16, true));
  modules.forEach(({ content, commandLine }, i) => {
    const [start, length, line] = [0, 8, 16].map((at) => Number(view.getBigUint64(list + 32 * i + at, true)));
    expect(start! % 4096).toBe(0);
    expect(memory.read(start!, length!)).toEqual(content);
    expect(memory.read(line!, commandLine.length + 1)).toEqual(text(`${commandLine}\0`));
  });
});

test.each([
  ['without the note', pvhKernel(u32(0x100010), { type: 17 }), 'no Xen note of type 18'],
  ['with an entry point outside', pvhKernel(u32(0x500000)), 'the PVH entry point 0x500000 lies in no segment'],
  ['with a note of 2 bytes', pvhKernel(new Uint8Array(2)), 'holds 2 bytes'],
])('a kernel %s is refused', (_, file, message) => {
  expect(() => loadPvh(file, bootTarget())).toThrow(KernelError);
  expect(() => loadPvh(file, bootTarget())).toThrow(message);
});

test('Multiboot2 goes before PVH where a file offers both, also if its header is unsound', () => {
  expect(detectProtocol(pvhKernel())).toBe('pvh');
  expect(detectProtocol(pvhKernel(undefined, { header: multiboot2Header() }))).toBe('multiboot2');
  const unsound = pvhKernel(undefined, { header: multiboot2Header([]) });
  expect(() => loadKernel(unsound, bootTarget())).toThrow('no end tag');
  expect(loadKernel(unsound, bootTarget(), { protocol: 'pvh' })).toBe('pvh');
});

test.each([
  ['a text file', text('hello, world'), 'not a kernel: neither an ELF file nor a file with a Multiboot2 header'],
  ['an ordinary program', buildElf({ segments: [{ address: 0x100000, bytes: HALT }] }), 'no Multiboot2 header'],
  [
    'a late header',
    join(buildElf({ segments: [{ address: 0x100000, bytes: HALT }] }), new Uint8Array(0x9000), multiboot2Header()),
    'it stands at offset',
  ],
])('%s is refused with the reason', (_, file, message) => {
  expect(() => loadKernel(file, bootTarget())).toThrow(KernelError);
  expect(() => loadKernel(file, bootTarget())).toThrow(message);
});
