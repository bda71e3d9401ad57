/**
 * When WebAssembly's floating-point arithmetic is sure to give what the processor's does, flags included. Everything else is
 * delegated to the helpers (`helpers/sse`), which compute exactly: NaNs, denormals, results near the ends of the range, other
 * modes of MXCSR than those after a reset.
 */
import { MXCSR } from '../cpu/layout.ts';
import { type I32, type I64, type Int, i32, i64, select } from '../wasm/expression.ts';
import { type Float, type FloatType, floatOf } from '../wasm/float.ts';
import { vectorOf } from '../wasm/lanes.ts';
import { type V128, v128 } from '../wasm/vector.ts';
import type { Emitter } from './emitter.ts';

/** MXCSR: exception masks, rounding control, flush to zero, denormals are zero; and what they are after a reset. */
const MODES = 0xffc0;
const USUAL = 0x1f80;
const PE = 0x20;

export interface Shape {
  lane: 32 | 64;
  type: FloatType;
  /** Of packed and of scalar instructions. */
  packed: 'ps' | 'pd';
  scalar: 'ss' | 'sd';
  /** Bits of the smallest normal number and of infinity. */
  smallest: bigint;
  infinity: bigint;
}
export const SINGLE: Shape = {
  lane: 32,
  type: 'f32',
  packed: 'ps',
  scalar: 'ss',
  smallest: 1n << 23n,
  infinity: 0xffn << 23n,
};
export const DOUBLE: Shape = {
  lane: 64,
  type: 'f64',
  packed: 'pd',
  scalar: 'sd',
  smallest: 1n << 52n,
  infinity: 0x7ffn << 52n,
};
export const SHAPES = [SINGLE, DOUBLE] as const;

/** A constant of bits. */
export function bitsOf({ lane }: Shape, value: bigint): Int {
  return lane === 64 ? i64(value) : i32(Number(BigInt.asIntN(32, value)));
}
export function everyBits({ lane }: Shape, value: bigint): V128 {
  return v128(vectorOf(new Array(128 / lane).fill(value), lane));
}

/** Leaves the instruction to its helper unless all exceptions are masked and nothing is unusual. @returns MXCSR */
export function requireUsualModes(e: Emitter): I32 {
  const mxcsr = e.state32(MXCSR);
  e.when(mxcsr.and(MODES).ne(USUAL), () => e.delegate());
  return mxcsr;
}
/** Last of all: sets PE, if it is not set already, where the result was not exact. Asked only then. */
export function notePrecision(e: Emitter, mxcsr: I32, isInexact: () => I32): void {
  e.when(mxcsr.and(PE).eqz(), () => e.setState32(MXCSR, mxcsr.or(isInexact().mul(PE))));
}
/** Leaves an inexact result to the helper unless nothing would change but PE, and that is set. */
export function requireKnownPrecision(e: Emitter, isInexact: I32): void {
  e.when(isInexact, () =>
    e.when(
      e
        .state32(MXCSR)
        .and(MODES | PE)
        .ne(USUAL | PE),
      () => e.delegate(),
    ),
  );
}

/** 1 for what lies from `low` to `high`, signs aside; both are bits of magnitudes. */
function isWithin(shape: Shape, bits: Int, low: bigint, high: bigint): I32 {
  const doubled = bits.shl(1);
  return doubled.sub(bitsOf(shape, low << 1n) as never).leU(bitsOf(shape, (high - low) << 1n) as never);
}
const isZero = (bits: Int): I32 => bits.shl(1).eqz();

/** 1 for a normal number. */
export function isNormal(shape: Shape, bits: Int): I32 {
  return isWithin(shape, bits, shape.smallest, shape.infinity - 1n);
}
/** 1 for a normal number or zero: nothing that raises IE or DE. */
export function isOrdinary(shape: Shape, bits: Int): I32 {
  return isNormal(shape, bits).or(isZero(bits));
}
/** 1 for those and infinities. */
export function isComparable(shape: Shape, bits: Int): I32 {
  return isWithin(shape, bits, shape.smallest, shape.infinity).or(isZero(bits));
}
/** 1 for a result that is normal and cannot have been tiny before it was rounded. */
export function isSafe(shape: Shape, bits: Int): I32 {
  return isWithin(shape, bits, shape.smallest + 1n, shape.infinity - 1n);
}
export { isZero };

