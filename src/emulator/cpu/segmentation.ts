/** Descriptors and segment registers. Intel SDM volume 3, chapters 3 and 5. */
import type { Cpu } from './cpu.ts';
import { GuestException, generalProtection, Unsupported, Vector } from './exceptions.ts';
import { SegmentAttribute as Attribute, Efer, type Segment, type SegmentRegister } from './state.ts';

/** The bits of a segment's type that code and data segments use. */
export const SegmentType = { ACCESSED: 1, WRITABLE: 2, READABLE: 2, EXPAND_DOWN: 4, CONFORMING: 4, CODE: 8 } as const;

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
export function isPresent(segment: Segment): boolean {
  return (segment.attributes & Attribute.P) !== 0;
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
  const { state } = cpu;
  const isLocal = (selector & 4) !== 0;
  const ldtr = state.segment('ldtr');
  const table = isLocal ? { base: ldtr.base, limit: isPresent(ldtr) ? ldtr.limit : -1 } : state.gdtr;
  const offset = selector & 0xfff8;
  if (offset + 7 > table.limit) throw selectorFault(vector, selector, 'selector is outside its descriptor table');
  const address = table.base + BigInt(offset);
  const raw = cpu.linear.read(address, 8, 'supervisor');
  return { ...parseDescriptor(raw, selector), address, raw };
}
export function selectorFault(vector: number, selector: number, reason: string): GuestException {
  return new GuestException(vector, `selector 0x${selector.toString(16)}: ${reason}`, { errorCode: selector & 0xfffc });
}
/** Loading a segment register sets the descriptor's accessed bit (Intel SDM volume 3, section 3.4.5.1). @throws GuestException */
export function markAccessed(cpu: Cpu, descriptor: Descriptor): void {
  if (descriptor.attributes & SegmentType.ACCESSED) return;
  cpu.linear.write(descriptor.address + 5n, 1, (descriptor.raw >> 40n) | BigInt(SegmentType.ACCESSED), 'supervisor');
  descriptor.attributes |= SegmentType.ACCESSED;
}
function store(cpu: Cpu, register: SegmentRegister, segment: Segment): void {
  const old = cpu.state.segment(register);
  cpu.state.setSegment(register, segment);
  // Real mode moves the bases of data all the time, which concerns nobody who does not need them to be 0.
  const isMoved = register === 'cs' ? old.base !== segment.base : (old.base === 0n) !== (segment.base === 0n);
  if (isMoved || old.limit !== segment.limit || old.attributes !== segment.attributes) cpu.onSegmentChange();
}

/**
 * Real mode sets a segment register's base alone; the limit and the rights that protected mode left in its hidden part stay in
 * force, which is what "unreal" mode rests on (AMD APM volume 2, section 4.5.1; Intel SDM volume 3, section 11.9.2).
 */
function realModeSegment(old: Segment, selector: number): Segment {
  const base = BigInt(selector) << 4n;
  // A null selector leaves nothing behind that an access could use.
  if (!isPresent(old)) return { selector, base, limit: 0xffff, attributes: REAL_MODE_DATA };
  return { ...old, selector, base };
}
const REAL_MODE_DATA = Attribute.P | Attribute.S | SegmentType.WRITABLE | SegmentType.ACCESSED;
/** Loads CS in real mode. */
export function loadRealModeCode(cpu: Cpu, selector: number): void {
  store(cpu, 'cs', realModeSegment(cpu.state.segment('cs'), selector));
}

