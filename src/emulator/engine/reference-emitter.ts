/**
 * Evaluates descriptions directly: every value is a constant, so that building an expression computes it. Slow, short,
 * and easy to step through: the engine against which the others are checked.
 */
import type { Cpu } from '../cpu/cpu.ts';
import { GuestException, generalProtection, Vector } from '../cpu/exceptions.ts';
import { ARITHMETIC, CF, DF, FIXED, FlagKind, OF, packFlags } from '../cpu/flags.ts';
import * as L from '../cpu/layout.ts';
import {
  effectiveAddress,
  linearAddress,
  memoryOperand,
  readGpr,
  segmentedAddress,
  writeGpr,
} from '../helpers/operands.ts';
import { readVectorOperand, writeVectorOperand } from '../helpers/sse/operands.ts';
import { stackWidth } from '../helpers/stack.ts';
import { type Instruction, nextAddress, type SegmentName } from '../isa/instruction.ts';
import type { Bytes } from '../mmu/linear-memory.ts';
import type { Alignment, Emitter, Place, Width } from '../semantics/index.ts';
import { type I32, type I64, type Int, i32, i64, type Value } from '../wasm/expression.ts';
import { type V128, v128 } from '../wasm/vector.ts';
import type { Operation } from './operation.ts';

/** Thrown to hand an instruction over to its helper. */
export const DELEGATED = Symbol('delegated');

interface ConstantPlace extends Place {
  readonly linear: bigint;
}

export class ReferenceEmitter implements Emitter {
  readonly width: Width;
  readonly sourceWidth: Width;
  readonly stackWidth: 16 | 32 | 64;
  readonly conditionCode: number;
  readonly repeat: 'none' | 'rep' | 'repne';
  readonly isMmx: boolean;
  private readonly form: string;
  /** Where execution goes on. */
  next: bigint;
  private readonly cpu: Cpu;
  private readonly instruction: Instruction;
  /** Memory operands that were read to be modified: registers they are addressed by may change before the store. */
  private readonly places = new Map<number, ConstantPlace>();

  constructor(cpu: Cpu, instruction: Instruction, operation: Operation) {
    this.cpu = cpu;
    this.instruction = instruction;
    this.width = operation.width;
    this.sourceWidth = operation.sourceWidth;
    this.conditionCode = operation.conditionCode;
    this.repeat = operation.repeat;
    this.form = operation.form;
    this.isMmx = operation.form.includes('q');
    this.stackWidth = stackWidth(cpu);
    this.next = nextAddress(instruction);
  }

  keep<T extends Value>(value: T): T {
    if (!value.isConstant) throw new Error('the reference engine computes with constants only');
    return value;
  }
  constant(value: number | bigint): Int {
    return carried(BigInt(value), this.width);
  }

