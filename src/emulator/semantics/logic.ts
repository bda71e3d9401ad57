/** Bitwise logic. Intel SDM volume 1, section 7.3.3. */
import { FlagKind } from '../cpu/flags.ts';
import type { Int } from '../wasm/expression.ts';
import type { Emitter } from './emitter.ts';
import { ALL_WIDTHS, BINARY_FORMS, define, UNARY_FORMS } from './registry.ts';

const BINARY = { widths: ALL_WIDTHS, forms: BINARY_FORMS };

function logic(operation: (a: Int, b: Int) => Int): (e: Emitter) => void {
  return (e) => {
    const a = e.modify(0);
    const b = e.read(1);
    const result = e.keep(operation(a, b));
    e.write(0, result);
    e.setFlags(FlagKind.LOGIC, result, a, b);
  };
}
define(
  'and',
  BINARY,
  logic((a, b) => a.and(b)),
);
define(
  'or',
  BINARY,
  logic((a, b) => a.or(b)),
);
define(
  'xor',
  BINARY,
  logic((a, b) => a.xor(b)),
);
define('test', BINARY, (e) => {
  const a = e.read(0);
  const b = e.read(1);
  e.setFlags(FlagKind.LOGIC, e.keep(a.and(b)), a, b);
});
define('not', { widths: ALL_WIDTHS, forms: UNARY_FORMS }, (e) => {
  e.write(0, e.modify(0).xor(e.constant(-1)).truncate(e.width));
});
