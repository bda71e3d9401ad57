/**
 * The emulated side: a machine with the native runner's memory layout, entered as an operating system enters user code.
 *
 * Long mode, four-level paging, Linux's descriptors. A case starts with IRETQ to level 3 and ends when an exception
 * enters its handler at level 0; the saved state is what the processor pushed. Tables and handlers lie in the upper
 * half, where user code sees nothing on either side.
 */

import { EFER, RSP, XCR0 } from '../../src/emulator/cpu/layout.ts';
import type { Processor, ProcessorStop } from '../../src/emulator/cpu/processor.ts';
import { SegmentAttribute as A, Cr0, Cr4, Efer, type Segment } from '../../src/emulator/cpu/state.ts';
import type { PhysicalMemory } from '../../src/emulator/mmu/physical-memory.ts';
import { FpuImage, loadFpu, saveFpu } from './fpu-image.ts';
import * as L from './layout.ts';
import type { Case, Outcome } from './native.ts';

export const RAM_SIZE = 0x100000;
/** Writing to this port ends `run`: what each handler does first. */
export const END_PORT = 0xf4;

const KERNEL = 0xffff_ff80_0000_0000n;
const KERNEL_CS = 0x10;
/** Pages of the kernel half, by their place in it and in physical memory. */
const GDT = 0;
const IDT = 1;
const TSS = 2;
const LDT = 3;
const HANDLERS = 4;
const STUB = 5;
const STACK = 6;
const KERNEL_PAGES = 7;

const PML4_AT = 0x1000;
const PDPT_AT = 0x2000;
const PD_AT = 0x3000;
const PT_LOW_AT = 0x4000;
const PT_CODE_AT = 0x5000;
const PT_DATA_AT = 0x6000;
const KERNEL_PDPT_AT = 0x7000;
const KERNEL_PD_AT = 0x8000;
const KERNEL_PT_AT = 0x9000;
const KERNEL_AT = 0x10000;
const LOW_AT = 0x20000;
const CODE_AT = 0x22000;
const DATA_AT = 0x24000;

/** Page-table bits: SDM volume 3, section 4.5. */
const P = 1n;
const W = 2n;
const U = 4n;
const NX = 1n << 63n;

/** Type and attribute bits of the descriptors, as Linux has them; bits 40-47 and 52-55. */
const FLAT_CODE32 = 0xcfb;
const FLAT_DATA = 0xcf3;
const FLAT_CODE64 = 0xafb;
const KERNEL_CODE64 = 0xa9b;
const KERNEL_CODE32 = 0xc9b;
const KERNEL_DATA = 0xc93;
/** Linux's entry 15: a read-only segment whose limit tells the processor's number, 0 where the runner stays. */
const PROCESSOR_NUMBER = { entry: 15, bits: 0x4f5, limit: 0 } as const;

function descriptor(base: number, limit: number, bits: number): bigint {
  const b = BigInt(base);
  const l = BigInt(limit);
  const high = (BigInt(bits & 0xff) << 40n) | (BigInt(bits >> 8) << 52n);
  return (l & 0xffffn) | ((l & 0xf0000n) << 32n) | ((b & 0xffffffn) << 16n) | ((b & 0xff000000n) << 32n) | high;
}

const areas = [
  { start: L.DATA, size: L.DATA_SIZE, at: DATA_AT },
  { start: L.LOW, size: L.PAGE, at: LOW_AT },
].map((area) => {
  const pristine = Buffer.alloc(area.size);
  for (let i = 0; i < area.size; i += 4) pristine.writeUInt32LE(L.pristineWord(area.start + i), i);
  return { ...area, pristine, initial: Buffer.from(pristine) };
});

/** How to run a case: instruction by instruction, or freely until its exception. */
export type Pace = 'step' | 'run';

/** What kept a case from ending in an exception: a shutdown, something not implemented, no end. */
export class NoOutcome extends Error {}

export class EmulatedMachine {
  readonly processor: Processor;
  readonly #memory: PhysicalMemory;
  readonly #fsgsbase: boolean;

