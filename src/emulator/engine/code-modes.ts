/** Numbers for all of the processor's state, besides its bytes and addresses, that the meaning of decoded code depends on. */
import * as L from '../cpu/layout.ts';
import { type CpuState, SegmentAttribute, SegmentIndex } from '../cpu/state.ts';
import { hasUnit } from '../helpers/units.ts';
import { segmentKinds } from './segment-kinds.ts';

const USER = 1;
const REAL = 2;
const CODE_32 = 4;
const STACK_32 = 8;
const LONG = 16;
/** MMX, or SSE, raises an exception: such instructions are decoded to what finds it, and need not look otherwise. */
const NO_MMX = 32;
const NO_SSE = 64;
/** Bits that the flags above and the kinds of the segments take; the base of the code segment stands above them. */
const FLAG_BITS = 7;
const LOW_BITS = FLAG_BITS + 12;

export class CodeModes {
  private readonly state: CpuState;
  /** By limit of the code segment, then by everything else: real mode changes segments often, and looks up here. */
  private readonly numbers = new Map<number, Map<number, number>>();
  private last = 0;

  constructor(state: CpuState) {
    this.state = state;
  }

  /** The number of the mode that the segment registers make. */
  current(): number {
    const { state } = this;
    const common =
      (state.cpl === 3 ? USER : 0) | (hasUnit(state, 'mmx') ? 0 : NO_MMX) | (hasUnit(state, 'sse') ? 0 : NO_SSE);
    if (state.codeSize === 64) return this.number(0, LONG | common);
    const flags =
      common |
      (state.mode === 'real' ? REAL : 0) |
      (state.codeSize === 32 ? CODE_32 : 0) |
      (this.stackAttributes & SegmentAttribute.DB ? STACK_32 : 0);
    const base = Number(state.codeAddress(0n));
    const low = flags | (segmentKinds(state) << FLAG_BITS);
    return this.number(state.view.getUint32(CODE_LIMIT, true), base * 2 ** LOW_BITS + low);
  }

  private get stackAttributes(): number {
    return this.state.view.getUint16(L.SEGMENT_ATTRIBUTES + SegmentIndex.ss * 4, true);
  }
  private number(limit: number, rest: number): number {
    let numbers = this.numbers.get(limit);
    if (!numbers) {
      numbers = new Map();
      this.numbers.set(limit, numbers);
    }
    let number = numbers.get(rest);
    if (number === undefined) {
      number = ++this.last;
      numbers.set(rest, number);
    }
    return number;
  }
}
const CODE_LIMIT = L.SEGMENT_LIMIT + SegmentIndex.cs * 4;
