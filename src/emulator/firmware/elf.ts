/**
 * Reads ELF executables for x86, 32 and 64 bits.
 * System V Application Binary Interface, generic edition 4.1, chapters 4 and 5; its AMD64 and i386 supplements.
 */
import { hex, KernelError } from './kernel-error.ts';

export interface ElfImage {
  bits: 32 | 64;
  /** Virtual address. */
  entry: bigint;
  segments: Segment[];
  sections: SectionTable;
}

/** A program header. */
export interface Segment {
  type: number;
  offset: number;
  virtualAddress: bigint;
  physicalAddress: number;
  fileSize: number;
  memorySize: number;
  alignment: number;
}

export interface SectionTable {
  /** Section headers as they stand in the file; empty if there are none. */
  bytes: Uint8Array;
  entrySize: number;
  count: number;
  /** Index of the section that holds the section names. */
  namesIndex: number;
}

export interface Note {
  name: string;
  type: number;
  description: Uint8Array;
}

export const PT_LOAD = 1;
export const PT_NOTE = 4;
export const SHT_NOBITS = 8;
const SHT_RELA = 4;
const SHT_REL = 9;
const SHF_ALLOC = 2;
const ET_EXEC = 2;
const ET_DYN = 3;
const ET_NAMES: Record<number, string> = { 0: 'no type', 1: 'a relocatable object file', 4: 'a core dump' };
const EM_386 = 3;
const EM_X86_64 = 62;

export function isElf(file: Uint8Array): boolean {
  return file.length >= 4 && file[0] === 0x7f && file[1] === 0x45 && file[2] === 0x4c && file[3] === 0x46;
}

/** @throws KernelError if the file is no ELF executable for x86, or if one of its headers or segments lies past its end. */
export function parseElf(file: Uint8Array): ElfImage {
  if (!isElf(file)) throw new KernelError(`not an ELF file: ${firstBytes(file)}`);
  const reader = new ElfReader(file);
  const bits = reader.bits;
  const type = reader.u16(16);
  if (type !== ET_EXEC && type !== ET_DYN)
    throw new KernelError(`the ELF file is no executable: it is ${ET_NAMES[type] ?? `of type ${type}`}`);
  const version = reader.u32(20);
  if (version !== 1) throw new KernelError(`ELF version ${version}: only version 1 exists`);

  const programHeaders = reader.word(bits === 64 ? 32 : 28);
  const sectionHeaders = reader.word(bits === 64 ? 40 : 32);
  const sizes = bits === 64 ? 52 : 40;
  const segments = readSegments(reader, Number(programHeaders), reader.u16(sizes + 2), reader.u16(sizes + 4));
  const sections = readSectionTable(
    reader,
    Number(sectionHeaders),
    reader.u16(sizes + 6),
    reader.u16(sizes + 8),
    reader.u16(sizes + 10),
  );
  if (type === ET_DYN) refuseRelocations(sections, bits);
  return { bits, entry: reader.word(24), segments, sections };
}

function readSegments(reader: ElfReader, at: number, entrySize: number, count: number): Segment[] {
  const { bits } = reader;
  if (count === 0) throw new KernelError('the ELF file has no program headers, so nothing in it can be loaded');
  const size = bits === 64 ? 56 : 32;
  if (entrySize !== size) throw new KernelError(`ELF program headers of ${entrySize} bytes: must be ${size}`);
  reader.need(at, count * size, 'program headers');
  const segments: Segment[] = [];
  for (let i = 0; i < count; i++) {
    const header = at + i * size;
    const word = (offset64: number, offset32: number) => reader.word(header + (bits === 64 ? offset64 : offset32));
    const segment = {
      type: reader.u32(header),
      offset: Number(word(8, 4)),
      virtualAddress: word(16, 8),
      physicalAddress: Number(word(24, 12)),
      fileSize: Number(word(32, 16)),
      memorySize: Number(word(40, 20)),
      alignment: Number(word(48, 28)),
    };
    if (segment.type === PT_LOAD && segment.fileSize > segment.memorySize)
      throw new KernelError(
        `ELF segment ${i} has ${segment.fileSize} bytes in the file but only ${segment.memorySize} in memory`,
      );
    if (segment.fileSize > 0) reader.need(segment.offset, segment.fileSize, `segment ${i}`);
    segments.push(segment);
  }
  return segments;
}

function readSectionTable(
  reader: ElfReader,
  at: number,
  entrySize: number,
  count: number,
  namesIndex: number,
): SectionTable {
  if (at === 0 || count === 0) return { bytes: new Uint8Array(), entrySize: 0, count: 0, namesIndex: 0 };
  const size = reader.bits === 64 ? 64 : 40;
  if (entrySize !== size) throw new KernelError(`ELF section headers of ${entrySize} bytes: must be ${size}`);
  reader.need(at, count * size, 'section headers');
  const bytes = copyOf(reader.file, at, at + count * size);
  const table = { bytes, entrySize, count, namesIndex };
  for (let i = 0; i < count; i++) {
    const section = sectionAt(table, i, reader.bits);
    if (section.type !== SHT_NOBITS && section.type !== 0) reader.need(section.offset, section.size, `section ${i}`);
  }
  return table;
}

