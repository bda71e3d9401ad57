/** Turns a description into the WebAssembly handler of one variant of an instruction, which works on a decoded record. */
import { AF, CF, DF, FlagKind, OF } from '../cpu/flags.ts';
import * as L from '../cpu/layout.ts';
import { Fsw } from '../cpu/x87-state.ts';
import { SEGMENTS } from '../isa/instruction.ts';
import type { Alignment, Emitter, Place, Width } from '../semantics/index.ts';
import { type I32, type I64, type Int, i32, i64, select, type Value } from '../wasm/expression.ts';
import {
  callI32,
  type FunctionBuilder,
  type Label,
  type Local,
  load,
  load32,
  load64,
  loadVector,
} from '../wasm/function-builder.ts';
import { type V128, v128 } from '../wasm/vector.ts';
import { conditionOfDifference, conditionOfLogic, conditionOfPacked, conditionOfResult } from './conditions.ts';
import * as R from './record.ts';
import { SEGMENTED_STRING, type Variant } from './variants.ts';

/** What all handlers of the interpreter's one function share. */
export interface Frame {
  f: FunctionBuilder;
  /** The record being executed. */
  record: Local<I32>;
  /** Instructions that may still be executed, counted down before each. */
  budget: Local<I32>;
  /** Executes the record in `record`. */
  dispatch: Label;
  /** Goes to the address in `target`: through the jump cache, or out of the function. */
  leave: Label;
  target: Local<I64>;
  /** Address of the link field to fill once the target is known, or 0. */
  linkSlot: Local<I32>;
  imports: ImportedFunctions;
}
/** Function indices. */
export interface ImportedFunctions {
  /** (linear: i64, bytes | WRITE_FLAG: i32, record: i32, budget: i32) -> host offset: i32 */
  translate: number;
  /** (): finishes a store into the bounce buffer. */
  commitStore: number;
  /** (vector, record, budget): throws. */
  raise: number;
  /** As `translate`, for stores; it leaves the module only if need be. */
  translateStore: number;
  /** () -> the arithmetic flags, packed. */
  packFlags: number;
}
export const WRITE_FLAG = 0x100;
/**
 * Why the function was left: to the address in RIP; for a helper to carry out the instruction of FAULT_RECORD; since that
 * record was dropped, and its instruction is to be decoded anew.
 */
export const EXIT = { LEAVE: 0, DELEGATE: 1, DROPPED: 2 } as const;

interface HostPlace extends Place {
  readonly host: I32;
}
const STATE = i32(0);

export class InterpreterEmitter implements Emitter {
  readonly width: Width;
  readonly sourceWidth: Width;
  readonly stackWidth: 16 | 32 | 64;
  readonly conditionCode: number;
  readonly repeat: 'none' | 'rep' | 'repne';
  readonly isMmx: boolean;
  /** Whether the memory operand is written. */
  writesMemoryOperand = false;
  private readonly frame: Frame;
  private readonly f: FunctionBuilder;
  private readonly form: string;
  private readonly name: string;
  private readonly places = new Map<number, HostPlace>();
  private hasWritten = false;
  private hasEnded = false;

  constructor(frame: Frame, variant: Variant) {
    this.frame = frame;
    this.f = frame.f;
    this.form = variant.form;
    this.name = variant.key;
    this.width = variant.width;
    this.sourceWidth = variant.sourceWidth;
    this.stackWidth = variant.stackWidth;
    this.conditionCode = variant.conditionCode;
    this.repeat = variant.repeat;
    this.isMmx = variant.form.includes('q');
  }

  /** Ends the handler: on to the record behind this one. */
  finish(): void {
    if (!this.hasEnded) this.goTo(this.record.add(R.RECORD_SIZE));
    this.f.endScope();
  }

  keep<T extends Value>(value: T): T {
    return this.f.keep(value);
  }
  constant(value: number | bigint): Int {
    return this.width === 64 ? i64(BigInt(value)) : i32(Number(BigInt.asIntN(32, BigInt(value))));
  }

