/** Writes decoded records: which handler, and the fields it reads. */
import type { Cpu } from '../cpu/cpu.ts';
import * as L from '../cpu/layout.ts';
import { isUnitAvailable } from '../helpers/units.ts';
import { type Instruction, type MemoryOperand, nextAddress, SEGMENTS } from '../isa/instruction.ts';
import type { InterpreterModule, Step } from './interpreter-module.ts';
import { type Operation, resolveOperation } from './operation.ts';
import * as R from './record.ts';
import { SegmentKind, segmentKind, stackHandlers } from './segment-kinds.ts';
import { loadedForm, operationKey, SEGMENTED_STRING } from './variants.ts';

/** Most records that one instruction takes. */
export const MAX_RECORDS_PER_INSTRUCTION = 3;

const ADDRESS_MASK = { 16: 0xffffn, 32: 0xffffffffn, 64: 0xffffffffffffffffn } as const;
/** Bits of a pointer register that a string instruction leaves alone: 32-bit ones clear the upper half. */
const KEPT_BITS = { 16: ~0xffffn, 32: 0n, 64: 0n } as const;

function isCanonical(address: bigint): boolean {
  return BigInt.asUintN(64, BigInt.asIntN(48, address)) === address;
}

export class RecordWriter {
  private readonly cpu: Cpu;
  private readonly module: InterpreterModule;
  private readonly view: DataView;

  constructor(cpu: Cpu, module: InterpreterModule) {
    this.cpu = cpu;
    this.module = module;
    this.view = cpu.state.view;
  }

  /** Writes the records of an instruction from `at` on. @returns the address behind them */
  write(at: number, instruction: Instruction): number {
    const operation = isUnitAvailable(this.cpu.state, instruction) ? resolveOperation(instruction) : null;
    const memory = instruction.operands.find((operand) => operand.kind === 'memory');
    const step = operation && memory ? this.addressStep(operation, memory, instruction) : null;
    const key = operation && this.handlerKey(operation, instruction, step);
    if (!operation || key === null) return this.writeStep(at, 'delegate', 0n);
    let record = at;
    if (memory && step) {
      this.writeAddressStep(record, step, memory, instruction);
      record += R.RECORD_SIZE;
    }
    const loads = memory !== undefined && operation.definition.loadStep === true;
    if (loads) {
      this.writeLoadStep(record, memory, instruction, step !== null);
      record += R.RECORD_SIZE;
    }
    const handler = this.module.handlers.get(key);
    if (handler === undefined) throw new Error(`no handler ${key}`);
    this.clear(record, handler);
    this.writeOperands(record, instruction, operation, step !== null);
    return record + R.RECORD_SIZE;
  }

  /** Writes a step of the engine's own. */
  writeStep(at: number, step: Step, target: bigint, link = 0): number {
    this.clear(at, this.module.handlers.get(step)!);
    this.view.setBigUint64(at + R.TARGET, target, true);
    this.view.setInt32(at + R.LINK, link, true);
    return at + R.RECORD_SIZE;
  }

  /**
   * Makes a record leave instead of executing. Its fields stay: the instruction that stores to its own code is still
   * running on them.
   */
  drop(record: number): void {
    this.view.setInt32(record + R.HANDLER, this.module.handlers.get('dropped')!, true);
  }

  /** Whether the variant for an instruction writes its memory operand. */
  writesMemory(instruction: Instruction): boolean {
    const operation = resolveOperation(instruction);
    return operation !== null && this.module.writers.has(operationKey(operation, operation.form, 64));
  }