/** Loads SS, DS, ES, FS or GS as MOV, POP and LSS do (Intel SDM volume 2, MOV). */
export function loadDataSegment(cpu: Cpu, register: 'ss' | 'ds' | 'es' | 'fs' | 'gs', selector: number): void {
  const { state } = cpu;
  if (state.mode === 'real') {
    store(cpu, register, realModeSegment(state.segment(register), selector));
    return;
  }
  const { cpl } = state;
  const rpl = selector & 3;
  if ((selector & 0xfffc) === 0) {
    if (register === 'ss' && !(state.codeSize === 64 && cpl < 3 && rpl === cpl))
      throw generalProtection('null selector in SS');
    const dplOfStack = register === 'ss' ? cpl << 5 : 0;
    store(cpu, register, { selector, base: 0n, limit: 0, attributes: dplOfStack });
    return;
  }
  const descriptor = readDescriptor(cpu, selector);
  const { attributes } = descriptor;
  const writableData =
    (attributes & (Attribute.S | SegmentType.CODE | SegmentType.WRITABLE)) === (Attribute.S | SegmentType.WRITABLE);
  if (register === 'ss') {
    if (rpl !== cpl || dpl(descriptor) !== cpl || !writableData)
      throw selectorFault(Vector.GP, selector, 'not a stack segment of the current privilege level');
    if (!isPresent(descriptor)) throw selectorFault(Vector.SS, selector, 'stack segment is not present');
  } else {
    const readable =
      (attributes & Attribute.S) !== 0 && (!isCode(descriptor) || (attributes & SegmentType.READABLE) !== 0);
    if (!readable) throw selectorFault(Vector.GP, selector, 'not a readable segment');
    const conforming = isCode(descriptor) && (attributes & SegmentType.CONFORMING) !== 0;
    if (!conforming && (rpl > dpl(descriptor) || cpl > dpl(descriptor)))
      throw selectorFault(Vector.GP, selector, 'segment is more privileged');
    if (!isPresent(descriptor)) throw selectorFault(Vector.NP, selector, 'segment is not present');
  }
  markAccessed(cpu, descriptor);
  store(cpu, register, descriptor);
}

/** System descriptors that a far transfer may go through, by type. */
const GATES: Readonly<Record<number, string>> = {
  1: 'task switch',
  4: 'call gate',
  5: 'task switch',
  9: 'task switch',
  12: 'call gate',
};
const LONG_GATES: Readonly<Record<number, string>> = { 12: 'call gate' };

/** How control reaches a code segment: it decides which privilege levels are allowed. */
export type CodeEntry = 'transfer' | 'return' | 'gate';

/**
 * Checks a code segment for a far transfer at (`transfer`), out of (`return`) or into (`gate`) a privilege level.
 * @returns the segment with the RPL that CS will hold. @throws GuestException
 */
export function checkCodeSegment(cpu: Cpu, selector: number, entry: CodeEntry, vector: number = Vector.GP): Descriptor {
  const { state } = cpu;
  const { cpl } = state;
  const rpl = selector & 3;
  if ((selector & 0xfffc) === 0) throw new GuestException(vector, 'null selector in CS', { errorCode: 0 });
  const descriptor = readDescriptor(cpu, selector, vector);
  if (!isCode(descriptor)) {
    const gates = state.efer & Efer.LMA ? LONG_GATES : GATES;
    const what = descriptor.attributes & Attribute.S ? undefined : gates[descriptor.attributes & Attribute.TYPE];
    if (what && entry === 'transfer') throw new Unsupported(what);
    throw selectorFault(vector, selector, 'not a code segment');
  }
  const conforming = (descriptor.attributes & SegmentType.CONFORMING) !== 0;
  const level = dpl(descriptor);
  if (state.efer & Efer.LMA && descriptor.attributes & Attribute.L && descriptor.attributes & Attribute.DB)
    throw selectorFault(vector, selector, 'code segment has both L and D set');
  let newLevel = cpl;
  if (entry === 'transfer') {
    if (conforming ? level > cpl : level !== cpl || rpl > cpl)
      throw selectorFault(vector, selector, 'code segment of another privilege level');
  } else if (entry === 'return') {
    if (rpl < cpl) throw selectorFault(vector, selector, 'return to a more privileged level');
    if (conforming ? level > rpl : level !== rpl)
      throw selectorFault(vector, selector, 'code segment of another privilege level');
    newLevel = rpl;
  } else {
    if (level > cpl) throw selectorFault(vector, selector, 'gate leads to a less privileged level');
    if (!conforming) newLevel = level;
  }
  if (!isPresent(descriptor)) throw selectorFault(Vector.NP, selector, 'code segment is not present');
  return { ...descriptor, selector: (selector & 0xfffc) | newLevel };
}
/** Makes a checked code segment the current one. The current privilege level follows with SS. */
export function setCodeSegment(cpu: Cpu, descriptor: Descriptor): void {
  markAccessed(cpu, descriptor);
  store(cpu, 'cs', descriptor);
}
/** Sets SS to a checked segment, or to the null segment. */
export function setStackSegment(cpu: Cpu, segment: Segment | Descriptor): void {
  if ('raw' in segment) markAccessed(cpu, segment);
  store(cpu, 'ss', segment);
}
/** The SS that a transfer to an inner level of 64-bit code gets: null, with that level. */
export function nullStackSegment(level: number): Segment {
  return { selector: level, base: 0n, limit: 0, attributes: level << 5 };
}
/** Checks a stack segment for privilege level `level`. */
export function checkStackSegment(cpu: Cpu, selector: number, level: number, vector: number): Descriptor {
  if ((selector & 0xfffc) === 0) throw new GuestException(vector, 'null selector in SS', { errorCode: 0 });
  const descriptor = readDescriptor(cpu, selector, vector);
  const writableData =
    (descriptor.attributes & (Attribute.S | SegmentType.CODE | SegmentType.WRITABLE)) ===
    (Attribute.S | SegmentType.WRITABLE);
  if ((selector & 3) !== level || dpl(descriptor) !== level || !writableData)
    throw selectorFault(vector, selector, `not a stack segment of privilege level ${level}`);
  if (!isPresent(descriptor)) throw selectorFault(Vector.SS, selector, 'stack segment is not present');
  return descriptor;
}
/** After a return to an outer level, data segments that are too privileged for it become null. */
export function dropPrivilegedSegments(cpu: Cpu): void {
  for (const register of ['ds', 'es', 'fs', 'gs'] as const) {
    const segment = cpu.state.segment(register);
    const conforming = isCode(segment) && (segment.attributes & SegmentType.CONFORMING) !== 0;
    if (isPresent(segment) && !conforming && dpl(segment) < cpu.state.cpl)
      cpu.state.setSegment(register, { selector: 0, base: 0n, limit: 0, attributes: 0 });
  }
}

