/** Vectors of 128 bits as expressions that fold their constants, like the integers of `expression.ts`. */
import { I32, I64, type Int, i32, i64, type Node, Value } from './expression.ts';
import {
  ADD_PAIRS_U,
  bytesOf,
  EXTEND_HIGH,
  EXTEND_LOW,
  LANE_ABS,
  LANE_BINARY,
  LANE_BITMASK,
  LANE_EXTRACT,
  LANE_REPLACE,
  LANE_SHIFT,
  LANE_SPLAT,
  type Lane,
  type LaneBinary,
  type LaneShift,
  laneOpcode,
  lanesOf,
  MULTIPLY_HIGH,
  MULTIPLY_LOW,
  NARROW,
  saturateS,
  saturateU,
  vectorOf,
} from './lanes.ts';

export type Signedness = 's' | 'u';

/** Opcodes of vectors stand behind the prefix 0xfd. */
export const VECTOR = 0xfd00;
const NOT = 0x4d;
const AND = 0x4e;
const AND_NOT = 0x4f;
const OR = 0x50;
const XOR = 0x51;
const BITSELECT = 0x52;
const ANY_TRUE = 0x53;
const SHUFFLE = 0x0d;
const SWIZZLE = 0x0e;
const DOT = 0xba;
const SELECT = 0x1b;
const ONES = (1n << 128n) - 1n;

export class V128 extends Value {
  readonly type = 'v128';

  /** The constant, unsigned. @throws if it is not constant. */
  get unsigned(): bigint {
    if (this.node.kind !== 'constant') throw new Error('expression is not constant');
    return this.node.value as bigint;
  }

  and(other: V128): V128 {
    return this.with(AND, [other], (a, b) => a & b);
  }
  /** And with the complement of `other`. */
  andNot(other: V128): V128 {
    return this.with(AND_NOT, [other], (a, b) => a & ~b);
  }
  or(other: V128): V128 {
    return this.with(OR, [other], (a, b) => a | b);
  }
  xor(other: V128): V128 {
    return this.with(XOR, [other], (a, b) => a ^ b);
  }
  not(): V128 {
    return this.with(NOT, [], (a) => a ^ ONES);
  }
  /** Bits of `this` where the mask has ones, of `other` where it has zeros. */
  select(mask: V128, other: V128): V128 {
    return this.with(BITSELECT, [other, mask], (a, b, m) => (a & m) | (b & ~m));
  }

  /** Lane by lane. @throws TypeError where WebAssembly has not that width */
  lanewise(name: LaneBinary, lane: Lane, other: V128): V128 {
    const { opcodes, fold } = LANE_BINARY[name];
    return this.with(laneOpcode(name, opcodes, lane), [other], (a, b) => mapLanes(lane, fold, a, b));
  }
  add(lane: Lane, other: V128): V128 {
    return this.lanewise('add', lane, other);
  }
  sub(lane: Lane, other: V128): V128 {
    return this.lanewise('sub', lane, other);
  }
  /** All ones where the lanes are equal. */
  eq(lane: Lane, other: V128): V128 {
    return this.lanewise('eq', lane, other);
  }
  gtS(lane: Lane, other: V128): V128 {
    return this.lanewise('gtS', lane, other);
  }

  /** Shifts each lane; the count is taken modulo the lane's width. */
  shift(name: LaneShift, lane: Lane, count: I32 | number): V128 {
    const { opcodes, fold } = LANE_SHIFT[name];
    const opcode = laneOpcode(name, opcodes, lane);
    const places = typeof count === 'number' ? i32(count) : count;
    if (!this.isConstant || !places.isConstant) return this.made(opcode, [places]);
    const by = places.unsigned & BigInt(lane - 1);
    return v128(mapLanes(lane, (a) => fold(a, by, lane), this.unsigned));
  }
  /** Absolute values of signed lanes; that of the lowest number is itself. */
  abs(lane: Lane): V128 {
    const magnitude = (a: bigint) => (BigInt.asIntN(lane, a) < 0n ? -a : a);
    return this.with(laneOpcode('abs', LANE_ABS, lane), [], (a) => mapLanes(lane, magnitude, a));
  }

