import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../../src/emulator/wasm/byte-writer.ts';
import { type I32, type I64, i32, i64 } from '../../../src/emulator/wasm/expression.ts';
import {
  type AccessWidth,
  callI32,
  callI64,
  FunctionBuilder,
  load,
} from '../../../src/emulator/wasm/function-builder.ts';
import { ModuleBuilder } from '../../../src/emulator/wasm/module-builder.ts';

const memory = new WebAssembly.Memory({ initial: 1 });
type Exported = (...values: (number | bigint)[]) => number | bigint;

async function instantiate(module: ModuleBuilder, imports: Record<string, Exported> = {}) {
  const bytes = module.build();
  expect(WebAssembly.validate(bytes)).toBe(true);
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory, ...imports } });
  return instance.exports as Record<string, Exported>;
}

describe('LEB128, read back by WebAssembly itself', () => {
  const values = [
    0, 1, 63, 64, 127, 128, 8191, 8192, 16383, 16384, 0x1fffff, 0x200000, 0xfffffff, 0x10000000, 0x7fffffff,
  ];
  const signed = [...values.flatMap((value) => [value, -value, -value - 1])];
  const wide = signed.flatMap((value) => [BigInt(value), BigInt(value) << 31n, (BigInt(value) << 32n) ^ 0x55n]);

  test('constants', async () => {
    const module = new ModuleBuilder();
    const constants = [...signed.map((v) => i32(v)), ...wide.map((v) => i64(v)), i64(1n << 63n), i64((1n << 63n) - 1n)];
    constants.forEach((value, i) => {
      const f = new FunctionBuilder([]);
      f.return(value);
      module.addFunction({ parameters: [], results: [value.type] }, f.body(), `f${i}`);
    });
    const exports = await instantiate(module);
    constants.forEach((value, i) => {
      expect(exports[`f${i}`]!()).toBe(value.constant);
    });
  });
  test('shortest unsigned forms (core specification, section 5.2.2)', () => {
    const bytesOf = (value: number) => {
      const writer = new ByteWriter();
      writer.unsigned(value);
      return [...writer.finish()];
    };
    expect(bytesOf(0)).toEqual([0]);
    expect(bytesOf(127)).toEqual([0x7f]);
    expect(bytesOf(128)).toEqual([0x80, 1]);
    expect(bytesOf(624485)).toEqual([0xe5, 0x8e, 0x26]);
    expect(bytesOf(0xffffffff)).toEqual([0xff, 0xff, 0xff, 0xff, 0x0f]);
  });
  test('a writer grows by what it is given', () => {
    const writer = new ByteWriter();
    const many = Uint8Array.from({ length: 1000 }, (_, i) => i & 0xff);
    for (let i = 0; i < 300; i++) writer.byte(i & 0xff);
    writer.bytes(many);
    writer.bytes([1, 2, 3]);
    expect(writer.length).toBe(1303);
    expect([...writer.finish().subarray(300, 1300)]).toEqual([...many]);
  });
});