  kind(n: number): string {
    return this.form[n] === 'w' ? 'm' : this.form[n]!;
  }
  read(n: number, width: Width = this.width): Int {
    switch (this.form[n]) {
      case 'x':
      case 'q':
        return this.keep(load(width, this.vectorField(n)));
      case 'r':
        return this.keep(this.registerOperand(n, width));
      case 'i':
        return this.keep(load64(this.record, R.IMMEDIATE).truncate(width));
      default:
        return this.load(width, this.operandAddress());
    }
  }
  modify(n: number): Int {
    if (this.form[n] === 'r') return this.read(n);
    const place = this.place(this.width, this.operandAddress());
    this.places.set(n, place);
    this.writesMemoryOperand = true;
    return this.keep(load(this.width, place.host));
  }
  write(n: number, value: Int, width: Width = this.width): void {
    switch (this.form[n]) {
      case 'r': {
        this.noteWrite();
        const offset = this.field(R.REGISTERS[n]!);
        this.f.store(width === 32 ? 64 : width, offset, width === 32 ? value.toI64() : value, L.GPR);
        return;
      }
      case 'x':
        this.noteWrite();
        this.f.storeVector(this.vectorField(n), v128(0n).replace(64, 0, value.toI64()));
        return;
      case 'q':
        this.writeMmx(n, value.toI64());
        return;
      default: {
        const kept = this.keep(value);
        this.writesMemoryOperand = true;
        this.store(this.places.get(n) ?? this.place(width, this.operandAddress()), kept);
      }
    }
  }
  readVector(n: number, alignment: Alignment = 'aligned'): V128 {
    if (this.kind(n) !== 'm') return this.keep(loadVector(this.form[n] === 'q' ? 64 : 128, this.vectorField(n)));
    return this.keep(loadVector(128, this.translateVector(alignment, false)));
  }
  writeVector(n: number, value: V128, alignment: Alignment = 'aligned'): void {
    if (this.form[n] === 'q') this.writeMmx(n, value.extract(64, 0));
    else if (this.kind(n) === 'm') {
      const kept = this.keep(value);
      this.writesMemoryOperand = true;
      const host = this.translateVector(alignment, true);
      this.noteWrite();
      this.f.storeVector(host, kept);
      this.commit(host);
    } else {
      this.noteWrite();
      this.f.storeVector(this.vectorField(n), value);
    }
  }
  writeLow(n: number, value: Int, width: Width): void {
    this.noteWrite();
    this.f.store(width, this.vectorField(n), value);
  }
  state32(offset: number): I32 {
    return this.keep(load32(STATE, offset));
  }
  setState32(offset: number, value: I32): void {
    this.noteWrite();
    this.f.store(32, STATE, value, offset);
  }
  quick(): void {}
  effectiveAddress(): I64 {
    return this.operandAddress();
  }
  linearAddressAt(offset: I64): I64 {
    const moved = this.operandAddress().add(offset);
    return this.keep(this.form.includes('w') ? moved.toI32().toI64() : moved);
  }

  register(index: number, width: Width): Int {
    return this.keep(load(width, STATE, L.GPR + index * 8));
  }
  setRegister(index: number, value: Int, width: Width): void {
    this.noteWrite();
    this.f.store(width === 32 ? 64 : width, STATE, width === 32 ? value.toI64() : value, L.GPR + index * 8);
  }

  load(width: Width, linear: I64): Int {
    return this.keep(load(width, this.translate(linear, width, false)));
  }
  place(width: Width, linear: I64): HostPlace {
    return { width, host: this.translate(linear, width, true) };
  }
  store(place: Place, value: Int): void {
    const { host, width } = place as HostPlace;
    this.hasWritten = true;
    this.f.store(width, host, value);
    this.commit(host);
  }

  stackPointer(offset = 0): I64 {
    const pointer = this.register(L.RSP, this.stackWidth);
    return this.keep(pointer.add(offset).truncate(this.stackWidth).toI64());
  }
  setStackPointer(value: I64): void {
    this.setRegister(L.RSP, value.truncate(this.stackWidth), this.stackWidth);
  }
  loadStack(width: Width, pointer: I64): Int {
    return this.load(width, this.stackAddress(width, pointer));
  }
  placeStack(width: Width, pointer: I64): HostPlace {
    return this.place(width, this.stackAddress(width, pointer));
  }
  stringPointer(index: number): I64 {
    return this.keep(load64(STATE, L.GPR + index * 8).and(load64(this.record, R.IMMEDIATE)));
  }
  setStringPointer(index: number, value: I64): void {
    this.noteWrite();
    const kept = load64(STATE, L.GPR + index * 8).and(load64(this.record, R.DISPLACEMENT));
    this.f.store(64, STATE, value.and(load64(this.record, R.IMMEDIATE)).or(kept), L.GPR + index * 8);
  }
  loadString(width: Width, which: 'source' | 'destination', pointer: I64): Int {
    return this.load(width, this.stringAddress(width, which, pointer));
  }
  placeString(width: Width, pointer: I64): HostPlace {
    return this.place(width, this.stringAddress(width, 'destination', pointer));
  }