  /** Lanes of `lane` bits saturated to half of that, from signed numbers: those of `this`, then those of `other`. */
  narrow(lane: 16 | 32, to: Signedness, other: V128): V128 {
    const half = (lane / 2) as Lane;
    const saturate = to === 's' ? saturateS : saturateU;
    return this.with(NARROW[to][lane], [other], (a, b) =>
      vectorOf(
        [...lanesOf(a, lane), ...lanesOf(b, lane)].map((value) => saturate(BigInt.asIntN(lane, value), half)),
        half,
      ),
    );
  }
  /** Lanes of `lane` bits of one half, twice as wide. */
  extend(half: 'low' | 'high', lane: 8 | 16 | 32, from: Signedness): V128 {
    const opcode = (half === 'low' ? EXTEND_LOW : EXTEND_HIGH)[from][lane];
    return this.with(opcode, [], (a) => vectorOf(halfOf(a, half, lane, from), (lane * 2) as Lane));
  }
  /** Products, twice as wide, of the lanes of one half. */
  multiply(half: 'low' | 'high', lane: 16 | 32, as: Signedness, other: V128): V128 {
    const opcode = (half === 'low' ? MULTIPLY_LOW : MULTIPLY_HIGH)[as][lane];
    return this.with(opcode, [other], (a, b) => {
      const right = halfOf(b, half, lane, as);
      return vectorOf(
        halfOf(a, half, lane, as).map((value, i) => value * right[i]!),
        (lane * 2) as Lane,
      );
    });
  }
  /** Sums, twice as wide, of the products of neighbouring signed 16-bit lanes. */
  dot(other: V128): V128 {
    return this.with(DOT, [other], (a, b) => {
      const products = lanesOf(a, 16).map(
        (value, i) => BigInt.asIntN(16, value) * BigInt.asIntN(16, lanesOf(b, 16)[i]!),
      );
      return vectorOf(pairSums(products), 32);
    });
  }
  /** Sums, twice as wide, of neighbouring unsigned lanes. */
  addPairs(lane: 8 | 16): V128 {
    return this.with(ADD_PAIRS_U[lane], [], (a) => vectorOf(pairSums(lanesOf(a, lane)), (lane * 2) as Lane));
  }

  /** Bytes of `this` by index; zero for an index beyond 15. */
  swizzle(indices: V128): V128 {
    return this.with(SWIZZLE, [indices], (a, b) => {
      const bytes = bytesOf(a);
      return vectorOf(
        bytesOf(b).map((index) => BigInt(bytes[index] ?? 0)),
        8,
      );
    });
  }
  /** Lanes by number: those of `this` come first, those of `other` behind them. */
  shuffle(lane: Lane, other: V128, numbers: readonly number[]): V128 {
    const size = lane / 8;
    const indices = numbers.flatMap((number) => Array.from({ length: size }, (_, i) => number * size + i));
    if (indices.length !== 16) throw new RangeError(`shuffle of ${indices.length} bytes`);
    if (!this.isConstant || !other.isConstant) return this.made(SHUFFLE, [other], indices);
    const bytes = [...bytesOf(this.unsigned), ...bytesOf(other.unsigned)];
    return v128(
      vectorOf(
        indices.map((index) => BigInt(bytes[index]!)),
        8,
      ),
    );
  }