export interface Section {
  /** Offset of the name in the section of names. */
  name: number;
  type: number;
  flags: number;
  address: bigint;
  offset: number;
  size: number;
  link: number;
  alignment: number;
}

export function sectionAt(table: SectionTable, index: number, bits: 32 | 64): Section {
  const view = new DataView(table.bytes.buffer, table.bytes.byteOffset + index * table.entrySize, table.entrySize);
  const word = (offset: number) =>
    bits === 64 ? view.getBigUint64(offset, true) : BigInt(view.getUint32(offset, true));
  const step = bits / 8;
  const afterSize = 8 + 4 * step;
  return {
    name: view.getUint32(0, true),
    type: view.getUint32(4, true),
    flags: Number(word(8)),
    address: word(8 + step),
    offset: Number(word(8 + 2 * step)),
    size: Number(word(8 + 3 * step)),
    link: view.getUint32(afterSize, true),
    alignment: Number(word(afterSize + 8)),
  };
}

/** A position-independent executable can be loaded where it was linked, unless a loader has to patch addresses in it. */
function refuseRelocations(sections: SectionTable, bits: 32 | 64): void {
  for (let i = 0; i < sections.count; i++) {
    const { type, flags, size } = sectionAt(sections, i, bits);
    if ((type === SHT_RELA || type === SHT_REL) && flags & SHF_ALLOC && size > 0)
      throw new KernelError(
        'the ELF file is position-independent and needs relocations, which no boot loader applies: link it statically (-C relocation-model=static)',
      );
  }
}

/** The notes of every PT_NOTE segment. @throws KernelError if one is cut off. */
export function* notes(elf: ElfImage, file: Uint8Array): Generator<Note> {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  for (const segment of elf.segments) {
    if (segment.type !== PT_NOTE) continue;
    const step = segment.alignment === 8 ? 8 : 4;
    const padded = (size: number) => Math.ceil(size / step) * step;
    const end = segment.offset + segment.fileSize;
    for (let at = segment.offset; at < end; ) {
      const left = end - at;
      const nameSize = left >= 12 ? view.getUint32(at, true) : 0;
      const descriptionSize = left >= 12 ? view.getUint32(at + 4, true) : 0;
      const descriptionAt = padded(12 + nameSize);
      if (left < 12 || descriptionAt + descriptionSize > left)
        throw new KernelError(`the ELF note at file offset ${hex(at)} reaches past the end of its segment`);
      const name = new TextDecoder('latin1').decode(file.subarray(at + 12, at + 12 + nameSize)).replace(/\0$/, '');
      const description = copyOf(file, at + descriptionAt, at + descriptionAt + descriptionSize);
      yield { name, type: view.getUint32(at + 8, true), description };
      at += padded(descriptionAt + descriptionSize);
    }
  }
}

/** `slice` would not do: on Node's Buffer it makes a view of the same bytes. */
function copyOf(file: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array(file.subarray(from, to));
}

/** Bounds-checked little-endian reads, in the file's own word size. */
class ElfReader {
  readonly file: Uint8Array;
  readonly bits: 32 | 64;
  readonly #view: DataView;

  constructor(file: Uint8Array) {
    this.file = file;
    this.#view = new DataView(file.buffer, file.byteOffset, file.length);
    this.need(0, 20, 'header');
    const [elfClass, data] = [file[4]!, file[5]!];
    if (elfClass !== 1 && elfClass !== 2)
      throw new KernelError(`ELF class ${elfClass}: must be 1 (32-bit) or 2 (64-bit)`);
    if (data !== 1) throw new KernelError(`ELF data encoding ${data}: must be 1 (little-endian)`);
    this.bits = elfClass === 2 ? 64 : 32;
    const machine = this.u16(18);
    const expected = this.bits === 64 ? EM_X86_64 : EM_386;
    if (machine !== expected)
      throw new KernelError(
        `the ${this.bits}-bit ELF file is for machine ${machine}: must be ${expected} (${this.bits === 64 ? 'x86-64' : 'i386'})`,
      );
    this.need(0, this.bits === 64 ? 64 : 52, 'header');
  }

  u16(at: number): number {
    return this.#view.getUint16(at, true);
  }
  u32(at: number): number {
    return this.#view.getUint32(at, true);
  }
  word(at: number): bigint {
    return this.bits === 64 ? this.#view.getBigUint64(at, true) : BigInt(this.u32(at));
  }
  need(at: number, length: number, what: string): void {
    if (!(at + length <= this.file.length))
      throw new KernelError(
        `truncated ELF file: its ${what} end${what.endsWith('s') ? '' : 's'} at byte ${at + length}, the file at byte ${this.file.length}`,
      );
  }
}

function firstBytes(file: Uint8Array): string {
  if (file.length === 0) return 'the file is empty';
  const bytes = [...file.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0'));
  return `it begins with ${bytes.join(' ')}, not with 7f 45 4c 46`;
}