  setFlags(kind: FlagKind, result: Int, a: Int, b: Int): void {
    this.noteWrite();
    this.f.store(64, STATE, result.signExtend(this.width), L.FLAG_RESULT);
    if (kind !== FlagKind.LOGIC) {
      this.f.store(64, STATE, a.signExtend(this.width), L.FLAG_A);
      this.f.store(64, STATE, b.signExtend(this.width), L.FLAG_B);
    }
    this.f.store(32, STATE, i32(kind), L.FLAG_KIND);
  }
  setResultFlags(result: Int, carry: I32, overflow: I32, adjust: I32): void {
    this.noteWrite();
    this.f.store(64, STATE, result.signExtend(this.width), L.FLAG_RESULT);
    this.f.store(64, STATE, carry.or(adjust.shl(4)).or(overflow.shl(11)).toI64(), L.FLAG_A);
    this.f.store(32, STATE, i32(FlagKind.PARTIAL), L.FLAG_KIND);
  }
  setCarryOverflow(carry: I32, overflow: I32): void {
    this.noteWrite();
    const changed = this.keep(carry.or(overflow.shl(11)));
    const kind = this.keep(load32(STATE, L.FLAG_KIND));
    this.f.if(
      kind.geU(FlagKind.PARTIAL),
      () =>
        this.f.store(
          32,
          STATE,
          load32(STATE, L.FLAG_A)
            .and(~(CF | OF))
            .or(changed),
          L.FLAG_A,
        ),
      () => {
        const operands = load64(STATE, L.FLAG_A).xor(load64(STATE, L.FLAG_B)).xor(load64(STATE, L.FLAG_RESULT));
        const adjust = select(kind.eq(FlagKind.LOGIC), i32(0), operands.toI32().and(AF));
        this.f.store(64, STATE, this.keep(changed.or(adjust)).toI64(), L.FLAG_A);
        this.f.store(32, STATE, i32(FlagKind.PARTIAL), L.FLAG_KIND);
      },
    );
  }
  setPackedFlags(packed: I32): void {
    this.noteWrite();
    this.f.store(64, STATE, packed.toI64(), L.FLAG_A);
    this.f.store(32, STATE, i32(FlagKind.PACKED), L.FLAG_KIND);
  }
  packedFlags(): I32 {
    return this.keep(callI32(this.frame.imports.packFlags));
  }
  carry(): I32 {
    const kind = this.keep(load32(STATE, L.FLAG_KIND));
    const a = this.keep(load64(STATE, L.FLAG_A));
    const b = this.keep(load64(STATE, L.FLAG_B));
    const ofSum = select(
      kind.eq(FlagKind.ADD),
      load64(STATE, L.FLAG_RESULT).ltU(b),
      select(kind.eq(FlagKind.LOGIC), i32(0), a.toI32().and(CF)),
    );
    return this.keep(select(kind.eq(FlagKind.SUB), a.ltU(b), ofSum));
  }
  condition(cc: number): I32 {
    const kind = this.keep(load32(STATE, L.FLAG_KIND));
    const holds = this.f.scratch<I32>('i32');
    const set = (value: I32) => this.f.set(holds, value);
    const general = () => set(conditionOfPacked(this.packedFlags(), cc));
    const result = load64(STATE, L.FLAG_RESULT);
    const fromResult = conditionOfResult(result, cc);
    if (fromResult) {
      this.f.if(kind.ne(FlagKind.PACKED), () => set(fromResult), general);
      return holds.value;
    }
    const a = load64(STATE, L.FLAG_A);
    const b = load64(STATE, L.FLAG_B);
    this.f.if(
      kind.eq(FlagKind.SUB),
      () => set(conditionOfDifference(a, b, result, cc)),
      () => this.f.if(kind.eq(FlagKind.LOGIC), () => set(conditionOfLogic(result, cc)), general),
    );
    return holds.value;
  }
  systemFlags(): I32 {
    return this.keep(load32(STATE, L.SYSTEM_FLAGS));
  }
  direction(): I32 {
    return this.keep(load32(STATE, L.SYSTEM_FLAGS).and(DF).ne(0));
  }
  setDirection(value: 0 | 1): void {
    this.noteWrite();
    const old = load32(STATE, L.SYSTEM_FLAGS);
    this.f.store(32, STATE, value ? old.or(DF) : old.and(~DF), L.SYSTEM_FLAGS);
  }

