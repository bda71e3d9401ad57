/** The architectural state of the processor, as typed views on the shared memory. */
import { AC, ARITHMETIC, FIXED, FlagKind, IOPL, packFlags, VM } from './flags.ts';
import * as L from './layout.ts';
import { X87State } from './x87-state.ts';

export const SegmentIndex = { es: 0, cs: 1, ss: 2, ds: 3, fs: 4, gs: 5, ldtr: 6, tr: 7 } as const;
export type SegmentRegister = keyof typeof SegmentIndex;

/**
 * A segment register with its hidden part. `attributes` holds bits 40-47 of the descriptor in bits 0-7 (type, S, DPL, P)
 * and bits 52-55 in bits 12-15 (AVL, L, D/B, G). Intel SDM volume 3, section 3.4.5.
 */
export interface Segment {
  selector: number;
  base: bigint;
  /** In bytes, granularity applied: the last valid offset. */
  limit: number;
  attributes: number;
}
export const SegmentAttribute = {
  TYPE: 0xf,
  S: 0x10,
  DPL: 0x60,
  P: 0x80,
  AVL: 0x1000,
  L: 0x2000,
  DB: 0x4000,
  G: 0x8000,
} as const;

export interface TableRegister {
  base: bigint;
  limit: number;
}

export const Cr0 = {
  PE: 1 << 0,
  MP: 1 << 1,
  EM: 1 << 2,
  TS: 1 << 3,
  ET: 1 << 4,
  NE: 1 << 5,
  WP: 1 << 16,
  AM: 1 << 18,
  NW: 1 << 29,
  CD: 1 << 30,
  PG: 0x80000000,
} as const;
export const Cr4 = {
  VME: 1 << 0,
  PVI: 1 << 1,
  TSD: 1 << 2,
  DE: 1 << 3,
  PSE: 1 << 4,
  PAE: 1 << 5,
  MCE: 1 << 6,
  PGE: 1 << 7,
  PCE: 1 << 8,
  OSFXSR: 1 << 9,
  OSXMMEXCPT: 1 << 10,
  UMIP: 1 << 11,
  LA57: 1 << 12,
  FSGSBASE: 1 << 16,
  PCIDE: 1 << 17,
  OSXSAVE: 1 << 18,
  SMEP: 1 << 20,
  SMAP: 1 << 21,
} as const;
export const Efer = { SCE: 1 << 0, LME: 1 << 8, LMA: 1 << 10, NXE: 1 << 11 } as const;

export type CpuMode = 'real' | 'protected' | 'long';

