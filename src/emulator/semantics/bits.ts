/** Bit tests and scans. Intel SDM volume 1, section 7.3.7. */

import { ZF } from '../cpu/flags.ts';
import { type I32, type I64, type Int, i32, select } from '../wasm/expression.ts';
import { NO } from './arithmetic.ts';
import type { Emitter, Width } from './emitter.ts';
import { define, WORD_WIDTHS } from './registry.ts';

const TEST = { widths: WORD_WIDTHS, forms: ['rr', 'mr', 'ri', 'mi'] };

/** The bit, and the whole with that bit changed. CF is the old bit; ZF stays, the rest is undefined and stays too, but for OF. */
function bitTest(change: ((whole: Int, mask: Int) => Int) | null): (e: Emitter) => void {
  return (e) => {
    const offset = e.keep(e.read(1).and(e.width - 1));
    const whole = change ? e.modify(0) : e.read(0);
    const mask = e.keep(e.constant(1).shl(offset));
    const old = e.keep(whole.and(mask).ne(0));
    if (change) e.write(0, e.keep(change(whole, mask).truncate(e.width)));
    e.setCarryOverflow(old, NO);
  };
}
const CHANGES: [string, ((whole: Int, mask: Int) => Int) | null][] = [
  ['bt', null],
  ['bts', (whole, mask) => whole.or(mask)],
  ['btr', (whole, mask) => whole.and(mask.xor(mask.lift(-1)))],
  ['btc', (whole, mask) => whole.xor(mask)],
];
for (const [mnemonic, change] of CHANGES) {
  define(mnemonic, { ...TEST, forms: ['rr', 'ri', 'mi'] }, bitTest(change));
  // A register's offset reaches beyond the operand: the address moves by whole operands.
  define(`${mnemonic}.string`, { widths: WORD_WIDTHS, forms: ['mr'], bitString: true }, (e) => {
    const offset = e.keep(e.read(1).signExtend(e.width));
    const linear = e.keep(bitStringAddress(e, offset));
    const mask = e.keep(e.constant(1).shl(offset.and(e.width - 1).carriedIn(e.width)));
    const place = change ? e.place(e.width, linear) : null;
    const whole = e.load(e.width, linear);
    const old = e.keep(whole.and(mask).ne(0));
    if (change && place) e.store(place, e.keep(change(whole, mask).truncate(e.width)));
    e.setCarryOverflow(old, NO);
  });
}
/** Linear address of the operand that holds bit `offset` of a bit string. */
function bitStringAddress(e: Emitter, offset: I64): I64 {
  const log2: Record<Width, number> = { 8: 3, 16: 4, 32: 5, 64: 6 };
  return e.linearAddressAt(offset.sar(log2[e.width]).mul(e.width / 8));
}

/** BSF and BSR: ZF tells a zero source; the destination is then left alone, as AMD defines and Intel does. */
function scan(index: (source: Int, width: Width) => Int): (e: Emitter) => void {
  return (e) => {
    const source = e.read(1);
    e.when(source.ne(0), () => e.write(0, e.keep(index(source, e.width))));
    e.setResultFlags(source, NO, NO, NO);
  };
}
const SCAN = { widths: WORD_WIDTHS, forms: ['rr', 'rm'] };
define(
  'bsf',
  SCAN,
  scan((source) => source.ctz()),
);
define(
  'bsr',
  SCAN,
  scan((source) => source.lift(source.bits - 1).sub(source.clz())),
);

/** TZCNT and LZCNT: CF tells a zero source, ZF a zero result. */
function countZeros(count: (source: Int, width: Width) => Int): (e: Emitter) => void {
  return (e) => {
    const source = e.read(1);
    const result = e.keep(count(source, e.width));
    e.write(0, result);
    e.setResultFlags(result, source.eqz(), NO, NO);
  };
}
define(
  'tzcnt',
  SCAN,
  countZeros((source, width) => (width === 16 ? source.or(0x10000).ctz() : source.ctz())),
);
define(
  'lzcnt',
  SCAN,
  countZeros((source, width) => (width === 16 ? source.clz().sub(16) : source.clz())),
);
define('popcnt', SCAN, (e) => {
  const source = e.read(1);
  e.write(0, source.popcnt());
  const zero: I32 = select(source.eqz(), i32(ZF), NO);
  e.setPackedFlags(e.keep(zero));
});
