/** Multiboot2 Specification 2.0: header (3.1), machine state (3.3), boot information (3.6). */
import { describe, expect, test } from 'vitest';
import { RAX, RBX, RSP } from '../../src/emulator/cpu/layout.ts';
import { SegmentAttribute } from '../../src/emulator/cpu/state.ts';
import { KernelError } from '../../src/emulator/firmware/kernel-error.ts';
import { loadMultiboot2 } from '../../src/emulator/firmware/multiboot2.ts';
import {
  buildElf,
  END_TAG,
  HALT,
  headerTag,
  join,
  multiboot2Header,
  multiboot2Kernel,
  text,
  u8,
  u32,
} from './elf-builder.ts';
import { bootTarget } from './target.ts';

/** A kernel whose header stands at a file offset of the first segment's page. */
function kernelWithHeaderAt(offset: number, header = multiboot2Header()): Uint8Array {
  const bytes = new Uint8Array(0x1000);
  bytes.set(header, offset - 0x1000);
  return buildElf({ segments: [{ address: 0x100000, bytes }] });
}

const REFUSED: [string, Uint8Array, string][] = [
  [
    'no header',
    buildElf({ segments: [{ address: 0x100000, bytes: HALT }] }),
    'no Multiboot2 header in the first 32768 bytes',
  ],
  ['a misaligned header', kernelWithHeaderAt(0x1004), 'its magic number at offset 0x1004 is not 8-byte aligned'],
  [
    'a header past 32 KiB',
    join(multiboot2Kernel(new Uint8Array()), new Uint8Array(0x8000), multiboot2Header()),
    'no Multiboot2 header in the first 32768 bytes of the file: it stands at offset 0xa000',
  ],
  [
    'a header across the 32 KiB mark',
    join(multiboot2Kernel(new Uint8Array()), new Uint8Array(0x6000 - 16), multiboot2Header()),
    'the Multiboot2 header ends at file offset 0x8008',
  ],
  [
    'a wrong checksum',
    multiboot2Kernel(multiboot2Header([END_TAG], { checksum: 0x12345678 })),
    'the Multiboot2 header has checksum 0x12345678 where 0x17adaf12 is expected',
  ],
  ['MIPS', multiboot2Kernel(multiboot2Header([END_TAG], { architecture: 4 })), 'architecture 4: must be 0 (i386)'],
  ['a length of 8', multiboot2Kernel(multiboot2Header([END_TAG], { length: 8 })), 'gives its length as 8'],
  ['no tags at all', multiboot2Kernel(multiboot2Header([])), 'the Multiboot2 header has no end tag (type 0, size 8)'],
  ['no end tag', multiboot2Kernel(multiboot2Header([headerTag(6, 0)])), 'has no end tag'],
  ['a tag cut off by the header', multiboot2Kernel(multiboot2Header([END_TAG], { length: 20 })), 'has no end tag'],
  [
    'a tag longer than the header',
    multiboot2Kernel(multiboot2Header([join(u8(6, 0, 0, 0), u32(0xfffffff0)), END_TAG])),
    'the module alignment tag (type 6) of the Multiboot2 header has size 4294967280',
  ],
  ['a tag of size 0', multiboot2Kernel(multiboot2Header([join(u8(9, 1, 1, 0), u32(0)), END_TAG])), 'type 265'],
  ['an entry tag without an address', multiboot2Kernel(multiboot2Header([headerTag(3, 0), END_TAG])), 'has size 8'],
  ['an unknown required tag', multiboot2Kernel(multiboot2Header([headerTag(99, 0), END_TAG])), 'unknown type 99'],
  [
    'required information that is not there',
    multiboot2Kernel(multiboot2Header([headerTag(1, 0, u32(6, 12)), END_TAG])),
    'requires boot information of type 12',
  ],
  [
    'a console, but not EGA text',
    multiboot2Kernel(multiboot2Header([headerTag(4, 0, u32(1)), END_TAG])),
    'requires a console, but not EGA text',
  ],
  [
    'an entry address outside the kernel',
    multiboot2Kernel(multiboot2Header([headerTag(3, 0, u32(0x300000)), END_TAG])),
    '0x300000 lies in no segment',
  ],
  [
    'a place that a relocatable header does not allow',
    multiboot2Kernel(multiboot2Header([headerTag(10, 0, u32(0x200000, 0x400000, 0x1000, 0)), END_TAG])),
    'is linked at 0x100000, outside what its relocatable header tag allows',
  ],
  [
    'an ELF entry point outside',
    multiboot2Kernel(undefined, { entry: 0x50 }),
    'the entry point 0x50 lies in no segment',
  ],
  [
    'a segment beyond RAM',
    buildElf({ segments: [{ address: 0x3ff000, bytes: multiboot2Header(), memorySize: 0x2000 }] }),
    'an ELF segment at 0x3ff000, 0x2000 bytes, lies outside RAM (0x0-0x9fbff and 0x100000-0x3fffff)',
  ],
  [
    'a segment over video memory',
    buildElf({ segments: [{ address: 0x9f000, bytes: multiboot2Header(), memorySize: 0x2000 }] }),
    'an ELF segment at 0x9f000',
  ],
  [
    'nothing to load',
    buildElf({ segments: [{ type: 2, address: 0x100000, bytes: multiboot2Header() }] }),
    'no segment to load',
  ],
  ['a text file with a header', join(multiboot2Header(), text('hello')), 'not an ELF file'],
];

