/** Builds small ELF executables and Multiboot2 headers, sound or unsound, byte by byte from the specifications. */

export interface BuiltSegment {
  type?: number;
  address: number;
  physical?: number;
  bytes: Uint8Array;
  memorySize?: number;
}
export interface BuiltElf {
  bits?: 32 | 64;
  type?: number;
  machine?: number;
  entry?: number;
  segments: BuiltSegment[];
  /** Sections with file contents that no segment loads. */
  sections?: { name: string; type: number; bytes: Uint8Array; address?: number; flags?: number; link?: number }[];
}

export const u8 = (...values: number[]) => Uint8Array.from(values);
export function u16(...values: number[]): Uint8Array {
  return new Uint8Array(Uint16Array.from(values).buffer);
}
export function u32(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}
export function u64(...values: (number | bigint)[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values.map(BigInt)).buffer);
}
export function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
export const text = (value: string) => new TextEncoder().encode(value);

/** The file's first page holds headers; segments follow, each at a page; then sections. */
export function buildElf(elf: BuiltElf): Uint8Array {
  const bits = elf.bits ?? 64;
  const word = (value: number) => (bits === 64 ? u64(value) : u32(value));
  const segments = elf.segments.map((segment, i) => ({ ...segment, offset: 0x1000 * (i + 1) }));
  for (const { bytes } of segments) if (bytes.length > 0x1000) throw new Error('a segment of one page at most');

  const programHeaders = segments.map(({ type = 1, address, physical = address, bytes, memorySize, offset }) => {
    const sizes = [bytes.length, memorySize ?? bytes.length];
    const alignment = type === 4 ? 4 : 0x1000;
    return bits === 64
      ? join(u32(type, 7), u64(offset, address, physical, ...sizes, alignment))
      : join(u32(type, offset, address, physical, ...sizes, 7, alignment));
  });

  let fileEnd = 0x1000 * (segments.length + 1);
  const names = ['', ...(elf.sections ?? []).map(({ name }) => name), '.shstrtab'];
  const nameBytes = text(names.map((name) => `${name}\0`).join(''));
  const nameOffsets = names.map((_, i) => names.slice(0, i).reduce((sum, name) => sum + name.length + 1, 0));
  const stored = [...(elf.sections ?? []), { name: '.shstrtab', type: 3, bytes: nameBytes }];
  const contents: Uint8Array[] = [];
  const sectionHeaders: Uint8Array[] = [new Uint8Array(bits === 64 ? 64 : 40)];
  if (elf.sections) {
    stored.forEach((section, i) => {
      const { type, bytes, address = 0, flags = 0, link = 0 } = section as NonNullable<BuiltElf['sections']>[number];
      sectionHeaders.push(
        join(
          u32(nameOffsets[i + 1]!, type),
          ...[flags, address, fileEnd, bytes.length].map(word),
          u32(link, 0),
          word(1),
          word(0),
        ),
      );
      contents.push(bytes);
      fileEnd += bytes.length;
    });
  }

  const headerSize = bits === 64 ? 64 : 52;
  const header = join(
    u8(0x7f, 0x45, 0x4c, 0x46, bits === 64 ? 2 : 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    u16(elf.type ?? 2, elf.machine ?? (bits === 64 ? 62 : 3)),
    u32(1),
    ...[elf.entry ?? segments[0]?.address ?? 0, headerSize, elf.sections ? fileEnd : 0].map(word),
    u32(0),
    u16(headerSize, bits === 64 ? 56 : 32, segments.length, bits === 64 ? 64 : 40),
    u16(elf.sections ? sectionHeaders.length : 0, elf.sections ? sectionHeaders.length - 1 : 0),
  );
  const file = new Uint8Array(fileEnd + (elf.sections ? join(...sectionHeaders).length : 0));
  file.set(join(header, ...programHeaders));
  for (const { bytes, offset } of segments) file.set(bytes, offset);
  let at = 0x1000 * (segments.length + 1);
  for (const bytes of contents) {
    file.set(bytes, at);
    at += bytes.length;
  }
  if (elf.sections) file.set(join(...sectionHeaders), at);
  return file;
}

export const MAGIC = 0xe85250d6;

export function headerTag(type: number, flags: number, ...content: Uint8Array[]): Uint8Array {
  const body = join(...content);
  return join(u16(type, flags), u32(8 + body.length), body, new Uint8Array(-body.length & 7));
}
export const END_TAG = headerTag(0, 0);

/** A Multiboot2 header around its tags; `change` overrides fields. */
export function multiboot2Header(
  tags: Uint8Array[] = [END_TAG],
  change: { architecture?: number; length?: number; checksum?: number } = {},
): Uint8Array {
  const body = join(...tags);
  const architecture = change.architecture ?? 0;
  const length = change.length ?? 16 + body.length;
  const checksum = change.checksum ?? -(MAGIC + architecture + length) >>> 0;
  return join(u32(MAGIC, architecture, length, checksum), body);
}

/** A PT_NOTE segment's content. */
export function xenNote(type: number, description: Uint8Array): Uint8Array {
  return join(u32(4, description.length, type), text('Xen\0'), description);
}

/** `cli; hlt`. */
export const HALT = u8(0xfa, 0xf4);

/** A sound kernel: header, `cli; hlt` at 1 MiB + 0x800. */
export function multiboot2Kernel(header = multiboot2Header(), options: Partial<BuiltElf> = {}): Uint8Array {
  const bytes = new Uint8Array(0x1000);
  bytes.set(header);
  bytes.set(HALT, 0x800);
  return buildElf({ entry: 0x100800, segments: [{ address: 0x100000, bytes, memorySize: 0x3000 }], ...options });
}
