/**
 * A processor on one MiB of RAM for random code: every exception leads into the random code again, four pages of code have an
 * alias, and in long mode the last level of the page tables can be written.
 */

import { VM } from '../../../src/emulator/cpu/flags.ts';
import * as L from '../../../src/emulator/cpu/layout.ts';
import type { Processor } from '../../../src/emulator/cpu/processor.ts';
import { SegmentAttribute as A, type CpuState, Cr0, Cr4, Efer, type Segment } from '../../../src/emulator/cpu/state.ts';
import { createInterpreter } from '../../../src/emulator/engine/interpreter.ts';
import { createReference } from '../../../src/emulator/engine/reference.ts';
import { PhysicalMemory } from '../../../src/emulator/mmu/physical-memory.ts';
import type { Random } from '../../cpu/random.ts';

/** Modes in which the code starts. */
export const SETTINGS = [
  'long0',
  'long3',
  'compatibility3',
  'protected0',
  'protected3',
  'protected16',
  'real',
  'virtual8086',
] as const;
export type Setting = (typeof SETTINGS)[number];

const RAM_SIZE = 0x100000;
const PAGE = 0x1000;

// Physical addresses. From GDT on, each is also a linear one.
const PML4 = 0x1000;
const PDPT = 0x2000;
const DIRECTORY = 0x3000;
const TABLE = 0x4000;
const GDT = 0x9000;
const IDT = 0xa000;
const TSS = 0xb000;
const STACK = 0xc000;
export const CODE = 0x10000;
const CODE_PAGES = 4;
const DATA = 0x14000;
const DATA_PAGES = 4;
/** The code again, at another linear address. */
const ALIAS = 0x20000;
/** In long mode the page table itself, not executable: changes to it count once translations are forgotten. */
const TABLE_WINDOW = 0x24000;

const P = 1n;
const W = 2n;
const U = 4n;
const NX = 1n << 63n;
/** Of the pages of data. */
const DATA_RIGHTS = [P | W | U, P | U, P | W | U | NX, P | W];

/** Flat descriptors: code for each level and size, data for both levels, a segment with base and limit, a TSS. */
const DESCRIPTORS: readonly bigint[] = [
  0n,
  0x00af9b000000ffffn,
  0x00cf93000000ffffn,
  0x00cf9b000000ffffn,
  0x00cffb000000ffffn,
  0x00cff3000000ffffn,
  0x00affb000000ffffn,
  0x0040f3014000017fn,
  0x00008b00b0000067n,
  0n,
  // 16-bit: code at CODE, data at DATA, a stack at STACK.
  0x00009b010000ffffn,
  0x0000930140003fffn,
  0x00009300c0000fffn,
];
const TSS_SELECTOR = 0x40;
const SELECTORS = {
  ...{ code64: 0x08, data: 0x10, code32: 0x18, userCode32: 0x23, userData: 0x2b, userCode64: 0x33 },
  ...{ code16: 0x50, data16: 0x58, stack16: 0x60 },
};
const isLongMode = (setting: Setting) => setting.startsWith('long') || setting === 'compatibility3';
const is8086 = (setting: Setting) => setting === 'real' || setting === 'virtual8086';
const is16 = (setting: Setting) => setting === 'protected16' || is8086(setting);
const isPaged = (setting: Setting) => setting !== 'protected0' && !is16(setting);

export function codeSizeOf(setting: Setting): 16 | 32 | 64 {
  if (is16(setting)) return 16;
  return setting.startsWith('long') ? 64 : 32;
}

/** All that a run depends on. */
export interface Start {
  setting: Setting;
  code: Uint8Array;
  data: Uint8Array;
  registers: bigint[];
  rflags: number;
  /** Handlers of the exceptions, as offsets into the code. */
  handlers: number[];
  numericErrors: NumericErrors;
}
/** How x87 exceptions are told: by #MF, by FERR# that nobody answers, or by FERR# with IGNNE# asserted. */
export const NUMERIC_ERRORS = ['native', 'unanswered', 'ignored'] as const;
export type NumericErrors = (typeof NUMERIC_ERRORS)[number];

/** Ports read as a mixture of their number; writes vanish. */
const PORTS = { read: (port: number) => (port * 0x01010101) >>> 0, write: () => {} };

export interface Subject {
  processor: Processor;
  memory: PhysicalMemory;
  logic: { ignne: boolean; setFerr(): void };
  /** Exceptions since it was made. */
  counted: { exceptions: number };
}
export async function createSubject(engine: 'reference' | 'interpreter'): Promise<Subject> {
  const memory = new PhysicalMemory(PhysicalMemory.allocate(RAM_SIZE), RAM_SIZE);
  const create = { reference: createReference, interpreter: createInterpreter }[engine];
  const logic = { ignne: false, setFerr: () => {} };
  const counted = { exceptions: 0 };
  const onException = () => {
    counted.exceptions++;
  };
  return {
    memory,
    logic,
    counted,
    processor: await create({ memory, ports: PORTS, numericErrors: logic, onException }),
  };
}