test.each(REFUSED)('%s is refused, and nothing is touched', (_, file, message) => {
  const target = bootTarget();
  const before = target.state.bytes.slice(0, 1024);
  expect(() => loadMultiboot2(file, target)).toThrow(KernelError);
  expect(() => loadMultiboot2(file, target)).toThrow(message);
  expect(target.memory.bytes.every((byte) => byte === 0)).toBe(true);
  expect(target.state.bytes.slice(0, 1024)).toEqual(before);
});

const ACCEPTED: [string, Uint8Array[]][] = [
  ['an unknown optional tag', [headerTag(99, 1, u32(1, 2, 3)), END_TAG]],
  ['an optional request for what is not there', [headerTag(1, 1, u32(12)), END_TAG]],
  ['a required request for what is', [headerTag(1, 0, u32(1, 2, 4, 6, 8, 9, 14, 15)), END_TAG]],
  ['a framebuffer preference', [headerTag(5, 0, u32(1024, 768, 32)), END_TAG]],
  ['a console in EGA text', [headerTag(4, 0, u32(3)), END_TAG]],
  ['modules on page boundaries', [headerTag(6, 0), END_TAG]],
  ['EFI entry points', [headerTag(7, 0), headerTag(9, 0, u32(0x100000)), END_TAG]],
  ['a relocatable header that allows the place', [headerTag(10, 0, u32(0x100000, 0xffffffff, 0x1000, 0)), END_TAG]],
  ['bytes after the end tag', [END_TAG, u32(0xdeadbeef, 0xdeadbeef)]],
];
test.each(ACCEPTED)('%s is accepted', (_, tags) => {
  const target = bootTarget();
  loadMultiboot2(multiboot2Kernel(multiboot2Header(tags)), target);
  expect(target.state.rip).toBe(0x100800n);
});

test('the header may stand anywhere in the first 32 KiB, at multiples of 8', () => {
  for (const offset of [0x1000, 0x1008, 0x1ff0 - 8]) {
    const target = bootTarget();
    loadMultiboot2(kernelWithHeaderAt(offset), target);
    expect(target.state.rip).toBe(0x100000n);
  }
});

