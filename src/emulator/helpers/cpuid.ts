/** What CPUID reports: exactly what works. Intel SDM volume 2, CPUID; AMD APM volume 3, appendix E. */
import { Cr4 } from '../cpu/state.ts';
import { PHYSICAL_ADDRESS_BITS } from '../mmu/page-tables.ts';
import { xsaveLeaf } from './extended-state/xsave.ts';

/** eax, ebx, ecx, edx. */
export type Leaf = readonly [number, number, number, number];

const VENDOR = 'TypeScriptPC';
/** Family 15, model 6, stepping 1: the value that EDX holds after RESET too. */
const SIGNATURE = 0xf61;
/** Leaf 1, ECX. */
const FEATURE_ECX = {
  SSE3: 1 << 0,
  SSSE3: 1 << 9,
  CX16: 1 << 13,
  PCID: 1 << 17,
  SSE4_1: 1 << 19,
  SSE4_2: 1 << 20,
  MOVBE: 1 << 22,
  POPCNT: 1 << 23,
  XSAVE: 1 << 26,
  RDRAND: 1 << 30,
  HYPERVISOR: 1 << 31,
};
/** Leaf 1, EDX. */
const FEATURE_EDX = {
  FPU: 1 << 0,
  VME: 1 << 1,
  DE: 1 << 2,
  PSE: 1 << 3,
  TSC: 1 << 4,
  MSR: 1 << 5,
  PAE: 1 << 6,
  CX8: 1 << 8,
  SEP: 1 << 11,
  MTRR: 1 << 12,
  PGE: 1 << 13,
  CMOV: 1 << 15,
  PAT: 1 << 16,
  PSE36: 1 << 17,
  CLFSH: 1 << 19,
  MMX: 1 << 23,
  FXSR: 1 << 24,
  SSE: 1 << 25,
  SSE2: 1 << 26,
};
/** Leaf 1, EBX: one logical processor, whose cache lines (of CLFLUSH) have eight times 8 bytes. */
const ONE_PROCESSOR = (1 << 16) | (8 << 8);
/** Leaf 7, sub-leaf 0. */
const STRUCTURED_EBX = {
  FSGSBASE: 1 << 0,
  BMI1: 1 << 3,
  SMEP: 1 << 7,
  BMI2: 1 << 8,
  INVPCID: 1 << 10,
  RDSEED: 1 << 18,
  ADX: 1 << 19,
  SMAP: 1 << 20,
  CLFLUSHOPT: 1 << 23,
  CLWB: 1 << 24,
};
const STRUCTURED_ECX = { UMIP: 1 << 2, RDPID: 1 << 22 };
/** Leaf 0x80000001. */
const EXTENDED_ECX = { LAHF: 1 << 0, LZCNT: 1 << 5, PREFETCHW: 1 << 8 };
const EXTENDED_EDX = { NX: 1 << 20, GIB_PAGES: 1 << 26, RDTSCP: 1 << 27, LONG_MODE: 1 << 29 };
/** Set where these instructions exist: in 64-bit mode. */
const SYSCALL = 1 << 11;
/** Leaf 0x80000007, EDX: the time-stamp counter has one rate always. */
const INVARIANT_TSC = 1 << 8;

/** Leaf 1, ECX: the operating system has set CR4.OSXSAVE. */
const OSXSAVE = 1 << 27;

/** Leaves 2 to 12 but for 7 are there and zero: no caches to tell of, no MONITOR, no thermal or power management. */
const MAX_BASIC = 0xd;
const MAX_EXTENDED = 0x80000008;

const all = (bits: Record<string, number>) => Object.values(bits).reduce((sum, bit) => sum | bit, 0);

/**
 * @param leaf EAX, unsigned
 * @param subleaf ECX, unsigned
 * @param is64Bit executed in 64-bit mode
 * @param cr4 control register 4, of which some bits show
 */
export function cpuid(leaf: number, subleaf: number, is64Bit: boolean, cr4 = 0): Leaf {
  switch (leaf) {
    case 0:
      return [MAX_BASIC, word(VENDOR, 0), word(VENDOR, 8), word(VENDOR, 4)];
    case 1:
      return [SIGNATURE, ONE_PROCESSOR, all(FEATURE_ECX) | (cr4 & Cr4.OSXSAVE ? OSXSAVE : 0), all(FEATURE_EDX)];
    // The low byte of EAX is always 1; descriptors of zero tell nothing.
    case 2:
      return [1, 0, 0, 0];
    case 7:
      return subleaf === 0 ? [0, all(STRUCTURED_EBX), all(STRUCTURED_ECX), 0] : [0, 0, 0, 0];
    case 0xd:
      return xsaveLeaf(subleaf);
    case 0x80000000:
      return [MAX_EXTENDED, 0, 0, 0];
    case 0x80000001:
      return [0, 0, all(EXTENDED_ECX), all(EXTENDED_EDX) | (is64Bit ? SYSCALL : 0)];
    case 0x80000002:
    case 0x80000003:
    case 0x80000004: {
      const brand = 'x86-64 PC in TypeScript'.padEnd(48, '\0');
      const start = (leaf - 0x80000002) * 16;
      return [word(brand, start), word(brand, start + 4), word(brand, start + 8), word(brand, start + 12)];
    }
    case 0x80000007:
      return [0, 0, 0, INVARIANT_TSC];
    case 0x80000008:
      return [PHYSICAL_ADDRESS_BITS | (48 << 8), 0, 0, 0];
    default:
      return [0, 0, 0, 0];
  }
}
/** Four characters as a little-endian number. */
function word(text: string, at: number): number {
  return [0, 1, 2, 3].reduce((sum, i) => sum | (text.charCodeAt(at + i) << (8 * i)), 0);
}
