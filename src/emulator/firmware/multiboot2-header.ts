/**
 * Finds and checks the Multiboot2 header of a kernel file.
 * Multiboot2 Specification version 2.0, section 3.1 ("OS image format").
 */
import { hex, KernelError } from './kernel-error.ts';

export interface Multiboot2Header {
  /** Offset in the file. */
  offset: number;
  /** Entry address tag: physical. */
  entry: number | null;
  address: AddressTag | null;
  relocatable: RelocatableTag | null;
}

/** Load addresses for a file that no ELF header describes. All physical. */
export interface AddressTag {
  header: number;
  /** 0xffffffff: from the beginning of the file. */
  load: number;
  /** 0: to the end of the file. */
  loadEnd: number;
  /** 0: there is no bss. */
  bssEnd: number;
}
export interface RelocatableTag {
  lowest: number;
  highest: number;
  alignment: number;
}

/** The header lies completely within the first 32768 bytes of the file. */
const SEARCHED = 32768;
const MAGIC = 0xe85250d6;
const I386 = 0;
const FIXED_PART = 16;
const OPTIONAL = 1;
const EGA_TEXT_SUPPORTED = 2;
const CONSOLE_REQUIRED = 1;

const TAG_END = 0;
/** Header tags by type: the smallest size that holds their fields. */
const TAGS: Readonly<Record<number, { name: string; size: number }>> = {
  0: { name: 'end', size: 8 },
  1: { name: 'information request', size: 8 },
  2: { name: 'address', size: 24 },
  3: { name: 'entry address', size: 12 },
  4: { name: 'console flags', size: 12 },
  5: { name: 'framebuffer', size: 20 },
  6: { name: 'module alignment', size: 8 },
  7: { name: 'EFI boot services', size: 8 },
  8: { name: 'EFI i386 entry address', size: 12 },
  9: { name: 'EFI amd64 entry address', size: 12 },
  10: { name: 'relocatable header', size: 24 },
};
/** Boot information that can be requested and is there: types of section 3.6. Modules (3) count as there, be there any or none. */
const INFORMATION = new Set([1, 2, 3, 4, 6, 8, 9, 14, 15, 21]);

/** Whether the file means to be a Multiboot2 kernel, well-formed or not. */
export function hasMultiboot2Magic(file: Uint8Array): boolean {
  return findMagic(viewOf(file), 8, SEARCHED) !== null;
}

/** @throws KernelError if there is no header, or if it asks for what this loader does not do. */
export function findMultiboot2Header(file: Uint8Array): Multiboot2Header {
  const view = viewOf(file);
  const offset = findMagic(view, 8, SEARCHED);
  if (offset === null) throw new KernelError(whyNotFound(view));
  if (offset + FIXED_PART > file.length)
    throw new KernelError(`the Multiboot2 header at file offset ${hex(offset)} is cut off by the end of the file`);

  const architecture = view.getUint32(offset + 4, true);
  const length = view.getUint32(offset + 8, true);
  const checksum = view.getUint32(offset + 12, true);
  const expected = -(MAGIC + architecture + length) >>> 0;
  if (checksum !== expected)
    throw new KernelError(`the Multiboot2 header has checksum ${hex(checksum)} where ${hex(expected)} is expected`);
  if (architecture !== I386)
    throw new KernelError(`the Multiboot2 header is for architecture ${architecture}: must be 0 (i386)`);
  const end = offset + length;
  if (length < FIXED_PART)
    throw new KernelError(`the Multiboot2 header gives its length as ${length}: it has at least 16 bytes`);
  if (end > SEARCHED || end > file.length)
    throw new KernelError(
      `the Multiboot2 header ends at file offset ${hex(end)}: it must end within the first 32768 bytes of the file`,
    );
  return readTags(view, offset, end);
}

function readTags(view: DataView, offset: number, end: number): Multiboot2Header {
  const header: Multiboot2Header = { offset, entry: null, address: null, relocatable: null };
  for (let at = offset + FIXED_PART; ; ) {
    if (at + 8 > end)
      throw new KernelError(
        `the Multiboot2 header has no end tag (type 0, size 8): its ${end - offset} bytes end without one`,
      );
    const type = view.getUint16(at, true);
    const required = !(view.getUint16(at + 2, true) & OPTIONAL);
    const size = view.getUint32(at + 4, true);
    const known = TAGS[type];
    const called = known ? `the ${known.name} tag (type ${type})` : `the tag of type ${type}`;
    if (size < (known?.size ?? 8) || at + size > end)
      throw new KernelError(
        `${called} of the Multiboot2 header has size ${size}: must be at least ${known?.size ?? 8} and end with the header`,
      );
    if (type === TAG_END) return header;
    if (known) readTag(header, type, required, new DataView(view.buffer, view.byteOffset + at, size));
    else if (required) throw new KernelError(`the Multiboot2 header requires a tag of unknown type ${type}`);
    at += Math.ceil(size / 8) * 8;
  }
}

function readTag(header: Multiboot2Header, type: number, required: boolean, tag: DataView): void {
  const u32 = (offset: number) => tag.getUint32(offset, true);
  switch (type) {
    case 1:
      for (let at = 8; at + 4 <= tag.byteLength; at += 4)
        if (required && !INFORMATION.has(u32(at)))
          throw new KernelError(
            `the Multiboot2 header requires boot information of type ${u32(at)}, which is not there`,
          );
      break;
    case 2:
      header.address = { header: u32(8), load: u32(12), loadEnd: u32(16), bssEnd: u32(20) };
      break;
    case 3:
      header.entry = u32(8);
      break;
    case 4:
      if (u32(8) & CONSOLE_REQUIRED && !(u32(8) & EGA_TEXT_SUPPORTED))
        throw new KernelError('the Multiboot2 header requires a console, but not EGA text, which is the one there is');
      break;
    case 10:
      header.relocatable = { lowest: u32(8), highest: u32(12), alignment: u32(16) };
      break;
    // The framebuffer tag states a preference, and the machine's own display goes before it; EFI does not arise. Modules lie on
    // page boundaries anyway.
    default:
  }
}

function findMagic(view: DataView, step: number, searched: number): number | null {
  const last = Math.min(view.byteLength, searched) - 4;
  for (let at = 0; at <= last; at += step) if (view.getUint32(at, true) === MAGIC) return at;
  return null;
}

function whyNotFound(view: DataView): string {
  const none = 'no Multiboot2 header in the first 32768 bytes of the file';
  const misaligned = findMagic(view, 1, SEARCHED);
  if (misaligned !== null) return `${none}: its magic number at offset ${hex(misaligned)} is not 8-byte aligned`;
  const late = findMagic(view, 8, Number.POSITIVE_INFINITY);
  return late === null ? none : `${none}: it stands at offset ${hex(late)}`;
}

function viewOf(file: Uint8Array): DataView {
  return new DataView(file.buffer, file.byteOffset, file.length);
}