/** Whether a processor that has stopped as for `hlt` is frozen by an x87 exception: no interrupt will ever free it. */
export function isFrozen({ processor, logic }: Subject): boolean {
  return processor.state.x87.ferr && !logic.ignne;
}

/** The page tables that the processor started with are in use: others could lie in code, and a walk's marks change it unseen. */
export function keepsItsTables({ processor: { state } }: Subject, setting: Setting): boolean {
  return state.cr(3) === BigInt(PML4) && ((state.cr0 & Cr0.PG) !== 0) === isPaged(setting);
}

/** Sets memory and registers anew. */
export function begin({ processor, memory, logic }: Subject, start: Start): void {
  const { setting, numericErrors } = start;
  const isLong = isLongMode(setting);
  const user = setting.endsWith('3');
  memory.write(0, image(start));
  processor.reset();
  const { state } = processor;
  state.setCr(
    0,
    BigInt(Cr0.ET | Cr0.WP | (numericErrors === 'native' ? Cr0.NE : 0)) |
      (setting === 'real' ? 0n : BigInt(Cr0.PE)) |
      (isPaged(setting) ? BigInt(Cr0.PG) : 0n),
  );
  logic.ignne = numericErrors === 'ignored';
  state.setCr(3, BigInt(PML4));
  state.setCr(
    4,
    BigInt((isLong ? Cr4.PAE : setting === 'virtual8086' ? Cr4.VME : 0) | Cr4.OSFXSR | Cr4.OSXMMEXCPT | Cr4.OSXSAVE),
  );
  state.setU64(L.EFER, BigInt(isLong ? Efer.LME | Efer.LMA | Efer.NXE : 0));
  state.gdtr = { base: BigInt(GDT), limit: DESCRIPTORS.length * 8 - 1 };
  state.idtr = { base: BigInt(IDT), limit: 256 * (isLong ? 16 : 8) - 1 };
  state.setSegment('tr', { selector: TSS_SELECTOR, base: BigInt(TSS), limit: 0x67, attributes: 0x8b });
  state.setSegment('ldtr', { selector: 0, base: 0n, limit: 0, attributes: 0 });
  const level = user ? 0x60 : 0;
  const code = { long0: 'code64', long3: 'userCode64', protected0: 'code32' }[setting as 'long0'] ?? 'userCode32';
  state.setSegment('cs', {
    selector: SELECTORS[code as 'code64'],
    base: 0n,
    limit: 0xffffffff,
    attributes: 0x9b | level | A.G | (code.endsWith('64') ? A.L : A.DB),
  });
  const data: Segment = {
    selector: user ? SELECTORS.userData : SELECTORS.data,
    base: 0n,
    limit: 0xffffffff,
    attributes: 0x93 | level | A.G | A.DB,
  };
  for (const name of ['ds', 'es', 'fs', 'ss'] as const) state.setSegment(name, data);
  state.setSegment('gs', { selector: 0x3b, base: 0x14000n, limit: 0x17f, attributes: 0xf3 | A.DB });
  if (is16(setting)) setSegments16(processor, setting);
  start.registers.forEach((value, i) => {
    state.setGpr(i, isLong ? value : BigInt.asUintN(32, value));
  });
  setVectors(state, start.data);
  state.rflags = start.rflags | (setting === 'virtual8086' ? VM : 0);
  state.rip = is16(setting) ? 0n : BigInt(CODE);
}
/** Vectors and MXCSR from the random data; exceptions masked and denormals as they are, for every second start. */
function setVectors(state: CpuState, data: Uint8Array): void {
  state.bytes.set(data.subarray(0, 256), L.XMM);
  for (let i = 0; i < 8; i++) state.bytes.set(data.subarray(256 + 16 * i, 256 + 16 * i + 8), L.ST + 16 * i);
  const word = data[384]! | (data[385]! << 8);
  state.view.setInt32(L.MXCSR, word & 1 ? 0x1f80 | (word & 0x20) : word, true);
}
function setSegments16({ state }: Processor, setting: Setting): void {
  const segment = (base: number, selector: number, limit: number, attributes: number): Segment => ({
    selector: is8086(setting) ? base >> 4 : selector,
    base: BigInt(base),
    limit: is8086(setting) ? 0xffff : limit,
    attributes: setting === 'virtual8086' ? 0xf3 : attributes,
  });
  state.setSegment('cs', segment(CODE, SELECTORS.code16, 0xffff, 0x9b));
  for (const name of ['ds', 'es', 'fs'] as const) state.setSegment(name, segment(DATA, SELECTORS.data16, 0x3fff, 0x93));
  state.setSegment('ss', segment(STACK, SELECTORS.stack16, 0xfff, 0x93));
  if (setting === 'virtual8086') {
    state.setSegment('gs', segment(DATA, 0, 0, 0));
    return;
  }
  // A limit that stays in real mode.
  state.setSegment('gs', { selector: 0x1400, base: BigInt(DATA), limit: 0x17f, attributes: 0x93 });
}

