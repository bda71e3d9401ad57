/** The entries of page tables in each paging mode: where they stand, and what they may not hold. Intel SDM volume 3, sections 4.3 to 4.5. */

/** Width of a physical address, as CPUID leaf 0x80000008 reports it. */
export const PHYSICAL_ADDRESS_BITS = 40;
const ADDRESS_MASK = (1n << BigInt(PHYSICAL_ADDRESS_BITS)) - 1n;

export const EntryBit = {
  PRESENT: 1n << 0n,
  WRITABLE: 1n << 1n,
  USER: 1n << 2n,
  ACCESSED: 1n << 5n,
  DIRTY: 1n << 6n,
  PAGE_SIZE: 1n << 7n,
  GLOBAL: 1n << 8n,
  NO_EXECUTE: 1n << 63n,
} as const;

/** Where the levels' indices stand in a linear address, highest first. */
export interface PagingMode {
  readonly shifts: readonly number[];
  readonly indexBits: number;
  readonly entryBytes: 4 | 8;
}
export const FOUR_LEVEL: PagingMode = { shifts: [39, 30, 21, 12], indexBits: 9, entryBytes: 8 };
export const PAE: PagingMode = { shifts: [30, 21, 12], indexBits: 9, entryBytes: 8 };
export const TWO_LEVEL: PagingMode = { shifts: [22, 12], indexBits: 10, entryBytes: 4 };

/** Physical address of the table that an entry points to. */
export function tableAt(entry: bigint): number {
  return Number(entry & ADDRESS_MASK & ~0xfffn);
}
/** Physical address of the page that an entry points to. @param size of the page in bytes */
export function frameAt(mode: PagingMode, entry: bigint, size: bigint): bigint {
  // A 4 MiB page has bits 32 and up of its address in bits 13 to 20 (PSE-36, table 4-4).
  if (mode === TWO_LEVEL && size > 4096n) return (entry & 0xffc00000n) | (((entry >> 13n) & 0xffn) << 32n);
  return entry & ADDRESS_MASK & ~(size - 1n);
}

/** Bits 52 to 62 belong to software in 4-level paging alone. */
const ABOVE_ADDRESS = ((1n << 52n) - 1n) & ~ADDRESS_MASK;
const PAE_UPPER = 0x7ff0000000000000n;
/** Of an entry of PAE's page-directory-pointer table that is present. */
export const POINTER_RESERVED = ABOVE_ADDRESS | PAE_UPPER | EntryBit.NO_EXECUTE | 0x1e6n;

/**
 * Reserved bits of an entry that is present; those of PAE's highest level are looked at when it is loaded.
 * @param size of what the entry maps, a page or not, in bytes
 */
export function reservedBits(mode: PagingMode, level: number, size: bigint, isPage: boolean, hasNx: boolean): bigint {
  const isLarge = isPage && level > 1;
  if (mode === TWO_LEVEL) return isLarge ? 1n << 21n : 0n;
  if (mode === PAE && level === 3) return 0n;
  let reserved = ABOVE_ADDRESS;
  if (mode === PAE) reserved |= PAE_UPPER;
  if (!hasNx) reserved |= EntryBit.NO_EXECUTE;
  if (mode === FOUR_LEVEL && level === 4) reserved |= EntryBit.PAGE_SIZE;
  // Below a large page's frame and above its PAT bit (12).
  if (isLarge) reserved |= (size - 1n) & ~0x1fffn;
  return reserved;
}