  when(condition: I32, then: () => void, otherwise?: () => void): void {
    this.f.if(condition, then, otherwise);
  }
  raise(vector: number): void {
    this.noteFault();
    this.f.call(this.frame.imports.raise, i32(vector), this.record, this.frame.budget.value);
    this.f.unreachable();
  }
  delegate(): void {
    this.noteFault();
    this.f.store(32, STATE, i32(EXIT.DELEGATE), L.EXIT_REASON);
    this.f.store(32, STATE, this.record, L.FAULT_RECORD);
    this.f.return(this.frame.budget.value.add(1));
  }
  leavePendingX87Exception(): void {
    this.f.if(load32(STATE, L.FPU_STATUS).and(Fsw.ES), () => this.delegate());
  }

  nextAddress(): I64 {
    return load64(this.record, R.NEXT);
  }
  // Targets beyond the limit of the code segment have no handler: relative ones are as good as checked.
  jump(commit: () => void = () => {}): void {
    commit();
    const link = this.keep(load32(this.record, R.LINK));
    this.f.if(link.ne(0).and(this.mayGoOn()), () => this.goTo(link));
    this.leaveTo(load64(this.record, R.TARGET), this.record.add(R.LINK));
    this.hasEnded = true;
  }
  jumpIf(condition: I32, commit: () => void = () => {}): void {
    commit();
    this.f.if(condition, () => this.jump());
    this.hasEnded = false;
  }
  jumpTo(address: Int, commit: () => void): void {
    const target = this.keep(address.toI64());
    const entry = this.keep(jumpCacheEntry(target));
    const isKnown = () => load64(entry, L.JUMP_CACHE).eq(target);
    if (this.width === 64) {
      this.f.if(isKnown().eqz(), () => {
        this.f.if(target.shl(16).sar(16).ne(target), () => {
          this.noteFault();
          this.f.call(this.frame.imports.raise, i32(NON_CANONICAL_TARGET), this.record, this.frame.budget.value);
          this.f.unreachable();
        });
      });
    }
    commit();
    // A return address that is pushed into code empties the cache.
    this.f.if(isKnown().and(this.mayGoOn()), () => this.goTo(load32(entry, L.JUMP_CACHE + 8)));
    this.leaveTo(target, i32(0));
    this.hasEnded = true;
  }
  again(): void {
    this.f.if(this.mayGoOn(), () => this.f.branch(this.frame.dispatch));
    this.leaveTo(load64(this.record, R.TARGET), i32(0));
  }

  /** Computes the linear address of the record behind this one, in a segment with a base. */
  computeScratchAddress(): void {
    this.f.store(64, STATE, this.operandAddress().add(load64(this.field(R.FIRST))), L.SCRATCH);
  }

  /** Likewise, with the address cut to its size, and checked against the segment's limit. */
  computeSegmentedAddress(): void {
    const offset = this.keep(this.operandAddress().and(load64(this.record, R.IMMEDIATE)));
    const last = offset.add(load32(this.record, R.LINK).toI64());
    this.f.store(64, STATE, this.withinSegment(this.field(R.FIRST), offset, last), L.SCRATCH);
  }

  /** Loads a vector for the record behind this one. */
  loadScratchVector(bits: 16 | 32 | 64 | 128): void {
    const linear = this.operandAddress();
    if (bits === 128) this.requireAligned(linear);
    const host = this.translate(linear, bits, false);
    const vector = bits === 16 ? v128(0n).replace(32, 0, load(16, host)) : loadVector(bits, host);
    this.f.storeVector(STATE, vector, L.VECTOR_SCRATCH);
  }

