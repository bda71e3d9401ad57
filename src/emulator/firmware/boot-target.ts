/** What every loader does: bring the segments of an ELF file into RAM, and leave the processor in flat protected mode. */
import { FIXED } from '../cpu/flags.ts';
import { RBX } from '../cpu/layout.ts';
import { type CpuState, Cr0, SegmentAttribute } from '../cpu/state.ts';
import type { PhysicalMemory } from '../mmu/physical-memory.ts';
import { type ElfImage, PT_LOAD } from './elf.ts';
import { hex, KernelError } from './kernel-error.ts';
import type { Placement } from './memory-map.ts';

/** The machine parts that a loader fills; both fresh from power-on. */
export interface BootTarget {
  memory: PhysicalMemory;
  state: CpuState;
  textMode: TextMode;
  /** Where the display is in a graphics mode of 32 bits a pixel instead. */
  framebuffer?: Framebuffer | null;
}

/** Rows of pixels of four bytes, without padding: blue, green, red, unused. */
export interface Framebuffer {
  /** Physical. */
  address: number;
  width: number;
  height: number;
}

/** A file beside the kernel, such as an initial RAM disk. */
export interface BootModule {
  content: Uint8Array;
  /** Handed to the kernel as it is, in UTF-8; often the file's name. */
  commandLine: string;
}

/** The colour text mode that the display is in: where its cells of two bytes begin, and how many there are. */
export interface TextMode {
  /** Physical. */
  address: number;
  columns: number;
  rows: number;
}

export interface BootOptions {
  /** Handed to the kernel as it is, in UTF-8. */
  commandLine?: string;
  /** Loaded at page boundaries, in this order. */
  modules?: readonly BootModule[];
}

/** A module in its place. */
export interface PlacedModule {
  start: number;
  /** First address behind it. */
  end: number;
  commandLine: string;
}

/** Finds places for modules, and returns what then loads them. @throws KernelError if there is no room */
export function placeModules(
  modules: readonly BootModule[],
  placement: Placement,
): { placed: PlacedModule[]; load: (target: BootTarget) => void } {
  const places = modules.map(({ content }) => placement.takeHigh(content.length, 'a module'));
  return {
    placed: modules.map(({ content, commandLine }, i) => ({
      start: places[i]!,
      end: places[i]! + content.length,
      commandLine,
    })),
    load: ({ memory }) =>
      modules.forEach(({ content }, i) => {
        memory.write(places[i]!, content);
      }),
  };
}

export const BOOT_LOADER_NAME = 'toyvm';

/**
 * Claims the place of every segment, and returns what then loads them.
 * @throws KernelError if a segment does not lie in available RAM.
 */
export function loadSegments(elf: ElfImage, file: Uint8Array, placement: Placement): (target: BootTarget) => void {
  const segments = loaded(elf);
  if (segments.length === 0) throw new KernelError('the ELF file has no segment to load');
  for (const segment of segments) placement.claim(segment.physicalAddress, segment.memorySize, 'an ELF segment');
  return ({ memory }) => {
    for (const { physicalAddress, offset, fileSize, memorySize } of segments) {
      memory.onExternalWrite(physicalAddress, memorySize);
      memory.bytes.set(file.subarray(offset, offset + fileSize), physicalAddress);
      memory.bytes.fill(0, physicalAddress + fileSize, physicalAddress + memorySize);
    }
  };
}

/** The lowest physical address of what `loadSegments` loads. */
export function loadBase(elf: ElfImage): number {
  return Math.min(...loaded(elf).map((segment) => segment.physicalAddress));
}

/** The physical address of the ELF entry point, which the file gives as a virtual one. @throws KernelError if it is in no segment. */
export function physicalEntry(elf: ElfImage): number {
  const segment = loaded(elf).find(
    ({ virtualAddress, memorySize }) => elf.entry >= virtualAddress && elf.entry < virtualAddress + BigInt(memorySize),
  );
  if (!segment) throw new KernelError(`the entry point ${hex(elf.entry)} lies in no segment of the ELF file`);
  return segment.physicalAddress + Number(elf.entry - segment.virtualAddress);
}

/** @throws KernelError if a physical entry point lies in no segment. */
export function checkEntry(elf: ElfImage, entry: number, what: string): void {
  const inside = loaded(elf).some(
    ({ physicalAddress, memorySize }) => entry >= physicalAddress && entry < physicalAddress + memorySize,
  );
  if (!inside) throw new KernelError(`${what} ${hex(entry)} lies in no segment of the ELF file`);
}

function loaded(elf: ElfImage) {
  return elf.segments.filter((segment) => segment.type === PT_LOAD && segment.memorySize > 0);
}

/** Selectors as GRUB uses them; no table stands behind them. */
const CODE_SELECTOR = 0x10;
const DATA_SELECTOR = 0x18;
const CODE = 0x9b | SegmentAttribute.DB | SegmentAttribute.G;
const DATA = 0x93 | SegmentAttribute.DB | SegmentAttribute.G;

/**
 * 32-bit protected mode without paging: flat 4 GiB segments, interrupts off, A20 open. Every general register is zero
 * (esp too) but ebx, which points to the boot information. GDTR and IDTR are empty, so that loading a segment register
 * or taking an exception before the kernel has set its own tables shuts the processor down.
 */
export function enterProtectedMode(state: CpuState, entry: number, bootInformation: number): void {
  for (let i = 0; i < 16; i++) state.setGpr(i, 0n);
  state.setGpr(RBX, BigInt(bootInformation));
  state.rip = BigInt(entry);
  state.rflags = FIXED;
  state.setCr(0, BigInt(Cr0.PE | Cr0.ET));
  state.setSegment('cs', { selector: CODE_SELECTOR, base: 0n, limit: 0xffffffff, attributes: CODE });
  for (const name of ['ds', 'es', 'fs', 'gs', 'ss'] as const)
    state.setSegment(name, { selector: DATA_SELECTOR, base: 0n, limit: 0xffffffff, attributes: DATA });
  state.gdtr = { base: 0n, limit: 0 };
  state.idtr = { base: 0n, limit: 0 };
}
