import type { Encoding } from './encoding.ts';
import { type GprOperand, type Operand, SEGMENTS, type SystemRegisterOperand } from './instruction.ts';
import { readMemory, readOffset } from './memory-operand.ts';

/** Reads one operand of the instruction; immediates and displacements must be read in the order of their bytes. */
export type OperandReader = (e: Encoding) => Operand;
type Width = (e: Encoding) => number;

const fixed = (bits: number): Width => {
  return () => bits;
};
const operandSize: Width = (e) => e.operandSize;
const upTo32: Width = (e) => Math.min(e.operandSize, 32);
const environment = (bits16: number, bits32: number): Width => {
  return (e) => (e.operandSize === 16 ? bits16 : bits32);
};

/** Operand types: their width in bits (Intel SDM vol. 2, section A.2.2; `e`, `sv`, `t`, `fx` are ours). */
const WIDTHS: Readonly<Record<string, Width>> = {
  '': fixed(0),
  b: fixed(8),
  w: fixed(16),
  d: fixed(32),
  q: fixed(64),
  t: fixed(80),
  dq: fixed(128),
  x: fixed(128),
  ps: fixed(128),
  pd: fixed(128),
  ss: fixed(32),
  sd: fixed(64),
  fx: fixed(512 * 8),
  v: operandSize,
  /** As v, but 32 bits for a 64-bit operand size. */
  z: upTo32,
  /** 32 bits, or 64 with REX.W; 66 is no operand size here. */
  y: (e) => (e.operandSize === 64 ? 64 : 32),
  /** The machine's own width: 64 bits in 64-bit mode, otherwise 32. */
  c: (e) => (e.codeSize === 64 ? 64 : 32),
  /** Far pointer: offset of operand size and selector. */
  p: (e) => e.operandSize + 16,
  /** Two bounds. */
  a: (e) => 2 * e.operandSize,
  /** Pseudo-descriptor: limit and base. */
  s: (e) => (e.codeSize === 64 ? 80 : 48),
  /** x87 environment and state, whose layout goes by the operand size. */
  e: environment(14 * 8, 28 * 8),
  sv: environment(94 * 8, 108 * 8),
};

function widthOf(type: string): Width {
  const width = WIDTHS[type];
  if (!width) throw new Error(`operand type "${type}" is not known`);
  return width;
}

function gpr(e: Encoding, index: number, width: number): GprOperand {
  const high = width === 8 && e.rex === 0 && index >= 4 && index < 8;
  return { kind: 'gpr', index: high ? index - 4 : index, width: width as GprOperand['width'], high };
}

function register(kind: SystemRegisterOperand['kind'], index: number): SystemRegisterOperand {
  return { kind, index };
}

function immediate(width: Width, read: (e: Encoding) => bigint): OperandReader {
  return (e) => ({ kind: 'immediate', value: read(e), width: width(e) });
}

const FIXED: Readonly<Record<string, OperandReader>> = {
  AL: () => ({ kind: 'gpr', index: 0, width: 8, high: false }),
  CL: () => ({ kind: 'gpr', index: 1, width: 8, high: false }),
  DX: () => ({ kind: 'gpr', index: 2, width: 16, high: false }),
  rAX: (e) => gpr(e, 0, e.operandSize),
  eAX: (e) => gpr(e, 0, upTo32(e)),
  AX: (e) => gpr(e, 0, 16),
  ST: () => register('x87', 0),
  XMM0: () => register('xmm', 0),
  '1': () => ({ kind: 'immediate', value: 1n, width: 8 }),
  ...Object.fromEntries(
    SEGMENTS.map((name, index): [string, OperandReader] => [name.toUpperCase(), () => register('segment', index)]),
  ),
};

/** A register by ModRM.rm, or what the same bits say of memory. */
function registerOrMemory(kind: 'gpr' | 'mmx' | 'xmm', registerWidth: Width, memoryWidth: Width): OperandReader {
  return (e) => {
    if (e.mod !== 3) return readMemory(e, memoryWidth(e));
    if (kind === 'gpr') return gpr(e, e.rm | e.rexB, registerWidth(e));
    return register(kind, kind === 'mmx' ? e.rm : e.rm | e.rexB);
  };
}