function image(start: Start): Uint8Array {
  const { code, data, handlers, setting } = start;
  const isLong = isLongMode(setting);
  const bytes = new Uint8Array(RAM_SIZE);
  const view = new DataView(bytes.buffer);
  const quad = (at: number, value: bigint) => view.setBigUint64(at, value, true);
  const entries: [linear: number, physical: number, rights: bigint][] = [
    ...[GDT, IDT, TSS, STACK].map((at): [number, number, bigint] => [at, at, P | W]),
    ...Array.from({ length: CODE_PAGES }, (_, i): [number, number, bigint] => [
      CODE + i * PAGE,
      CODE + i * PAGE,
      P | W | U,
    ]),
    ...Array.from({ length: CODE_PAGES }, (_, i): [number, number, bigint] => [
      ALIAS + i * PAGE,
      CODE + i * PAGE,
      P | W | U,
    ]),
    ...DATA_RIGHTS.map((rights, i): [number, number, bigint] => [DATA + i * PAGE, DATA + i * PAGE, rights]),
  ];
  if (isLong) {
    entries.push([TABLE_WINDOW, TABLE, P | W | NX]);
    for (const [table, next] of [
      [PML4, PDPT],
      [PDPT, DIRECTORY],
      [DIRECTORY, TABLE],
    ] as const)
      quad(table, BigInt(next) | P | W | U);
    for (const [linear, physical, rights] of entries) quad(TABLE + (linear >> 12) * 8, BigInt(physical) | rights);
  } else {
    view.setUint32(PML4, TABLE | 7, true);
    for (const [linear, physical, rights] of entries)
      view.setUint32(TABLE + (linear >> 12) * 4, physical | Number(rights & 7n), true);
  }
  DESCRIPTORS.forEach((descriptor, i) => {
    quad(GDT + i * 8, descriptor);
  });
  const codeSelector = isLong ? SELECTORS.code64 : setting === 'protected16' ? SELECTORS.code16 : SELECTORS.code32;
  for (let vector = 0; vector < 256; vector++) {
    const offset = handlers[vector % handlers.length]!;
    // The interrupt redirection bitmap leaves INT n to these.
    if (setting === 'virtual8086') view.setUint32(vector * 4, (CODE << 12) | offset, true);
    if (setting === 'real') {
      view.setUint32(IDT + vector * 4, (CODE << 12) | offset, true);
      continue;
    }
    const handler = setting === 'protected16' ? offset : CODE + offset;
    const size = isLong ? 16 : 8;
    view.setUint16(IDT + vector * size, handler & 0xffff, true);
    view.setUint16(IDT + vector * size + 2, codeSelector, true);
    // Every fourth is a trap gate, every second open to level 3; page faults get a stack of their own in long mode.
    bytes[IDT + vector * size + 4] = isLong && vector % 2 === 0 ? 1 : 0;
    const gate = setting === 'protected16' ? 0x86 : 0x8e;
    bytes[IDT + vector * size + 5] = gate | (vector % 4 === 1 ? 1 : 0) | (vector % 2 === 1 ? 0x60 : 0);
    view.setUint16(IDT + vector * size + 6, handler >> 16, true);
  }
  if (isLong) {
    quad(TSS + 4, BigInt(STACK + 0x800));
    quad(TSS + 0x24, BigInt(STACK + 0xff0));
  } else {
    view.setUint32(TSS + 4, STACK + 0x800, true);
    view.setUint16(TSS + 8, SELECTORS.data, true);
  }
  view.setUint16(TSS + 0x66, 0x68, true);
  bytes.set(code, CODE);
  bytes.set(data, DATA);
  return bytes;
}

const REGISTER_TARGETS = [
  CODE,
  CODE + 0x40,
  CODE + 0xffc,
  DATA,
  DATA + 0xffe,
  DATA + 0x1ffc,
  DATA + 0x2800,
  TABLE_WINDOW + 0x80,
  ALIAS,
  ALIAS + 0x20,
];

/** Random code, data and registers: registers often point at code or data. */
export function randomStart(random: Random, setting: Setting, code: Uint8Array): Start {
  const register = (): bigint => {
    const kind = random.below(8);
    if (kind < 4) return BigInt(random.pick(REGISTER_TARGETS) + random.below(0x100));
    if (kind < 6) return BigInt(random.below(40));
    return kind < 7 ? random.u64() : BigInt.asUintN(64, -BigInt(random.below(64)));
  };
  const registers = Array.from({ length: 16 }, register);
  const stack = is16(setting) ? 0 : setting.endsWith('3') ? DATA : STACK;
  registers[L.RSP] = BigInt(stack + 0x400 + random.below(0x400));
  return {
    setting,
    code,
    data: Uint8Array.from({ length: DATA_PAGES * PAGE }, () => random.below(256)),
    registers,
    // IOPL matters in virtual-8086 mode above all.
    rflags: 2 | (random.u32() & (setting === 'virtual8086' ? 0x3cd5 : 0xcd5)) | (random.chance(0.3) ? 0x200 : 0),
    handlers: Array.from({ length: 8 }, () => random.below(0x400)),
    numericErrors: random.pick(NUMERIC_ERRORS),
  };
}
