import { beforeAll, describe, expect, test } from 'vitest';
import { type I32, I64, Int, i32, i64 } from '../../../src/emulator/wasm/expression.ts';
import {
  convertLanes,
  type Float,
  floatFrom,
  floatLanes,
  floatLanesUnary,
  floatOf,
} from '../../../src/emulator/wasm/float.ts';
import { FunctionBuilder, load32, loadVector } from '../../../src/emulator/wasm/function-builder.ts';
import { ModuleBuilder } from '../../../src/emulator/wasm/module-builder.ts';
import { V128, v128 } from '../../../src/emulator/wasm/vector.ts';
import { Random } from '../../cpu/random.ts';
import { packedValue } from '../../cpu/sse-values.ts';
import { numberOf, OTHER_VECTOR_MEMBERS, VECTOR_OPERATORS } from './vector-operators.ts';

const SEED = Date.now() % 1_000_000_007;
const CASES = 300;
const EDGES = [0n, 1n, (1n << 128n) - 1n, 0x80n << 120n, v128(-2n).unsigned, 0x7f80_0100_00ff_fffen << 32n];

const memory = new WebAssembly.Memory({ initial: 1 });
const view = new DataView(memory.buffer);
const setVector = (at: number, value: bigint) => {
  view.setBigUint64(at, BigInt.asUintN(64, value), true);
  view.setBigUint64(at + 8, value >> 64n, true);
};
const vector = (at: number) => view.getBigUint64(at, true) | (view.getBigUint64(at + 8, true) << 64n);
const OPERANDS = [0, 16, 32] as const;
const RESULT = 64;

async function instantiate(module: ModuleBuilder): Promise<Record<string, () => void>> {
  const bytes = module.build();
  expect(WebAssembly.validate(bytes)).toBe(true);
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
  return instance.exports as Record<string, () => void>;
}

/** Functions that take vectors from memory and put their results there: none can cross from JavaScript. */
async function compile(): Promise<Record<string, () => void>> {
  const module = new ModuleBuilder();
  for (const { name, apply } of VECTOR_OPERATORS) {
    const f = new FunctionBuilder([]);
    const [a, b, c] = OPERANDS.map((at) => f.keep(loadVector(128, i32(0), at))) as [V128, V128, V128];
    const result = f.keep(apply(a, b, c, load32(i32(0), OPERANDS[1])));
    if (result instanceof V128) f.storeVector(i32(0), result, RESULT);
    else if (result instanceof Int) f.store(result instanceof I64 ? 64 : 32, i32(0), result, RESULT);
    module.addFunction({ parameters: [], results: [] }, f.body(), name);
  }
  return instantiate(module);
}

describe(`vectors, seed ${SEED}`, () => {
  let compiled: Record<string, () => void>;
  beforeAll(async () => {
    compiled = await compile();
  });

  test.each(VECTOR_OPERATORS)('$name folds to what WebAssembly computes', ({ name, apply }) => {
    const random = new Random(
      SEED,
      VECTOR_OPERATORS.findIndex((operator) => operator.name === name),
    );
    const edges = EDGES.flatMap((a) => EDGES.map((b) => [a, b, a ^ b]));
    const drawn = Array.from({ length: CASES }, () => [packedValue(random), packedValue(random), packedValue(random)]);
    for (const values of [...edges, ...drawn]) {
      const [a, b, c] = values.map(v128) as [V128, V128, V128];
      const folded = apply(a, b, c, numberOf(b.unsigned));
      OPERANDS.forEach((at, i) => {
        setVector(at, values[i]!);
      });
      setVector(RESULT, 0n);
      compiled[name]!();
      expect(folded.isConstant).toBe(true);
      expect((folded as V128 | I32 | I64).unsigned, `${name}(${values.map((v) => v.toString(16))})`).toBe(
        vector(RESULT),
      );
    }
  });
  test('every operator is among them', () => {
    const tested = new Set(VECTOR_OPERATORS.map(({ name }) => name.split(' ')[0]!));
    const members = Object.getOwnPropertyNames(V128.prototype).filter((name) => !OTHER_VECTOR_MEMBERS.includes(name));
    expect(members.filter((name) => !tested.has(name))).toEqual([]);
  });
  test('what WebAssembly has not is refused', () => {
    expect(() => v128(0n).lanewise('mul', 8, v128(0n))).toThrow(TypeError);
    expect(() => v128(0n).lanewise('minU', 64, v128(0n))).toThrow(TypeError);
    expect(() => v128(0n).replace(64, 0, i32(0))).toThrow(TypeError);
    expect(() => v128(0n).shuffle(8, v128(0n), [1, 2])).toThrow(RangeError);
  });

  test('constants and loads of all widths, at offsets that take one and more bytes', async () => {
    const module = new ModuleBuilder();
    const pattern = 0xf0f1f2f3f4f5f6f7_f8f9fafbfcfdfeffn;
    for (const offset of [0, 127, 128, 20000])
      for (const width of [32, 64, 128] as const) {
        const f = new FunctionBuilder([]);
        f.storeVector(i32(1000), v128(pattern), offset);
        f.storeVector(i32(0), loadVector(width, i32(1000), offset), RESULT);
        module.addFunction({ parameters: [], results: [] }, f.body(), `${width} ${offset}`);
      }
    const exports = await instantiate(module);
    for (const offset of [0, 127, 128, 20000])
      for (const width of [32, 64, 128]) {
        setVector(1000 + offset, 0n);
        exports[`${width} ${offset}`]!();
        expect(vector(1000 + offset)).toBe(pattern);
        expect(vector(RESULT)).toBe(BigInt.asUintN(width, pattern));
      }
  });
});