  /** @param host whether Linux maps pages below 64 KiB there, and lets programs set the bases of FS and GS */
  constructor(processor: Processor, memory: PhysicalMemory, host: { low: boolean; fsgsbase: boolean }) {
    this.processor = processor;
    this.#memory = memory;
    this.#fsgsbase = host.fsgsbase;
    this.#setUpMemory(host.low);
    this.#setUpState();
  }

  #setUpMemory(low: boolean): void {
    const image = Buffer.alloc(RAM_SIZE);
    const entry = (table: number, index: number, value: bigint) => image.writeBigUInt64LE(value, table + index * 8);
    const page = (table: number, linear: number, physical: number, bits: bigint) =>
      entry(table, (linear >> 12) & 0x1ff, BigInt(physical) | bits);
    const below = P | W | U;
    entry(PML4_AT, 0, BigInt(PDPT_AT) | below);
    entry(PML4_AT, 511, BigInt(KERNEL_PDPT_AT) | P | W);
    entry(PDPT_AT, 0, BigInt(PD_AT) | below);
    if (low) entry(PD_AT, L.LOW >> 21, BigInt(PT_LOW_AT) | below);
    entry(PD_AT, L.CODE >> 21, BigInt(PT_CODE_AT) | below);
    entry(PD_AT, L.DATA >> 21, BigInt(PT_DATA_AT) | below);
    for (let i = 0; i < L.CODE_SIZE; i += L.PAGE) page(PT_CODE_AT, L.CODE + i, CODE_AT + i, P | U);
    for (const { start, size, at } of areas) {
      const table = start === L.LOW ? PT_LOW_AT : PT_DATA_AT;
      for (let i = 0; i < size; i += L.PAGE) page(table, start + i, at + i, P | W | U | NX);
      page(table, start + size, at + size, P | U | NX);
      for (let i = 0; i < size + L.PAGE; i += 4) image.writeUInt32LE(L.pristineWord(start + i), at + i);
    }
    image.fill(0xcc, CODE_AT, CODE_AT + L.CODE_SIZE);

    entry(KERNEL_PDPT_AT, 0, BigInt(KERNEL_PD_AT) | P | W);
    entry(KERNEL_PD_AT, 0, BigInt(KERNEL_PT_AT) | P | W);
    for (let i = 0; i < KERNEL_PAGES; i++) entry(KERNEL_PT_AT, i, BigInt(KERNEL_AT + i * L.PAGE) | P | W);
    const at = (which: number) => KERNEL_AT + which * L.PAGE;
    const gdt = [
      0n,
      ...[KERNEL_CODE32, KERNEL_CODE64, KERNEL_DATA, FLAT_CODE32, FLAT_DATA, FLAT_CODE64].map((bits) =>
        descriptor(0, 0xfffff, bits),
      ),
    ];
    gdt.forEach((value, i) => {
      entry(at(GDT), i, value);
    });
    const { entry: number, bits, limit } = PROCESSOR_NUMBER;
    entry(at(GDT), number, descriptor(0, limit, bits));
    L.LOCAL_DESCRIPTORS.forEach((d, i) => {
      const access = 0x71 | (d.present ? 0x80 : 0) | (d.contents << 2) | (d.readOnly ? 0 : 2);
      entry(at(LDT), i, descriptor(d.base, d.limit, access | (d.big ? 0x400 : 0)));
    });
    for (let vector = 0; vector < 256; vector++) {
      const handler = this.#kernel(HANDLERS) + BigInt(vector * 16);
      // INT3 and INTO are open to user code, as in Linux.
      const access = vector === 3 || vector === 4 ? 0xeen : 0x8en;
      const low = (handler & 0xffffn) | (BigInt(KERNEL_CS) << 16n) | (access << 40n) | ((handler & 0xffff0000n) << 32n);
      entry(at(IDT), vector * 2, low);
      entry(at(IDT), vector * 2 + 1, handler >> 32n);
      // out END_PORT, al; jmp $
      image.set([0xe6, END_PORT, 0xeb, 0xfe], at(HANDLERS) + vector * 16);
    }
    image.set([0x48, 0xcf], at(STUB)); // iretq
    image.writeBigUInt64LE(this.#stackTop(), at(TSS) + 4);
    image.writeUInt16LE(0x68, at(TSS) + 0x66);
    this.#memory.write(0, image);
  }