  kind(n: number): string {
    return this.form[n]!;
  }
  read(n: number, width: Width = this.width): Int {
    const operand = this.instruction.operands[n]!;
    if (operand.kind === 'xmm' || operand.kind === 'mmx')
      return carried(BigInt.asUintN(width, readVectorOperand(this.cpu, this.instruction, n)), width);
    if (operand.kind === 'gpr') return carried(readGpr(this.cpu, operand.index, width, operand.high), width);
    if (operand.kind === 'immediate') return carried(BigInt.asUintN(width, operand.value), width);
    return this.load(width, i64(this.operandAddress(n, width, false)));
  }
  modify(n: number): Int {
    if (this.instruction.operands[n]!.kind !== 'memory') return this.read(n);
    const place = this.place(this.width, i64(this.operandAddress(n, this.width, true)));
    this.places.set(n, place);
    return this.load(this.width, i64(place.linear));
  }
  write(n: number, value: Int, width: Width = this.width): void {
    const operand = this.instruction.operands[n]!;
    if (operand.kind === 'gpr') writeGpr(this.cpu, operand.index, width, value.unsigned, operand.high);
    else if (operand.kind === 'xmm' || operand.kind === 'mmx')
      writeVectorOperand(this.cpu, this.instruction, n, value.unsigned);
    else this.store(this.places.get(n) ?? this.place(width, i64(this.operandAddress(n, width, true))), value);
  }
  readVector(n: number, alignment: Alignment = 'aligned'): V128 {
    return v128(readVectorOperand(this.cpu, this.instruction, n, alignment));
  }
  writeVector(n: number, value: V128, alignment: Alignment = 'aligned'): void {
    writeVectorOperand(this.cpu, this.instruction, n, value.unsigned, alignment);
  }
  writeLow(n: number, value: Int, width: Width): void {
    const old = readVectorOperand(this.cpu, this.instruction, n);
    const kept = (old >> BigInt(width)) << BigInt(width);
    writeVectorOperand(this.cpu, this.instruction, n, kept | BigInt.asUintN(width, value.unsigned));
  }
  state32(offset: number): I32 {
    return i32(this.cpu.state.view.getInt32(offset, true));
  }
  setState32(offset: number, value: I32): void {
    this.cpu.state.view.setInt32(offset, Number(value.constant), true);
  }
  quick(): void {
    throw DELEGATED;
  }
  effectiveAddress(): I64 {
    return i64(effectiveAddress(this.cpu, this.instruction, memoryOperand(this.instruction, this.memoryIndex())));
  }
  linearAddressAt(offset: I64): I64 {
    const operand = memoryOperand(this.instruction, this.memoryIndex());
    const moved = BigInt.asUintN(
      this.instruction.addressSize,
      effectiveAddress(this.cpu, this.instruction, operand) + offset.unsigned,
    );
    return i64(segmentedAddress(this.cpu, operand.segment, moved, this.width / 8, this.instruction.mnemonic !== 'bt'));
  }

  register(index: number, width: Width): Int {
    return carried(readGpr(this.cpu, index, width), width);
  }
  setRegister(index: number, value: Int, width: Width): void {
    writeGpr(this.cpu, index, width, value.unsigned);
  }

  load(width: Width, linear: I64): Int {
    return carried(this.cpu.linear.read(linear.unsigned, (width / 8) as Bytes), width);
  }
  place(width: Width, linear: I64): ConstantPlace {
    this.cpu.linear.checkWrite(linear.unsigned, width / 8);
    return { width, linear: linear.unsigned };
  }
  store(place: Place, value: Int): void {
    this.cpu.linear.write(
      (place as ConstantPlace).linear,
      (place.width / 8) as Bytes,
      BigInt.asUintN(place.width, value.unsigned),
    );
  }

  stackPointer(offset = 0): I64 {
    return i64(BigInt.asUintN(this.stackWidth, this.cpu.state.gpr(L.RSP) + BigInt(offset)));
  }
  setStackPointer(value: I64): void {
    writeGpr(this.cpu, L.RSP, this.stackWidth, value.unsigned);
  }
  loadStack(width: Width, pointer: I64): Int {
    return this.load(width, this.segmented('ss', pointer, width, false));
  }
  placeStack(width: Width, pointer: I64): ConstantPlace {
    return this.place(width, this.segmented('ss', pointer, width, true));
  }
  stringPointer(index: number): I64 {
    return i64(readGpr(this.cpu, index, this.instruction.addressSize));
  }
  setStringPointer(index: number, value: I64): void {
    writeGpr(this.cpu, index, this.instruction.addressSize, value.unsigned);
  }
  loadString(width: Width, which: 'source' | 'destination', pointer: I64): Int {
    const segment = which === 'destination' ? 'es' : (this.instruction.segmentOverride ?? 'ds');
    return this.load(width, this.segmented(segment, pointer, width, false));
  }
  placeString(width: Width, pointer: I64): ConstantPlace {
    return this.place(width, this.segmented('es', pointer, width, true));
  }

