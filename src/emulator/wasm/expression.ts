/**
 * Typed WebAssembly expressions that fold their constants.
 *
 * Building an expression emits nothing: a function builder emits it where a statement consumes it. An expression of
 * constants is computed at once, in TypeScript, with WebAssembly's own meaning (core specification, section 4.3.2):
 * that is what lets one description of an instruction serve as compiled code and as a direct evaluation.
 */

export type IntType = 'i32' | 'i64';
export type ValueType = IntType | 'f32' | 'f64' | 'v128';

/** What an expression is made of; only a function builder looks inside. Opcodes above 0xff are 0xfd and a number behind it. */
export type Node =
  | { kind: 'constant'; value: number | bigint }
  | { kind: 'local'; index: number }
  | { kind: 'operator'; opcode: number; immediates?: readonly number[]; operands: readonly Value[] }
  | { kind: 'load'; opcode: number; address: I32; offset: number }
  | { kind: 'call'; callee: number; operands: readonly Value[] };

/** A value of any type. */
export abstract class Value {
  abstract readonly type: ValueType;
  readonly node: Node;

  constructor(node: Node) {
    this.node = node;
  }
  get isConstant(): boolean {
    return this.node.kind === 'constant';
  }
}

type BinaryName =
  | 'add'
  | 'sub'
  | 'mul'
  | 'divS'
  | 'divU'
  | 'remS'
  | 'remU'
  | 'and'
  | 'or'
  | 'xor'
  | 'shl'
  | 'sar'
  | 'shr'
  | 'rotl'
  | 'rotr';
type CompareName = 'eq' | 'ne' | 'ltS' | 'ltU' | 'gtS' | 'gtU' | 'leS' | 'leU' | 'geS' | 'geU';
type CountName = 'clz' | 'ctz' | 'popcnt';

/** Opcodes of the i32 forms; each i64 form stands a fixed distance above. */
const BINARY: Record<BinaryName, number> = {
  add: 0x6a,
  sub: 0x6b,
  mul: 0x6c,
  divS: 0x6d,
  divU: 0x6e,
  remS: 0x6f,
  remU: 0x70,
  and: 0x71,
  or: 0x72,
  xor: 0x73,
  shl: 0x74,
  sar: 0x75,
  shr: 0x76,
  rotl: 0x77,
  rotr: 0x78,
};
const BINARY_I64 = 0x12;
const COMPARE: Record<CompareName, number> = {
  eq: 0x46,
  ne: 0x47,
  ltS: 0x48,
  ltU: 0x49,
  gtS: 0x4a,
  gtU: 0x4b,
  leS: 0x4c,
  leU: 0x4d,
  geS: 0x4e,
  geU: 0x4f,
};
const COMPARE_I64 = 0x0b;
const COUNT: Record<CountName, number> = { clz: 0x67, ctz: 0x68, popcnt: 0x69 };
const EQZ = { i32: 0x45, i64: 0x50 } as const;
const SELECT = 0x1b;
const WRAP = 0xa7;
const EXTEND_S = 0xac;
const EXTEND_U = 0xad;
const EXTEND8_S = { i32: 0xc0, i64: 0xc2 } as const;
const EXTEND16_S = { i32: 0xc1, i64: 0xc3 } as const;
const EXTEND32_S = 0xc4;

/** An integer of either type; `this` keeps the two from being mixed. */
export abstract class Int extends Value {
  abstract override readonly type: IntType;

  /** The constant as a signed number of its own type. @throws if it is not constant. */
  get constant(): number | bigint {
    if (this.node.kind !== 'constant') throw new Error('expression is not constant');
    return this.node.value;
  }
  /** The constant, unsigned. @throws if it is not constant. */
  get unsigned(): bigint {
    return BigInt.asUintN(this.bits, BigInt(this.constant));
  }
  get bits(): 32 | 64 {
    return this.type === 'i32' ? 32 : 64;
  }

  add(other: this | number): this {
    return this.binary('add', other);
  }
  sub(other: this | number): this {
    return this.binary('sub', other);
  }
  mul(other: this | number): this {
    return this.binary('mul', other);
  }
  /** @throws in folding, as WebAssembly traps: division by zero and overflow. */
  divS(other: this | number): this {
    return this.binary('divS', other);
  }
  divU(other: this | number): this {
    return this.binary('divU', other);
  }
  remS(other: this | number): this {
    return this.binary('remS', other);
  }
  remU(other: this | number): this {
    return this.binary('remU', other);
  }
  and(other: this | number): this {
    return this.binary('and', other);
  }
  or(other: this | number): this {
    return this.binary('or', other);
  }
  xor(other: this | number): this {
    return this.binary('xor', other);
  }
  /** Shift counts are taken modulo the type's width. */
  shl(other: this | number): this {
    return this.binary('shl', other);
  }
  /** Arithmetic shift right. */
  sar(other: this | number): this {
    return this.binary('sar', other);
  }
  /** Logical shift right. */
  shr(other: this | number): this {
    return this.binary('shr', other);
  }
  rotl(other: this | number): this {
    return this.binary('rotl', other);
  }
  rotr(other: this | number): this {
    return this.binary('rotr', other);
  }

