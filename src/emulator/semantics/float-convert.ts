/** Conversions and rounding of SSE to SSE4.1: the quick ways. */
import { type I32, type I64, type Int, i64, select } from '../wasm/expression.ts';
import { convertLanes, type Float, floatFrom, floatLanes, floatLanesUnary, floatOf } from '../wasm/float.ts';
import { type V128, v128 } from '../wasm/vector.ts';
import type { Emitter } from './emitter.ts';
import {
  bitsOf,
  DOUBLE,
  delegateUnless,
  everyBits,
  isNormal,
  isOrdinary,
  isSafe,
  isZero,
  lanesOutside,
  magnitudesOf,
  notePrecision,
  requireKnownPrecision,
  requireUsualModes,
  SHAPES,
  type Shape,
  SINGLE,
  zeroLanes,
} from './float-quick.ts';
import { defineVector, joinHalves, XMM, ZEROS } from './vector.ts';

/** Bits of 2 ** n. */
function powerOfTwo({ lane }: Shape, n: number): bigint {
  return lane === 32 ? BigInt(127 + n) << 23n : BigInt(1023 + n) << 52n;
}

// From integers: exact where they have no more bits than a significand.
for (const shape of SHAPES)
  defineVector(`cvtsi2${shape.scalar}`, { forms: ['xr', 'xm'], sourceWidths: [32, 64] }, (e) => {
    e.quick();
    const value: Int = e.read(1, e.sourceWidth);
    const wide = e.keep(value.signExtend(e.sourceWidth) as I64);
    const bound = 1n << BigInt(shape.lane === 32 ? 24 : 53);
    if (shape.lane === 32 || e.sourceWidth === 64) requireKnownPrecision(e, wide.add(i64(bound)).gtU(i64(2n * bound)));
    e.writeLow(0, e.keep(floatFrom(shape.type, wide).bits), shape.lane);
  });

// To integers, of what fits in any case.
for (const shape of SHAPES)
  for (const truncates of [false, true])
    defineVector(`${truncates ? 'cvtt' : 'cvt'}${shape.scalar}2si`, { widths: [32, 64], forms: ['rx', 'rm'] }, (e) => {
      e.quick();
      const bits = e.read(1, shape.lane);
      const mxcsr = requireUsualModes(e);
      const limit = powerOfTwo(shape, e.width - 1);
      const x = floatOf(bits);
      const integral = truncates ? x.unary('trunc') : x.unary('nearest');
      const fits = integral.unary('abs').compare('lt', floatOf(bitsOf(shape, limit)));
      delegateUnless(e, isOrdinary(shape, bits).and(fits));
      e.write(0, e.keep(integral.toSigned(e.width === 64 ? 64 : 32)));
      notePrecision(e, mxcsr, () => integral.compare('ne', x));
    });

// A longer format holds everything that is not a NaN.
defineVector('cvtss2sd', { widths: [32], forms: XMM }, (e) => {
  e.quick();
  const bits = e.read(1);
  delegateUnless(e, isOrdinary(SINGLE, bits));
  e.writeLow(0, e.keep(floatOf(bits).converted().bits), 64);
});
defineVector('cvtsd2ss', { widths: [64], forms: XMM }, (e) => {
  e.quick();
  const bits = e.read(1);
  const mxcsr = requireUsualModes(e);
  const result = floatOf(bits).converted();
  const r = e.keep(result.bits);
  delegateUnless(e, isNormal(DOUBLE, bits).and(isSafe(SINGLE, r)).or(isZero(bits)));
  e.writeLow(0, r, 32);
  notePrecision(e, mxcsr, () => floatOf(r).converted().compare('ne', floatOf(bits)));
});

/** 1 if lanes differ as numbers. */
function differ(shape: Shape, a: V128, b: V128): I32 {
  return floatLanes('eq', shape.lane, a, b).not().anyTrue();
}
const PACKED = { forms: XMM, loadStep: true };
const lowHalf = (a: V128) => joinHalves(a, ZEROS);