  #kernel(page: number): bigint {
    return KERNEL + BigInt(page * L.PAGE);
  }
  #stackTop(): bigint {
    return this.#kernel(STACK + 1);
  }

  #setUpState(): void {
    const { processor } = this;
    processor.reset();
    const { state } = processor;
    state.setCr(0, BigInt(Cr0.PE | Cr0.MP | Cr0.ET | Cr0.NE | Cr0.WP | Cr0.AM) | BigInt(Cr0.PG));
    state.setCr(3, BigInt(PML4_AT));
    const bases = this.#fsgsbase ? Cr4.FSGSBASE : 0;
    state.setCr(4, BigInt(Cr4.PAE | Cr4.OSFXSR | Cr4.OSXMMEXCPT | Cr4.OSXSAVE | bases));
    state.setU64(XCR0, 3n);
    state.setU64(EFER, BigInt(Efer.SCE | Efer.LME | Efer.LMA | Efer.NXE));
    state.gdtr = { base: this.#kernel(GDT), limit: 0x7f };
    state.idtr = { base: this.#kernel(IDT), limit: 0xfff };
    state.setSegment('tr', { selector: 0x40, base: this.#kernel(TSS), limit: 0x67, attributes: 0x8b });
    const limit = L.LOCAL_DESCRIPTORS.length * 8 - 1;
    state.setSegment('ldtr', { selector: 0x50, base: this.#kernel(LDT), limit, attributes: 0x82 });
    state.setSegment('cs', { selector: KERNEL_CS, base: 0n, limit: 0xffffffff, attributes: 0xa09b });
    state.setSegment('ss', { selector: 0, base: 0n, limit: 0xffffffff, attributes: 0 });
  }

  /**
   * Runs a case until its exception.
   * @throws NoOutcome if it comes to no end, or the processor stops for another reason
   */
  execute(c: Case, pace: Pace): Outcome {
    const offset = c.rip - L.CODE;
    const code = c.code.subarray(0, L.CODE_SIZE - offset);
    this.#memory.write(CODE_AT + offset, code);
    this.#setMemory(c);
    this.#enter(c, offset);
    try {
      if (pace === 'step') this.#step();
      else this.#run();
      return { ...this.#outcome(), fpu: c.fpu && saveFpu(this.processor.state).bytes };
    } catch (error) {
      // Back to level 0 by hand, or every case to come would start wrong.
      this.#setUpState();
      throw error;
    } finally {
      this.#memory.write(CODE_AT + offset, new Uint8Array(code.length).fill(0xcc));
      for (const area of areas) this.#memory.bytes.set(area.pristine, area.at);
    }
  }

  #setMemory(c: Case): void {
    for (const area of areas) area.initial.set(area.pristine);
    for (const { address, data } of c.patches) {
      const area = areas.find(({ start, size }) => address >= start && address < start + size);
      area?.initial.set(data, address - area.start);
    }
    for (const area of areas) this.#memory.bytes.set(area.initial, area.at);
  }

  #enter(c: Case, offset: number): void {
    const { state } = this.processor;
    c.gpr.forEach((value, i) => {
      state.setGpr(i, value);
    });
    const frame = [
      c.mode === 16 ? offset : c.rip,
      { 64: L.Selector.USER_CS, 32: L.Selector.USER32_CS, 16: L.Selector.CODE16 }[c.mode],
      c.rflags,
      c.gpr[RSP] as bigint,
      L.Selector.USER_DS,
    ];
    const bottom = L.PAGE - 0x100;
    frame.forEach((value, i) => {
      this.#memory.view.setBigUint64(KERNEL_AT + STACK * L.PAGE + bottom + i * 8, BigInt(value), true);
    });
    state.setGpr(RSP, this.#kernel(STACK) + BigInt(bottom));
    const flat: Segment = { selector: L.Selector.USER_DS, base: 0n, limit: 0xffffffff, attributes: 0xc0f3 };
    state.setSegment('ds', flat);
    state.setSegment('es', flat);
    if (c.mode === 64) {
      state.setSegment('fs', { selector: 0, base: BigInt(L.FS_BASE), limit: 0, attributes: 0 });
      state.setSegment('gs', { selector: 0, base: BigInt(L.GS_BASE), limit: 0, attributes: 0 });
    } else {
      state.setSegment('fs', localSegment(L.Selector.EXPAND_DOWN));
      state.setSegment('gs', localSegment(L.Selector.LIMITED));
    }
    if (c.fpu) loadFpu(state, new FpuImage(c.fpu));
    state.setCr(2, 0n);
    state.rflags = 2;
    state.rip = this.#kernel(STUB);
  }

  #inHandler(): boolean {
    const { rip } = this.processor.state;
    return rip >= this.#kernel(HANDLERS) && rip < this.#kernel(STUB);
  }
  #step(): void {
    for (let steps = 0; steps < 20_000; steps++) {
      const stop = this.processor.step();
      if (this.#inHandler()) return;
      if (stop.kind !== 'budget') throw new NoOutcome(describe(stop));
    }
    throw new NoOutcome(`no exception after 20000 steps, at 0x${this.processor.state.rip.toString(16)}`);
  }
  #run(): void {
    const stop = this.processor.run(20_000);
    if (stop.kind !== 'budget') throw new NoOutcome(describe(stop));
    if (!this.#inHandler()) throw new NoOutcome(`no exception, at 0x${this.processor.state.rip.toString(16)}`);
  }

  #outcome(): Omit<Outcome, 'fpu'> {
    const { state } = this.processor;
    const vector = Number(state.rip - this.#kernel(HANDLERS)) >> 4;
    const stack = state.gpr(RSP);
    const pushed = (this.#stackTop() - stack) / 8n;
    const hasError = pushed === 6n;
    if (pushed !== 5n && !hasError) throw new NoOutcome(`handler ${vector} entered with rsp 0x${stack.toString(16)}`);
    const base = KERNEL_AT + Number(stack - KERNEL);
    const word = (i: number) => this.#memory.view.getBigUint64(base + i * 8, true);
    const first = hasError ? 1 : 0;
    const selectors = (['es', 'cs', 'ss', 'ds', 'fs', 'gs'] as const).map((name) => state.segment(name).selector);
    selectors[1] = Number(word(first + 1) & 0xffffn);
    selectors[2] = Number(word(first + 4) & 0xffffn);
    const gpr = Array.from({ length: 16 }, (_, i) => state.gpr(i));
    gpr[RSP] = word(first + 3);
    return {
      vector,
      errorCode: hasError ? Number(word(0) & 0xffffffffn) : 0,
      cr2: state.cr(2),
      rip: word(first),
      gpr,
      rflags: Number(word(first + 2)),
      selectors,
      changes: this.#changes(),
    };
  }

  #changes(): Outcome['changes'] {
    const changes: Outcome['changes'] = [];
    for (const { start, size, at, initial } of areas) {
      const now = this.#memory.bytes.subarray(at, at + size);
      if (initial.equals(now)) continue;
      for (let i = 0; i < size; i += 8) {
        const value = this.#memory.view.getBigUint64(at + i, true);
        if (value !== initial.readBigUInt64LE(i)) changes.push({ address: start + i, value });
      }
    }
    return changes;
  }
}

function localSegment(selector: number): Segment {
  const d = L.LOCAL_DESCRIPTORS[selector >> 3] as L.LocalDescriptor;
  const attributes = 0x71 | A.P | (d.contents << 2) | (d.readOnly ? 0 : 2) | (d.big ? A.DB : 0);
  return { selector, base: BigInt(d.base), limit: d.limit, attributes };
}

function describe(stop: ProcessorStop): string {
  switch (stop.kind) {
    case 'unsupported':
      return `not implemented: ${stop.what}`;
    case 'shutdown':
      return `triple fault: ${stop.chain.map((e) => `vector ${e.vector} (${e.reason})`).join(', then ')}`;
    default:
      return `stopped: ${stop.kind}`;
  }
}
