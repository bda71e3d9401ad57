/** Floating-point arithmetic of SSE and SSE2: the quick ways. The helpers of the same mnemonics do the rest. */
import type { I32, Int } from '../wasm/expression.ts';
import { floatLanes, floatLanesUnary, floatOf } from '../wasm/float.ts';
import { constantLanes, type V128 } from '../wasm/vector.ts';
import type { Emitter } from './emitter.ts';
import {
  delegateUnless,
  INEXACT,
  isNormal,
  isOrdinary,
  isSafe,
  isZero,
  lanesOutside,
  notePrecision,
  requireUsualModes,
  SHAPES,
  type Shape,
  zeroLanes,
} from './float-quick.ts';
import { defineVector } from './vector.ts';

const OPERATIONS = ['add', 'sub', 'mul', 'div', 'sqrt'] as const;
type Operation = (typeof OPERATIONS)[number];

/** Whether a result of zero is exact, and no underflow. */
function zeroIsExact<T>(operation: Operation, isZeroOf: (value: T) => T, a: T, b: T, r: T, or: (x: T, y: T) => T): T {
  switch (operation) {
    case 'mul':
      return or(isZeroOf(a), isZeroOf(b));
    case 'div':
      return isZeroOf(a);
    case 'sqrt':
      return isZeroOf(b);
    default:
      return isZeroOf(r);
  }
}

function scalar(operation: Operation, shape: Shape): (e: Emitter) => void {
  const { lane } = shape;
  return (e) => {
    e.quick();
    const b = e.read(1);
    const a = operation === 'sqrt' ? b : e.read(0);
    const mxcsr = requireUsualModes(e);
    const result = operation === 'sqrt' ? floatOf(b).unary('sqrt') : floatOf(a).binary(operation, floatOf(b));
    const r = e.keep(result.bits);
    const isPlain = isNormal(shape, b).and(isSafe(shape, r));
    // Zeros are looked at only where there is something that is not normal.
    e.when((operation === 'sqrt' ? isPlain : isPlain.and(isNormal(shape, a))).eqz(), () => {
      const allowsZero = zeroIsExact<Int>(
        operation,
        (value) => isZero(value),
        a,
        b,
        r,
        (x, y) => (x as I32).or(y as I32),
      ) as I32;
      delegateUnless(
        e,
        isOrdinary(shape, a)
          .and(isOrdinary(shape, b))
          .and(isSafe(shape, r).or(allowsZero.and(isZero(r)))),
      );
    });
    e.writeLow(0, r, lane);
    notePrecision(e, mxcsr, () => INEXACT[operation](shape, a, b, r));
  };
}

/** The operands of an operation, lane by lane, from destination and source. */
type Arrange = (a: V128, b: V128) => [V128, V128];

function packed(operation: Operation, shape: Shape, arrange: Arrange = (a, b) => [a, b]): (e: Emitter) => void {
  const { lane } = shape;
  return (e) => {
    e.quick();
    const source = e.readVector(1);
    const [a, b] = arrange(operation === 'sqrt' ? source : e.readVector(0), source).map((value) => e.keep(value)) as [
      V128,
      V128,
    ];
    const mxcsr = requireUsualModes(e);
    const r = e.keep(operation === 'sqrt' ? floatLanesUnary('sqrt', lane, b) : floatLanes(operation, lane, a, b));
    const allowsZero = zeroIsExact<V128>(
      operation,
      (value) => zeroLanes(shape, value),
      a,
      b,
      r,
      (x, y) => x.or(y),
    );
    const wrong = lanesOutside(shape, a, 'ordinary')
      .or(lanesOutside(shape, b, 'ordinary'))
      .or(lanesOutside(shape, r, 'safe'))
      .or(zeroLanes(shape, r).andNot(allowsZero));
    e.when(wrong.anyTrue(), () => e.delegate());
    e.writeVector(0, r);
    notePrecision(e, mxcsr, () => {
      const lanes = Array.from({ length: 128 / lane }, (_, i) => {
        const [x, y, z] = [a, b, r].map((value) => e.keep(value.extract(lane, i))) as [Int, Int, Int];
        return INEXACT[operation](shape, x, y, z);
      });
      return lanes.reduce((all, one) => all.or(one));
    });
  };
}

for (const shape of SHAPES)
  for (const operation of OPERATIONS) {
    defineVector(operation + shape.scalar, { widths: [shape.lane], forms: ['xx', 'xm'] }, scalar(operation, shape));
    defineVector(operation + shape.packed, { forms: ['xx', 'xm'], loadStep: true }, packed(operation, shape));
  }

/** Neighbours of the destination, then of the source: the even and the odd ones. */
function neighbours({ lane }: Shape): Arrange {
  const evens = Array.from({ length: 128 / lane }, (_, i) => 2 * i);
  return (a, b) => [
    a.shuffle(lane, b, evens),
    a.shuffle(
      lane,
      b,
      evens.map((i) => i + 1),
    ),
  ];
}
/** A difference is the sum of a number of the other sign: of no NaN, and rounded to nearest, it is so bit by bit. */
function evensNegated({ lane }: Shape): Arrange {
  const signs = constantLanes(
    lane,
    Array.from({ length: 128 / lane }, (_, i) => (i % 2 ? 0 : 2 ** (lane - 1))),
  );
  return (a, b) => [a, b.xor(signs)];
}
for (const shape of SHAPES) {
  const PACKED = { forms: ['xx', 'xm'], loadStep: true };
  defineVector(`hadd${shape.packed}`, PACKED, packed('add', shape, neighbours(shape)));
  defineVector(`hsub${shape.packed}`, PACKED, packed('sub', shape, neighbours(shape)));
  defineVector(`addsub${shape.packed}`, PACKED, packed('add', shape, evensNegated(shape)));
}