describe('loading', () => {
  test('segments go to their physical addresses, the rest of their memory is zero', () => {
    const target = bootTarget();
    target.memory.bytes.fill(0xaa);
    loadMultiboot2(multiboot2Kernel(), target);
    expect([...target.memory.read(0x100800, 2)]).toEqual([...HALT]);
    expect(target.memory.read(0x101000, 0x2000).every((byte) => byte === 0)).toBe(true);
    expect(target.memory.bytes[0x103000]).toBe(0xaa);
    expect(target.memory.bytes[0x0fffff]).toBe(0xaa);
  });

  test('the entry point of a higher-half kernel is its physical address', () => {
    const target = bootTarget();
    const bytes = new Uint8Array(0x1000);
    bytes.set(multiboot2Header());
    loadMultiboot2(
      buildElf({
        bits: 32,
        entry: 0xc0100040,
        segments: [{ address: 0xc0100000, physical: 0x200000, bytes }],
      }),
      target,
    );
    expect(target.state.rip).toBe(0x200040n);
  });

  test('the entry address tag goes before the ELF entry point', () => {
    const target = bootTarget();
    loadMultiboot2(multiboot2Kernel(multiboot2Header([headerTag(3, 0, u32(0x100900)), END_TAG])), target);
    expect(target.state.rip).toBe(0x100900n);
  });

  test('engines are told what changed', () => {
    const target = bootTarget();
    const told: [number, number][] = [];
    target.memory.onExternalWrite = (address, length) => told.push([address, length]);
    loadMultiboot2(multiboot2Kernel(), target);
    expect(told).toContainEqual([0x100000, 0x3000]);
  });
});

describe('a file without ELF header, by its address tag', () => {
  const CODE_AT = 64;
  function flat(tag: number[], entry = 0x200000 + CODE_AT): Uint8Array {
    const header = multiboot2Header([headerTag(2, 0, u32(...tag)), headerTag(3, 0, u32(entry)), END_TAG]);
    const file = new Uint8Array(256).fill(0x90);
    file.set(header, 8);
    return file;
  }
  test('is loaded as the tag says', () => {
    const target = bootTarget();
    loadMultiboot2(flat([0x200008, 0x200000, 0x200080, 0x201000]), target);
    expect(target.state.rip).toBe(BigInt(0x200000 + CODE_AT));
    expect(target.memory.bytes[0x20007f]).toBe(0x90);
    expect(target.memory.bytes[0x200080]).toBe(0);
  });
  test('is loaded whole with load_addr -1 and load_end_addr 0', () => {
    const target = bootTarget();
    loadMultiboot2(flat([0x200008, 0xffffffff, 0, 0]), target);
    expect(target.memory.bytes[0x2000ff]).toBe(0x90);
  });
  test.each([
    ['begins before the file', [0x200000, 0x1ff000, 0, 0]],
    ['ends after the file', [0x200008, 0x200000, 0x200101, 0]],
    ['ends before it begins', [0x200008, 0x200000, 0x1fffff, 0]],
    ['ends its bss inside', [0x200008, 0x200000, 0x200080, 0x200010]],
    ['lies outside RAM', [0x90000008, 0x90000000, 0, 0]],
    ['does not hold its entry', [0x300008, 0x300000, 0, 0]],
  ])('one that %s is refused', (_, tag) => {
    expect(() => loadMultiboot2(flat(tag), bootTarget())).toThrow(KernelError);
  });
});

test('the machine state is what section 3.3 says', () => {
  const { memory, state } = bootTarget();
  loadMultiboot2(multiboot2Kernel(), { memory, state, textMode: { address: 0xb8000, columns: 80, rows: 25 } });
  expect(state.gpr(RAX)).toBe(0x36d76289n);
  expect(state.cr0 & 0x80000001).toBe(1);
  expect(state.rflags & ((1 << 17) | (1 << 9))).toBe(0);
  expect(state.mode).toBe('protected');
  expect(state.codeSize).toBe(32);
  expect(state.cpl).toBe(0);
  const { P, S, DB, G } = SegmentAttribute;
  for (const name of ['cs', 'ds', 'es', 'fs', 'gs', 'ss'] as const) {
    const { base, limit, attributes } = state.segment(name);
    expect([name, base, limit]).toEqual([name, 0n, 0xffffffff]);
    expect(attributes & (P | S | DB | G)).toBe(P | S | DB | G);
    // Read/execute code, read/write data.
    expect(attributes & 0xa).toBe(name === 'cs' ? 0xa : 0x2);
  }
  // What the specification leaves open is nothing to lean on: no stack, no tables.
  expect(state.gpr(RSP)).toBe(0n);
  expect([state.gdtr.limit, state.idtr.limit]).toEqual([0, 0]);
});

