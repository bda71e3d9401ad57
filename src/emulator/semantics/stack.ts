/** The stack. Intel SDM volume 1, chapter 6. */
import { AC, ARITHMETIC, DF, FIXED, ID, IF, IOPL, NT, RF, TF, VM } from '../cpu/flags.ts';
import { RBP, RSP } from '../cpu/layout.ts';
import type { I64, Int } from '../wasm/expression.ts';
import type { Emitter } from './emitter.ts';
import { define, WORD_WIDTHS } from './registry.ts';

const STACK = { widths: WORD_WIDTHS, stack: true } as const;

/** Stores below the stack pointer; the pointer itself moves only when nothing can fault any more. */
export function push(e: Emitter, value: Int): void {
  const top = e.keep(e.stackPointer(-e.width / 8));
  e.store(e.placeStack(e.width, top), value);
  e.setStackPointer(top);
}
/** What lies on top of the stack, and the stack pointer after taking `extra` more bytes off. */
export function peek(e: Emitter, extra = 0): { value: Int; popped: I64 } {
  const value = e.loadStack(e.width, e.stackPointer());
  return { value, popped: e.keep(e.stackPointer(e.width / 8 + extra)) };
}

define('push', { ...STACK, forms: ['r', 'm', 'i'] }, (e) => push(e, e.read(0)));
define('pop', { ...STACK, forms: ['r'] }, (e) => {
  const { value, popped } = peek(e);
  // In this order POP rSP ends with the popped value.
  e.setStackPointer(popped);
  e.write(0, value);
});
define('leave', { ...STACK, forms: [''] }, (e) => {
  const frame = e.keep(e.register(RBP, e.stackWidth).toI64());
  const value = e.loadStack(e.width, frame);
  e.setRegister(RSP, frame.add(e.width / 8).truncate(e.stackWidth), e.stackWidth);
  e.setRegister(RBP, value, e.width);
});

define('pushf', { ...STACK, forms: [''] }, (e) => {
  const system = e.systemFlags();
  // Virtual-8086 mode may not, or sees flags of its own.
  e.when(system.and(VM).ne(0), () => e.delegate());
  const flags = system.and(~RF).or(e.packedFlags()).or(FIXED);
  push(e, e.keep(flags.carriedIn(e.width).truncate(e.width)));
});
/** Flags that a program may not change, or whose change has consequences: the helper looks after them. */
const GUARDED = TF | IF | IOPL | NT | AC | ID;
define('popf', { ...STACK, forms: [''] }, (e) => {
  const { value, popped } = peek(e);
  const flags = e.keep(value.toI32());
  const old = e.systemFlags();
  const changed = old.xor(flags).and(e.width === 16 ? GUARDED & 0xffff : GUARDED);
  e.when(changed.or(old.and(RF | VM)).ne(0), () => e.delegate());
  e.setStackPointer(popped);
  e.when(
    flags.and(DF).ne(0),
    () => e.setDirection(1),
    () => e.setDirection(0),
  );
  e.setPackedFlags(e.keep(flags.and(ARITHMETIC)));
});