export class CpuState {
  readonly memory: WebAssembly.Memory;
  readonly view: DataView;
  readonly bytes: Uint8Array;
  readonly x87: X87State;

  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
    this.view = new DataView(memory.buffer);
    this.bytes = new Uint8Array(memory.buffer);
    this.x87 = new X87State(this.view);
  }

  /** General register 0-15, unsigned 64 bits. */
  gpr(index: number): bigint {
    return this.view.getBigUint64(L.GPR + index * 8, true);
  }
  setGpr(index: number, value: bigint): void {
    this.view.setBigUint64(L.GPR + index * 8, value, true);
  }
  get rip(): bigint {
    return this.view.getBigUint64(L.RIP, true);
  }
  set rip(value: bigint) {
    this.view.setBigUint64(L.RIP, value, true);
  }
  get rflags(): number {
    const v = this.view;
    const arithmetic = packFlags(
      v.getInt32(L.FLAG_KIND, true),
      v.getBigInt64(L.FLAG_RESULT, true),
      v.getBigInt64(L.FLAG_A, true),
      v.getBigInt64(L.FLAG_B, true),
    );
    return arithmetic | v.getInt32(L.SYSTEM_FLAGS, true) | FIXED;
  }
  set rflags(value: number) {
    this.view.setInt32(L.FLAG_KIND, FlagKind.PACKED, true);
    this.view.setBigInt64(L.FLAG_RESULT, 0n, true);
    this.view.setBigInt64(L.FLAG_A, BigInt(value & ARITHMETIC), true);
    this.view.setBigInt64(L.FLAG_B, 0n, true);
    this.view.setInt32(L.SYSTEM_FLAGS, value & ~(ARITHMETIC | FIXED), true);
  }

  segment(register: SegmentRegister): Segment {
    const i = SegmentIndex[register];
    return {
      selector: this.view.getUint16(L.SELECTOR + i * 4, true),
      base: this.view.getBigUint64(segmentBaseOffset(i), true),
      limit: this.view.getUint32(L.SEGMENT_LIMIT + i * 4, true),
      attributes: this.view.getUint16(L.SEGMENT_ATTRIBUTES + i * 4, true),
    };
  }
  setSegment(register: SegmentRegister, segment: Segment): void {
    const i = SegmentIndex[register];
    this.view.setUint32(L.SELECTOR + i * 4, segment.selector & 0xffff, true);
    this.view.setBigUint64(segmentBaseOffset(i), segment.base, true);
    this.view.setUint32(L.SEGMENT_LIMIT + i * 4, segment.limit, true);
    this.view.setUint32(L.SEGMENT_ATTRIBUTES + i * 4, segment.attributes & 0xffff, true);
  }

  get gdtr(): TableRegister {
    return { base: this.u64(L.GDTR_BASE), limit: this.view.getUint16(L.GDTR_LIMIT, true) };
  }
  set gdtr(table: TableRegister) {
    this.setU64(L.GDTR_BASE, table.base);
    this.view.setUint32(L.GDTR_LIMIT, table.limit & 0xffff, true);
  }
  get idtr(): TableRegister {
    return { base: this.u64(L.IDTR_BASE), limit: this.view.getUint16(L.IDTR_LIMIT, true) };
  }
  set idtr(table: TableRegister) {
    this.setU64(L.IDTR_BASE, table.base);
    this.view.setUint32(L.IDTR_LIMIT, table.limit & 0xffff, true);
  }

  /** Control register 0, 2, 3, 4 or 8. */
  cr(index: number): bigint {
    return this.u64(L.CR + index * 8);
  }
  setCr(index: number, value: bigint): void {
    this.setU64(L.CR + index * 8, value);
  }
  get cr0(): number {
    return this.view.getUint32(L.CR, true);
  }
  get cr4(): number {
    return this.view.getUint32(L.CR + 32, true);
  }
  get efer(): number {
    return this.view.getUint32(L.EFER, true);
  }
  /** With PAE paging, entry 0-3 of the page-directory-pointer table as it was when CR3 was loaded. */
  directoryPointer(index: number): bigint {
    return this.u64(L.DIRECTORY_POINTERS + index * 8);
  }
  setDirectoryPointers(entries: readonly bigint[]): void {
    for (const [index, entry] of entries.entries()) this.setU64(L.DIRECTORY_POINTERS + index * 8, entry);
  }
  u64(offset: number): bigint {
    return this.view.getBigUint64(offset, true);
  }
  setU64(offset: number, value: bigint): void {
    this.view.setBigUint64(offset, value, true);
  }

  /** Current privilege level: the DPL of SS (Intel SDM volume 3, section 5.5), which is 3 in virtual-8086 mode; 0 in real mode. */
  get cpl(): number {
    if (!(this.cr0 & Cr0.PE)) return 0;
    return (this.view.getUint16(L.SEGMENT_ATTRIBUTES + SegmentIndex.ss * 4, true) & SegmentAttribute.DPL) >> 5;
  }
  get mode(): CpuMode {
    if (this.efer & Efer.LMA) return 'long';
    return this.cr0 & Cr0.PE ? 'protected' : 'real';
  }
  /** Whether selectors are the paragraph numbers of an 8086: in real mode and in virtual-8086 mode. */
  get is8086(): boolean {
    return !(this.cr0 & Cr0.PE) || this.isVirtual8086;
  }
  get isVirtual8086(): boolean {
    return (this.view.getInt32(L.SYSTEM_FLAGS, true) & VM) !== 0;
  }
  /** RFLAGS.AC: alignment checks at level 3, the user's pages for the other levels (SMAP). */
  get isAcSet(): boolean {
    return (this.view.getInt32(L.SYSTEM_FLAGS, true) & AC) !== 0;
  }
  get iopl(): number {
    return (this.view.getInt32(L.SYSTEM_FLAGS, true) & IOPL) >> 12;
  }
  /** Default operand and address size of the code segment: 64, 32 or 16. */
  get codeSize(): 16 | 32 | 64 {
    const attributes = this.view.getUint16(L.SEGMENT_ATTRIBUTES + SegmentIndex.cs * 4, true);
    if (this.efer & Efer.LMA && attributes & SegmentAttribute.L) return 64;
    return attributes & SegmentAttribute.DB ? 32 : 16;
  }

  /** Width of the instruction pointer in bits: 16-bit code too counts in EIP, and jumps alone cut it to 16 bits. */
  get pointerBits(): 32 | 64 {
    return this.codeSize === 64 ? 64 : 32;
  }
  /** Linear address of an offset in the code segment. */
  codeAddress(offset: bigint): bigint {
    if (this.codeSize === 64) return offset;
    return BigInt.asUintN(32, offset + this.u64(L.SEGMENT_BASE + SegmentIndex.cs * 8));
  }
  /** An address in one of the processor's own tables: outside long mode they reach over the end of 4 GiB. */
  systemAddress(address: bigint): bigint {
    return BigInt.asUintN(this.efer & Efer.LMA ? 64 : 32, address);
  }
  /** Power-on values: Intel SDM volume 3, table 10-1. */
  reset(): void {
    this.x87.ferr = false;
    this.bytes.fill(0, 0, L.STATE_END);
    this.x87.reset();
    this.view.setUint32(L.MXCSR, 0x1f80, true);
    this.setU64(L.XCR0, 1n);
    this.rflags = 0;
    this.rip = 0xfff0n;
    this.setCr(0, 0x60000010n);
    // Family 15, model 6, stepping 1: what EDX holds after RESET is the signature that CPUID reports.
    this.setGpr(L.RDX, 0xf61n);
    this.setSegment('cs', { selector: 0xf000, base: 0xffff0000n, limit: 0xffff, attributes: 0x9b });
    for (const name of ['ss', 'ds', 'es', 'fs', 'gs'] as const)
      this.setSegment(name, { selector: 0, base: 0n, limit: 0xffff, attributes: 0x93 });
    this.setSegment('ldtr', { selector: 0, base: 0n, limit: 0xffff, attributes: 0x82 });
    this.setSegment('tr', { selector: 0, base: 0n, limit: 0xffff, attributes: 0x8b });
    this.gdtr = { base: 0n, limit: 0xffff };
    this.idtr = { base: 0n, limit: 0xffff };
    this.setU64(L.DR + 6 * 8, 0xffff0ff0n);
    this.setU64(L.DR + 7 * 8, 0x400n);
    this.setU64(L.PAT, 0x0007040600070406n);
    // The bootstrap processor, its APIC disabled: there is none.
    this.setU64(L.APIC_BASE, 0xfee00100n);
  }
}

function segmentBaseOffset(index: number): number {
  return index < 6 ? L.SEGMENT_BASE + index * 8 : L.SYSTEM_SEGMENT_BASE + (index - 6) * 8;
}