/**
 * Checks an access through a segment outside 64-bit mode (Intel SDM volume 3, section 5.3 and 5.4). Real mode knows limits, but
 * no rights.
 * @throws GuestException #GP(0), or #SS(0) for the stack segment
 */
export function checkSegmentAccess(
  cpu: Cpu,
  register: SegmentRegister,
  offset: bigint,
  bytes: number,
  write: boolean,
  segment: Segment = cpu.state.segment(register),
): void {
  const fault = (reason: string) =>
    new GuestException(register === 'ss' ? Vector.SS : Vector.GP, `${register}: ${reason}`, { errorCode: 0 });
  const code = isCode(segment);
  if (cpu.state.mode !== 'real') {
    if (!isPresent(segment)) throw fault('null segment');
    if (write && (code || !(segment.attributes & SegmentType.WRITABLE))) throw fault('segment is not writable');
    if (!write && code && !(segment.attributes & SegmentType.READABLE)) throw fault('segment is not readable');
  }
  const last = offset + BigInt(bytes) - 1n;
  if (!code && segment.attributes & SegmentType.EXPAND_DOWN) {
    const top = segment.attributes & Attribute.DB ? 0xffffffffn : 0xffffn;
    if (offset <= BigInt(segment.limit) || last > top)
      throw fault(`offset 0x${offset.toString(16)} is outside the expand-down segment`);
    // An access that wraps around 4 GiB may or may not fault in a segment of that size: it does not here.
  } else if (segment.limit !== 0xffffffff && last > BigInt(segment.limit)) {
    throw fault(`offset 0x${offset.toString(16)} is beyond the segment limit 0x${segment.limit.toString(16)}`);
  }
}

/** Whether a segment spans all 4 GiB from 0 and allows reading and writing, so that an access needs no check. */
export function isFlat(segment: Segment): boolean {
  const writableData =
    (segment.attributes &
      (Attribute.P | Attribute.S | SegmentType.CODE | SegmentType.EXPAND_DOWN | SegmentType.WRITABLE)) ===
    (Attribute.P | Attribute.S | SegmentType.WRITABLE);
  return segment.base === 0n && segment.limit === 0xffffffff && writableData;
}
