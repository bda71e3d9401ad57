/**
 * String instructions. Intel SDM volume 1, section 7.3.9.
 *
 * A repeated one does one element at a time and then executes itself again, so that it can be interrupted, and can
 * fault, between any two elements; each element counts as an instruction.
 */
import { FlagKind } from '../cpu/flags.ts';
import { RAX, RCX, RDI, RSI } from '../cpu/layout.ts';
import { type I64, type Int, i64, select } from '../wasm/expression.ts';
import type { Emitter } from './emitter.ts';
import { ALL_WIDTHS, define } from './registry.ts';

const SHAPE = { widths: ALL_WIDTHS, forms: [''], repeats: ['none', 'rep', 'repne'] } as const;
const EQUAL = 4;

interface Element {
  /** Everything that can fault. */
  access(e: Emitter): void;
  /** The architectural writes. */
  commit(e: Emitter): void;
}
/** @param compares whether the repetition also ends by ZF. */
function string(compares: boolean, element: (e: Emitter) => Element): (e: Emitter) => void {
  return (e) => {
    if (e.repeat === 'none') {
      const { access, commit } = element(e);
      access(e);
      commit(e);
      return;
    }
    e.when(e.stringPointer(RCX).ne(0), () => {
      const { access, commit } = element(e);
      access(e);
      commit(e);
      const left = e.keep(e.stringPointer(RCX).sub(1));
      e.setStringPointer(RCX, left);
      const more = left.ne(0);
      e.when(compares ? more.and(e.condition(e.repeat === 'rep' ? EQUAL : EQUAL ^ 1)) : more, () => e.again());
    });
  };
}
function sourceAddress(e: Emitter): I64 {
  return e.keep(e.stringSegment('source').add(e.stringPointer(RSI)));
}
function destinationAddress(e: Emitter): I64 {
  return e.keep(e.stringSegment('destination').add(e.stringPointer(RDI)));
}
/** Moves a pointer by one element, in the direction that DF gives. */
function advance(e: Emitter, ...pointers: number[]): void {
  const size = BigInt(e.width / 8);
  const step = e.keep(select(e.direction(), i64(-size), i64(size)));
  for (const pointer of pointers) e.setStringPointer(pointer, e.keep(e.stringPointer(pointer).add(step)));
}

define(
  'movs',
  SHAPE,
  string(false, (e) => {
    let value: Int;
    let place: ReturnType<Emitter['place']>;
    return {
      access: () => {
        value = e.load(e.width, sourceAddress(e));
        place = e.place(e.width, destinationAddress(e));
      },
      commit: () => {
        e.store(place, value);
        advance(e, RSI, RDI);
      },
    };
  }),
);
define(
  'stos',
  SHAPE,
  string(false, (e) => {
    let place: ReturnType<Emitter['place']>;
    return {
      access: () => {
        place = e.place(e.width, destinationAddress(e));
      },
      commit: () => {
        e.store(place, e.register(RAX, e.width));
        advance(e, RDI);
      },
    };
  }),
);
define(
  'lods',
  SHAPE,
  string(false, (e) => {
    let value: Int;
    return {
      access: () => {
        value = e.load(e.width, sourceAddress(e));
      },
      commit: () => {
        e.setRegister(RAX, value, e.width);
        advance(e, RSI);
      },
    };
  }),
);
define(
  'scas',
  SHAPE,
  string(true, (e) => {
    let value: Int;
    return {
      access: () => {
        value = e.load(e.width, destinationAddress(e));
      },
      commit: () => {
        compare(e, e.keep(e.register(RAX, e.width)), value);
        advance(e, RDI);
      },
    };
  }),
);
define(
  'cmps',
  SHAPE,
  string(true, (e) => {
    let a: Int;
    let b: Int;
    return {
      access: () => {
        a = e.load(e.width, sourceAddress(e));
        b = e.load(e.width, destinationAddress(e));
      },
      commit: () => {
        compare(e, a, b);
        advance(e, RSI, RDI);
      },
    };
  }),
);
function compare(e: Emitter, a: Int, b: Int): void {
  e.setFlags(FlagKind.SUB, e.keep(a.sub(b).truncate(e.width)), a, b);
}
