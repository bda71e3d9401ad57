/**
 * Floating-point expressions. They do not fold: the bits of a NaN are WebAssembly's choice, and what depends on rounding modes
 * and flags is computed by `float/` anyway. So they stand in compiled code alone, where operands and results are sure to be
 * what a processor computes too.
 */
import { I32, I64, type Int, type Node, Value } from './expression.ts';
import { V128, VECTOR } from './vector.ts';

export type FloatType = 'f32' | 'f64';
type FloatBinary = 'add' | 'sub' | 'mul' | 'div';
type FloatUnary = 'abs' | 'neg' | 'ceil' | 'floor' | 'trunc' | 'nearest' | 'sqrt';
type FloatCompare = 'eq' | 'ne' | 'lt' | 'gt' | 'le' | 'ge';

/** Opcodes of the f32 forms; each f64 form stands a fixed distance above (core specification, section 5.4.6). */
const UNARY: Record<FloatUnary, number> = {
  abs: 0x8b,
  neg: 0x8c,
  ceil: 0x8d,
  floor: 0x8e,
  trunc: 0x8f,
  nearest: 0x90,
  sqrt: 0x91,
};
const BINARY: Record<FloatBinary, number> = { add: 0x92, sub: 0x93, mul: 0x94, div: 0x95 };
const ARITHMETIC_F64 = 0x0e;
const COMPARE: Record<FloatCompare, number> = { eq: 0x5b, ne: 0x5c, lt: 0x5d, gt: 0x5e, le: 0x5f, ge: 0x60 };
const COMPARE_F64 = 0x06;
const REINTERPRET = { f32: 0xbe, f64: 0xbf } as const;
const BITS = { f32: 0xbc, f64: 0xbd } as const;
const DEMOTE = 0xb6;
const PROMOTE = 0xbb;
const FROM_SIGNED = { f32: { i32: 0xb2, i64: 0xb4 }, f64: { i32: 0xb7, i64: 0xb9 } } as const;
/** `trunc_sat`, behind the prefix 0xfc, is not used: values are known to fit. */
const TO_SIGNED = { f32: { 32: 0xa8, 64: 0xae }, f64: { 32: 0xaa, 64: 0xb0 } } as const;

export class Float extends Value {
  readonly type: FloatType;
  constructor(type: FloatType, node: Node) {
    super(node);
    this.type = type;
  }

  binary(name: FloatBinary, other: Float): Float {
    return this.operator(BINARY[name] + (this.type === 'f64' ? ARITHMETIC_F64 : 0), other);
  }
  unary(name: FloatUnary): Float {
    return this.operator(UNARY[name] + (this.type === 'f64' ? ARITHMETIC_F64 : 0));
  }
  /** 0 or 1. */
  compare(name: FloatCompare, other: Float): I32 {
    if (other.type !== this.type) throw new TypeError(`${name} of ${this.type} and ${other.type}`);
    const opcode = COMPARE[name] + (this.type === 'f64' ? COMPARE_F64 : 0);
    return new I32({ kind: 'operator', opcode, operands: [this, other] });
  }
  /** The number of the other type that is nearest. */
  converted(): Float {
    return this.type === 'f64'
      ? new Float('f32', { kind: 'operator', opcode: DEMOTE, operands: [this] })
      : new Float('f64', { kind: 'operator', opcode: PROMOTE, operands: [this] });
  }
  /** The bits, in an integer as wide. */
  get bits(): Int {
    const node: Node = { kind: 'operator', opcode: BITS[this.type], operands: [this] };
    return this.type === 'f32' ? new I32(node) : new I64(node);
  }
  /** Towards zero, of a value that fits: WebAssembly traps on others. */
  toSigned(width: 32 | 64): Int {
    const node: Node = { kind: 'operator', opcode: TO_SIGNED[this.type][width], operands: [this] };
    return width === 32 ? new I32(node) : new I64(node);
  }

  private operator(opcode: number, ...others: Float[]): Float {
    for (const other of others) if (other.type !== this.type) throw new TypeError(`${this.type} and ${other.type}`);
    return new Float(this.type, { kind: 'operator', opcode, operands: [this, ...others] });
  }
}

/** The number whose bits an integer holds: an f32 for an I32, an f64 for an I64. */
export function floatOf(bits: Int): Float {
  const type = bits.type === 'i32' ? 'f32' : 'f64';
  return new Float(type, { kind: 'operator', opcode: REINTERPRET[type], operands: [bits] });
}
/** The nearest number to a signed integer. */
export function floatFrom(type: FloatType, value: Int): Float {
  return new Float(type, { kind: 'operator', opcode: FROM_SIGNED[type][value.type], operands: [value] });
}

/** Arithmetic on all lanes: opcodes for lanes of 32 and 64 bits. */
const LANES = {
  add: { 32: 0xe4, 64: 0xf0 },
  sub: { 32: 0xe5, 64: 0xf1 },
  mul: { 32: 0xe6, 64: 0xf2 },
  div: { 32: 0xe7, 64: 0xf3 },
  eq: { 32: 0x41, 64: 0x47 },
  lt: { 32: 0x43, 64: 0x49 },
  le: { 32: 0x45, 64: 0x4b },
} as const;
export type FloatLanes = keyof typeof LANES;
export function floatLanes(name: FloatLanes, lane: 32 | 64, a: V128, b: V128): V128 {
  return new V128({ kind: 'operator', opcode: VECTOR | LANES[name][lane], operands: [a, b] });
}
const LANES_UNARY = { sqrt: { 32: 0xe3, 64: 0xef }, nearest: { 32: 0x6a, 64: 0x94 } } as const;
export function floatLanesUnary(name: keyof typeof LANES_UNARY, lane: 32 | 64, a: V128): V128 {
  return new V128({ kind: 'operator', opcode: VECTOR | LANES_UNARY[name][lane], operands: [a] });
}
/** Conversions of lanes: from and to the two lower ones where the widths differ; the upper half of a narrower result is zero. */
const CONVERSIONS = {
  'f32 to i32': 0xf8,
  'i32 to f32': 0xfa,
  'f64 to i32': 0xfc,
  'i32 to f64': 0xfe,
  'f64 to f32': 0x5e,
  'f32 to f64': 0x5f,
} as const;
/** Conversions to integers go towards zero and saturate. */
export function convertLanes(which: keyof typeof CONVERSIONS, a: V128): V128 {
  return new V128({ kind: 'operator', opcode: VECTOR | CONVERSIONS[which], operands: [a] });
}