  private writeOperands(record: number, instruction: Instruction, operation: Operation, hasAddressStep: boolean): void {
    const { view } = this;
    view.setBigUint64(record + R.NEXT, nextAddress(instruction), true);
    if (operation.definition.repeats) {
      this.writeStringFields(record, instruction);
      return;
    }
    instruction.operands.forEach((operand, n) => {
      const vector = record + (n === 0 ? R.VECTOR_FIRST : R.VECTOR_SECOND);
      switch (operand.kind) {
        case 'xmm':
          // The third one is xmm0 always.
          if (n < 2) view.setUint16(vector, L.XMM + operand.index * 16, true);
          break;
        case 'mmx':
          view.setUint16(vector, L.ST + operand.index * 16, true);
          break;
        case 'gpr':
          view.setUint8(record + R.REGISTERS[n]!, operand.index * 8 + (operand.high ? 1 : 0));
          break;
        case 'immediate':
          view.setBigInt64(record + R.IMMEDIATE, operand.value, true);
          break;
        case 'relative':
          view.setBigUint64(record + R.TARGET, operand.target, true);
          // LOOP and JCXZ count in a register as wide as an address.
          this.writeAddressSize(record, instruction);
          break;
        case 'memory':
          if (operation.definition.loadStep) view.setUint16(vector, L.VECTOR_SCRATCH, true);
          else if (hasAddressStep) view.setUint8(record + R.BASE, L.SCRATCH);
          else this.writeAddress(record, operand, instruction);
      }
    });
  }
  private writeStringFields(record: number, instruction: Instruction): void {
    const { view } = this;
    this.writeAddressSize(record, instruction);
    const isLong = this.cpu.state.codeSize === 64;
    const source = instruction.segmentOverride ?? 'ds';
    const sourceHasBase = !isLong || source === 'fs' || source === 'gs';
    view.setUint8(record + R.BASE, sourceHasBase ? L.SEGMENT_BASE + SEGMENTS.indexOf(source) * 8 : L.ZERO);
    view.setUint8(record + R.INDEX, isLong ? L.ZERO : L.SEGMENT_BASE);
    view.setBigUint64(record + R.TARGET, instruction.address, true);
  }
  private writeAddressSize(record: number, instruction: Instruction): void {
    this.view.setBigUint64(record + R.IMMEDIATE, ADDRESS_MASK[instruction.addressSize], true);
    this.view.setBigInt64(record + R.DISPLACEMENT, KEPT_BITS[instruction.addressSize], true);
  }
  private writeAddress(record: number, operand: MemoryOperand, instruction: Instruction): void {
    const { view } = this;
    const relative = operand.ripRelative ? instruction.address + BigInt(instruction.length) : 0n;
    view.setUint8(record + R.BASE, operand.base >= 0 ? operand.base * 8 : L.ZERO);
    view.setUint8(record + R.INDEX, operand.index >= 0 ? operand.index * 8 : L.ZERO);
    view.setUint8(record + R.SHIFT, Math.log2(operand.scale));
    view.setBigUint64(record + R.DISPLACEMENT, BigInt.asUintN(64, operand.displacement + relative), true);
  }
  private writeAddressStep(record: number, step: Step, memory: MemoryOperand, instruction: Instruction): void {
    const { view } = this;
    this.clear(record, this.module.handlers.get(step)!);
    this.writeAddress(record, memory, instruction);
    const segment = SEGMENTS.indexOf(memory.segment);
    view.setUint8(record + R.FIRST, L.SEGMENT_BASE + segment * 8);
    if (step !== 'segmented-address') return;
    view.setBigUint64(record + R.IMMEDIATE, ADDRESS_MASK[instruction.addressSize], true);
    view.setInt32(record + R.LINK, memory.width / 8 - 1, true);
  }
  private writeLoadStep(record: number, memory: MemoryOperand, instruction: Instruction, hasAddress: boolean): void {
    const { view } = this;
    const form = hasAddress || instruction.addressSize === 64 ? 'm' : 'w';
    const mmx = instruction.operands.some(({ kind }) => kind === 'mmx') ? 'mmx-' : '';
    const handler = this.module.handlers.get(`${mmx}load${memory.width}.${form}`);
    if (handler === undefined) throw new Error(`no step loads a vector of ${memory.width} bits`);
    this.clear(record, handler);
    if (hasAddress) view.setUint8(record + R.BASE, L.SCRATCH);
    else this.writeAddress(record, memory, instruction);
  }
  /** The step that must compute the address first, if the handler cannot itself. */
  private addressStep({ width }: Operation, memory: MemoryOperand, { addressSize }: Instruction): Step | null {
    const isAddressOnly = memory.width === 0;
    const { state } = this.cpu;
    if (state.codeSize === 64) {
      const hasBase = memory.segment === 'fs' || memory.segment === 'gs';
      if (isAddressOnly || !hasBase) return null;
      return addressSize === 64 ? 'address64' : 'address32';
    }
    // An address that ends in a 16-bit register is cut there.
    if (isAddressOnly) return addressSize === 32 || width === 16 ? null : 'slow-address';
    switch (segmentKind(state, memory.segment)) {
      case SegmentKind.FLAT:
        return addressSize === 32 ? null : 'segmented-address';
      case SegmentKind.LIMITED:
        return 'segmented-address';
      default:
        return 'slow-address';
    }
  }
  /** The handler of an instruction, or `null` where it has to be evaluated as on the reference engine. */
  private handlerKey(operation: Operation, instruction: Instruction, step: Step | null): string | null {
    const { state } = this.cpu;
    const { definition } = operation;
    // A bit string's address moves before its segment is applied, and the step has applied it already.
    if (step && definition.bitString) return null;
    if (!this.canReachTarget(operation, instruction)) return null;
    const stackWidth = definition.stack ? stackHandlers(state) : 64;
    if (stackWidth === null) return null;
    let { form } = operation;
    if (definition.repeats) {
      if (state.codeSize !== 64) {
        const kinds = [segmentKind(state, 'es'), segmentKind(state, instruction.segmentOverride ?? 'ds')];
        if (kinds.includes(SegmentKind.OTHER)) return null;
        if (kinds.includes(SegmentKind.LIMITED)) form = SEGMENTED_STRING;
      }
    } else if (definition.loadStep && form.includes('m')) form = loadedForm(operation);
    else if (!step && instruction.addressSize !== 64) form = form.replace('m', 'w');
    return operationKey(operation, form, stackWidth);
  }
  /** Whether no check is needed that a jump stays within the code segment, or at canonical addresses. */
  private canReachTarget({ definition, width }: Operation, { operands }: Instruction): boolean {
    const { state } = this.cpu;
    const [target] = operands;
    if (target?.kind === 'relative')
      return state.codeSize === 64 ? isCanonical(target.target) : target.target <= this.codeLimit;
    // The handlers of computed targets check for canonical ones, but know no limit.
    return !definition.jumpsAnywhere || state.codeSize === 64 || (1n << BigInt(width)) - 1n <= this.codeLimit;
  }
  private get codeLimit(): bigint {
    return BigInt(this.cpu.state.segment('cs').limit);
  }
  private clear(record: number, handler: number): void {
    const { view } = this;
    for (let offset = 0; offset < R.RECORD_SIZE; offset += 8) view.setBigInt64(record + offset, 0n, true);
    view.setInt32(record + R.HANDLER, handler, true);
    view.setUint8(record + R.BASE, L.ZERO);
    view.setUint8(record + R.INDEX, L.ZERO);
  }
}