  private get record(): I32 {
    return this.frame.record.value;
  }
  /** Wider stacks have handlers in flat segments alone, where the pointer is the linear address. */
  private stackAddress(width: Width, pointer: I64): I64 {
    if (this.stackWidth !== 16) return pointer;
    return this.withinSegment(i32(L.SEGMENT_BASE + STACK_SEGMENT * 8), pointer, pointer.add(width / 8 - 1));
  }
  private stringAddress(width: Width, which: 'source' | 'destination', pointer: I64): I64 {
    const segment = this.field(which === 'source' ? R.BASE : R.INDEX);
    if (this.form !== SEGMENTED_STRING) return this.keep(load64(segment).add(pointer));
    return this.withinSegment(segment, pointer, pointer.add(width / 8 - 1));
  }
  /**
   * The linear address of an offset in a segment whose rights allow the access. Beyond the limit the instruction is evaluated
   * outside, which finds the exception.
   * @param segment offset of its base in the state
   */
  private withinSegment(segment: I32, offset: I64, last: I64): I64 {
    const limit = load32(segment.shr(1), L.SEGMENT_LIMIT - L.SEGMENT_BASE / 2).toI64();
    this.f.if(last.gtU(limit), () => this.delegate());
    return this.keep(load32(segment).add(offset.toI32()).toI64());
  }
  private field(offset: number): I32 {
    return load(8, this.record, offset) as I32;
  }
  private registerOperand(n: number, width: Width): Int {
    return load(width, this.field(R.REGISTERS[n]!), L.GPR);
  }
  private operandAddress(): I64 {
    const base = this.field(R.BASE);
    const index = this.field(R.INDEX);
    const shift = this.field(R.SHIFT);
    if (this.form.includes('w')) {
      return this.keep(load32(base).add(load32(index).shl(shift)).add(load32(this.record, R.DISPLACEMENT)).toI64());
    }
    return this.keep(load64(base).add(load64(index).shl(shift.toI64())).add(load64(this.record, R.DISPLACEMENT)));
  }
  /** Offset in the state of a vector register: the third one is xmm0 always. */
  private vectorField(n: number): I32 {
    return n === 2 ? i32(L.XMM) : (load(16, this.record, n === 0 ? R.VECTOR_FIRST : R.VECTOR_SECOND) as I32);
  }
  /** An mmx register is the significand of an x87 register, whose sign and exponent become all ones. */
  private writeMmx(n: number, value: I64): void {
    this.noteWrite();
    const offset = this.vectorField(n);
    this.f.store(64, offset, value);
    this.f.store(16, offset, i32(0xffff), 8);
  }
  private translateVector(alignment: Alignment, write: boolean): I32 {
    const linear = this.operandAddress();
    if (alignment === 'aligned') this.requireAligned(linear);
    return this.translate(linear, 128, write);
  }
  private requireAligned(linear: I64): void {
    this.f.if(linear.toI32().and(15), () => this.raise(MISALIGNED));
  }
  private commit(host: I32): void {
    this.f.if(host.ltU(L.RAM), () => this.f.call(this.frame.imports.commitStore));
  }
  /** Offset in the shared memory of a linear address: from the software TLB, or by the page walk outside. */
  private translate(linear: I64, width: Width | 128, write: boolean): I32 {
    this.noteFault();
    const { f } = this;
    const host = f.scratch<I32>('i32');
    const entry = this.keep(tlbEntry(linear));
    // The last byte's page: an access that reaches into the next page misses.
    const page = (width > 8 ? linear.add(width / 8 - 1) : linear).and(i64(~0xfffn));
    f.if(
      page.eq(load64(entry, L.TLB + (write ? 8 : 0))),
      () => f.set(host, linear.toI32().add(load32(entry, L.TLB + 16))),
      () =>
        f.set(
          host,
          callI32(
            write ? this.frame.imports.translateStore : this.frame.imports.translate,
            linear,
            i32(width / 8 + (write ? WRITE_FLAG : 0)),
            this.record,
            this.frame.budget.value,
          ),
        ),
    );
    return host.value;
  }
  private mayGoOn(): I32 {
    return this.frame.budget.value.gtS(0);
  }
  private goTo(record: I32): void {
    this.f.set(this.frame.record, record);
    this.f.branch(this.frame.dispatch);
  }
  private leaveTo(target: I64, linkSlot: I32): void {
    this.f.set(this.frame.target, target);
    this.f.set(this.frame.linkSlot, linkSlot);
    this.f.branch(this.frame.leave);
  }
  private noteWrite(): void {
    this.hasWritten = true;
  }
  private noteFault(): void {
    if (this.hasWritten) throw new Error(`${this.name}: may fault after an architectural write`);
  }
}

const STACK_SEGMENT = SEGMENTS.indexOf('ss');
const TLB_ENTRY_SHIFT = Math.log2(L.TLB_ENTRY);
/** Offset of the entry for a linear address in the software TLB. */
export function tlbEntry(linear: I64): I32 {
  return linear
    .toI32()
    .shr(12 - TLB_ENTRY_SHIFT)
    .and((L.TLB_ENTRIES - 1) << TLB_ENTRY_SHIFT);
}
/** Beyond the vectors: #GP(0) for a jump to a non-canonical address. */
export const NON_CANONICAL_TARGET = 256;
/** Likewise, for 128 bits that are not aligned. */
export const MISALIGNED = 257;

export function jumpCacheEntry(target: I64): I32 {
  return target
    .toI32()
    .and(L.JUMP_CACHE_ENTRIES - 1)
    .shl(Math.log2(L.JUMP_CACHE_ENTRY));
}
