/** Vectors of 128 bits as bigints, taken apart into lanes: how constants of vectors are folded. Lane 0 holds the lowest bits. */

/** Width of a lane in bits. */
export type Lane = 8 | 16 | 32 | 64;

export function lanesOf(vector: bigint, lane: Lane): bigint[] {
  return Array.from({ length: 128 / lane }, (_, i) => BigInt.asUintN(lane, vector >> BigInt(i * lane)));
}
/** The vector of some lanes, each cut to its width. */
export function vectorOf(lanes: readonly bigint[], lane: Lane): bigint {
  return lanes.reduce((vector, value, i) => vector | (BigInt.asUintN(lane, value) << BigInt(i * lane)), 0n);
}
export function bytesOf(vector: bigint): number[] {
  return lanesOf(vector, 8).map(Number);
}

type Fold = (a: bigint, b: bigint, lane: Lane) => bigint;
export interface LaneOperator {
  /** For lanes of 8, 16, 32, 64 bits; -1 where WebAssembly has none. */
  opcodes: readonly [number, number, number, number];
  /** Of two lanes, unsigned; the result is cut to the lane. */
  fold: Fold;
}
const INDEX: Record<Lane, number> = { 8: 0, 16: 1, 32: 2, 64: 3 };
const ALL = -1n;

const signed = (value: bigint, lane: Lane) => BigInt.asIntN(lane, value);
const clamp = (value: bigint, low: bigint, high: bigint) => (value < low ? low : value > high ? high : value);
/** To the range of a lane. */
export const saturateS = (value: bigint, lane: Lane): bigint =>
  clamp(value, -(1n << BigInt(lane - 1)), (1n << BigInt(lane - 1)) - 1n);
export const saturateU = (value: bigint, lane: Lane): bigint => clamp(value, 0n, (1n << BigInt(lane)) - 1n);
const chosen = (isFirst: boolean, a: bigint, b: bigint) => (isFirst ? a : b);
const compared = (holds: boolean) => (holds ? ALL : 0n);

/** Core specification, section 5.4.8 (opcodes), section 4.3.2 (meaning). */
export const LANE_BINARY = {
  add: { opcodes: [0x6e, 0x8e, 0xae, 0xce], fold: (a, b) => a + b },
  sub: { opcodes: [0x71, 0x91, 0xb1, 0xd1], fold: (a, b) => a - b },
  mul: { opcodes: [-1, 0x95, 0xb5, 0xd5], fold: (a, b) => a * b },
  addSatS: { opcodes: [0x6f, 0x8f, -1, -1], fold: (a, b, n) => saturateS(signed(a, n) + signed(b, n), n) },
  addSatU: { opcodes: [0x70, 0x90, -1, -1], fold: (a, b, n) => saturateU(a + b, n) },
  subSatS: { opcodes: [0x72, 0x92, -1, -1], fold: (a, b, n) => saturateS(signed(a, n) - signed(b, n), n) },
  subSatU: { opcodes: [0x73, 0x93, -1, -1], fold: (a, b, n) => saturateU(a - b, n) },
  minS: { opcodes: [0x76, 0x96, 0xb6, -1], fold: (a, b, n) => chosen(signed(a, n) < signed(b, n), a, b) },
  minU: { opcodes: [0x77, 0x97, 0xb7, -1], fold: (a, b) => chosen(a < b, a, b) },
  maxS: { opcodes: [0x78, 0x98, 0xb8, -1], fold: (a, b, n) => chosen(signed(a, n) > signed(b, n), a, b) },
  maxU: { opcodes: [0x79, 0x99, 0xb9, -1], fold: (a, b) => chosen(a > b, a, b) },
  averageU: { opcodes: [0x7b, 0x9b, -1, -1], fold: (a, b) => (a + b + 1n) >> 1n },
  eq: { opcodes: [0x23, 0x2d, 0x37, 0xd6], fold: (a, b) => compared(a === b) },
  gtS: { opcodes: [0x27, 0x31, 0x3b, 0xd9], fold: (a, b, n) => compared(signed(a, n) > signed(b, n)) },
} as const satisfies Record<string, LaneOperator>;
export type LaneBinary = keyof typeof LANE_BINARY;

/** Shifts of every lane by one count, which is taken modulo the lane's width. */
export const LANE_SHIFT = {
  shl: { opcodes: [0x6b, 0x8b, 0xab, 0xcb], fold: (a, count) => a << count },
  sar: { opcodes: [0x6c, 0x8c, 0xac, 0xcc], fold: (a, count, n) => signed(a, n) >> count },
  shr: { opcodes: [0x6d, 0x8d, 0xad, 0xcd], fold: (a, count) => a >> count },
} as const satisfies Record<string, LaneOperator>;
export type LaneShift = keyof typeof LANE_SHIFT;

export const LANE_ABS = [0x60, 0x80, 0xa0, 0xc0] as const;
/** The sign bits of all lanes as a number. */
export const LANE_BITMASK = [0x64, 0x84, 0xa4, 0xc4] as const;
export const LANE_SPLAT = [0x0f, 0x10, 0x11, 0x12] as const;
/** Zero-extended. */
export const LANE_EXTRACT = [0x16, 0x19, 0x1b, 0x1d] as const;
export const LANE_REPLACE = [0x17, 0x1a, 0x1c, 0x1e] as const;
/** From lanes of 16 or 32 bits to half of that, saturated: signed, unsigned. */
export const NARROW = { s: { 16: 0x65, 32: 0x85 }, u: { 16: 0x66, 32: 0x86 } } as const;
/** From the lower half's lanes of 8, 16 or 32 bits to twice that: signed, unsigned. */
export const EXTEND_LOW = { s: { 8: 0x87, 16: 0xa7, 32: 0xc7 }, u: { 8: 0x89, 16: 0xa9, 32: 0xc9 } } as const;
export const EXTEND_HIGH = { s: { 8: 0x88, 16: 0xa8, 32: 0xc8 }, u: { 8: 0x8a, 16: 0xaa, 32: 0xca } } as const;
/** Products, twice as wide, of the lower or the upper half's lanes of 16 or 32 bits. */
export const MULTIPLY_LOW = { s: { 16: 0xbc, 32: 0xdc }, u: { 16: 0xbe, 32: 0xde } } as const;
export const MULTIPLY_HIGH = { s: { 16: 0xbd, 32: 0xdd }, u: { 16: 0xbf, 32: 0xdf } } as const;
/** Sums, twice as wide, of neighbouring unsigned lanes of 8 or 16 bits. */
export const ADD_PAIRS_U = { 8: 0x7d, 16: 0x7f } as const;

/** @throws TypeError where WebAssembly has no such operator */
export function laneOpcode(name: string, opcodes: readonly number[], lane: Lane): number {
  const opcode = opcodes[INDEX[lane]]!;
  if (opcode < 0) throw new TypeError(`WebAssembly has no ${name} of ${lane}-bit lanes`);
  return opcode;
}
