/**
 * The language in which instructions are described.
 *
 * Each engine implements it: the reference evaluates every expression at once (all values are constants), the
 * interpreter turns them into WebAssembly. A description must do everything that can fault (reads, `modify`, `place`,
 * `raise`, `delegate`) before its first architectural write; emitters enforce that, so that a faulting instruction
 * has written nothing.
 */
import type { FlagKind } from '../cpu/flags.ts';
import type { I32, I64, Int, Value } from '../wasm/expression.ts';
import type { V128 } from '../wasm/vector.ts';

export type Width = 8 | 16 | 32 | 64;
export type Alignment = 'aligned' | 'unaligned';

/** A memory location that has been checked for writing, so that storing there cannot fault. */
export interface Place {
  readonly width: Width;
}

export interface Emitter {
  /** Width of the operation in bits. */
  readonly width: Width;
  /** Width of the second operand where it differs: movzx and movsx. */
  readonly sourceWidth: Width;
  /** Width of the stack pointer: 64 in 64-bit mode, else as the stack segment says. */
  readonly stackWidth: 16 | 32 | 64;
  /** Condition code 0-15 of jcc, setcc, cmovcc. */
  readonly conditionCode: number;
  readonly repeat: 'none' | 'rep' | 'repne';
  /** Whether an operand is an mmx register. */
  readonly isMmx: boolean;

  /** Evaluates once, now. */
  keep<T extends Value>(value: T): T;
  /** A constant in the type that carries the operation's width. */
  constant(value: number | bigint): Int;

  /** Of operand `n`, as in `Definition.forms`. */
  kind(n: number): string;
  /** Explicit operand `n`, zero-extended in its carrier type; immediates and vector registers are cut to `width`. */
  read(n: number, width?: Width): Int;
  /** Operand `n` for a read-modify-write: the following `write(n)` cannot fault. */
  modify(n: number): Int;
  /**
   * Without a `modify(n)` before it, a memory operand may fault here. 32-bit registers are zero-extended to 64, vector
   * registers to all of their bits.
   */
  write(n: number, value: Int, width?: Width): void;
  /**
   * A vector register, or memory as wide as the instruction has it, zero-extended. Memory of 128 bits must be aligned to 16
   * bytes unless it is said to be unaligned.
   */
  readVector(n: number, alignment?: Alignment): V128;
  /** All of a vector register, or 128 bits of memory. */
  writeVector(n: number, value: V128, alignment?: Alignment): void;
  /** The low bits of a vector register; the others stay. */
  writeLow(n: number, value: Int, width: Width): void;
  /** State of the processor by its place in `cpu/layout.ts`. */
  state32(offset: number): I32;
  setState32(offset: number, value: I32): void;
  /**
   * Begins a quick way that is right for some operands alone, and delegates for the others: engines that evaluate leave the
   * instruction to its helper here.
   */
  quick(): void;
  /** Effective address of the memory operand, without segment base. */
  effectiveAddress(): I64;
  /** Linear address of the memory operand moved by `offset` bytes. */
  linearAddressAt(offset: I64): I64;

  /** General register 0-15 at a width (8: the low byte). */
  register(index: number, width: Width): Int;
  setRegister(index: number, value: Int, width: Width): void;

  load(width: Width, linear: I64): Int;
  place(width: Width, linear: I64): Place;
  store(place: Place, value: Int): void;

  /** Stack pointer, moved by a number of bytes. */
  stackPointer(offset?: number): I64;
  setStackPointer(value: I64): void;
  /** Memory in the stack segment. */
  loadStack(width: Width, pointer: I64): Int;
  placeStack(width: Width, pointer: I64): Place;

  /** Pointer register of a string instruction, cut to the address size; count register likewise. */
  stringPointer(index: number): I64;
  setStringPointer(index: number, value: I64): void;
  /** Memory in the segment of a string instruction's source (rSI), or of its destination (rDI: always ES). */
  loadString(width: Width, which: 'source' | 'destination', pointer: I64): Int;
  placeString(width: Width, pointer: I64): Place;

  /** Sets the six arithmetic flags lazily. Values are of the operation's width. */
  setFlags(kind: typeof FlagKind.ADD | typeof FlagKind.SUB | typeof FlagKind.LOGIC, result: Int, a: Int, b: Int): void;
  /** SF, ZF, PF from the result; CF, OF, AF as given (0 or 1). */
  setResultFlags(result: Int, carry: I32, overflow: I32, adjust: I32): void;
  /** Changes CF and OF (0 or 1) alone. */
  setCarryOverflow(carry: I32, overflow: I32): void;
  /** Sets all six from a value with the flags at their RFLAGS positions. */
  setPackedFlags(packed: I32): void;
  /** The six arithmetic flags at their RFLAGS positions. */
  packedFlags(): I32;
  /** CF: 0 or 1. */
  carry(): I32;
  /** Condition code `cc` (Intel SDM volume 1, appendix B): 0 or 1. */
  condition(cc: number): I32;
  /** RFLAGS without the six arithmetic flags. */
  systemFlags(): I32;
  /** DF: 0 or 1. */
  direction(): I32;
  setDirection(value: 0 | 1): void;

  when(condition: I32, then: () => void, otherwise?: () => void): void;
  /** Raises an exception without error code at this instruction. */
  raise(vector: number): void;
  /** Leaves this instruction, nothing of it done, to its plain TypeScript helper. */
  delegate(): void;
  /** If an x87 exception is pending: leaves this instruction to evaluation, which begins with that exception. */
  leavePendingX87Exception(): void;

  /** Address of the next instruction. */
  nextAddress(): I64;
  /** To the target of the relative operand; `commit` holds the writes that come after the target has been found valid. */
  jump(commit?: () => void): void;
  /** Likewise; `commit` is done whether it jumps or not. */
  jumpIf(condition: I32, commit?: () => void): void;
  /** To a computed address; `commit` holds the writes that come after the address has been found valid. */
  jumpTo(address: Int, commit: () => void): void;
  /** Executes this instruction again: the next element of a repeated string instruction. */
  again(): void;
}
