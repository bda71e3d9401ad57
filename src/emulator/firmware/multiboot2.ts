/** The Multiboot2 boot loader: Multiboot2 Specification version 2.0, sections 3.1 (image) and 3.3 (i386 machine state). */
import { RAX } from '../cpu/layout.ts';
import {
  BOOT_LOADER_NAME,
  type BootOptions,
  type BootTarget,
  checkEntry,
  enterProtectedMode,
  loadBase,
  loadSegments,
  physicalEntry,
  placeModules,
} from './boot-target.ts';
import { type ElfImage, parseElf, SHT_NOBITS, sectionAt } from './elf.ts';
import { hex, KernelError } from './kernel-error.ts';
import { memoryMap, Placement } from './memory-map.ts';
import { type AddressTag, findMultiboot2Header, type Multiboot2Header } from './multiboot2-header.ts';
import { buildInformation, type Multiboot2Information } from './multiboot2-information.ts';

/** What eax holds at the entry. */
export const MULTIBOOT2_BOOTLOADER_MAGIC = 0x36d76289;

/**
 * Loads a kernel and puts the processor at its entry point.
 * @throws KernelError for a file that is no sound Multiboot2 kernel; nothing of the machine has changed then.
 */
export function loadMultiboot2(file: Uint8Array, target: BootTarget, options: BootOptions = {}): void {
  const header = findMultiboot2Header(file);
  const map = memoryMap(target.memory.size);
  const placement = new Placement(map);
  const image = header.address
    ? loadByAddressTag(file, header, header.address, placement)
    : loadElf(file, header, placement);

  const sections = image.elf ? relocateSections(image.elf, file, placement) : null;
  const modules = placeModules(options.modules ?? [], placement);
  const information = buildInformation({
    commandLine: options.commandLine ?? '',
    loaderName: BOOT_LOADER_NAME,
    memoryMap: map,
    modules: modules.placed,
    textMode: target.textMode,
    framebuffer: target.framebuffer ?? null,
    loadBase: image.base,
    sections: sections?.table ?? null,
  });
  const informationAddress = placement.takeLow(information.length, 'the boot information');

  image.load(target);
  modules.load(target);
  for (const { address, content } of sections?.contents ?? []) target.memory.write(address, content);
  target.memory.write(informationAddress, information);
  enterProtectedMode(target.state, image.entry, informationAddress);
  target.state.setGpr(RAX, BigInt(MULTIBOOT2_BOOTLOADER_MAGIC));
}

/** A checked image, not loaded yet. */
interface Image {
  entry: number;
  base: number;
  /** `null` where the address tag describes the file. */
  elf: ElfImage | null;
  load(target: BootTarget): void;
}

function loadElf(file: Uint8Array, header: Multiboot2Header, placement: Placement): Image {
  const elf = parseElf(file);
  const load = loadSegments(elf, file, placement);
  const entry = header.entry ?? physicalEntry(elf);
  if (header.entry !== null) checkEntry(elf, entry, 'the entry address tag’s');
  const base = loadBase(elf);
  const { relocatable } = header;
  if (relocatable) {
    const { lowest, highest, alignment } = relocatable;
    if (base < lowest || base > highest || (alignment > 1 && base % alignment !== 0))
      throw new KernelError(
        `the kernel is linked at ${hex(base)}, outside what its relocatable header tag allows, and moving it is not supported`,
      );
  }
  return { entry, base, elf, load };
}

/** Section 3.1.5: the tag says what of the file goes where. */
function loadByAddressTag(file: Uint8Array, header: Multiboot2Header, tag: AddressTag, placement: Placement): Image {
  if (header.entry === null)
    throw new KernelError('the Multiboot2 header has an address tag (type 2) but no entry address tag (type 3)');
  const wholeFile = tag.load === 0xffffffff;
  const from = wholeFile ? 0 : header.offset - (tag.header - tag.load);
  const base = wholeFile ? tag.header - header.offset : tag.load;
  const loaded = tag.loadEnd === 0 ? file.length - from : tag.loadEnd - base;
  if (from < 0 || base < 0 || loaded <= 0 || from + loaded > file.length)
    throw new KernelError(
      `the address tag loads ${loaded} bytes from file offset ${from}: the file has ${file.length} bytes`,
    );
  const memorySize = tag.bssEnd === 0 ? loaded : tag.bssEnd - base;
  if (memorySize < loaded) throw new KernelError('the address tag ends the bss before the end of what it loads');
  placement.claim(base, memorySize, 'the kernel');
  if (header.entry < base || header.entry >= base + memorySize)
    throw new KernelError(`the entry address ${hex(header.entry)} lies outside the kernel`);
  const load = ({ memory }: BootTarget) => {
    memory.write(base, file.subarray(from, from + loaded));
    memory.write(base + loaded, new Uint8Array(memorySize - loaded));
  };
  return { entry: header.entry, base, elf: null, load };
}

interface Sections {
  table: Multiboot2Information['sections'];
  contents: { address: number; content: Uint8Array }[];
}

/**
 * Section 3.6.7, as GRUB does it: sections that no segment holds (symbols, strings, debug information) are loaded too,
 * here at the top of RAM, and their headers tell where.
 */
function relocateSections(elf: ElfImage, file: Uint8Array, placement: Placement): Sections | null {
  const { entrySize, count, namesIndex } = elf.sections;
  if (count === 0) return null;
  const bytes = new Uint8Array(elf.sections.bytes);
  const view = new DataView(bytes.buffer);
  const contents: Sections['contents'] = [];
  for (let i = 0; i < count; i++) {
    const { type, address, offset, size } = sectionAt(elf.sections, i, elf.bits);
    if (type === 0 || type === SHT_NOBITS || address !== 0n || size === 0) continue;
    const at = placement.takeHigh(size, 'the kernel’s symbols and debug information');
    contents.push({ address: at, content: file.subarray(offset, offset + size) });
    if (elf.bits === 64) view.setBigUint64(i * entrySize + 16, BigInt(at), true);
    else view.setUint32(i * entrySize + 12, at, true);
  }
  return { table: { bytes, entrySize, count, namesIndex }, contents };
}