defineVector('cvtdq2pd', PACKED, (e) => {
  e.quick();
  e.writeVector(0, e.keep(convertLanes('i32 to f64', e.readVector(1))));
});
defineVector('cvtdq2ps', PACKED, (e) => {
  e.quick();
  const a = e.readVector(1);
  // The lowest number is its own absolute value, and exact.
  const isLong = a.abs(32).gtS(32, v128(0x01000000_01000000_01000000_01000000n)).anyTrue();
  requireKnownPrecision(e, isLong);
  e.writeVector(0, e.keep(convertLanes('i32 to f32', a)));
});
defineVector('cvtps2pd', PACKED, (e) => {
  e.quick();
  const a = e.keep(lowHalf(e.readVector(1)));
  e.when(lanesOutside(SINGLE, a, 'ordinary').anyTrue(), () => e.delegate());
  e.writeVector(0, e.keep(convertLanes('f32 to f64', a)));
});
defineVector('cvtpd2ps', PACKED, (e) => {
  e.quick();
  const a = e.readVector(1);
  const mxcsr = requireUsualModes(e);
  const r = e.keep(convertLanes('f64 to f32', a));
  // A result of zero is exact where the operand is one: both have two lanes that count.
  const vanished = zeroLanes(SINGLE, r).extend('low', 32, 's').andNot(zeroLanes(DOUBLE, a));
  const wrong = lanesOutside(DOUBLE, a, 'ordinary')
    .or(lanesOutside(SINGLE, r, 'safe'))
    .or(vanished);
  e.when(wrong.anyTrue(), () => e.delegate());
  e.writeVector(0, r);
  notePrecision(e, mxcsr, () => differ(DOUBLE, convertLanes('f32 to f64', r), a));
});

function toIntegers(shape: Shape, truncates: boolean): (e: Emitter) => void {
  return (e) => {
    e.quick();
    const a = e.readVector(1);
    const mxcsr = requireUsualModes(e);
    // The conversion goes towards zero by itself.
    const integral = e.keep(truncates ? a : floatLanesUnary('nearest', shape.lane, a));
    const last = everyBits(shape, powerOfTwo(shape, 31) - 1n);
    const tooLarge = magnitudesOf(shape, integral).gtS(shape.lane, last);
    e.when(lanesOutside(shape, a, 'ordinary').or(tooLarge).anyTrue(), () => e.delegate());
    const r = e.keep(convertLanes(shape.lane === 32 ? 'f32 to i32' : 'f64 to i32', integral));
    e.writeVector(0, r);
    notePrecision(e, mxcsr, () => differ(shape, convertLanes(shape.lane === 32 ? 'i32 to f32' : 'i32 to f64', r), a));
  };
}
for (const shape of SHAPES)
  for (const truncates of [false, true])
    defineVector(`${truncates ? 'cvtt' : 'cvt'}${shape.packed}2dq`, PACKED, toIntegers(shape, truncates));

/** ROUNDSS and ROUNDSD: the immediate's own mode, or (bit 2) that of MXCSR, which is the usual one here; bit 3: no PE. */
for (const shape of SHAPES)
  defineVector(`round${shape.scalar}`, { widths: [shape.lane], forms: ['xxi', 'xmi'] }, (e) => {
    e.quick();
    const bits = e.read(1);
    const mxcsr = requireUsualModes(e);
    delegateUnless(e, isOrdinary(shape, bits));
    const control = e.keep(e.read(2, 8).toI32());
    const mode = e.keep(select(control.and(4), control.lift(0), control.and(3)));
    const x = floatOf(bits);
    const rounded = (name: 'nearest' | 'floor' | 'ceil' | 'trunc'): Int => x.unary(name).bits;
    const r = e.keep(
      select(
        mode.eqz(),
        rounded('nearest'),
        select(mode.eq(1), rounded('floor'), select(mode.eq(2), rounded('ceil'), rounded('trunc'))),
      ),
    );
    e.writeLow(0, r, shape.lane);
    notePrecision(e, mxcsr, () => (floatOf(r) as Float).compare('ne', x).and(control.and(8).eqz()));
  });
