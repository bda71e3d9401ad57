/** GDTR, IDTR, LDTR, TR and questions about descriptors. Intel SDM volume 3, chapters 2, 3 and 5. */
import type { Cpu } from '../cpu/cpu.ts';
import {
  BUSY,
  type Descriptor,
  dpl,
  isConformingCode,
  isNullSelector,
  isPresent,
  isReadable,
  isWritableData,
  readDescriptor,
  SystemType,
  selectorFault,
  systemBase,
  systemType,
} from '../cpu/descriptors.ts';
import { GuestException, generalProtection, invalidOpcode, Vector } from '../cpu/exceptions.ts';
import { ZF } from '../cpu/flags.ts';
import { loadDataSegment } from '../cpu/segmentation.ts';
import { SegmentAttribute as Attribute, Efer } from '../cpu/state.ts';
import type { Instruction } from '../isa/instruction.ts';
import { guardUserMode, requireSupervisor } from './control-registers.ts';
import { type HelperTable, linearAddress, memoryOperand, readOperand, writeGpr, writeOperand } from './operands.ts';

function loadTable(cpu: Cpu, i: Instruction): { base: bigint; limit: number } {
  const is64 = cpu.state.codeSize === 64;
  const address = linearAddress(cpu, i, memoryOperand(i), is64 ? 10 : 6, false);
  const limit = Number(cpu.linear.read(address, 2));
  const baseAddress = BigInt.asUintN(is64 ? 64 : 32, address + 2n);
  const base = cpu.linear.read(baseAddress, is64 ? 8 : 4);
  if (is64 && BigInt.asUintN(64, BigInt.asIntN(48, base)) !== base)
    throw generalProtection('the base of the table is not canonical');
  return { limit, base: i.operandSize === 16 ? base & 0xffffffn : base };
}
function storeTable(cpu: Cpu, i: Instruction, { base, limit }: { base: bigint; limit: number }): void {
  guardUserMode(cpu, i.mnemonic);
  const is64 = cpu.state.codeSize === 64;
  const address = linearAddress(cpu, i, memoryOperand(i), is64 ? 10 : 6, true);
  const baseAddress = BigInt.asUintN(is64 ? 64 : 32, address + 2n);
  cpu.linear.checkWrite(address, 2);
  cpu.linear.checkWrite(baseAddress, is64 ? 8 : 4);
  cpu.linear.write(address, 2, BigInt(limit));
  cpu.linear.write(baseAddress, is64 ? 8 : 4, is64 ? base : base & 0xffffffffn);
}
/** A selector that LAR, LSL, VERR and VERW may look at, or `null`. */
function visibleDescriptor(cpu: Cpu, selector: number): Descriptor | null {
  if (isNullSelector(selector)) return null;
  try {
    const descriptor = readDescriptor(cpu, selector);
    if (!isConformingCode(descriptor) && Math.max(cpu.state.cpl, selector & 3) > dpl(descriptor)) return null;
    return descriptor;
  } catch (error) {
    if (error instanceof GuestException && error.vector === Vector.GP) return null;
    throw error;
  }
}
function answer(cpu: Cpu, yes: boolean): void {
  cpu.state.rflags = (cpu.state.rflags & ~ZF) | (yes ? ZF : 0);
}
const SYSTEM_TYPES_LAR = [1, 2, 3, 4, 5, 9, 11, 12];
const SYSTEM_TYPES_LAR_LONG = [2, 9, 11, 12];
const SYSTEM_TYPES_LSL = [1, 2, 3, 9, 11];
const SYSTEM_TYPES_LSL_LONG = [2, 9, 11];

function loadFarPointer(register: 'ss' | 'ds' | 'es' | 'fs' | 'gs'): HelperTable[string] {
  return (cpu, i) => {
    const destination = i.operands[0];
    if (destination?.kind !== 'gpr') throw new Error('far pointer without register');
    const bytes = i.operandSize === 64 ? 8 : i.operandSize === 32 ? 4 : 2;
    const address = linearAddress(cpu, i, memoryOperand(i, 1), bytes + 2, false);
    const offset = cpu.linear.read(address, bytes);
    const selector = Number(
      cpu.linear.read(BigInt.asUintN(cpu.state.codeSize === 64 ? 64 : 32, address + BigInt(bytes)), 2),
    );
    loadDataSegment(cpu, register, selector);
    writeGpr(cpu, destination.index, i.operandSize, offset);
  };
}

/** What concerns selectors of descriptors exists where there are such. */
function requireProtected(cpu: Cpu, what: string): void {
  if (cpu.state.is8086) throw invalidOpcode(`${what} in real mode or virtual-8086 mode`);
}

