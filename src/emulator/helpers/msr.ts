/** Model-specific registers. Intel SDM volume 4, chapter 2. One that is not there raises #GP(0). */
import type { Cpu } from '../cpu/cpu.ts';
import { generalProtection } from '../cpu/exceptions.ts';
import * as L from '../cpu/layout.ts';
import { Cr0, Efer } from '../cpu/state.ts';
import { PHYSICAL_ADDRESS_BITS } from '../mmu/page-tables.ts';

const IA32_TIME_STAMP_COUNTER = 0x10;
const IA32_APIC_BASE = 0x1b;
const IA32_MTRRCAP = 0xfe;
const IA32_PAT = 0x277;
const IA32_MTRR_DEF_TYPE = 0x2ff;
const IA32_EFER = 0xc0000080;
const IA32_TSC_AUX = 0xc0000103;

/** Eight variable ranges, the fixed ones, and write-combining. */
const MTRR_CAPABILITIES = 0x508n;
const MTRR_VARIABLE = { first: 0x200, count: 16 };
const MTRR_FIXED = [0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f];
const MTRR_ENABLES = 0xc00n;
const MTRR_VALID = 0x800n;
const APIC_ENABLE = 0x800n;

interface Register {
  /** Where it is kept. */
  at: number;
  /** @throws GuestException for a value that it cannot hold */
  check?: (value: bigint) => void;
}

const ADDRESS_BITS = (1n << BigInt(PHYSICAL_ADDRESS_BITS)) - 1n;
const isMemoryType = (type: bigint) => [0n, 1n, 4n, 5n, 6n].includes(type);
const eachByte = (value: bigint, holds: (byte: bigint) => boolean) =>
  [0n, 8n, 16n, 24n, 32n, 40n, 48n, 56n].every((shift) => holds((value >> shift) & 0xffn));
/** A check that raises #GP(0) with a reason. */
const only =
  (reason: string, holds: (value: bigint) => boolean): ((value: bigint) => void) =>
  (value) => {
    if (!holds(value)) throw generalProtection(`0x${value.toString(16)}: ${reason}`);
  };
const canonical = only('not canonical', (value) => BigInt.asUintN(64, BigInt.asIntN(48, value)) === value);
const word = only('upper half is reserved', (value) => value >> 32n === 0n);
const memoryTypes = only('not memory types', (value) => eachByte(value, isMemoryType));
const attributes = only('not memory types', (value) => eachByte(value, (type) => isMemoryType(type) || type === 7n));
const rangeBase = only(
  'not the base of a memory range',
  (value) => isMemoryType(value & 0xffn) && (value & ~(ADDRESS_BITS & ~0xf00n)) === 0n,
);
const rangeMask = only(
  'not the mask of a memory range',
  (value) => (value & ~((ADDRESS_BITS & ~0xfffn) | MTRR_VALID)) === 0n,
);
const defaultType = only(
  'not a default memory type',
  (value) => isMemoryType(value & 0xffn) && (value & ~(MTRR_ENABLES | 0xffn)) === 0n,
);
/** The processor has no APIC: it is as one whose APIC is disabled for good (volume 3, section 10.4.3). */
const disabledApic = only(
  'there is no APIC to enable',
  (value) => (value & APIC_ENABLE) === 0n && (value & ~(ADDRESS_BITS & ~0x6ffn)) === 0n,
);

/** Registers that are plain storage: those of the memory types change nothing, since there is no cache. */
const REGISTERS = new Map<number, Register>([
  [IA32_APIC_BASE, { at: L.APIC_BASE, check: disabledApic }],
  [0x174, { at: L.SYSENTER_CS }],
  [0x175, { at: L.SYSENTER_ESP, check: canonical }],
  [0x176, { at: L.SYSENTER_EIP, check: canonical }],
  [IA32_PAT, { at: L.PAT, check: attributes }],
  [0xc0000081, { at: L.STAR }],
  [0xc0000082, { at: L.LSTAR, check: canonical }],
  [0xc0000083, { at: L.CSTAR, check: canonical }],
  [0xc0000084, { at: L.SFMASK, check: word }],
  [0xc0000100, { at: L.SEGMENT_BASE + 4 * 8, check: canonical }],
  [0xc0000101, { at: L.SEGMENT_BASE + 5 * 8, check: canonical }],
  [0xc0000102, { at: L.KERNEL_GS_BASE, check: canonical }],
  [IA32_TSC_AUX, { at: L.TSC_AUX, check: word }],
  [IA32_MTRR_DEF_TYPE, { at: L.MTRR, check: defaultType }],
]);
for (let i = 0; i < MTRR_VARIABLE.count; i++)
  REGISTERS.set(MTRR_VARIABLE.first + i, { at: L.MTRR + (1 + i) * 8, check: i & 1 ? rangeMask : rangeBase });
for (const [i, index] of MTRR_FIXED.entries())
  REGISTERS.set(index, { at: L.MTRR + (1 + MTRR_VARIABLE.count + i) * 8, check: memoryTypes });

/** The time-stamp counter: virtual time, which passes in `hlt` too. */
export function timeStamp(cpu: Cpu): bigint {
  return BigInt.asUintN(64, BigInt(cpu.time()) + cpu.state.u64(L.TSC_ADJUST));
}
export function readMsr(cpu: Cpu, index: number): bigint {
  switch (index) {
    case IA32_EFER:
      return BigInt(cpu.state.efer);
    case IA32_TIME_STAMP_COUNTER:
      return timeStamp(cpu);
    case IA32_MTRRCAP:
      return MTRR_CAPABILITIES;
    default:
      return cpu.state.u64(registerAt(index).at);
  }
}
export function writeMsr(cpu: Cpu, index: number, value: bigint): void {
  switch (index) {
    case IA32_EFER:
      writeEfer(cpu, value);
      return;
    case IA32_TIME_STAMP_COUNTER:
      cpu.state.setU64(L.TSC_ADJUST, BigInt.asUintN(64, value - BigInt(cpu.time())));
      return;
    default: {
      const register = registerAt(index);
      register.check?.(value);
      cpu.state.setU64(register.at, value);
      // FS and GS bases count outside 64-bit mode too.
      cpu.onSegmentChange();
    }
  }
}
function registerAt(index: number): Register {
  const register = REGISTERS.get(index);
  if (!register) throw generalProtection(`there is no MSR 0x${index.toString(16)}, or it cannot be written`);
  return register;
}
function writeEfer(cpu: Cpu, value: bigint): void {
  const known = BigInt(Efer.SCE | Efer.LME | Efer.LMA | Efer.NXE);
  if (value & ~known) throw generalProtection(`reserved bits of EFER: 0x${(value & ~known).toString(16)}`);
  const { state } = cpu;
  const next = (Number(value) & ~Efer.LMA) | (state.efer & Efer.LMA);
  if ((next ^ state.efer) & Efer.LME && state.cr0 & Cr0.PG)
    throw generalProtection('EFER.LME cannot change while paging is on');
  state.setU64(L.EFER, BigInt(next));
  cpu.forgetTranslations();
}
