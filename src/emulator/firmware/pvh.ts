/**
 * The PVH boot loader: Xen, docs/misc/pvh.pandoc ("x86/HVM direct boot ABI") and
 * xen/include/public/arch-x86/hvm/start_info.h. It is what `qemu-system-x86_64 -kernel` does with a 64-bit ELF file.
 */
import { SegmentAttribute } from '../cpu/state.ts';
import { RSDP } from './acpi.ts';
import {
  type BootOptions,
  type BootTarget,
  checkEntry,
  enterProtectedMode,
  loadSegments,
  placeModules,
} from './boot-target.ts';
import { type ElfImage, isElf, notes, parseElf } from './elf.ts';
import { KernelError } from './kernel-error.ts';
import { memoryMap, Placement } from './memory-map.ts';

export const HVM_START_MAGIC = 0x336ec578;
const XEN_ELFNOTE_PHYS32_ENTRY = 18;
const START_INFO_SIZE = 56;
const MAP_ENTRY_SIZE = 24;
/** hvm_modlist_entry: address, size, address of the command line, reserved. */
const MODULE_ENTRY_SIZE = 32;

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

  const modules = placeModules(options.modules ?? [], placement);
  // The start information, the memory map, the list of modules and the command lines lie one after the other.
  const commandLines = [options.commandLine ?? '', ...modules.placed.map(({ commandLine }) => commandLine)].map(
    (line) => new TextEncoder().encode(`${line}\0`),
  );
  const mapAt = START_INFO_SIZE;
  const modulesAt = mapAt + map.length * MAP_ENTRY_SIZE;
  const linesAt = modulesAt + modules.placed.length * MODULE_ENTRY_SIZE;
  const bytes = new Uint8Array(commandLines.reduce((size, { length }) => size + length, linesAt));
  const address = placement.takeLow(bytes.length, 'the start information');
  const view = new DataView(bytes.buffer);
  view.setUint32(0, HVM_START_MAGIC, true);
  view.setUint32(4, 1, true); // version; then no flags
  view.setUint32(12, modules.placed.length, true);
  view.setBigUint64(16, modules.placed.length > 0 ? BigInt(address + modulesAt) : 0n, true);
  view.setBigUint64(24, BigInt(address + linesAt), true);
  view.setBigUint64(32, BigInt(RSDP), true);
  view.setBigUint64(40, BigInt(address + mapAt), true);
  view.setUint32(48, map.length, true);
  map.forEach((region, i) => {
    const at = mapAt + i * MAP_ENTRY_SIZE;
    view.setBigUint64(at, BigInt(region.start), true);
    view.setBigUint64(at + 8, BigInt(region.length), true);
    view.setUint32(at + 16, region.type, true);
  });
  let lineAt = linesAt;
  commandLines.forEach((line, i) => {
    bytes.set(line, lineAt);
    const module = modules.placed[i - 1];
    if (module) {
      const at = modulesAt + (i - 1) * MODULE_ENTRY_SIZE;
      view.setBigUint64(at, BigInt(module.start), true);
      view.setBigUint64(at + 8, BigInt(module.end - module.start), true);
      view.setBigUint64(at + 16, BigInt(address + lineAt), true);
    }
    lineAt += line.length;
  });

  load(target);
  modules.load(target);
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
