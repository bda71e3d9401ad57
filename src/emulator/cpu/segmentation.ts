/** Segment registers: loads, checks of what is loaded, accesses. Intel SDM volume 3, chapters 3 and 5. */
import type { Cpu } from './cpu.ts';
import {
  type Descriptor,
  dpl,
  isCode,
  isConformingCode,
  isNullSelector,
  isPresent,
  isReadable,
  isWritableData,
  markAccessed,
  readDescriptor,
  SegmentType,
  selectorFault,
} from './descriptors.ts';
import { GuestException, generalProtection, Vector } from './exceptions.ts';
import { SegmentAttribute as Attribute, Efer, type Segment, type SegmentRegister } from './state.ts';

/** Sets a segment register to a checked segment. @throws GuestException if its descriptor cannot be marked accessed */
export function setSegment(cpu: Cpu, register: SegmentRegister, segment: Segment | Descriptor): void {
  if ('raw' in segment && segment.attributes & Attribute.S) markAccessed(cpu, segment);
  store(cpu, register, segment);
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
/** What virtual-8086 mode has in all segment registers: data that can be written at level 3 (Intel SDM volume 3, section 20.2.1). */
const VIRTUAL_8086 = REAL_MODE_DATA | Attribute.DPL;
/** Loads all segment registers as virtual-8086 mode is entered. Loads in that mode are real mode's. */
export function load8086Segments(
  cpu: Cpu,
  selectors: Readonly<Record<'es' | 'cs' | 'ss' | 'ds' | 'fs' | 'gs', number>>,
): void {
  for (const register of ['es', 'cs', 'ss', 'ds', 'fs', 'gs'] as const) {
    const selector = selectors[register];
    store(cpu, register, { selector, base: BigInt(selector) << 4n, limit: 0xffff, attributes: VIRTUAL_8086 });
  }
}
/** Loads CS in real mode and in virtual-8086 mode. */
export function loadRealModeCode(cpu: Cpu, selector: number): void {
  store(cpu, 'cs', realModeSegment(cpu.state.segment('cs'), selector));
}

/** Loads SS, DS, ES, FS or GS as MOV, POP and LSS do (Intel SDM volume 2, MOV). */
export function loadDataSegment(cpu: Cpu, register: 'ss' | 'ds' | 'es' | 'fs' | 'gs', selector: number): void {
  const { state } = cpu;
  if (state.is8086) {
    store(cpu, register, realModeSegment(state.segment(register), selector));
    return;
  }
  const { cpl } = state;
  const rpl = selector & 3;
  if (isNullSelector(selector)) {
    if (register === 'ss' && !(state.codeSize === 64 && cpl < 3 && rpl === cpl))
      throw generalProtection('null selector in SS');
    const dplOfStack = register === 'ss' ? cpl << 5 : 0;
    store(cpu, register, { selector, base: 0n, limit: 0, attributes: dplOfStack });
    return;
  }
  const descriptor = readDescriptor(cpu, selector);
  if (register === 'ss') {
    if (rpl !== cpl || dpl(descriptor) !== cpl || !isWritableData(descriptor))
      throw selectorFault(Vector.GP, selector, 'not a stack segment of the current privilege level');
    if (!isPresent(descriptor)) throw selectorFault(Vector.SS, selector, 'stack segment is not present');
  } else checkDataSegment(cpu, descriptor, Vector.GP);
  markAccessed(cpu, descriptor);
  store(cpu, register, descriptor);
}
/** Checks a segment for DS, ES, FS or GS. @throws GuestException #NP(selector), or the given vector */
export function checkDataSegment(cpu: Cpu, descriptor: Descriptor, vector: number): void {
  const { selector } = descriptor;
  if (!isReadable(descriptor)) throw selectorFault(vector, selector, 'not a readable segment');
  const level = Math.max(selector & 3, cpu.state.cpl);
  if (!isConformingCode(descriptor) && level > dpl(descriptor))
    throw selectorFault(vector, selector, 'segment is more privileged');
  if (!isPresent(descriptor)) throw selectorFault(Vector.NP, selector, 'segment is not present');
}

/** How control reaches a code segment: it decides which privilege levels are allowed. */
export type CodeEntry =
  /** A far JMP or CALL to it. */
  | 'transfer'
  /** RET or IRET to it. */
  | 'return'
  /** A call or an interrupt through a gate. */
  | 'gate'
  /** A JMP through a call gate. */
  | 'jump gate';

/**
 * Checks a code segment for a far transfer at (`transfer`, `jump gate`), out of (`return`) or into (`gate`) a privilege level.
 * @returns the segment with the RPL that CS will hold. @throws GuestException
 */
export function checkCodeSegment(cpu: Cpu, selector: number, entry: CodeEntry): Descriptor {
  if (isNullSelector(selector)) throw generalProtection('null selector in CS');
  return checkCode(cpu, readDescriptor(cpu, selector), entry);
}
/** Likewise, of a descriptor that has been read. */
export function checkCode(cpu: Cpu, descriptor: Descriptor, entry: CodeEntry): Descriptor {
  const { cpl, efer } = cpu.state;
  const { selector } = descriptor;
  const refuse = (reason: string) => selectorFault(Vector.GP, selector, reason);
  if (!isCode(descriptor)) throw refuse('not a code segment');
  const conforming = isConformingCode(descriptor);
  const level = dpl(descriptor);
  const rpl = selector & 3;
  let newLevel = cpl;
  switch (entry) {
    case 'transfer':
      if (conforming ? level > cpl : level !== cpl || rpl > cpl)
        throw refuse('code segment of another privilege level');
      break;
    case 'return':
      if (rpl < cpl) throw refuse('return to a more privileged level');
      if (conforming ? level > rpl : level !== rpl) throw refuse('code segment of another privilege level');
      newLevel = rpl;
      break;
    case 'gate':
      if (level > cpl) throw refuse('gate leads to a less privileged level');
      if (!conforming) newLevel = level;
      break;
    default:
      if (conforming ? level > cpl : level !== cpl) throw refuse('gate leads to another privilege level');
  }
  if (efer & Efer.LMA) {
    const size = descriptor.attributes & (Attribute.L | Attribute.DB);
    if (size === (Attribute.L | Attribute.DB)) throw refuse('code segment has both L and D set');
    if (entry.endsWith('gate') && size !== Attribute.L) throw refuse('not a 64-bit code segment');
  }
  if (!isPresent(descriptor)) throw selectorFault(Vector.NP, selector, 'code segment is not present');
  return { ...descriptor, selector: (selector & 0xfffc) | newLevel };
}
/** Makes a checked code segment the current one. The current privilege level follows with SS. */
export function setCodeSegment(cpu: Cpu, segment: Segment | Descriptor): void {
  setSegment(cpu, 'cs', segment);
}
/** Sets SS to a checked segment, or to the null segment. */
export function setStackSegment(cpu: Cpu, segment: Segment | Descriptor): void {
  setSegment(cpu, 'ss', segment);
}
/** The SS that a transfer to an inner level of 64-bit code gets: null, with that level. */
export function nullStackSegment(level: number): Segment {
  return { selector: level, base: 0n, limit: 0, attributes: level << 5 };
}
/** Checks a stack segment for privilege level `level`. @throws GuestException #SS(selector), or the given vector */
export function checkStackSegment(cpu: Cpu, selector: number, level: number, vector: number): Descriptor {
  if (isNullSelector(selector)) throw new GuestException(vector, 'null selector in SS', { errorCode: 0 });
  const descriptor = readDescriptor(cpu, selector, vector);
  if ((selector & 3) !== level || dpl(descriptor) !== level || !isWritableData(descriptor))
    throw selectorFault(vector, selector, `not a stack segment of privilege level ${level}`);
  if (!isPresent(descriptor)) throw selectorFault(Vector.SS, selector, 'stack segment is not present');
  return descriptor;
}
/** After a return to an outer level, data segments that are too privileged for it become null. */
export function dropPrivilegedSegments(cpu: Cpu): void {
  for (const register of ['ds', 'es', 'fs', 'gs'] as const) {
    const segment = cpu.state.segment(register);
    if (isPresent(segment) && !isConformingCode(segment) && dpl(segment) < cpu.state.cpl)
      store(cpu, register, { selector: 0, base: 0n, limit: 0, attributes: 0 });
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