  eq(other: this | number): I32 {
    return this.compare('eq', other);
  }
  ne(other: this | number): I32 {
    return this.compare('ne', other);
  }
  ltS(other: this | number): I32 {
    return this.compare('ltS', other);
  }
  ltU(other: this | number): I32 {
    return this.compare('ltU', other);
  }
  gtS(other: this | number): I32 {
    return this.compare('gtS', other);
  }
  gtU(other: this | number): I32 {
    return this.compare('gtU', other);
  }
  leS(other: this | number): I32 {
    return this.compare('leS', other);
  }
  leU(other: this | number): I32 {
    return this.compare('leU', other);
  }
  geS(other: this | number): I32 {
    return this.compare('geS', other);
  }
  geU(other: this | number): I32 {
    return this.compare('geU', other);
  }
  eqz(): I32 {
    if (this.isConstant) return i32(this.unsigned === 0n ? 1 : 0);
    return new I32({ kind: 'operator', opcode: EQZ[this.type], operands: [this] });
  }

  /** Leading zeros; the type's width for zero. */
  clz(): this {
    return this.count('clz');
  }
  /** Trailing zeros; the type's width for zero. */
  ctz(): this {
    return this.count('ctz');
  }
  popcnt(): this {
    return this.count('popcnt');
  }

  /** The low 32 bits. */
  abstract toI32(): I32;
  /** Zero-extended to 64 bits. */
  abstract toI64(): I64;
  /** The low `width` bits, sign-extended to 64. */
  abstract signExtend(width: number): I64;
  /** A constant of this value's own type. */
  abstract lift(value: number | bigint): this;

  /** In the type that carries `width` bits, zero-extended or cut. */
  carriedIn(width: number): Int {
    return width === 64 ? this.toI64() : this.toI32();
  }
  /** The low `width` bits, zero-extended, in the type that carries them. */
  truncate(width: number): Int {
    if (width === 64) return this.toI64();
    const low = this.toI32();
    return width === 32 ? low : low.and((1 << width) - 1);
  }

  private binary(name: BinaryName, other: this | number): this {
    const right: this = typeof other === 'number' ? this.lift(other) : other;
    if (right.type !== this.type) throw new TypeError(`${name} of ${this.type} and ${right.type}`);
    if (right.isConstant) {
      if (this.isConstant) return this.lift(foldBinary(name, this.bits, this.unsigned, right.unsigned));
      if (right.unsigned === 0n && NEUTRAL_ZERO.has(name)) return this;
    }
    return this.make({
      kind: 'operator',
      opcode: BINARY[name] + (this.type === 'i64' ? BINARY_I64 : 0),
      operands: [this, right],
    });
  }
  private compare(name: CompareName, other: this | number): I32 {
    const right: this = typeof other === 'number' ? this.lift(other) : other;
    if (right.type !== this.type) throw new TypeError(`${name} of ${this.type} and ${right.type}`);
    if (this.isConstant && right.isConstant)
      return i32(foldCompare(name, this.bits, this.unsigned, right.unsigned) ? 1 : 0);
    return new I32({
      kind: 'operator',
      opcode: COMPARE[name] + (this.type === 'i64' ? COMPARE_I64 : 0),
      operands: [this, right],
    });
  }
  private count(name: CountName): this {
    if (this.isConstant) return this.lift(foldCount(name, this.bits, this.unsigned));
    return this.make({
      kind: 'operator',
      opcode: COUNT[name] + (this.type === 'i64' ? BINARY_I64 : 0),
      operands: [this],
    });
  }
  protected abstract make(node: Node): this;
}

