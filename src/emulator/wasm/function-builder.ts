/** Builds the body of one WebAssembly function from typed expressions and structured blocks. */
import { ByteWriter } from './byte-writer.ts';
import { I32, I64, type Int, integer, type Node, type Value, type ValueType } from './expression.ts';
import { Float } from './float.ts';
import { bytesOf } from './lanes.ts';
import { V128, VECTOR } from './vector.ts';

export const TYPE_CODE = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
const OP = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  drop: 0x1a,
  localGet: 0x20,
  localSet: 0x21,
  i32Const: 0x41,
  i64Const: 0x42,
  vector: VECTOR >> 8,
} as const;
const VECTOR_OP = { load: 0x00, load32Zero: 0x5c, load64Zero: 0x5d, store: 0x0b, constant: 0x0c } as const;
const EMPTY_BLOCK = 0x40;

/** A local variable; its reads are ordinary expressions. */
export class Local<T extends Value = Int> {
  readonly index: number;
  readonly type: ValueType;
  readonly value: T;
  constructor(index: number, type: ValueType) {
    this.index = index;
    this.type = type;
    this.value = typed(type, { kind: 'local', index }) as Value as T;
  }
}
function typed(type: ValueType, node: Node): Value {
  if (type === 'v128') return new V128(node);
  return type === 'i32' || type === 'i64' ? integer(type, node) : new Float(type, node);
}
/** The nesting depth at which a block was opened: the target of branches out of it (or, for a loop, to its start). */
export type Label = number & { readonly __label: unique symbol };

export type AccessWidth = 8 | 16 | 32 | 64;
const LOAD: Record<AccessWidth, ['i32' | 'i64', number]> = {
  8: ['i32', 0x2d],
  16: ['i32', 0x2f],
  32: ['i32', 0x28],
  64: ['i64', 0x29],
};
const STORE: Record<AccessWidth, number> = { 8: 0x3a, 16: 0x3b, 32: 0x36, 64: 0x37 };

/** A load of 8-64 bits, zero-extended, in the type that carries them. Lazy: keep it in a local before the memory changes. */
export function load(width: AccessWidth, address: I32, offset = 0): Int {
  const [type, opcode] = LOAD[width];
  return integer(type, { kind: 'load', opcode, address, offset });
}
export function load32(address: I32, offset = 0): I32 {
  return load(32, address, offset) as I32;
}
export function load64(address: I32, offset = 0): I64 {
  return load(64, address, offset) as I64;
}
/** A load of 32, 64 or 128 bits, zero-extended. Lazy too. */
export function loadVector(width: 32 | 64 | 128, address: I32, offset = 0): V128 {
  const opcode = { 32: VECTOR_OP.load32Zero, 64: VECTOR_OP.load64Zero, 128: VECTOR_OP.load }[width];
  return new V128({ kind: 'load', opcode: VECTOR | opcode, address, offset });
}
/** The result of calling function `callee` (its index counts imports first). */
export function callI32(callee: number, ...operands: Value[]): I32 {
  return new I32({ kind: 'call', callee, operands });
}
export function callI64(callee: number, ...operands: Value[]): I64 {
  return new I64({ kind: 'call', callee, operands });
}

export class FunctionBuilder {
  private readonly code = new ByteWriter();
  private readonly locals: ValueType[] = [];
  private readonly parameters: readonly ValueType[];
  /** Locals of instruction scope that can be used again, and those in use. */
  private readonly idle: Record<ValueType, Local<Value>[]> = { i32: [], i64: [], f32: [], f64: [], v128: [] };
  private readonly scoped: Local<Value>[] = [];
  private depth = 0;

  constructor(parameters: readonly ValueType[]) {
    this.parameters = parameters;
  }

  parameter(index: number): Local {
    return new Local(index, this.parameters[index]!);
  }
  local<T extends Value>(type: ValueType): Local<T> {
    this.locals.push(type);
    return new Local<T>(this.parameters.length + this.locals.length - 1, type);
  }
  /** A local that `endScope` gives back. */
  scratch<T extends Value>(type: ValueType): Local<T> {
    const local = (this.idle[type].pop() ?? this.local(type)) as Local<Value> as Local<T>;
    this.scoped.push(local);
    return local;
  }
  endScope(): void {
    for (const local of this.scoped) this.idle[local.type].push(local);
    this.scoped.length = 0;
  }
  /** Evaluates once, now; the result can be used any number of times until `endScope`. */
  keep<T extends Value>(value: T): T {
    if (value.isConstant) return value;
    const local = this.scratch<T>(value.type);
    this.set(local, value);
    return local.value;
  }

