/** Comparisons, minima and maxima of SSE and SSE2: the quick ways, for what is neither a NaN nor denormal. No flag changes then. */
import { type I32, i32, select } from '../wasm/expression.ts';
import { floatLanes, floatOf } from '../wasm/float.ts';
import { selectVector, splat, type V128, v128 } from '../wasm/vector.ts';
import type { Emitter } from './emitter.ts';
import { delegateUnless, isComparable, lanesOutside, SHAPES, type Shape, selectBits } from './float-quick.ts';
import { defineVector, XMM_IMMEDIATE } from './vector.ts';

/** The operands, if they can be compared. */
function scalars(e: Emitter, shape: Shape) {
  e.quick();
  const b = e.read(1);
  const a = e.read(0);
  delegateUnless(e, isComparable(shape, a).and(isComparable(shape, b)));
  return { a, b, x: floatOf(a), y: floatOf(b) };
}
function vectors(e: Emitter, shape: Shape): [V128, V128] {
  e.quick();
  const b = e.readVector(1);
  const a = e.readVector(0);
  const wrong = lanesOutside(shape, a, 'comparable').or(lanesOutside(shape, b, 'comparable'));
  e.when(wrong.anyTrue(), () => e.delegate());
  return [a, b];
}
/** The comparison that the immediate's low two bits choose: equal, less, less or equal, unordered. */
const chosen = <T>(order: I32, choose: (isIt: I32, then: T, otherwise: T) => T, all: readonly [T, T, T, T]): T =>
  choose(order.eqz(), all[0], choose(order.eq(1), all[1], choose(order.eq(2), all[2], all[3])));

for (const shape of SHAPES) {
  const { lane } = shape;
  const SCALAR = { widths: [lane], forms: ['xx', 'xm'] };
  const PACKED = { forms: ['xx', 'xm'], loadStep: true };

  // Of two that are equal, zeros of both signs among them, the second.
  for (const [name, relation] of [
    ['min', 'lt'],
    ['max', 'gt'],
  ] as const) {
    defineVector(name + shape.scalar, SCALAR, (e) => {
      const { a, b, x, y } = scalars(e, shape);
      e.writeLow(0, e.keep(selectBits(x.compare(relation, y), a, b)), lane);
    });
    defineVector(name + shape.packed, PACKED, (e) => {
      const [a, b] = vectors(e, shape);
      const isFirst = relation === 'lt' ? floatLanes('lt', lane, a, b) : floatLanes('lt', lane, b, a);
      e.writeVector(0, e.keep(a.select(isFirst, b)));
    });
  }

  for (const mnemonic of [`comi${shape.scalar}`, `ucomi${shape.scalar}`])
    defineVector(mnemonic, SCALAR, (e) => {
      const { x, y } = scalars(e, shape);
      // CF and ZF.
      e.setPackedFlags(e.keep(x.compare('lt', y).or(x.compare('eq', y).shl(6))));
    });

  defineVector(`cmp${shape.scalar}`, { widths: [lane], forms: XMM_IMMEDIATE }, (e) => {
    const { x, y } = scalars(e, shape);
    const order = e.keep(e.read(2, 8).toI32());
    const holds = chosen(order.and(3), select, [x.compare('eq', y), x.compare('lt', y), x.compare('le', y), i32(0)]);
    const inverted = holds.xor(order.shr(2).and(1));
    e.writeLow(0, e.keep(i32(0).sub(inverted).signExtend(32).truncate(lane)), lane);
  });
  defineVector(`cmp${shape.packed}`, { forms: XMM_IMMEDIATE, loadStep: true }, (e) => {
    const [a, b] = vectors(e, shape);
    const order = e.keep(e.read(2, 8).toI32());
    const holds = chosen(order.and(3), selectVector, [
      floatLanes('eq', lane, a, b),
      floatLanes('lt', lane, a, b),
      floatLanes('le', lane, a, b),
      v128(0n),
    ]);
    e.writeVector(0, e.keep(holds.xor(splat(32, i32(0).sub(order.shr(2).and(1))))));
  });
}
