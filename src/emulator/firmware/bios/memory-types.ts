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
/** Devices' memory below 4 GiB, where there is no RAM: the last two GiB. */
const DEVICES = 0x8000_0000n;
const VARIABLE_RANGES = 8;

/** Fixed ranges in their registers' order: 8 of 64 KiB, 8 and 8 of 16 KiB, 64 of 4 KiB from C0000h on. */
const FIXED = [
  ...[WRITE_BACK, WRITE_BACK],
  // The video memory.
  UNCACHEABLE,
  ...Array.from({ length: 8 }, () => WRITE_PROTECT),
];

export function setMemoryTypes(state: CpuState): void {
  const range = (index: number) => L.MTRR + (1 + 2 * index) * 8;
  const fixed = L.MTRR + (1 + 2 * VARIABLE_RANGES) * 8;
  state.setU64(L.MTRR, ENABLED | WRITE_BACK);
  state.setU64(range(0), DEVICES | UNCACHEABLE);
  state.setU64(range(0) + 8, ((1n << BigInt(PHYSICAL_ADDRESS_BITS)) - DEVICES) | VALID);
  for (const [i, type] of FIXED.entries()) state.setU64(fixed + i * 8, type * 0x0101_0101_0101_0101n);
}