describe('functions', () => {
  test.each([8, 16, 32, 64] as AccessWidth[])(
    'loads and stores of %i bits, at offsets that take one and more bytes',
    async (width) => {
      const type = width === 64 ? 'i64' : 'i32';
      const module = new ModuleBuilder();
      for (const offset of [0, 127, 128, 20000]) {
        const f = new FunctionBuilder(['i32', type]);
        f.store(width, f.parameter(0).value as I32, f.parameter(1).value, offset);
        f.return(load(width, f.parameter(0).value as I32, offset));
        f.unreachable();
        module.addFunction({ parameters: ['i32', type], results: [type] }, f.body(), `at${offset}`);
      }
      const exports = await instantiate(module);
      const view = new DataView(memory.buffer);
      for (const offset of [0, 127, 128, 20000]) {
        const pattern = 0x8182838485868788n;
        view.setBigUint64(1000 + offset, -1n & 0xffffffffffffffffn, true);
        const read = exports[`at${offset}`]!(
          1000,
          width === 64 ? BigInt.asIntN(64, pattern) : Number(pattern & 0xffffffffn),
        );
        expect(BigInt.asUintN(width, BigInt(read))).toBe(BigInt.asUintN(width, pattern));
        const rest = (1n << 64n) - (1n << BigInt(width));
        expect(view.getBigUint64(1000 + offset, true)).toBe(rest | BigInt.asUintN(width, pattern));
      }
    },
  );

  test('blocks, loops, tables and branches, many levels deep', async () => {
    // Case n of the table adds 3^n, and falls through to those after it.
    const CASES = 200;
    const f = new FunctionBuilder(['i32']);
    const sum = f.local<I64>('i64');
    const labels = Array.from({ length: CASES }, () => f.block()).reverse();
    f.branchTable(f.parameter(0).value as I32, labels.slice(0, -1), labels.at(-1)!);
    for (let i = 0; i < CASES; i++) {
      f.end();
      f.set(sum, sum.value.add(sum.value.lift(BigInt.asIntN(64, 3n ** BigInt(i)))));
    }
    f.return(sum.value);
    f.unreachable();
    const g = new FunctionBuilder(['i32']);
    const n = g.parameter(0);
    const product = g.local<I64>('i64');
    g.set(product, i64(1n));
    const out = g.block();
    const again = g.loop();
    g.branchIf((n.value as I32).eqz(), out);
    g.if(
      (n.value as I32).and(1),
      () => g.set(product, product.value.mul(3)),
      () => g.set(product, product.value.add(1)),
    );
    g.set(n, (n.value as I32).sub(1));
    g.branch(again);
    g.end();
    g.end();
    g.return(product.value);
    g.unreachable();
    const module = new ModuleBuilder();
    module.addFunction({ parameters: ['i32'], results: ['i64'] }, f.body(), 'table');
    module.addFunction({ parameters: ['i32'], results: ['i64'] }, g.body(), 'loop');
    const exports = await instantiate(module);
    for (const start of [0, 1, 127, 128, 198, 199, 200, -1]) {
      let expected = 0n;
      for (let i = start < 0 || start > CASES - 1 ? CASES - 1 : start; i < CASES; i++) expected += 3n ** BigInt(i);
      expect(exports.table!(start)).toBe(BigInt.asIntN(64, expected));
    }
    let expected = 1n;
    for (let i = 9; i > 0; i--) expected = i & 1 ? expected * 3n : expected + 1n;
    expect(exports.loop!(9)).toBe(expected);
  });

  test('calls of imports and functions, and the memory instructions', async () => {
    const module = new ModuleBuilder();
    const imported = module.importFunction('twice', { parameters: ['i32'], results: ['i32'] });
    const told: number[] = [];
    const tell = module.importFunction('tell', { parameters: ['i32'], results: [] });
    const inner = new FunctionBuilder(['i64']);
    inner.return((inner.parameter(0).value as I64).mul(5));
    inner.unreachable();
    const square = module.addFunction({ parameters: ['i64'], results: ['i64'] }, inner.body());
    const f = new FunctionBuilder(['i32']);
    const a = f.keep(callI32(imported, f.parameter(0).value));
    f.call(tell, a);
    f.memoryFill(i32(500), a, i32(4));
    f.memoryCopy(i32(600), i32(498), i32(4));
    f.return(callI64(square, a.toI64()));
    f.unreachable();
    module.addFunction({ parameters: ['i32'], results: ['i64'] }, f.body(), 'f');
    expect(() => module.importFunction('late', { parameters: [], results: [] })).toThrow(
      'imports come before functions',
    );
    const exports = await instantiate(module, {
      twice: (value) => Number(value) * 2,
      tell: (value) => told.push(Number(value)),
    });
    new Uint8Array(memory.buffer).fill(0, 490, 610);
    expect(exports.f!(21)).toBe(210n);
    expect(told).toEqual([42]);
    expect([...new Uint8Array(memory.buffer, 600, 5)]).toEqual([0, 0, 42, 42, 0]);
  });

  test('what is kept is evaluated once, at once; scratch locals come again', async () => {
    const module = new ModuleBuilder();
    const f = new FunctionBuilder(['i32']);
    f.store(32, i32(0), i32(1), 700);
    const before = f.keep(load(32, i32(0), 700));
    const lazy = load(32, i32(0), 700);
    f.store(32, i32(0), i32(2), 700);
    f.store(32, i32(0), before.shl(8).or(lazy), 704);
    f.endScope();
    for (let i = 0; i < 300; i++) {
      f.keep(f.parameter(0).value.add(i));
      f.endScope();
    }
    f.return(load(32, i32(0), 704));
    f.unreachable();
    const body = f.body();
    module.addFunction({ parameters: ['i32'], results: ['i32'] }, body, 'f');
    const exports = await instantiate(module);
    expect(exports.f!(0)).toBe(0x102);
    // One run of locals: one i32.
    expect([...body.subarray(0, 3)]).toEqual([1, 1, 0x7f]);
  });
});