/** Leaves the instruction to its helper where a condition does not hold. */
export function delegateUnless(e: Emitter, holds: I32): void {
  e.when(holds.eqz(), () => e.delegate());
}

/** All ones in the lanes whose magnitudes lie outside, as the functions above; zeros are inside. */
export function lanesOutside(shape: Shape, a: V128, which: 'ordinary' | 'comparable' | 'safe'): V128 {
  const { lane, smallest, infinity } = shape;
  const magnitudes = magnitudesOf(shape, a);
  const low = which === 'safe' ? smallest + 1n : smallest;
  const high = which === 'comparable' ? infinity : infinity - 1n;
  const below = everyBits(shape, low).gtS(lane, magnitudes);
  return below.andNot(zeroLanes(shape, a)).or(magnitudes.gtS(lane, everyBits(shape, high)));
}
export function magnitudesOf(shape: Shape, a: V128): V128 {
  return a.and(everyBits(shape, (1n << BigInt(shape.lane - 1)) - 1n));
}
export function zeroLanes(shape: Shape, a: V128): V128 {
  return magnitudesOf(shape, a).eq(shape.lane, v128(0n));
}

/** What makes a rounded result of normal numbers and zeros inexact; all of them by their bits. */
export const INEXACT: Record<'add' | 'sub' | 'mul' | 'div' | 'sqrt', (shape: Shape, a: Int, b: Int, r: Int) => I32> = {
  add: (shape, a, b, r) => isSumInexact(shape, floatOf(a), floatOf(b), floatOf(r)),
  sub: (shape, a, b, r) => isSumInexact(shape, floatOf(a), floatOf(b).unary('neg'), floatOf(r)),
  mul: (shape, a, b, r) =>
    shape.lane === 32 ? wide(a).binary('mul', wide(b)).compare('ne', wide(r)) : isProductInexact(a, b, r),
  div: (shape, a, b, r) => isNotProduct(shape, r, b, a),
  sqrt: (shape, _a, b, r) => isNotProduct(shape, r, r, b),
};
const wide = (bits: Int): Float => floatOf(bits).converted();

/** The error of a sum is a number itself, found by subtracting again. */
function isSumInexact(shape: Shape, a: Float, b: Float, sum: Float): I32 {
  const second = sum.binary('sub', a);
  const first = sum.binary('sub', second);
  const error = a.binary('sub', first).binary('add', b.binary('sub', second));
  return error.compare('ne', floatOf(bitsOf(shape, 0n)));
}
const FRACTION_BITS = 52;
const BIAS = 1023;
/**
 * The product of two significands that end in so many zeros is odd above those; it has one bit less than they have together
 * unless its exponent shows a carry.
 */
function isProductInexact(a: Int, b: Int, product: Int): I32 {
  const zeros = (bits: Int) =>
    (bits as I64)
      .or(i64(1n << BigInt(FRACTION_BITS)))
      .ctz()
      .toI32();
  const exponent = (bits: Int) => bits.shr(FRACTION_BITS).toI32().and(0x7ff);
  const dropped = zeros(a).add(zeros(b));
  const hasCarry = exponent(product)
    .add(BIAS)
    .ne(exponent(a).add(exponent(b)));
  return dropped.ltU(FRACTION_BITS).or(dropped.eq(FRACTION_BITS).and(hasCarry)).and(isZero(product).eqz());
}
/** Whether `a * b` is not `product`, exactly. */
function isNotProduct(shape: Shape, a: Int, b: Int, product: Int): I32 {
  if (shape.lane === 32) return wide(a).binary('mul', wide(b)).compare('ne', wide(product));
  const rounded = floatOf(a).binary('mul', floatOf(b));
  const differs = rounded.compare('ne', floatOf(product));
  return differs.or(isProductInexact(a, b, rounded.bits));
}
/** `whenTrue` if the condition is not zero, of bits. */
export function selectBits(condition: I32, whenTrue: Int, whenFalse: Int): Int {
  return select(condition, whenTrue, whenFalse);
}
