/** Every operator of an expression, by name: what the tests apply to constants and to parameters alike. */
import { type I32, type I64, type Int, select, type ValueType } from '../../../src/emulator/wasm/expression.ts';

export interface Operator {
  name: string;
  /** Types of the operands. */
  operands: readonly ValueType[];
  result: ValueType;
  apply(...operands: Int[]): Int;
}

const TYPES = ['i32', 'i64'] as const;
const BINARY = [
  'add',
  'sub',
  'mul',
  'divS',
  'divU',
  'remS',
  'remU',
  'and',
  'or',
  'xor',
  'shl',
  'sar',
  'shr',
  'rotl',
  'rotr',
] as const;
const COMPARE = ['eq', 'ne', 'ltS', 'ltU', 'gtS', 'gtU', 'leS', 'leU', 'geS', 'geU'] as const;
const COUNT = ['clz', 'ctz', 'popcnt'] as const;
/** Members of `Int` that are no operators. */
export const OTHER_MEMBERS = [
  'constructor',
  'isConstant',
  'constant',
  'unsigned',
  'bits',
  'lift',
  'binary',
  'compare',
  'count',
  'make',
];

function* operators(): Generator<Operator> {
  for (const type of TYPES) {
    const unary = (name: string, result: ValueType, apply: (a: Int) => Int): Operator => ({
      name: `${type}.${name}`,
      operands: [type],
      result,
      apply: (a) => apply(a!),
    });
    for (const name of BINARY)
      yield {
        name: `${type}.${name}`,
        operands: [type, type],
        result: type,
        apply: (a, b) => (a as I32)[name](b as I32),
      };
    for (const name of COMPARE)
      yield {
        name: `${type}.${name}`,
        operands: [type, type],
        result: 'i32',
        apply: (a, b) => (a as I32)[name](b as I32),
      };
    for (const name of COUNT) yield unary(name, type, (a) => a[name]());
    yield unary('eqz', 'i32', (a) => a.eqz());
    yield unary('toI32', 'i32', (a) => a.toI32());
    yield unary('toI64', 'i64', (a) => a.toI64());
    for (const width of type === 'i32' ? [8, 16, 32] : [8, 16, 32, 64])
      yield unary(`signExtend ${width}`, 'i64', (a) => a.signExtend(width));
    for (const width of [8, 16, 32, 64]) {
      yield unary(`truncate ${width}`, width === 64 ? 'i64' : 'i32', (a) => a.truncate(width));
      yield unary(`carriedIn ${width}`, width === 64 ? 'i64' : 'i32', (a) => a.carriedIn(width));
    }
    yield {
      name: `${type}.select`,
      operands: ['i32', type, type],
      result: type,
      apply: (condition, a, b) => select(condition as I32, a as I64, b as I64),
    };
  }
}
export const OPERATORS: readonly Operator[] = [...operators()];