  set(local: Local<Value>, value: Value): void {
    if (local.type !== value.type) throw new TypeError(`local of ${local.type} set to ${value.type}`);
    this.emit(value);
    this.code.byte(OP.localSet);
    this.code.unsigned(local.index);
  }
  store(width: AccessWidth, address: I32, value: Int, offset = 0): void {
    this.emit(address);
    this.emit(width === 64 ? value : value.toI32());
    this.code.byte(STORE[width]);
    this.code.unsigned(0);
    this.code.unsigned(offset);
  }
  /** Stores all 128 bits. */
  storeVector(address: I32, value: V128, offset = 0): void {
    this.emit(address);
    this.emit(value);
    this.opcode(VECTOR | VECTOR_OP.store);
    this.code.unsigned(0);
    this.code.unsigned(offset);
  }
  /** Calls a function without result. */
  call(callee: number, ...operands: Value[]): void {
    for (const operand of operands) this.emit(operand);
    this.code.byte(OP.call);
    this.code.unsigned(callee);
  }

  if(condition: I32, then: () => void, otherwise?: () => void): void {
    this.emit(condition);
    this.code.bytes([OP.if, EMPTY_BLOCK]);
    this.depth++;
    then();
    if (otherwise) {
      this.code.byte(OP.else);
      otherwise();
    }
    this.end();
  }
  block(): Label {
    this.code.bytes([OP.block, EMPTY_BLOCK]);
    return ++this.depth as Label;
  }
  loop(): Label {
    this.code.bytes([OP.loop, EMPTY_BLOCK]);
    return ++this.depth as Label;
  }
  end(): void {
    this.code.byte(OP.end);
    this.depth--;
  }
  branch(target: Label): void {
    this.code.byte(OP.br);
    this.code.unsigned(this.depth - target);
  }
  branchIf(condition: I32, target: Label): void {
    this.emit(condition);
    this.code.byte(OP.brIf);
    this.code.unsigned(this.depth - target);
  }
  branchTable(index: I32, targets: readonly Label[], fallback: Label): void {
    this.emit(index);
    this.code.byte(OP.brTable);
    this.code.unsigned(targets.length);
    for (const target of targets) this.code.unsigned(this.depth - target);
    this.code.unsigned(this.depth - fallback);
  }
  return(value?: Value): void {
    if (value) this.emit(value);
    this.code.byte(OP.return);
  }
  unreachable(): void {
    this.code.byte(OP.unreachable);
  }
  /** `memory.copy` and `memory.fill` (core specification, section 4.4.7). */
  memoryCopy(destination: I32, source: I32, length: I32): void {
    for (const operand of [destination, source, length]) this.emit(operand);
    this.code.bytes([0xfc, 0x0a, 0, 0]);
  }
  memoryFill(destination: I32, byte: I32, length: I32): void {
    for (const operand of [destination, byte, length]) this.emit(operand);
    this.code.bytes([0xfc, 0x0b, 0]);
  }

  /** The encoded body: local declarations and code. */
  body(): Uint8Array {
    const out = new ByteWriter();
    const runs: [ValueType, number][] = [];
    for (const type of this.locals) {
      const last = runs.at(-1);
      if (last && last[0] === type) last[1]++;
      else runs.push([type, 1]);
    }
    out.unsigned(runs.length);
    for (const [type, count] of runs) {
      out.unsigned(count);
      out.byte(TYPE_CODE[type]);
    }
    out.bytes(this.code.finish());
    out.byte(OP.end);
    return out.finish();
  }

  private emit(value: Value): void {
    const { node } = value;
    switch (node.kind) {
      case 'constant':
        this.constant(value.type, node.value);
        return;
      case 'local':
        this.code.byte(OP.localGet);
        this.code.unsigned(node.index);
        return;
      case 'operator':
        for (const operand of node.operands) this.emit(operand);
        this.opcode(node.opcode);
        if (node.immediates) this.code.bytes(node.immediates);
        return;
      case 'load':
        this.emit(node.address);
        this.opcode(node.opcode);
        this.code.unsigned(0);
        this.code.unsigned(node.offset);
        return;
      case 'call':
        for (const operand of node.operands) this.emit(operand);
        this.code.byte(OP.call);
        this.code.unsigned(node.callee);
    }
  }
  private constant(type: ValueType, value: number | bigint): void {
    if (type === 'i32') {
      this.code.byte(OP.i32Const);
      this.code.signed(Number(value));
    } else if (type === 'i64') {
      this.code.byte(OP.i64Const);
      this.code.signed64(BigInt(value));
    } else if (type === 'v128') {
      this.opcode(VECTOR | VECTOR_OP.constant);
      this.code.bytes(bytesOf(BigInt(value)));
    } else throw new TypeError(`there are no constants of ${type}`);
  }
  private opcode(opcode: number): void {
    if (opcode < VECTOR) this.code.byte(opcode);
    else {
      this.code.byte(OP.vector);
      this.code.unsigned(opcode & 0xff);
    }
  }
}