describe('floating-point expressions', () => {
  const SAMPLES = [0, 1, -1, 0.1, 1.5, -2.5, 3.75, 1e9, -7e-5, 123456.789];
  /** What JavaScript says of doubles; of singles the same, rounded. */
  const BINARY: [string, (a: Float, b: Float) => Float, (a: number, b: number) => number][] = [
    ['add', (a, b) => a.binary('add', b), (a, b) => a + b],
    ['sub', (a, b) => a.binary('sub', b), (a, b) => a - b],
    ['mul', (a, b) => a.binary('mul', b), (a, b) => a * b],
    ['div', (a, b) => a.binary('div', b), (a, b) => a / b],
    ['abs', (a) => a.unary('abs'), (a) => Math.abs(a)],
    ['neg', (a) => a.unary('neg'), (a) => -a],
    ['ceil', (a) => a.unary('ceil'), (a) => Math.ceil(a)],
    ['floor', (a) => a.unary('floor'), (a) => Math.floor(a)],
    ['trunc', (a) => a.unary('trunc'), (a) => Math.trunc(a)],
    ['nearest', (a) => a.unary('nearest'), (a) => nearest(a)],
    ['sqrt', (a) => a.unary('abs').unary('sqrt'), (a) => Math.sqrt(Math.abs(a))],
  ];
  const COMPARE = ['eq', 'ne', 'lt', 'gt', 'le', 'ge'] as const;
  const compare = { eq: '===', ne: '!==', lt: '<', gt: '>', le: '<=', ge: '>=' } as const;
  function nearest(a: number): number {
    const low = Math.floor(a);
    const rest = a - low;
    const rounded = rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low;
    return rounded === 0 ? a * 0 : rounded;
  }
  function holds(name: (typeof COMPARE)[number], a: number, b: number): boolean {
    return { '===': a === b, '!==': a !== b, '<': a < b, '>': a > b, '<=': a <= b, '>=': a >= b }[compare[name]];
  }

  test.each(['f32', 'f64'] as const)('%s are what JavaScript computes', async (type) => {
    const width = type === 'f32' ? 32 : 64;
    const round = type === 'f32' ? Math.fround : (x: number) => x;
    const read = (at: number) => (width === 32 ? view.getFloat32(at, true) : view.getFloat64(at, true));
    const write = (at: number, x: number) =>
      width === 32 ? view.setFloat32(at, x, true) : view.setFloat64(at, x, true);
    const module = new ModuleBuilder();
    const define = (name: string, compute: (a: Float, b: Float) => Float | Int) => {
      const f = new FunctionBuilder([]);
      const operand = (at: number) =>
        floatOf(width === 32 ? load32(i32(0), at) : (loadVector(64, i32(0), at).extract(64, 0) as Int));
      const result = compute(operand(0), operand(16));
      const bits = result instanceof Int ? result : result.bits;
      f.store(bits instanceof I64 ? 64 : 32, i32(0), bits, RESULT);
      module.addFunction({ parameters: [], results: [] }, f.body(), name);
    };
    for (const [name, compute] of BINARY) define(name, compute);
    for (const name of COMPARE) define(name, (a, b) => a.compare(name, b));
    define('converted', (a) => a.converted().converted());
    for (const bits of [32, 64] as const) {
      define(`toSigned ${bits}`, (a) => a.toSigned(bits));
      define(`from ${bits}`, (a) => floatFrom(type, a.toSigned(bits)));
    }
    const exports = await instantiate(module);
    for (const a of SAMPLES.map(round))
      for (const b of SAMPLES.map(round).filter((x) => x !== 0)) {
        write(0, a);
        write(16, b);
        for (const [name, , expected] of BINARY) {
          exports[name]!();
          expect(read(RESULT), `${name}(${a}, ${b})`).toBe(round(expected(a, b)));
        }
        for (const name of COMPARE) {
          exports[name]!();
          expect(view.getInt32(RESULT, true), `${name}(${a}, ${b})`).toBe(holds(name, a, b) ? 1 : 0);
        }
        exports.converted!();
        expect(read(RESULT)).toBe(Math.fround(a));
        for (const bits of [32, 64] as const) {
          exports[`toSigned ${bits}`]!();
          const integer = bits === 32 ? BigInt(view.getInt32(RESULT, true)) : view.getBigInt64(RESULT, true);
          expect(Number(integer)).toBe(Math.trunc(a) + 0);
          exports[`from ${bits}`]!();
          expect(read(RESULT)).toBe(Math.trunc(a) + 0);
        }
      }
  });

  test('lanes are computed like single numbers', async () => {
    const module = new ModuleBuilder();
    const define = (name: string, compute: (a: V128, b: V128) => V128) => {
      const f = new FunctionBuilder([]);
      f.storeVector(i32(0), compute(loadVector(128, i32(0), 0), loadVector(128, i32(0), 16)), RESULT);
      module.addFunction({ parameters: [], results: [] }, f.body(), name);
    };
    const LANES = ['add', 'sub', 'mul', 'div', 'eq', 'lt', 'le'] as const;
    for (const lane of [32, 64] as const) {
      for (const name of LANES) define(`${name} ${lane}`, (a, b) => floatLanes(name, lane, a, b));
      for (const name of ['sqrt', 'nearest'] as const) define(`${name} ${lane}`, (a) => floatLanesUnary(name, lane, a));
    }
    for (const which of ['f32 to i32', 'i32 to f32', 'f64 to i32', 'i32 to f64', 'f64 to f32', 'f32 to f64'] as const)
      define(which, (a) => convertLanes(which, a));
    const exports = await instantiate(module);
    const singles = new Float32Array(memory.buffer, 0, 4);
    const doubles = new Float64Array(memory.buffer, 0, 2);
    const integers = new Int32Array(memory.buffer, 0, 4);
    const after = { f32: new Float32Array(memory.buffer, RESULT, 4), f64: new Float64Array(memory.buffer, RESULT, 2) };
    const integersAfter = new Int32Array(memory.buffer, RESULT, 4);

    new Float32Array(memory.buffer, 16, 4).set([2, -3, 0.25, 7]);
    singles.set([1.5, 2.5, 16, 7]);
    const run = (name: string) => exports[name]!();
    run('add 32');
    expect([...after.f32]).toEqual([3.5, -0.5, 16.25, 14]);
    run('sub 32');
    expect([...after.f32]).toEqual([-0.5, 5.5, 15.75, 0]);
    run('mul 32');
    expect([...after.f32]).toEqual([3, -7.5, 4, 49]);
    run('div 32');
    expect([...after.f32]).toEqual([0.75, Math.fround(2.5 / -3), 64, 1]);
    run('eq 32');
    expect([...integersAfter]).toEqual([0, 0, 0, -1]);
    run('lt 32');
    expect([...integersAfter]).toEqual([-1, 0, 0, 0]);
    run('le 32');
    expect([...integersAfter]).toEqual([-1, 0, 0, -1]);
    run('sqrt 32');
    expect([...after.f32]).toEqual([1.5, 2.5, 16, 7].map((x) => Math.fround(Math.sqrt(x))));
    run('nearest 32');
    expect([...after.f32]).toEqual([2, 2, 16, 7]);
    run('f32 to i32');
    expect([...integersAfter]).toEqual([1, 2, 16, 7]);
    run('f32 to f64');
    expect([...after.f64]).toEqual([1.5, 2.5]);

    new Float64Array(memory.buffer, 16, 2).set([2, 0.3]);
    doubles.set([2, 0.1]);
    run('add 64');
    expect([...after.f64]).toEqual([4, 0.1 + 0.3]);
    run('sub 64');
    expect([...after.f64]).toEqual([0, 0.1 - 0.3]);
    run('mul 64');
    expect([...after.f64]).toEqual([4, 0.1 * 0.3]);
    run('div 64');
    expect([...after.f64]).toEqual([1, 0.1 / 0.3]);
    run('eq 64');
    expect([...integersAfter]).toEqual([-1, -1, 0, 0]);
    run('lt 64');
    expect([...integersAfter]).toEqual([0, 0, -1, -1]);
    run('le 64');
    expect([...integersAfter]).toEqual([-1, -1, -1, -1]);
    run('sqrt 64');
    expect([...after.f64]).toEqual([Math.SQRT2, Math.sqrt(0.1)]);
    run('nearest 64');
    expect([...after.f64]).toEqual([2, 0]);
    run('f64 to i32');
    expect([...integersAfter]).toEqual([2, 0, 0, 0]);
    run('f64 to f32');
    expect([...after.f32]).toEqual([2, Math.fround(0.1), 0, 0]);

    integers.set([1, -2, 2 ** 31 - 1, 0]);
    run('i32 to f32');
    expect([...after.f32]).toEqual([1, -2, 2 ** 31, 0]);
    run('i32 to f64');
    expect([...after.f64]).toEqual([1, -2]);
  });
  test('there are no constants', () => {
    const f = new FunctionBuilder([]);
    expect(() => f.store(64, i32(0), floatOf(i64(0n)).binary('add', floatOf(i64(0n))).bits)).not.toThrow();
    expect(() => floatOf(i64(0n)).binary('add', floatOf(i32(0)))).toThrow(TypeError);
  });
});