/** Walks the tags of boot information as a kernel does. */
function information(file: Uint8Array, commandLine?: string, mebibytes = 4) {
  const target = bootTarget(mebibytes);
  loadMultiboot2(file, target, { commandLine });
  const address = Number(target.state.gpr(RBX));
  const { view } = target.memory;
  const total = view.getUint32(address, true);
  const tags = new Map<number, Uint8Array>();
  const order: number[] = [];
  for (let at = address + 8; at < address + total; ) {
    expect(at % 8).toBe(0);
    const [type, size] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    tags.set(type, target.memory.read(at, size));
    order.push(type);
    at += Math.ceil(size / 8) * 8;
    if (type === 0) expect([size, at]).toEqual([8, address + total]);
  }
  const tag = (type: number) => {
    const bytes = tags.get(type)!;
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  };
  return { target, address, total, order, tag, tags };
}

describe('boot information', () => {
  test('is 8-byte aligned, in available RAM, and ends with its end tag', () => {
    const { address, total, order, target } = information(multiboot2Kernel());
    expect(address % 8).toBe(0);
    expect(total % 8).toBe(0);
    expect(order.at(-1)).toBe(0);
    expect(target.memory.contains(address, total)).toBe(true);
  });

  test('holds the command line and the loader’s name', () => {
    const { tags } = information(multiboot2Kernel(), 'größe=3 quiet');
    expect(new TextDecoder().decode(tags.get(1)!.subarray(8))).toBe('größe=3 quiet\0');
    expect(new TextDecoder().decode(tags.get(2)!.subarray(8))).toBe('toyvm\0');
  });

  test.each([1, 4, 64, 3584])('tells how much memory there is: %i MiB', (mebibytes) => {
    if (mebibytes === 1) {
      // All of the kernel in conventional memory.
      const bytes = new Uint8Array(0x100);
      bytes.set(multiboot2Header());
      const { tag } = information(buildElf({ segments: [{ address: 0x20000, bytes }] }), '', 1);
      expect([tag(4).getUint32(8, true), tag(4).getUint32(12, true)]).toEqual([639, 0]);
      return;
    }
    const { tag } = information(multiboot2Kernel(), '', mebibytes);
    expect([tag(4).getUint32(8, true), tag(4).getUint32(12, true)]).toEqual([639, (mebibytes - 1) * 1024]);
    const map = tag(6);
    expect([map.getUint32(8, true), map.getUint32(12, true)]).toEqual([24, 0]);
    const regions = [];
    for (let at = 16; at < map.byteLength; at += 24)
      regions.push([
        Number(map.getBigUint64(at, true)),
        Number(map.getBigUint64(at + 8, true)),
        map.getUint32(at + 16, true),
      ]);
    let end = 0;
    for (const [start, length] of regions) {
      expect(start).toBeGreaterThanOrEqual(end); // ascending, without overlap
      end = start! + length!;
    }
    // The last one is the ROM where the processor starts.
    expect(regions.at(-1)).toEqual([0xffff0000, 0x10000, 2]);
    expect(end).toBe(0x1_0000_0000);
    const available = regions.filter(([, , type]) => type === 1);
    expect(available).toEqual([
      [0, 0x9fc00, 1],
      [0x100000, (mebibytes - 1) * 0x100000, 1],
    ]);
  });

  test('describes the EGA text screen', () => {
    const { tag } = information(multiboot2Kernel());
    const view = tag(8);
    expect(view.byteLength).toBe(32);
    expect(view.getBigUint64(8, true)).toBe(0xb8000n);
    expect([16, 20, 24].map((at) => view.getUint32(at, true))).toEqual([160, 80, 25]);
    expect([view.getUint8(28), view.getUint8(29)]).toEqual([16, 2]);
  });

  test('describes a framebuffer where the display is in a graphics mode', () => {
    const target = { ...bootTarget(), framebuffer: { address: 0xfd000000, width: 1024, height: 768 } };
    loadMultiboot2(multiboot2Kernel(), target);
    const { view } = target.memory;
    let at = Number(target.state.gpr(RBX)) + 8;
    while (view.getUint32(at, true) !== 8) at += Math.ceil(view.getUint32(at + 4, true) / 8) * 8;
    expect(view.getUint32(at + 4, true)).toBe(38);
    expect(view.getBigUint64(at + 8, true)).toBe(0xfd000000n);
    expect([16, 20, 24].map((offset) => view.getUint32(at + offset, true))).toEqual([4096, 1024, 768]);
    expect([view.getUint8(at + 28), view.getUint8(at + 29)]).toEqual([32, 1]);
    // Red from bit 16, green from 8, blue from 0: eight bits each.
    expect([...target.memory.read(at + 32, 6)]).toEqual([16, 8, 8, 8, 0, 8]);
  });

  test('hands on modules: start, end and command line, in order', () => {
    const target = bootTarget();
    const modules = [
      { content: text('first'), commandLine: 'one' },
      { content: text('second'), commandLine: 'two' },
    ];
    loadMultiboot2(multiboot2Kernel(), target, { modules });
    const { view } = target.memory;
    const found = [];
    for (let at = Number(target.state.gpr(RBX)) + 8; view.getUint32(at, true) !== 0; ) {
      const size = view.getUint32(at + 4, true);
      if (view.getUint32(at, true) === 3) {
        const [start, end] = [view.getUint32(at + 8, true), view.getUint32(at + 12, true)];
        expect(start % 4096).toBe(0);
        found.push({
          content: target.memory.read(start, end - start),
          commandLine: new TextDecoder().decode(target.memory.read(at + 16, size - 17)),
        });
      }
      at += Math.ceil(size / 8) * 8;
    }
    expect(found).toEqual(modules);
  });

  test('lists the sections, and where those lie that no segment holds', () => {
    const strings = text('\0main\0');
    const file = multiboot2Kernel(undefined, {
      sections: [
        { name: '.text', type: 1, flags: 6, address: 0x100800, bytes: HALT },
        { name: '.strtab', type: 3, bytes: strings },
      ],
    });
    const { tag, target } = information(file);
    const view = tag(9);
    expect([8, 12, 16].map((at) => view.getUint32(at, true))).toEqual([4, 64, 3]);
    const address = (i: number) => Number(view.getBigUint64(20 + i * 64 + 16, true));
    expect(address(1)).toBe(0x100800);
    expect(target.memory.read(address(2), strings.length)).toEqual(strings);
    expect(address(2)).toBeGreaterThan(0x103000);
  });

  test('a file in a Buffer of Node is left as it was, and gives the same', () => {
    const file = multiboot2Kernel(undefined, { sections: [{ name: '.strtab', type: 3, bytes: text('\0main\0') }] });
    const buffer = Buffer.concat([Buffer.alloc(8), file]).subarray(8);
    const [fromBuffer, fromArray] = [information(buffer), information(file)];
    expect(new Uint8Array(buffer)).toEqual(file);
    expect(fromBuffer.tags).toEqual(fromArray.tags);
    expect(Buffer.compare(fromBuffer.target.memory.bytes, fromArray.target.memory.bytes)).toBe(0);
  });

  test('stays clear of the kernel, wherever that lies', () => {
    for (const at of [0x8000, 0x10000, 0x18000, 0x100000]) {
      const bytes = new Uint8Array(0x1000);
      bytes.set(multiboot2Header());
      const memorySize = 0x20000;
      const file = buildElf({ segments: [{ address: at, bytes, memorySize }], sections: [] });
      const { address, total, target } = information(file);
      expect(address >= at + memorySize || address + total <= at).toBe(true);
      expect(target.memory.read(at, multiboot2Header().length)).toEqual(multiboot2Header());
    }
  });
});