  setFlags(kind: FlagKind, result: Int, a: Int, b: Int): void {
    const [r, x, y] = [result, a, b].map((value) => value.signExtend(this.width).constant as bigint) as [
      bigint,
      bigint,
      bigint,
    ];
    this.setPackedFlags(i32(packFlags(kind, r, x, y)));
  }
  setResultFlags(result: Int, carry: I32, overflow: I32, adjust: I32): void {
    const packed = carry.shl(0).or(adjust.shl(4)).or(overflow.shl(11));
    this.setPackedFlags(
      i32(packFlags(FlagKind.PARTIAL, result.signExtend(this.width).constant as bigint, packed.unsigned, 0n)),
    );
  }
  setCarryOverflow(carry: I32, overflow: I32): void {
    this.setPackedFlags(
      this.packedFlags()
        .and(~(CF | OF))
        .or(carry)
        .or(overflow.shl(11)),
    );
  }
  setPackedFlags(packed: I32): void {
    const { state } = this.cpu;
    state.rflags = (state.rflags & ~ARITHMETIC) | (Number(packed.constant) & ARITHMETIC);
  }
  packedFlags(): I32 {
    return i32(this.cpu.state.rflags & ARITHMETIC);
  }
  carry(): I32 {
    return i32(this.cpu.state.rflags & CF);
  }
  condition(cc: number): I32 {
    const flags = this.cpu.state.rflags;
    const bit = (position: number) => (flags >> position) & 1;
    const [cf, pf, zf, sf, of] = [bit(0), bit(2), bit(6), bit(7), bit(11)] as const;
    const holds = [of, cf, zf, cf | zf, sf, pf, sf ^ of, (sf ^ of) | zf][cc >> 1]!;
    return i32(holds ^ (cc & 1));
  }
  systemFlags(): I32 {
    return i32(this.cpu.state.rflags & ~(ARITHMETIC | FIXED));
  }
  direction(): I32 {
    return i32(this.cpu.state.rflags & DF ? 1 : 0);
  }
  setDirection(value: 0 | 1): void {
    const { state } = this.cpu;
    state.rflags = value ? state.rflags | DF : state.rflags & ~DF;
  }

  when(condition: I32, then: () => void, otherwise?: () => void): void {
    if (condition.constant) then();
    else otherwise?.();
  }
  raise(vector: number): void {
    throw new GuestException(
      vector,
      vector === Vector.DE ? 'division by zero, or a quotient that does not fit' : 'raised by the instruction',
    );
  }
  delegate(): void {
    throw DELEGATED;
  }
  /** `requireUnit` came first: if one is pending still, IGNNE# is asserted. */
  leavePendingX87Exception(): void {}

  nextAddress(): I64 {
    return i64(nextAddress(this.instruction));
  }
  jump(commit: () => void = () => {}): void {
    const operand = this.instruction.operands[0];
    if (operand?.kind !== 'relative') throw new Error('jump without a relative operand');
    this.jumpTo(i64(operand.target), commit);
  }
  jumpIf(condition: I32, commit: () => void = () => {}): void {
    if (condition.constant) this.jump(commit);
    else commit();
  }
  jumpTo(address: Int, commit: () => void): void {
    const target = address.unsigned;
    const { state } = this.cpu;
    if (state.codeSize === 64) {
      if (BigInt.asUintN(64, BigInt.asIntN(48, target)) !== target)
        throw generalProtection(`jump to 0x${target.toString(16)}: not canonical`);
    } else if (target > BigInt(state.segment('cs').limit)) {
      throw generalProtection(`jump to 0x${target.toString(16)}: beyond the limit of the code segment`);
    }
    commit();
    this.next = target;
  }
  again(): void {
    this.next = this.instruction.address;
  }

  private segmented(segment: SegmentName, offset: I64, width: Width, write: boolean): I64 {
    return i64(segmentedAddress(this.cpu, segment, offset.unsigned, width / 8, write));
  }
  private memoryIndex(): number {
    return this.instruction.operands.findIndex((operand) => operand.kind === 'memory');
  }
  private operandAddress(n: number, width: Width, write: boolean): bigint {
    return linearAddress(this.cpu, this.instruction, memoryOperand(this.instruction, n), width / 8, write);
  }
}

/** A constant in the type that carries `width` bits. */
function carried(value: bigint, width: Width): Int {
  return width === 64 ? i64(value) : i32(Number(BigInt.asIntN(32, value)));
}
