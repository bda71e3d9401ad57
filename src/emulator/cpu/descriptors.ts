/** Segment and system descriptors, as they lie in their tables. Intel SDM volume 3, sections 3.4 and 3.5. */
import type { Cpu } from './cpu.ts';
import { GuestException, Vector } from './exceptions.ts';
import { SegmentAttribute as Attribute, Efer, type Segment } from './state.ts';

/** The bits of a segment's type that code and data segments use. */
export const SegmentType = { ACCESSED: 1, WRITABLE: 2, READABLE: 2, EXPAND_DOWN: 4, CONFORMING: 4, CODE: 8 } as const;
/** Types of system descriptors (table 3-2). In long mode those of 32 bits are of 64 bits, and those of 16 bits do not exist. */
export const SystemType = {
  TSS_16: 1,
  LDT: 2,
  BUSY_TSS_16: 3,
  CALL_GATE_16: 4,
  TASK_GATE: 5,
  INTERRUPT_GATE_16: 6,
  TRAP_GATE_16: 7,
  TSS_32: 9,
  BUSY_TSS_32: 11,
  CALL_GATE_32: 12,
  INTERRUPT_GATE_32: 14,
  TRAP_GATE_32: 15,
} as const;
/** What makes the type of a TSS that of a busy one. */
export const BUSY = 2;
/** What tells types of 32 bits from those of 16 bits. */
export const WIDE = 8;

export interface Descriptor extends Segment {
  /** Linear address of its first byte. */
  address: bigint;
  raw: bigint;
}

export function dpl(segment: Segment): number {
  return (segment.attributes & Attribute.DPL) >> 5;
}
export function isCode(segment: Segment): boolean {
  return (segment.attributes & (Attribute.S | SegmentType.CODE)) === (Attribute.S | SegmentType.CODE);
}
export function isConformingCode(segment: Segment): boolean {
  return isCode(segment) && (segment.attributes & SegmentType.CONFORMING) !== 0;
}
export function isReadable(segment: Segment): boolean {
  return (
    (segment.attributes & Attribute.S) !== 0 && (!isCode(segment) || (segment.attributes & SegmentType.READABLE) !== 0)
  );
}
export function isWritableData(segment: Segment): boolean {
  const type = Attribute.S | SegmentType.CODE | SegmentType.WRITABLE;
  return (segment.attributes & type) === (Attribute.S | SegmentType.WRITABLE);
}
export function isPresent(segment: Segment): boolean {
  return (segment.attributes & Attribute.P) !== 0;
}
/** The type of a system descriptor, or 0 (which is reserved) of any other. */
export function systemType(segment: Segment): number {
  return segment.attributes & Attribute.S ? 0 : segment.attributes & Attribute.TYPE;
}
export function isNullSelector(selector: number): boolean {
  return (selector & 0xfffc) === 0;
}

/** The fields of an 8-byte descriptor. */
export function parseDescriptor(raw: bigint, selector: number): Segment {
  const attributes = Number((raw >> 40n) & 0xf0ffn);
  const units = Number((raw & 0xffffn) | ((raw >> 32n) & 0xf0000n));
  const limit = attributes & Attribute.G ? units * 4096 + 4095 : units;
  return { selector, base: ((raw >> 16n) & 0xffffffn) | ((raw >> 32n) & 0xff000000n), limit, attributes };
}

/** Reads the descriptor that a selector names. @throws GuestException #GP(selector), or the given vector, outside the table */
export function readDescriptor(cpu: Cpu, selector: number, vector: number = Vector.GP): Descriptor {
  const address = descriptorAddress(cpu, selector, 8, vector);
  const raw = cpu.linear.read(address, 8, 'supervisor');
  return { ...parseDescriptor(raw, selector), address, raw };
}
function descriptorAddress(cpu: Cpu, selector: number, bytes: 8 | 16, vector: number): bigint {
  const { state } = cpu;
  const ldtr = state.segment('ldtr');
  const table = selector & 4 ? { base: ldtr.base, limit: isPresent(ldtr) ? ldtr.limit : -1 } : state.gdtr;
  const offset = selector & 0xfff8;
  if (offset + bytes - 1 > table.limit)
    throw selectorFault(vector, selector, 'selector is outside its descriptor table');
  return state.systemAddress(table.base + BigInt(offset));
}
/**
 * The second half of a system descriptor of long mode, 16 bytes long: bits 32-63 of a base or an offset.
 * @throws GuestException #GP(selector) outside the table, or if the half could be a descriptor itself
 */
export function readUpperHalf(cpu: Cpu, { selector }: Descriptor): bigint {
  const half = cpu.linear.read(descriptorAddress(cpu, selector, 16, Vector.GP) + 8n, 8, 'supervisor');
  if ((half >> 40n) & 0x1fn) throw selectorFault(Vector.GP, selector, 'the second half of the descriptor has a type');
  return (half & 0xffffffffn) << 32n;
}
/** The base of an LDT or a TSS. @throws GuestException #GP(selector) */
export function systemBase(cpu: Cpu, descriptor: Descriptor): bigint {
  if (!(cpu.state.efer & Efer.LMA)) return descriptor.base;
  const base = descriptor.base | readUpperHalf(cpu, descriptor);
  if (BigInt.asUintN(64, BigInt.asIntN(48, base)) !== base)
    throw selectorFault(Vector.GP, descriptor.selector, 'the base is not canonical');
  return base;
}

export function selectorFault(vector: number, selector: number, reason: string): GuestException {
  return new GuestException(vector, `selector 0x${selector.toString(16)}: ${reason}`, { errorCode: selector & 0xfffc });
}
/** Loading a segment register sets the descriptor's accessed bit (Intel SDM volume 3, section 3.4.5.1). @throws GuestException */
export function markAccessed(cpu: Cpu, descriptor: Descriptor): void {
  if (descriptor.attributes & SegmentType.ACCESSED) return;
  const access = cpu.state.systemAddress(descriptor.address + 5n);
  cpu.linear.write(access, 1, (descriptor.raw >> 40n) | BigInt(SegmentType.ACCESSED), 'supervisor');
  descriptor.attributes |= SegmentType.ACCESSED;
}
