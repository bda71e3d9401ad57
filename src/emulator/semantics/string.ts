/**
 * String instructions. Intel SDM volume 1, section 7.3.9.
 *
 * A repeated one does one element at a time and then executes itself again, so that it can be interrupted, and can
 * fault, between any two elements; each element counts as an instruction.
 */
import { FlagKind } from '../cpu/flags.ts';
import { RAX, RCX, RDI, RSI } from '../cpu/layout.ts';
import { type Int, i64, select } from '../wasm/expression.ts';
import type { Emitter } from './emitter.ts';
import { ALL_WIDTHS, define } from './registry.ts';

const SHAPE = { widths: ALL_WIDTHS, forms: [''], repeats: ['none', 'rep', 'repne'] } as const;

/** What CMPS and SCAS compare. */
type Comparison = readonly [Int, Int];

/** @param element does one element: first all that can fault, then the architectural writes */
function string(element: (e: Emitter) => Comparison | null): (e: Emitter) => void {
  return (e) => {
    if (e.repeat === 'none') {
      const compared = element(e);
      if (compared) setFlags(e, compared);
      return;
    }
    e.when(e.stringPointer(RCX).ne(0), () => {
      const compared = element(e);
      const left = e.keep(e.stringPointer(RCX).sub(1));
      e.setStringPointer(RCX, left);
      if (!compared) {
        e.when(left.ne(0), () => e.again());
        return;
      }
      const [a, b] = compared;
      const matches = e.repeat === 'rep' ? a.eq(b) : a.ne(b);
      // Flags change when the last element is done: a fault before it finds those from before the instruction.
      e.when(
        left.ne(0).and(matches),
        () => e.again(),
        () => setFlags(e, compared),
      );
    });
  };
}
function setFlags(e: Emitter, [a, b]: Comparison): void {
  e.setFlags(FlagKind.SUB, e.keep(a.sub(b).truncate(e.width)), a, b);
}
/** Moves pointers by one element, in the direction that DF gives. */
function advance(e: Emitter, ...pointers: number[]): void {
  const size = BigInt(e.width / 8);
  const step = e.keep(select(e.direction(), i64(-size), i64(size)));
  for (const pointer of pointers) e.setStringPointer(pointer, e.keep(e.stringPointer(pointer).add(step)));
}

define(
  'movs',
  SHAPE,
  string((e) => {
    const value = e.loadString(e.width, 'source', e.stringPointer(RSI));
    e.store(e.placeString(e.width, e.stringPointer(RDI)), value);
    advance(e, RSI, RDI);
    return null;
  }),
);
define(
  'stos',
  SHAPE,
  string((e) => {
    e.store(e.placeString(e.width, e.stringPointer(RDI)), e.register(RAX, e.width));
    advance(e, RDI);
    return null;
  }),
);
define(
  'lods',
  SHAPE,
  string((e) => {
    const value = e.loadString(e.width, 'source', e.stringPointer(RSI));
    e.setRegister(RAX, value, e.width);
    advance(e, RSI);
    return null;
  }),
);
define(
  'scas',
  SHAPE,
  string((e) => {
    const value = e.loadString(e.width, 'destination', e.stringPointer(RDI));
    const accumulator = e.register(RAX, e.width);
    advance(e, RDI);
    return [accumulator, value];
  }),
);
define(
  'cmps',
  SHAPE,
  string((e) => {
    const a = e.loadString(e.width, 'source', e.stringPointer(RSI));
    const b = e.loadString(e.width, 'destination', e.stringPointer(RDI));
    advance(e, RSI, RDI);
    return [a, b];
  }),
);
