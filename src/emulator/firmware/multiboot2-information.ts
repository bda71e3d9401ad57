/** Builds the boot information structure: Multiboot2 Specification version 2.0, section 3.6 ("Boot information"). */
import { rsdp } from './acpi.ts';
import type { Framebuffer, PlacedModule, TextMode } from './boot-target.ts';
import type { MemoryRegion } from './memory-map.ts';

export interface Multiboot2Information {
  commandLine: string;
  loaderName: string;
  memoryMap: readonly MemoryRegion[];
  modules: readonly PlacedModule[];
  textMode: TextMode;
  /** The display is in this graphics mode, not in the text mode. */
  framebuffer: Framebuffer | null;
  /** Lowest physical address of the kernel. */
  loadBase: number;
  /** Section headers with the addresses that the sections were loaded at; `null` for a file without any. */
  sections: { bytes: Uint8Array; entrySize: number; count: number; namesIndex: number } | null;
}

const COMMAND_LINE = 1;
const LOADER_NAME = 2;
const MODULE = 3;
const BASIC_MEMORY = 4;
const MEMORY_MAP = 6;
const FRAMEBUFFER = 8;
const ELF_SECTIONS = 9;
const OLD_ACPI = 14;
const NEW_ACPI = 15;
const LOAD_BASE = 21;
const END = 0;

const DIRECT_RGB = 1;
const EGA_TEXT = 2;
const ONE_MIB = 0x100000;

/** @returns the structure's bytes, a multiple of 8; it holds no address of its own. */
export function buildInformation(information: Multiboot2Information): Uint8Array {
  const { memoryMap, sections, textMode } = information;
  const out = new TagWriter();
  out.tag(COMMAND_LINE, zeroTerminated(information.commandLine));
  out.tag(LOADER_NAME, zeroTerminated(information.loaderName));
  for (const { start, end, commandLine } of information.modules)
    out.tag(MODULE, words32(start, end), zeroTerminated(commandLine));
  out.tag(BASIC_MEMORY, basicMemory(memoryMap));
  out.tag(MEMORY_MAP, words32(24, 0), ...memoryMap.map((r) => join(words64(r.start, r.length), words32(r.type, 0))));
  out.tag(FRAMEBUFFER, information.framebuffer ? directRgb(information.framebuffer) : egaText(textMode));
  if (sections)
    // Section 3.6.7 draws 16-bit fields; the specification's own multiboot2.h and GRUB have 32-bit ones.
    out.tag(ELF_SECTIONS, words32(sections.count, sections.entrySize, sections.namesIndex), sections.bytes);
  out.tag(OLD_ACPI, rsdp(1));
  out.tag(NEW_ACPI, rsdp(2));
  out.tag(LOAD_BASE, words32(information.loadBase));
  out.tag(END);
  return out.finish();
}

/** Address, pitch in bytes, width and height in characters, bits a character cell, type, two reserved bytes. */
function egaText({ address, columns, rows }: TextMode): Uint8Array {
  return join(words64(address), words32(columns * 2, columns, rows), Uint8Array.of(16, EGA_TEXT, 0, 0));
}
/** The same in pixels; then position and size of the red, green and blue fields. */
function directRgb({ address, width, height }: Framebuffer): Uint8Array {
  const colours = Uint8Array.of(16, 8, 8, 8, 0, 8);
  return join(words64(address), words32(width * 4, width, height), Uint8Array.of(32, DIRECT_RGB, 0, 0), colours);
}

/** Kilobytes below 640 KiB, and from 1 MiB to the first hole. */
function basicMemory(map: readonly MemoryRegion[]): Uint8Array {
  const kilobytesFrom = (start: number) => {
    const region = map.find((r) => r.start === start && r.type === 1);
    return Math.floor((region?.length ?? 0) / 1024);
  };
  return words32(kilobytesFrom(0), kilobytesFrom(ONE_MIB));
}

/** Tags begin at multiples of 8; their size field leaves the padding out. */
class TagWriter {
  #parts: Uint8Array[] = [];
  #length = 8;

  tag(type: number, ...content: Uint8Array[]): void {
    const body = join(...content);
    const padding = new Uint8Array(-body.length & 7);
    this.#parts.push(words32(type, 8 + body.length), body, padding);
    this.#length += 8 + body.length + padding.length;
  }
  finish(): Uint8Array {
    return join(words32(this.#length, 0), ...this.#parts);
  }
}

function words32(...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, i) => {
    view.setUint32(i * 4, value, true);
  });
  return new Uint8Array(view.buffer);
}
function words64(...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 8));
  values.forEach((value, i) => {
    view.setBigUint64(i * 8, BigInt(value), true);
  });
  return new Uint8Array(view.buffer);
}
function zeroTerminated(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}
function join(...parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