export class I32 extends Int {
  readonly type = 'i32';
  toI32(): I32 {
    return this;
  }
  toI64(): I64 {
    if (this.isConstant) return i64(this.unsigned);
    return new I64({ kind: 'operator', opcode: EXTEND_U, operands: [this] });
  }
  signExtend(width: number): I64 {
    if (this.isConstant) return i64(BigInt.asIntN(width, this.unsigned));
    const wide: I32 =
      width >= 32
        ? this
        : new I32({ kind: 'operator', opcode: (width === 8 ? EXTEND8_S : EXTEND16_S).i32, operands: [this] });
    return new I64({ kind: 'operator', opcode: EXTEND_S, operands: [wide] });
  }
  lift(value: number | bigint): this {
    return i32(Number(BigInt.asIntN(32, BigInt(value)))) as this;
  }
  protected make(node: Node): this {
    return new I32(node) as this;
  }
}

export class I64 extends Int {
  readonly type = 'i64';
  toI32(): I32 {
    if (this.isConstant) return i32(Number(BigInt.asIntN(32, this.unsigned)));
    return new I32({ kind: 'operator', opcode: WRAP, operands: [this] });
  }
  toI64(): I64 {
    return this;
  }
  signExtend(width: number): I64 {
    if (width === 64) return this;
    if (this.isConstant) return i64(BigInt.asIntN(width, this.unsigned));
    const opcode = width === 8 ? EXTEND8_S.i64 : width === 16 ? EXTEND16_S.i64 : EXTEND32_S;
    return new I64({ kind: 'operator', opcode, operands: [this] });
  }
  lift(value: number | bigint): this {
    return i64(BigInt(value)) as this;
  }
  protected make(node: Node): this {
    return new I64(node) as this;
  }
}

export function i32(value: number): I32 {
  return new I32({ kind: 'constant', value: value | 0 });
}
export function i64(value: bigint): I64 {
  return new I64({ kind: 'constant', value: BigInt.asIntN(64, value) });
}
/** `whenTrue` if the condition is not zero. Both are evaluated. */
export function select<T extends Int>(condition: I32, whenTrue: T, whenFalse: T): T {
  if (condition.isConstant) return condition.constant ? whenTrue : whenFalse;
  if (whenTrue.type !== whenFalse.type) throw new TypeError(`select of ${whenTrue.type} and ${whenFalse.type}`);
  return integer(whenTrue.type, { kind: 'operator', opcode: SELECT, operands: [whenTrue, whenFalse, condition] }) as T;
}
export function integer(type: IntType, node: Node): Int {
  return type === 'i32' ? new I32(node) : new I64(node);
}

const NEUTRAL_ZERO = new Set<BinaryName>(['add', 'sub', 'or', 'xor', 'shl', 'sar', 'shr', 'rotl', 'rotr']);

function foldBinary(name: BinaryName, bits: number, a: bigint, b: bigint): bigint {
  const count = b & BigInt(bits - 1);
  const back = BigInt(bits) - count;
  const signed = (value: bigint) => BigInt.asIntN(bits, value);
  switch (name) {
    case 'add':
      return a + b;
    case 'sub':
      return a - b;
    case 'mul':
      return a * b;
    case 'divS': {
      const quotient = signed(a) / signed(b);
      if (signed(quotient) !== quotient) throw new RangeError('Division result too large');
      return quotient;
    }
    case 'divU':
      return a / b;
    case 'remS':
      return signed(a) % signed(b);
    case 'remU':
      return a % b;
    case 'and':
      return a & b;
    case 'or':
      return a | b;
    case 'xor':
      return a ^ b;
    case 'shl':
      return a << count;
    case 'sar':
      return signed(a) >> count;
    case 'shr':
      return a >> count;
    case 'rotl':
      return (a << count) | (a >> back);
    case 'rotr':
      return (a >> count) | (a << back);
  }
}

function foldCompare(name: CompareName, bits: number, a: bigint, b: bigint): boolean {
  const x = BigInt.asIntN(bits, a);
  const y = BigInt.asIntN(bits, b);
  switch (name) {
    case 'eq':
      return a === b;
    case 'ne':
      return a !== b;
    case 'ltS':
      return x < y;
    case 'ltU':
      return a < b;
    case 'gtS':
      return x > y;
    case 'gtU':
      return a > b;
    case 'leS':
      return x <= y;
    case 'leU':
      return a <= b;
    case 'geS':
      return x >= y;
    case 'geU':
      return a >= b;
  }
}

function foldCount(name: CountName, bits: number, value: bigint): number {
  const digits = value.toString(2).padStart(bits, '0');
  switch (name) {
    case 'clz':
      return value === 0n ? bits : digits.indexOf('1');
    case 'ctz':
      return value === 0n ? bits : bits - 1 - digits.lastIndexOf('1');
    case 'popcnt':
      return digits.split('1').length - 1;
  }
}
