/** Addition, subtraction, comparison, sign extension. Intel SDM volume 1, section 7.3.2. */
import { FlagKind } from '../cpu/flags.ts';
import { RAX, RDX } from '../cpu/layout.ts';
import { type I32, type Int, i32 } from '../wasm/expression.ts';
import type { Emitter, Width } from './emitter.ts';
import { ALL_WIDTHS, BINARY_FORMS, define, UNARY_FORMS, WORD_WIDTHS } from './registry.ts';

const BINARY = { widths: ALL_WIDTHS, forms: BINARY_FORMS };
/** Condition code of OF. */
const OVERFLOW = 0;
const UNARY = { widths: ALL_WIDTHS, forms: UNARY_FORMS };

define('add', BINARY, (e) => {
  const a = e.modify(0);
  const b = e.read(1);
  const sum = e.keep(a.add(b).truncate(e.width));
  e.write(0, sum);
  e.setFlags(FlagKind.ADD, sum, a, b);
});
define('sub', BINARY, (e) => {
  const a = e.modify(0);
  const b = e.read(1);
  const difference = e.keep(a.sub(b).truncate(e.width));
  e.write(0, difference);
  e.setFlags(FlagKind.SUB, difference, a, b);
});
define('cmp', BINARY, (e) => {
  const a = e.read(0);
  const b = e.read(1);
  e.setFlags(FlagKind.SUB, e.keep(a.sub(b).truncate(e.width)), a, b);
});
define('neg', UNARY, (e) => {
  const b = e.modify(0);
  const zero = e.constant(0);
  const difference = e.keep(zero.sub(b).truncate(e.width));
  e.write(0, difference);
  e.setFlags(FlagKind.SUB, difference, zero, b);
});

define('adc', BINARY, (e) => {
  const a = e.modify(0);
  const b = e.read(1);
  const carryIn = e.keep(e.carry());
  const sum = e.keep(a.add(b).add(carryIn.carriedIn(e.width)).truncate(e.width));
  e.write(0, sum);
  const carry = sum.ltU(a).or(sum.eq(a).and(carryIn));
  e.setResultFlags(sum, carry, topBit(a.xor(sum).and(b.xor(sum)), e.width), adjust(a, b, sum));
});
define('sbb', BINARY, (e) => {
  const a = e.modify(0);
  const b = e.read(1);
  const borrowIn = e.keep(e.carry());
  const difference = e.keep(a.sub(b).sub(borrowIn.carriedIn(e.width)).truncate(e.width));
  e.write(0, difference);
  const borrow = a.ltU(b).or(a.eq(b).and(borrowIn));
  e.setResultFlags(difference, borrow, topBit(a.xor(b).and(a.xor(difference)), e.width), adjust(a, b, difference));
});

// ADCX and ADOX: two sums with a carry each, in one chain of instructions.
const CARRYING = { widths: [32, 64] as const, forms: ['rr', 'rm'] };
define('adcx', CARRYING, (e) => {
  const overflow = e.keep(e.condition(OVERFLOW));
  const carry = addWithCarry(e, e.keep(e.carry()));
  e.setCarryOverflow(carry, overflow);
});
define('adox', CARRYING, (e) => {
  const carry = e.keep(e.carry());
  const overflow = addWithCarry(e, e.keep(e.condition(OVERFLOW)));
  e.setCarryOverflow(carry, overflow);
});
/** @returns the carry out of the sum, which has been written */
function addWithCarry(e: Emitter, carryIn: I32): I32 {
  const a = e.read(0);
  const b = e.read(1);
  const sum = e.keep(a.add(b).add(carryIn.carriedIn(e.width)));
  e.write(0, sum);
  return e.keep(sum.ltU(a).or(sum.eq(a).and(carryIn)));
}

// INC and DEC leave CF as it is.
define('inc', UNARY, (e) => {
  const carry = e.keep(e.carry());
  const sum = e.keep(e.modify(0).add(1).truncate(e.width));
  e.write(0, sum);
  e.setResultFlags(sum, carry, sum.eq(e.constant(signBit(e.width))), sum.toI32().and(15).eqz());
});
define('dec', UNARY, (e) => {
  const carry = e.keep(e.carry());
  const difference = e.keep(e.modify(0).sub(1).truncate(e.width));
  e.write(0, difference);
  e.setResultFlags(
    difference,
    carry,
    difference.eq(e.constant(signBit(e.width) - 1n)),
    difference.toI32().and(15).eq(15),
  );
});

/** CBW, CWDE, CDQE: the accumulator's lower half, sign-extended over the whole. */
define('cbw', { widths: WORD_WIDTHS, forms: [''] }, (e) => {
  const half = (e.width / 2) as Width;
  e.setRegister(RAX, e.register(RAX, half).signExtend(half).truncate(e.width), e.width);
});
/** CWD, CDQ, CQO: the accumulator's sign in every bit of rDX. */
define('cwd', { widths: WORD_WIDTHS, forms: [''] }, (e) => {
  e.setRegister(RDX, e.register(RAX, e.width).signExtend(e.width).sar(63).truncate(e.width), e.width);
});

define('xadd', { widths: ALL_WIDTHS, forms: ['rr', 'mr'] }, (e) => {
  const a = e.modify(0);
  const b = e.read(1);
  const sum = e.keep(a.add(b).truncate(e.width));
  e.write(1, a);
  e.write(0, sum);
  e.setFlags(FlagKind.ADD, sum, a, b);
});
define('cmpxchg', { widths: ALL_WIDTHS, forms: ['rr', 'mr'] }, (e) => {
  const destination = e.modify(0);
  const source = e.read(1);
  const accumulator = e.keep(e.register(RAX, e.width));
  const equal = e.keep(accumulator.eq(destination));
  e.when(
    equal,
    () => e.write(0, source),
    () => e.setRegister(RAX, destination, e.width),
  );
  e.setFlags(FlagKind.SUB, e.keep(accumulator.sub(destination).truncate(e.width)), accumulator, destination);
});

/** The value with the sign bit alone. */
export function signBit(width: Width): bigint {
  return 1n << BigInt(width - 1);
}
/** The top bit of a value of `width` bits: 0 or 1. */
export function topBit(value: Int, width: Width): I32 {
  return value
    .shr(width - 1)
    .toI32()
    .and(1);
}
/** AF: the carry out of bit 3. */
function adjust(a: Int, b: Int, result: Int): I32 {
  return a.xor(b).xor(result).toI32().shr(4).and(1);
}
/** An absent flag. */
export const NO: I32 = i32(0);
