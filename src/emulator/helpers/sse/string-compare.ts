/** PCMPESTRI, PCMPESTRM, PCMPISTRI, PCMPISTRM. Intel SDM volume 1, section 12.11; volume 2, section 4.1. */
import type { Cpu } from '../../cpu/cpu.ts';
import { ARITHMETIC, CF, OF, SF, ZF } from '../../cpu/flags.ts';
import { RAX, RCX, RDX } from '../../cpu/layout.ts';
import type { Instruction } from '../../isa/instruction.ts';
import { lanesOf, vectorOf } from '../../wasm/lanes.ts';
import { type HelperTable, readGpr, writeGpr } from '../operands.ts';
import { immediateOf, readVectorOperand, writeXmm } from './operands.ts';

/** Fields of the immediate. */
const WORDS = 1;
const SIGNED = 2;
const AGGREGATION = 0x0c;
const EQUAL_ANY = 0x00;
const RANGES = 0x04;
const EQUAL_EACH = 0x08;
const NEGATIVE = 0x10;
const MASKED = 0x20;
/** The last index instead of the first; a mask of whole elements instead of bits. */
const OTHER_FORM = 0x40;

interface Text {
  elements: bigint[];
  /** How many of them count. */
  length: number;
}

function text(cpu: Cpu, i: Instruction, n: 0 | 1, control: number, isExplicit: boolean): Text {
  const lane = control & WORDS ? 16 : 8;
  const raw = lanesOf(readVectorOperand(cpu, i, n, 'unaligned'), lane);
  const elements = control & SIGNED ? raw.map((element) => BigInt.asIntN(lane, element)) : raw;
  if (!isExplicit) {
    const end = raw.indexOf(0n);
    return { elements, length: end < 0 ? raw.length : end };
  }
  const width = i.operandSize === 64 ? 64 : 32;
  const count = BigInt.asIntN(width, readGpr(cpu, n === 0 ? RAX : RDX, width));
  const magnitude = count < 0n ? -count : count;
  return { elements, length: magnitude > BigInt(raw.length) ? raw.length : Number(magnitude) };
}

/** For each element of `b` whether the aggregation holds; what an element beyond its text's end counts is in table 4-7. */
function aggregate(a: Text, b: Text, control: number): boolean[] {
  const x = a.elements.slice(0, a.length);
  const numbers = b.elements.map((_, j) => j);
  const inB = (j: number) => j < b.length;
  switch (control & AGGREGATION) {
    case EQUAL_ANY:
      return numbers.map((j) => inB(j) && x.includes(b.elements[j]!));
    case RANGES:
      return numbers.map(
        (j) =>
          inB(j) &&
          x.some((low, i) => i % 2 === 0 && i + 1 < x.length && low <= b.elements[j]! && b.elements[j]! <= x[i + 1]!),
      );
    case EQUAL_EACH:
      return numbers.map((j) => (j < a.length && inB(j) ? x[j] === b.elements[j] : j >= a.length && !inB(j)));
    default:
      return numbers.map((j) =>
        x.every((element, i) => j + i >= numbers.length || (inB(j + i) && element === b.elements[j + i])),
      );
  }
}

function compare(cpu: Cpu, i: Instruction, isExplicit: boolean, toIndex: boolean): void {
  const control = immediateOf(i);
  const a = text(cpu, i, 0, control, isExplicit);
  const b = text(cpu, i, 1, control, isExplicit);
  const holds = aggregate(a, b, control).map((value, j) =>
    control & NEGATIVE && (!(control & MASKED) || j < b.length) ? !value : value,
  );
  const count = holds.length;
  if (toIndex) {
    const found = control & OTHER_FORM ? holds.lastIndexOf(true) : holds.indexOf(true);
    writeGpr(cpu, RCX, 32, BigInt(found < 0 ? count : found));
  } else if (control & OTHER_FORM)
    writeXmm(
      cpu,
      0,
      vectorOf(
        holds.map((value) => (value ? -1n : 0n)),
        count === 8 ? 16 : 8,
      ),
    );
  else
    writeXmm(
      cpu,
      0,
      holds.reduce((bits, value, j) => bits | (value ? 1n << BigInt(j) : 0n), 0n),
    );
  const flags =
    (holds.includes(true) ? CF : 0) | (b.length < count ? ZF : 0) | (a.length < count ? SF : 0) | (holds[0] ? OF : 0);
  cpu.state.rflags = (cpu.state.rflags & ~ARITHMETIC) | flags;
}

export const stringCompareHelpers: HelperTable = {
  pcmpestrm: (cpu, i) => compare(cpu, i, true, false),
  pcmpestri: (cpu, i) => compare(cpu, i, true, true),
  pcmpistrm: (cpu, i) => compare(cpu, i, false, false),
  pcmpistri: (cpu, i) => compare(cpu, i, false, true),
};
