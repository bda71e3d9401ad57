/** What CPUID reports: exactly what works. Intel SDM volume 2, CPUID; AMD APM volume 3, appendix E. */
import { PHYSICAL_ADDRESS_BITS } from '../mmu/page-tables.ts';

/** eax, ebx, ecx, edx. */
export type Leaf = readonly [number, number, number, number];

const VENDOR = 'TypeScriptPC';
/** Family 15, model 6, stepping 1: the value that EDX holds after RESET too. */
const SIGNATURE = 0xf61;
/** Leaf 1, ECX. */
const FEATURE_ECX = { CX16: 1 << 13, PCID: 1 << 17, MOVBE: 1 << 22, POPCNT: 1 << 23, HYPERVISOR: 1 << 31 };
/** Leaf 1, EDX. */
const FEATURE_EDX = {
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
};
/**
 * Leaf 7, subleaf 0. SMAP (EBX bit 20) works and is not announced yet: an experiment of chapter 7, and its recorded screen, are
 * told for a processor without it.
 */
const STRUCTURED_EBX = { FSGSBASE: 1 << 0, SMEP: 1 << 7, INVPCID: 1 << 10 };
const STRUCTURED_ECX = { UMIP: 1 << 2 };
/** Leaf 0x80000001. */
const EXTENDED_ECX = { LAHF: 1 << 0, LZCNT: 1 << 5 };
const EXTENDED_EDX = { NX: 1 << 20, GIB_PAGES: 1 << 26, RDTSCP: 1 << 27, LONG_MODE: 1 << 29 };
/** Set where these instructions exist: in 64-bit mode. */
const SYSCALL = 1 << 11;
/** Leaf 0x80000007, EDX: the time-stamp counter has one rate always. */
const INVARIANT_TSC = 1 << 8;

const MAX_BASIC = 7;
const MAX_EXTENDED = 0x80000008;

const all = (bits: Record<string, number>) => Object.values(bits).reduce((sum, bit) => sum | bit, 0);

/**
 * @param leaf EAX, unsigned
 * @param subleaf ECX, for the leaves that have several
 * @param is64Bit executed in 64-bit mode
 */
export function cpuid(leaf: number, subleaf: number, is64Bit: boolean): Leaf {
  switch (leaf) {
    case 0:
      return [MAX_BASIC, word(VENDOR, 0), word(VENDOR, 8), word(VENDOR, 4)];
    case 1:
      return [SIGNATURE, 1 << 16, all(FEATURE_ECX), all(FEATURE_EDX)];
    case 7:
      return subleaf === 0 ? [0, all(STRUCTURED_EBX), all(STRUCTURED_ECX), 0] : [0, 0, 0, 0];
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