  /** One lane, zero-extended. */
  extract(lane: 8 | 16 | 32, index: number): I32;
  extract(lane: 64, index: number): I64;
  extract(lane: Lane, index: number): Int;
  extract(lane: Lane, index: number): Int {
    const opcode = VECTOR | laneOpcode('extract', LANE_EXTRACT, lane);
    const make = lane === 64 ? (node: Node) => new I64(node) : (node: Node) => new I32(node);
    if (!this.isConstant) return make({ kind: 'operator', opcode, immediates: [index], operands: [this] });
    const value = lanesOf(this.unsigned, lane)[index]!;
    return lane === 64 ? i64(value) : i32(Number(value));
  }
  /** With one lane exchanged for the low bits of a value: an I64 for 64 bits, else an I32. */
  replace(lane: Lane, index: number, value: Int): V128 {
    if ((value.type === 'i64') !== (lane === 64)) throw new TypeError(`${lane}-bit lane of ${value.type}`);
    const opcode = laneOpcode('replace', LANE_REPLACE, lane);
    if (!this.isConstant || !value.isConstant) return this.made(opcode, [value], [index]);
    return v128(
      vectorOf(
        lanesOf(this.unsigned, lane).map((old, i) => (i === index ? value.unsigned : old)),
        lane,
      ),
    );
  }
  /** The top bits of the lanes, lane 0 in bit 0. */
  bitmask(lane: Lane): I32 {
    const opcode = VECTOR | laneOpcode('bitmask', LANE_BITMASK, lane);
    if (!this.isConstant) return new I32({ kind: 'operator', opcode, operands: [this] });
    return i32(
      lanesOf(this.unsigned, lane).reduce((mask, value, i) => mask | (Number(value >> BigInt(lane - 1)) << i), 0),
    );
  }
  /** 1 if any bit is set. */
  anyTrue(): I32 {
    if (this.isConstant) return i32(this.unsigned === 0n ? 0 : 1);
    return new I32({ kind: 'operator', opcode: VECTOR | ANY_TRUE, operands: [this] });
  }

  private made(opcode: number, others: readonly Value[], immediates: readonly number[] = []): V128 {
    return new V128({ kind: 'operator', opcode: VECTOR | opcode, immediates, operands: [this, ...others] });
  }
  private with(opcode: number, others: readonly V128[], fold: (...values: [bigint, bigint, bigint]) => bigint): V128 {
    const all = [this, ...others];
    if (!all.every((value) => value.isConstant)) return this.made(opcode, others);
    return v128(fold(...(all.map((value) => value.unsigned) as [bigint, bigint, bigint])));
  }
}

/** @param value its low 128 bits count */
export function v128(value: bigint): V128 {
  return new V128({ kind: 'constant', value: BigInt.asUintN(128, value) });
}
/** A constant of lanes. */
export function constantLanes(lane: Lane, values: readonly number[]): V128 {
  return v128(vectorOf(values.map(BigInt), lane));
}
/** The low bits of a value in every lane: of an I64 for 64 bits, else of an I32. */
export function splat(lane: Lane, value: Int): V128 {
  if ((value.type === 'i64') !== (lane === 64)) throw new TypeError(`${lane}-bit lanes of ${value.type}`);
  if (value.isConstant) return v128(vectorOf(new Array(128 / lane).fill(value.unsigned), lane));
  const opcode = VECTOR | laneOpcode('splat', LANE_SPLAT, lane);
  return new V128({ kind: 'operator', opcode, operands: [value] });
}
/** `whenTrue` if the condition is not zero. Both are evaluated. */
export function selectVector(condition: I32, whenTrue: V128, whenFalse: V128): V128 {
  if (condition.isConstant) return condition.constant ? whenTrue : whenFalse;
  return new V128({ kind: 'operator', opcode: SELECT, operands: [whenTrue, whenFalse, condition] });
}

function mapLanes(lane: Lane, fold: (a: bigint, b: bigint, lane: Lane) => bigint, a: bigint, b: bigint = 0n): bigint {
  const right = lanesOf(b, lane);
  return vectorOf(
    lanesOf(a, lane).map((value, i) => fold(value, right[i]!, lane)),
    lane,
  );
}
function halfOf(vector: bigint, half: 'low' | 'high', lane: Lane, as: Signedness): bigint[] {
  const count = 64 / lane;
  const lanes = lanesOf(vector, lane).slice(half === 'low' ? 0 : count, half === 'low' ? count : 2 * count);
  return as === 's' ? lanes.map((value) => BigInt.asIntN(lane, value)) : lanes;
}
function pairSums(values: readonly bigint[]): bigint[] {
  return Array.from({ length: values.length / 2 }, (_, i) => values[2 * i]! + values[2 * i + 1]!);
}