function storeSelector(register: 'ldtr' | 'tr'): HelperTable[string] {
  return (cpu, i) => {
    guardUserMode(cpu, i.mnemonic);
    writeOperand(cpu, i, 0, BigInt(cpu.state.segment(register).selector));
  };
}
/** Not recognised elsewhere: Intel SDM volume 2, "Real-Address Mode Exceptions" and "Virtual-8086 Mode Exceptions" of each. */
const PROTECTED_ONLY: HelperTable = {
  sldt: storeSelector('ldtr'),
  str: storeSelector('tr'),
  lldt(cpu, i) {
    requireSupervisor(cpu, 'lldt');
    const selector = Number(readOperand(cpu, i, 0) & 0xffffn);
    if (isNullSelector(selector)) {
      cpu.state.setSegment('ldtr', { selector, base: 0n, limit: 0, attributes: 0 });
      return;
    }
    if (selector & 4) throw selectorFault(Vector.GP, selector, 'an LDT is described in the GDT');
    const descriptor = readDescriptor(cpu, selector);
    if (systemType(descriptor) !== SystemType.LDT) throw selectorFault(Vector.GP, selector, 'not an LDT');
    if (!isPresent(descriptor)) throw selectorFault(Vector.NP, selector, 'the LDT is not present');
    cpu.state.setSegment('ldtr', {
      selector,
      base: systemBase(cpu, descriptor),
      limit: descriptor.limit,
      attributes: descriptor.attributes,
    });
  },
  ltr(cpu, i) {
    requireSupervisor(cpu, 'ltr');
    const selector = Number(readOperand(cpu, i, 0) & 0xffffn);
    if (isNullSelector(selector)) throw generalProtection('null selector in TR');
    if (selector & 4) throw selectorFault(Vector.GP, selector, 'a TSS is described in the GDT');
    const descriptor = readDescriptor(cpu, selector);
    const allowed: number[] = [SystemType.TSS_32];
    if (!(cpu.state.efer & Efer.LMA)) allowed.push(SystemType.TSS_16);
    if (!allowed.includes(systemType(descriptor))) throw selectorFault(Vector.GP, selector, 'not an available TSS');
    if (!isPresent(descriptor)) throw selectorFault(Vector.NP, selector, 'the TSS is not present');
    const base = systemBase(cpu, descriptor);
    const access = cpu.state.systemAddress(descriptor.address + 5n);
    cpu.linear.write(access, 1, ((descriptor.raw >> 40n) & 0xffn) | BigInt(BUSY), 'supervisor');
    cpu.state.setSegment('tr', { selector, base, limit: descriptor.limit, attributes: descriptor.attributes | BUSY });
  },
  lar(cpu, i) {
    const descriptor = visibleDescriptor(cpu, Number(readOperand(cpu, i, 1) & 0xffffn));
    const types = cpu.state.efer & Efer.LMA ? SYSTEM_TYPES_LAR_LONG : SYSTEM_TYPES_LAR;
    const valid =
      descriptor !== null &&
      ((descriptor.attributes & Attribute.S) !== 0 || types.includes(descriptor.attributes & 15));
    // Intel's manual leaves bits 16 to 19 undefined: its processors, too, leave those of the limit there.
    if (valid) writeOperand(cpu, i, 0, (descriptor.raw >> 32n) & (i.operandSize === 16 ? 0xff00n : 0xffff00n));
    answer(cpu, valid);
  },
  lsl(cpu, i) {
    const descriptor = visibleDescriptor(cpu, Number(readOperand(cpu, i, 1) & 0xffffn));
    const types = cpu.state.efer & Efer.LMA ? SYSTEM_TYPES_LSL_LONG : SYSTEM_TYPES_LSL;
    const valid =
      descriptor !== null &&
      ((descriptor.attributes & Attribute.S) !== 0 || types.includes(descriptor.attributes & 15));
    if (valid) writeOperand(cpu, i, 0, BigInt(descriptor.limit));
    answer(cpu, valid);
  },
  verr(cpu, i) {
    const descriptor = visibleDescriptor(cpu, Number(readOperand(cpu, i, 0) & 0xffffn));
    answer(cpu, descriptor !== null && isReadable(descriptor));
  },
  verw(cpu, i) {
    const descriptor = visibleDescriptor(cpu, Number(readOperand(cpu, i, 0) & 0xffffn));
    answer(cpu, descriptor !== null && isWritableData(descriptor));
  },
};

export const descriptorTableHelpers: HelperTable = {
  lgdt(cpu, i) {
    requireSupervisor(cpu, 'lgdt');
    cpu.state.gdtr = loadTable(cpu, i);
  },
  lidt(cpu, i) {
    requireSupervisor(cpu, 'lidt');
    cpu.state.idtr = loadTable(cpu, i);
  },
  sgdt: (cpu, i) => storeTable(cpu, i, cpu.state.gdtr),
  sidt: (cpu, i) => storeTable(cpu, i, cpu.state.idtr),
  lds: loadFarPointer('ds'),
  les: loadFarPointer('es'),
  lfs: loadFarPointer('fs'),
  lgs: loadFarPointer('gs'),
  lss: loadFarPointer('ss'),
  ...Object.fromEntries(
    Object.entries(PROTECTED_ONLY).map(([mnemonic, helper]): [string, HelperTable[string]] => [
      mnemonic,
      (cpu, i) => {
        requireProtected(cpu, mnemonic);
        helper(cpu, i);
      },
    ]),
  ),
};
