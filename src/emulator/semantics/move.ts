/** Data movement. Intel SDM volume 1, section 7.3.1. */
import { type I32, type I64, type Int, select } from '../wasm/expression.ts';
import type { Emitter } from './emitter.ts';
import { ALL_WIDTHS, ANY_WIDTH, BINARY_FORMS, define, UNARY_FORMS, WORD_WIDTHS } from './registry.ts';

define('mov', { widths: ALL_WIDTHS, forms: BINARY_FORMS }, (e) => e.write(0, e.read(1)));
define('movzx', { widths: WORD_WIDTHS, forms: ['rr', 'rm'], sourceWidths: [8, 16] }, (e) => {
  e.write(0, e.read(1, e.sourceWidth).carriedIn(e.width));
});
/** MOVSX and MOVSXD. */
define('movsx', { widths: WORD_WIDTHS, forms: ['rr', 'rm'], sourceWidths: [8, 16, 32] }, (e) => {
  e.write(0, e.read(1, e.sourceWidth).signExtend(e.sourceWidth).truncate(e.width));
});
define('lea', { widths: WORD_WIDTHS, forms: ['rm'] }, (e) => e.write(0, e.effectiveAddress().truncate(e.width)));
define('xchg', { widths: ALL_WIDTHS, forms: ['rr', 'mr', 'rm'] }, (e) => {
  // The memory operand, wherever it stands, is read for writing first.
  const a = e.modify(0);
  const b = e.modify(1);
  e.write(0, b);
  e.write(1, a);
});
define('cmovcc', { widths: WORD_WIDTHS, forms: ['rr', 'rm'], conditional: true }, (e) => {
  // Reads its source in any case; a 32-bit destination is zero-extended in any case.
  const source = e.read(1);
  const old = e.read(0);
  e.write(0, select(e.condition(e.conditionCode), source, old));
});
define('setcc', { widths: [8], forms: UNARY_FORMS, conditional: true }, (e) =>
  e.write(0, e.condition(e.conditionCode)),
);

define('bswap', { widths: WORD_WIDTHS, forms: ['r'] }, (e) => e.write(0, e.keep(byteSwap(e, e.read(0)))));
define('movbe', { widths: WORD_WIDTHS, forms: ['rm', 'mr'] }, (e) => {
  const value = e.read(1);
  e.write(0, e.keep(e.width === 16 ? value.shl(8).or(value.shr(8)).truncate(16) : byteSwap(e, value)));
});
/** BSWAP of a 16-bit register is undefined; current processors clear it. */
function byteSwap(e: Emitter, value: Int): Int {
  if (e.width === 16) return e.constant(0);
  if (e.width === 32) return byteSwap32(value.toI32());
  const wide = value.toI64();
  const low: I64 = byteSwap32(wide.toI32()).toI64();
  const high: I64 = byteSwap32(wide.shr(32).toI32()).toI64();
  return low.shl(32).or(high);
}
function byteSwap32(value: I32): I32 {
  const odd = value.rotl(8).and(0x00ff00ff);
  const even = value.rotr(8).and(0xff00ff00);
  return odd.or(even);
}

// Hints and markers that change nothing a program can see.
for (const mnemonic of [
  'nop',
  'pause',
  'endbr64',
  'endbr32',
  'prefetchnta',
  'prefetcht0',
  'prefetcht1',
  'prefetcht2',
  'prefetchw',
  'prefetch',
  'prefetchwt1',
  'lfence',
  'mfence',
  'sfence',
]) {
  define(mnemonic, { widths: ANY_WIDTH, forms: ['', 'r', 'm', 'rr', 'mr'] }, () => {});
}
