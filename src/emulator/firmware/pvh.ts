/**
 * The PVH boot loader: Xen, docs/misc/pvh.pandoc ("x86/HVM direct boot ABI") and
 * xen/include/public/arch-x86/hvm/start_info.h. It is what `qemu-system-x86_64 -kernel` does with a 64-bit ELF file.
 */
import { SegmentAttribute } from '../cpu/state.ts';
import { type BootOptions, type BootTarget, checkEntry, enterProtectedMode, loadSegments } from './boot-target.ts';
import { type ElfImage, isElf, notes, parseElf } from './elf.ts';
import { KernelError } from './kernel-error.ts';
import { memoryMap, Placement } from './memory-map.ts';

export const HVM_START_MAGIC = 0x336ec578;
const XEN_ELFNOTE_PHYS32_ENTRY = 18;
const START_INFO_SIZE = 56;
const MAP_ENTRY_SIZE = 24;

/** Whether the file is an ELF file with a PVH entry point. @throws KernelError if it is an unsound ELF file. */
export function hasPvhNote(file: Uint8Array): boolean {
  return isElf(file) && pvhEntry(parseElf(file), file) !== null;
}

/**
 * Loads a kernel and puts the processor at its PVH entry point.
 * @throws KernelError for a file that is no sound PVH kernel; nothing of the machine has changed then.
 */
export function loadPvh(file: Uint8Array, target: BootTarget, options: BootOptions = {}): void {
  const elf = parseElf(file);
  const entry = pvhEntry(elf, file);
  if (entry === null) throw new KernelError('no PVH entry point: the ELF file has no Xen note of type 18');
  const map = memoryMap(target.memory.size);
  const placement = new Placement(map);
  const load = loadSegments(elf, file, placement);
  checkEntry(elf, entry, 'the PVH entry point');

  // The start information, the memory map and the command line lie one after the other.
  const commandLine = new TextEncoder().encode(`${options.commandLine ?? ''}\0`);
  const mapSize = map.length * MAP_ENTRY_SIZE;
  const bytes = new Uint8Array(START_INFO_SIZE + mapSize + commandLine.length);
  const address = placement.takeLow(bytes.length, 'the start information');
  const view = new DataView(bytes.buffer);
  view.setUint32(0, HVM_START_MAGIC, true);
  view.setUint32(4, 1, true); // version; then no flags, no modules
  view.setBigUint64(24, BigInt(address + START_INFO_SIZE + mapSize), true);
  view.setBigUint64(40, BigInt(address + START_INFO_SIZE), true); // the RSDP address before it stays zero: no ACPI
  view.setUint32(48, map.length, true);
  map.forEach((region, i) => {
    const at = START_INFO_SIZE + i * MAP_ENTRY_SIZE;
    view.setBigUint64(at, BigInt(region.start), true);
    view.setBigUint64(at + 8, BigInt(region.length), true);
    view.setUint32(at + 16, region.type, true);
  });
  bytes.set(commandLine, START_INFO_SIZE + mapSize);

  load(target);
  target.memory.write(address, bytes);
  enterProtectedMode(target.state, entry, address);
  const busy32BitTss = 0xb | SegmentAttribute.P;
  target.state.setSegment('tr', { selector: 0, base: 0n, limit: 0x67, attributes: busy32BitTss });
}

/** The physical entry point in the note, in a word of the file's size or of 32 bits. */
function pvhEntry(elf: ElfImage, file: Uint8Array): number | null {
  for (const { name, type, description } of notes(elf, file)) {
    if (name !== 'Xen' || type !== XEN_ELFNOTE_PHYS32_ENTRY) continue;
    if (description.length !== 4 && description.length !== 8)
      throw new KernelError(`the PVH entry note holds ${description.length} bytes: must be 4 or 8`);
    const view = new DataView(description.buffer, description.byteOffset, description.byteLength);
    return description.length === 8 ? Number(view.getBigUint64(0, true)) : view.getUint32(0, true);
  }
  return null;
}
