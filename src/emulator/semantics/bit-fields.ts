/** Bit fields: BMI1 and BMI2 but for PDEP and PEXT, which are helpers. Intel SDM volume 1, section 7.3.17. */
import { FlagKind } from '../cpu/flags.ts';
import { RDX } from '../cpu/layout.ts';
import { type I32, type Int, select } from '../wasm/expression.ts';
import { NO } from './arithmetic.ts';
import type { Emitter } from './emitter.ts';
import { product } from './multiply.ts';
import { define } from './registry.ts';

const WIDTHS = [32, 64] as const;
/** Destination and source. */
const TWO = { widths: WIDTHS, forms: ['rr', 'rm'] };
/** Destination, source, and a register that says which bits. */
const SELECTED = { widths: WIDTHS, forms: ['rrr', 'rmr'] };

const ones = (like: Int) => like.lift(-1);
/** `count` ones from bit 0 on, for counts below the width. */
const lowOnes = (like: Int, count: Int) => like.lift(1).shl(count).sub(1);
const byteAt = (value: Int, shift: number) => value.shr(shift).and(0xff);

define('andn', { widths: WIDTHS, forms: ['rrr', 'rrm'] }, (e) => {
  const kept = e.read(2);
  const result = e.keep(e.read(1).xor(ones(kept)).and(kept));
  e.write(0, result);
  e.setFlags(FlagKind.LOGIC, result, result, result);
});

/** A change of the lowest bit that is set, and the carry that tells whether there is one. */
function lowestBit(change: (source: Int) => Int, carry: (source: Int) => I32): (e: Emitter) => void {
  return (e) => {
    const source = e.read(1);
    const result = e.keep(change(source));
    e.write(0, result);
    e.setResultFlags(result, carry(source), NO, NO);
  };
}
define(
  'blsi',
  TWO,
  lowestBit(
    (source) => source.and(source.lift(0).sub(source)),
    (source) => source.ne(0),
  ),
);
define(
  'blsr',
  TWO,
  lowestBit(
    (source) => source.and(source.sub(1)),
    (source) => source.eqz(),
  ),
);
define(
  'blsmsk',
  TWO,
  lowestBit(
    (source) => source.xor(source.sub(1)),
    (source) => source.eqz(),
  ),
);

/** Start in the lowest byte of the selector, length in the next one; what lies beyond the operand reads as zero. */
define('bextr', SELECTED, (e) => {
  const source = e.read(1);
  const selector = e.read(2);
  const start = e.keep(byteAt(selector, 0));
  const length = e.keep(byteAt(selector, 8));
  const shifted = select(start.ltU(e.width), source.shr(start), source.lift(0));
  const mask = select(length.ltU(e.width), lowOnes(source, length), ones(source));
  const result = e.keep(shifted.and(mask));
  e.write(0, result);
  e.setFlags(FlagKind.LOGIC, result, result, result);
});
define('bzhi', SELECTED, (e) => {
  const source = e.read(1);
  const index = e.keep(byteAt(e.read(2), 0));
  const isBeyond = e.keep(index.geU(e.width));
  const result = e.keep(select(isBeyond, source, source.and(lowOnes(source, index))));
  e.write(0, result);
  e.setResultFlags(result, isBeyond, NO, NO);
});

// Shift counts are taken modulo the operand's width, as WebAssembly takes them.
define('shlx', SELECTED, (e) => e.write(0, e.read(1).shl(e.read(2))));
define('shrx', SELECTED, (e) => e.write(0, e.read(1).shr(e.read(2))));
define('sarx', SELECTED, (e) => e.write(0, e.read(1).sar(e.read(2))));
define('rorx', { widths: WIDTHS, forms: ['rri', 'rmi'] }, (e) => e.write(0, e.read(1).rotr(e.read(2))));

/** The upper half goes to the first operand, the lower to the second; where both are one register, the upper stays. */
define('mulx', { widths: WIDTHS, forms: ['rrr', 'rrm'] }, (e) => {
  const { low, high } = product(e, e.register(RDX, e.width), e.read(2), false);
  e.write(1, low);
  e.write(0, high);
});
