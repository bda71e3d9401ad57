import { beforeAll, describe, expect, test } from 'vitest';
import { I32, type Int, i32, i64, type ValueType } from '../../../src/emulator/wasm/expression.ts';
import { FunctionBuilder } from '../../../src/emulator/wasm/function-builder.ts';
import { ModuleBuilder } from '../../../src/emulator/wasm/module-builder.ts';
import { interesting, Random } from '../../cpu/random.ts';
import { OPERATORS, type Operator, OTHER_MEMBERS } from './operators.ts';

const SEED = Date.now() % 1_000_000_007;
const RANDOM_CASES = 400;
const EDGES = [
  0n,
  1n,
  2n,
  31n,
  32n,
  63n,
  64n,
  0x7fn,
  0x80n,
  0xffn,
  0x8000n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  1n << 63n,
  (1n << 63n) - 1n,
  (1n << 64n) - 1n,
];
/** Constants beside a parameter: where folding could take a short cut. */
const BESIDE = [0n, 1n, (1n << 64n) - 1n];

type Value = number | bigint;
type Exports = Record<string, (...values: Value[]) => Value>;

function constant(type: ValueType, value: bigint): Int {
  return type === 'i32' ? i32(Number(BigInt.asIntN(32, value))) : i64(value);
}
/** As it crosses from JavaScript to WebAssembly. */
function argument(type: ValueType, value: bigint): Value {
  return type === 'i32' ? Number(BigInt.asIntN(32, value)) : BigInt.asIntN(64, value);
}
/** The value, or that there is none. */
function outcome(compute: () => Value): Value | 'trap' {
  try {
    return compute();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) return 'trap';
    throw error;
  }
}

/** One function an operator, and for those with two operands one more for each constant that can stand right of a parameter. */
async function compile(): Promise<Exports> {
  const module = new ModuleBuilder();
  for (const { name, operands, result, apply } of OPERATORS) {
    const f = new FunctionBuilder(operands);
    f.return(apply(...operands.map((_, i) => f.parameter(i).value)));
    f.unreachable();
    module.addFunction({ parameters: operands, results: [result] }, f.body(), name);
    if (operands.length !== 2) continue;
    for (const beside of BESIDE) {
      const g = new FunctionBuilder(operands.slice(0, 1));
      g.return(apply(g.parameter(0).value, constant(operands[1]!, beside)));
      g.unreachable();
      module.addFunction({ parameters: operands.slice(0, 1), results: [result] }, g.body(), `${name} ${beside}`);
    }
  }
  const { instance } = await WebAssembly.instantiate(module.build(), {
    env: { memory: new WebAssembly.Memory({ initial: 1 }) },
  });
  return instance.exports as Exports;
}

describe(`expressions, seed ${SEED}`, () => {
  let compiled: Exports;
  beforeAll(async () => {
    compiled = await compile();
  });

  function check({ name, operands, apply }: Operator, values: readonly bigint[]): void {
    const folded = outcome(() => apply(...operands.map((type, i) => constant(type, values[i]!))).constant);
    const real = outcome(() => compiled[name]!(...operands.map((type, i) => argument(type, values[i]!))));
    expect(folded, `${name}(${values.join(', ')})`).toBe(real);
  }

  test.each(OPERATORS)('$name folds to what WebAssembly computes', (operator) => {
    for (const a of EDGES) for (const b of operator.operands.length > 1 ? EDGES : [0n]) check(operator, [a, b, a ^ b]);
    const random = new Random(SEED, OPERATORS.indexOf(operator));
    for (let i = 0; i < RANDOM_CASES; i++)
      check(operator, [interesting(random), interesting(random), interesting(random)]);
  });

  test.each(OPERATORS.filter(({ operands }) => operands.length === 2))(
    '$name of a parameter and a constant is what it is of two parameters',
    ({ name, operands }) => {
      for (const beside of BESIDE)
        for (const a of EDGES) {
          const [left, right] = [argument(operands[0]!, a), argument(operands[1]!, beside)];
          const short = outcome(() => compiled[`${name} ${beside}`]!(left));
          expect(short, `${name}(${left}, ${right})`).toBe(outcome(() => compiled[name]!(left, right)));
        }
    },
  );

  test('every operator is among them', () => {
    const members = new Set([I32, Object.getPrototypeOf(I32)].flatMap((c) => Object.getOwnPropertyNames(c.prototype)));
    const tested = new Set(OPERATORS.map(({ name }) => name.split(/[. ]/)[1]!));
    expect([...members].filter((member) => !tested.has(member) && !OTHER_MEMBERS.includes(member))).toEqual([]);
  });

  test('a number beside an expression is a constant of its type', () => {
    expect(i32(5).sub(7).constant).toBe(-2);
    expect(i64(5n).sub(7).constant).toBe(-2n);
    expect(i32(-1).unsigned).toBe(0xffffffffn);
    expect(i64(-1n).unsigned).toBe(0xffffffffffffffffn);
  });
  test('the two types do not mix', () => {
    expect(() => i32(1).add(i64(1n) as never)).toThrow(TypeError);
    expect(() => i64(1n).eq(i32(1) as never)).toThrow(TypeError);
    expect(() => new FunctionBuilder(['i32']).parameter(0).value.constant).toThrow();
  });
});
