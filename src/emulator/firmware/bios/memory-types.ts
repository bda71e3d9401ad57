/**
 * The memory type range registers, as firmware leaves them: an operating system takes registers that are switched off for a defect
 * of the BIOS. Nothing is cached here, so that they change nothing else. Intel SDM volume 3, section 12.11.
 */
import * as L from '../../cpu/layout.ts';
import type { CpuState } from '../../cpu/state.ts';
import { PHYSICAL_ADDRESS_BITS } from '../../mmu/page-tables.ts';

const [UNCACHEABLE, WRITE_PROTECT, WRITE_BACK] = [0n, 5n, 6n];
/** IA32_MTRR_DEF_TYPE: E and FE, the registers and the fixed ranges are in force. */
const ENABLED = 0xc00n;
/** Of IA32_MTRR_PHYSMASK: the range is in force. */
const VALID = 0x800n;
const VARIABLE_RANGES = 8;

/** Fixed ranges in their registers' order: 8 of 64 KiB, 8 and 8 of 16 KiB, 64 of 4 KiB from C0000h on. */
const FIXED = [
  ...[WRITE_BACK, WRITE_BACK],
  // The video memory.
  UNCACHEABLE,
  ...Array.from({ length: 8 }, () => WRITE_PROTECT),
];

/** Devices' memory below 4 GiB is half of it, or what RAM leaves: a power of two, as a range has to be. */
function devices(ram: number): bigint {
  let size = 1n << 31n;
  while ((1n << 32n) - size < BigInt(ram)) size >>= 1n;
  return size;
}

/** @param ram in bytes */
export function setMemoryTypes(state: CpuState, ram: number): void {
  const size = devices(ram);
  const range = (index: number) => L.MTRR + (1 + 2 * index) * 8;
  const fixed = L.MTRR + (1 + 2 * VARIABLE_RANGES) * 8;
  state.setU64(L.MTRR, ENABLED | WRITE_BACK);
  state.setU64(range(0), ((1n << 32n) - size) | UNCACHEABLE);
  state.setU64(range(0) + 8, ((1n << BigInt(PHYSICAL_ADDRESS_BITS)) - size) | VALID);
  for (const [i, type] of FIXED.entries()) state.setU64(fixed + i * 8, type * 0x0101_0101_0101_0101n);
}
