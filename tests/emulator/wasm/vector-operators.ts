/** Every operator of vectors, by name: what the tests apply to constants and to values in memory alike. */
import { type I32, type Int, i32, type Value } from '../../../src/emulator/wasm/expression.ts';
import {
  LANE_BINARY,
  LANE_SHIFT,
  type Lane,
  type LaneBinary,
  type LaneShift,
} from '../../../src/emulator/wasm/lanes.ts';
import { constantLanes, selectVector, splat, type V128, v128 } from '../../../src/emulator/wasm/vector.ts';

export interface VectorOperator {
  name: string;
  /** Of three vectors and the low part of the second one as a number. */
  apply(a: V128, b: V128, c: V128, number: I32): Value;
}

const LANES: readonly Lane[] = [8, 16, 32, 64];
const HALVES = ['low', 'high'] as const;
const SIGNEDNESS = ['s', 'u'] as const;
const indexOf = (lane: Lane) => LANES.indexOf(lane);
/** Members of `V128` that are no operators. */
export const OTHER_VECTOR_MEMBERS = ['constructor', 'unsigned', 'made', 'with'];

function* operators(): Generator<VectorOperator> {
  yield { name: 'and', apply: (a, b) => a.and(b) };
  yield { name: 'andNot', apply: (a, b) => a.andNot(b) };
  yield { name: 'or', apply: (a, b) => a.or(b) };
  yield { name: 'xor', apply: (a, b) => a.xor(b) };
  yield { name: 'not', apply: (a) => a.not() };
  yield { name: 'select', apply: (a, b, c) => a.select(c, b) };
  yield { name: 'anyTrue', apply: (a) => a.anyTrue() };
  yield { name: 'anyTrue of half', apply: (a) => a.and(v128((1n << 64n) - 1n)).anyTrue() };
  yield { name: 'swizzle', apply: (a, b) => a.swizzle(b) };
  yield {
    name: 'swizzle within',
    apply: (a, b) => a.swizzle(b.and(constantLanes(8, new Array(16).fill(0x1f)))),
  };
  yield { name: 'dot', apply: (a, b) => a.dot(b) };
  yield { name: 'selectVector', apply: (a, b, _c, number) => selectVector(number.and(1), a, b) };
  for (const lane of LANES) {
    for (const [name, { opcodes }] of Object.entries(LANE_BINARY))
      if (opcodes[indexOf(lane)]! >= 0)
        yield { name: `lanewise ${name} ${lane}`, apply: (a, b) => a.lanewise(name as LaneBinary, lane, b) };
    for (const name of Object.keys(LANE_SHIFT)) {
      yield { name: `shift ${name} ${lane}`, apply: (a, _b, _c, number) => a.shift(name as LaneShift, lane, number) };
      yield { name: `shift ${name} ${lane} by 3`, apply: (a) => a.shift(name as LaneShift, lane, 3) };
    }
    yield { name: `add ${lane}`, apply: (a, b) => a.add(lane, b) };
    yield { name: `sub ${lane}`, apply: (a, b) => a.sub(lane, b) };
    yield { name: `eq ${lane}`, apply: (a, b) => a.eq(lane, b) };
    yield { name: `gtS ${lane}`, apply: (a, b) => a.gtS(lane, b) };
    yield { name: `abs ${lane}`, apply: (a) => a.abs(lane) };
    yield { name: `bitmask ${lane}`, apply: (a) => a.bitmask(lane) };
    yield {
      name: `shuffle ${lane}`,
      apply: (a, b) => {
        const count = 128 / lane;
        return a.shuffle(
          lane,
          b,
          Array.from({ length: count }, (_, i) => (i * 7 + 3) % (2 * count)),
        );
      },
    };
    const wide = (number: I32): Int => (lane === 64 ? number.signExtend(32) : number);
    yield { name: `splat ${lane}`, apply: (_a, _b, _c, number) => splat(lane, wide(number)) };
    for (const index of [0, 128 / lane - 1]) {
      yield { name: `extract ${lane} ${index}`, apply: (a) => a.extract(lane, index) };
      yield {
        name: `replace ${lane} ${index}`,
        apply: (a, _b, _c, number) => a.replace(lane, index, wide(number)),
      };
    }
  }
  for (const half of HALVES)
    for (const as of SIGNEDNESS) {
      for (const lane of [8, 16, 32] as const)
        yield { name: `extend ${half} ${lane} ${as}`, apply: (a) => a.extend(half, lane, as) };
      for (const lane of [16, 32] as const)
        yield { name: `multiply ${half} ${lane} ${as}`, apply: (a, b) => a.multiply(half, lane, as, b) };
    }
  for (const lane of [16, 32] as const)
    for (const to of SIGNEDNESS) yield { name: `narrow ${lane} ${to}`, apply: (a, b) => a.narrow(lane, to, b) };
  for (const lane of [8, 16] as const) yield { name: `addPairs ${lane}`, apply: (a) => a.addPairs(lane) };
}
export const VECTOR_OPERATORS: readonly VectorOperator[] = [...operators()];
export const numberOf = (b: bigint): I32 => i32(Number(BigInt.asIntN(32, b)));