function segmentRegister(e: Encoding): Operand {
  if (e.reg >= SEGMENTS.length) throw e.undefined(`there is no segment register ${e.reg}`);
  return register('segment', e.reg);
}

function controlRegister(e: Encoding): Operand {
  const index = e.reg | e.rexR;
  if (index === 1 || (index > 4 && index !== 8)) throw e.undefined(`there is no control register cr${index}`);
  return register('control', index);
}

function debugRegister(e: Encoding): Operand {
  const index = e.reg | e.rexR;
  if (index > 7) throw e.undefined(`there is no debug register dr${index}`);
  return register('debug', index);
}

/** A branch target wraps at the operand size (Intel SDM vol. 2, Jcc and JMP: "EIP := EIP AND 0000FFFFH"). */
function relative(width: Width): OperandReader {
  return (e) => {
    const displacement = e.signed(width(e));
    const next = e.address + BigInt(e.length);
    return { kind: 'relative', target: BigInt.asUintN(e.operandSize, next + displacement) };
  };
}

function far(e: Encoding): Operand {
  const offset = e.unsigned(e.operandSize);
  return { kind: 'far', offset, selector: Number(e.unsigned(16)) };
}

/** The width that `Ibs` is extended to: that of the destination, or the operand size where there is none (push). */
function destinationWidth(destination: string | undefined): Width {
  return destination === 'AL' || destination?.endsWith('b') ? fixed(8) : operandSize;
}

/**
 * Turns an operand of the notation of `tables/row.ts` into a reader.
 * @param destination the first operand of the row, where this is not the first itself
 */
export function compileOperand(notation: string, destination?: string): OperandReader {
  const named = FIXED[notation];
  if (named) return named;
  const method = notation[0]!;
  const type = notation.slice(1);
  if (method === 'T') return (e) => register('x87', e.rm);
  if (method === 'S') return segmentRegister;
  if (method === 'A') return far;
  const mixed = /^R(\w+)\/M(\w+)$/.exec(notation);
  if (mixed) return registerOrMemory('gpr', widthOf(mixed[1]!), widthOf(mixed[2]!));
  if (method === 'I' && type === 'bs') return immediate(destinationWidth(destination), (e) => e.signed(8));
  if (method === 'I' && type === 'z') return immediate(operandSize, (e) => e.signed(upTo32(e)));
  const width = widthOf(type);
  switch (method) {
    case 'B':
      // Outside 64-bit mode its highest bit is ignored (Intel SDM vol. 2, section 2.3.5.6).
      return (e) => gpr(e, e.codeSize === 64 ? e.vvvv : e.vvvv & 7, width(e));
    case 'C':
      return controlRegister;
    case 'D':
      return debugRegister;
    case 'E':
      return registerOrMemory('gpr', width, width);
    case 'G':
      return (e) => gpr(e, e.reg | e.rexR, width(e));
    case 'I':
      return immediate(width, type === 'v' ? (e) => e.signed(width(e)) : (e) => e.unsigned(width(e)));
    case 'J':
      return relative(width);
    case 'M':
      return (e) => readMemory(e, width(e));
    case 'O':
      return (e) => readOffset(e, width(e));
    case 'P':
      return (e) => register('mmx', e.reg);
    case 'Q':
      return registerOrMemory('mmx', width, width);
    case 'N':
      return (e) => register('mmx', e.rm);
    case 'R':
      return (e) => gpr(e, e.rm | e.rexB, width(e));
    case 'U':
      return (e) => register('xmm', e.rm | e.rexB);
    case 'V':
      return (e) => register('xmm', e.reg | e.rexR);
    case 'W':
      return registerOrMemory('xmm', width, width);
    case 'Z':
      return (e) => gpr(e, (e.opcode & 7) | e.rexB, width(e));
    default:
      throw new Error(`operand "${notation}": addressing method "${method}" is not known`);
  }
}

/** Width in bits of the elements of a string or port instruction with this notation of its element. */
export function compileWidth(notation: string): Width {
  return notation === 'AL' ? fixed(8) : notation === 'eAX' ? upTo32 : widthOf(notation.slice(1));
}
