/**
 * Where the cases live: the same linear addresses in the native runner's process and in the emulated machine.
 *
 * Everything lies below 2^31, so that 32-bit code and sign-extended displacements reach it. What is not named here is
 * not mapped on either side: the pages around each area fault.
 */

export const PAGE = 0x1000;

/** Two pages, readable and executable; filled with int3 but for the case's own bytes. */
export const CODE = 0x1000_0000;
export const CODE_SIZE = 2 * PAGE;
/** Two pages, readable and writable, then one read-only page. None is executable. */
export const DATA = 0x2000_1000;
export const DATA_SIZE = 2 * PAGE;
export const READ_ONLY = DATA + DATA_SIZE;
/** Within reach of 16-bit addresses: a writable page, then a read-only one. */
export const LOW = 0x8000;
export const LOW_READ_ONLY = LOW + PAGE;

/** The pages that instructions can change, and those that they can only read. */
export const WRITABLE = [
  { start: DATA, size: DATA_SIZE },
  { start: LOW, size: PAGE },
] as const;
export const CONSTANT = [
  { start: READ_ONLY, size: PAGE },
  { start: LOW_READ_ONLY, size: PAGE },
] as const;

/** Segment bases in 64-bit mode. The runner can set FS only where user code may write it (FSGSBASE). */
export const FS_BASE = DATA + 0x100;
export const GS_BASE = DATA + 0x400;

/** Linux's selectors for user code and data: arch/x86/include/asm/segment.h. */
export const Selector = {
  USER32_CS: 0x23,
  USER_DS: 0x2b,
  USER_CS: 0x33,
  /** Of the local descriptor table below. */
  EXPAND_DOWN: 0x07,
  LIMITED: 0x0f,
  CODE16: 0x17,
  CONSTANT: 0x1f,
  NOT_PRESENT: 0x27,
} as const;

export interface LocalDescriptor {
  base: number;
  /** In bytes; granularity 0. */
  limit: number;
  /** modify_ldt's `contents`: 0 data, 1 expand-down data, 2 code. */
  contents: 0 | 1 | 2;
  /** D/B: 32-bit. */
  big: boolean;
  readOnly: boolean;
  present: boolean;
}

/** Local descriptor table, from index 0: small segments, so that limits are tested too. */
export const LOCAL_DESCRIPTORS: readonly LocalDescriptor[] = [
  { base: DATA - PAGE, limit: 0x14ff, contents: 1, big: true, readOnly: false, present: true },
  { base: DATA + 0x400, limit: 0xbff, contents: 0, big: true, readOnly: false, present: true },
  { base: CODE, limit: CODE_SIZE - 1, contents: 2, big: false, readOnly: false, present: true },
  { base: DATA, limit: DATA_SIZE - 1, contents: 0, big: true, readOnly: true, present: true },
  { base: DATA, limit: 0xfff, contents: 0, big: true, readOnly: false, present: false },
];

/** What the pages hold before a case's own patches: the same formula as in the runner. */
export function pristineWord(address: number): number {
  let x = (address ^ 0x9e3779b9) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Most bytes of code and most patches in one case; most bytes in one patch. */
export const MAX_CODE = 56;
export const MAX_PATCHES = 8;
export const PATCH_BYTES = 576;
/** Bytes of the fixed part of a case and of a result; of x87 and SSE state. The layout stands in runner.c. */
export const CASE_BYTES = 200;
export const RESULT_BYTES = 176;
export const FPU_BYTES = 512;
