/** The address map that a PC's firmware reports, in the form of ACPI 6.5, section 15 (system address map interfaces). */
import { hex, KernelError } from './kernel-error.ts';

export const AVAILABLE = 1;
export const RESERVED = 2;

export interface MemoryRegion {
  start: number;
  /** In bytes. */
  length: number;
  /** `AVAILABLE` or `RESERVED`. */
  type: number;
}

/** Where the extended BIOS data area begins: the end of conventional memory. */
export const CONVENTIONAL_END = 0x9fc00;
const VIDEO = 0xa0000;
const BIOS_ROM = 0xf0000;
const ONE_MIB = 0x100000;
/** The BIOS ROM once more, where the processor starts. */
const [RESET_ROM, FOUR_GIB] = [0xffff0000, 0x1_0000_0000];

/** @param size RAM in bytes. Addresses 0xa0000-0xeffff, which hold video memory and adapters, are in no region. */
export function memoryMap(size: number): MemoryRegion[] {
  return [
    { start: 0, length: CONVENTIONAL_END, type: AVAILABLE },
    { start: CONVENTIONAL_END, length: VIDEO - CONVENTIONAL_END, type: RESERVED },
    { start: BIOS_ROM, length: ONE_MIB - BIOS_ROM, type: RESERVED },
    { start: ONE_MIB, length: size - ONE_MIB, type: AVAILABLE },
    { start: RESET_ROM, length: FOUR_GIB - RESET_ROM, type: RESERVED },
  ].filter((region) => region.length > 0);
}

/** Hands out available RAM, first to what has a fixed place, then to what a loader adds. */
export class Placement {
  readonly #available: MemoryRegion[];
  readonly #taken: { start: number; end: number }[] = [];

  constructor(map: readonly MemoryRegion[]) {
    this.#available = map.filter((region) => region.type === AVAILABLE);
  }

  /** @throws KernelError unless all of it is available RAM. */
  claim(start: number, length: number, what: string): void {
    const region = this.#available.find((r) => start >= r.start && start + length <= r.start + r.length);
    if (!region) {
      const ram = this.#available.map((r) => `${hex(r.start)}-${hex(r.start + r.length - 1)}`).join(' and ');
      throw new KernelError(`${what} at ${hex(start)}, ${hex(length)} bytes, lies outside RAM (${ram})`);
    }
    this.#taken.push({ start, end: start + length });
  }

  /** Takes the lowest free place from 64 KiB on. @throws KernelError if there is none. */
  takeLow(length: number, what: string): number {
    // Lower addresses hold the interrupt vectors and the BIOS data area; real loaders stay clear of more.
    const candidates = [0x10000, ONE_MIB, ...this.#taken.map((taken) => align(taken.end))].sort((a, b) => a - b);
    return this.#take(
      candidates.filter((start) => start >= 0x10000),
      length,
      what,
    );
  }
  /** Takes the highest free place. @throws KernelError if there is none. */
  takeHigh(length: number, what: string): number {
    const ends = [...this.#available.map((r) => r.start + r.length), ...this.#taken.map((taken) => taken.start)];
    const candidates = ends.sort((a, b) => b - a).map((end) => alignDown(end - length));
    return this.#take(candidates, length, what);
  }

  #take(candidates: number[], length: number, what: string): number {
    const end = (start: number) => start + length;
    const start = candidates.find(
      (at) =>
        this.#available.some((r) => at >= r.start && end(at) <= r.start + r.length) &&
        !this.#taken.some((taken) => at < taken.end && taken.start < end(at)),
    );
    if (start === undefined) throw new KernelError(`no room in RAM for ${what} of ${length} bytes`);
    this.#taken.push({ start, end: end(start) });
    return start;
  }
}

const PAGE = 0x1000;
function align(address: number): number {
  return Math.ceil(address / PAGE) * PAGE;
}
function alignDown(address: number): number {
  return Math.floor(address / PAGE) * PAGE;
}
