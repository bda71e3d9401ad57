/** Task switches. Intel SDM volume 3, chapter 7 (7.2 and 7.3). */
import type { Bytes } from '../mmu/linear-memory.ts';
import { Paging } from '../mmu/paging.ts';
import type { Cpu } from './cpu.ts';
import {
  BUSY,
  type Descriptor,
  dpl,
  isCode,
  isConformingCode,
  isNullSelector,
  isPresent,
  isWritableData,
  readDescriptor,
  SystemType,
  selectorFault,
  systemType,
  WIDE,
} from './descriptors.ts';
import { GuestException, generalProtection, Vector } from './exceptions.ts';
import { AC, ARITHMETIC, DF, ID, IF, IOPL, NT, RF, TF, VIF, VIP, VM } from './flags.ts';
import { DR } from './layout.ts';
import {
  checkDataSegment,
  checkStackSegment,
  load8086Segments,
  setCodeSegment,
  setSegment,
  setStackSegment,
} from './segmentation.ts';
import { presentStack, pushFrame, reserve } from './stacks.ts';
import { Cr0, type SegmentRegister } from './state.ts';
import { checkVirtualInterrupts } from './virtual-interrupts.ts';

/** Where a TSS keeps what, in bytes (figures 7-2 and 7-10). */
interface TssFormat {
  bytes: 2 | 4;
  /** Least limit of its segment. */
  limit: number;
  ip: number;
  flags: number;
  /** Of the first of the eight general registers. */
  registers: number;
  /** Of the first segment register. */
  selectors: number;
  /** The segment registers that it has, in its order. */
  names: readonly ('es' | 'cs' | 'ss' | 'ds' | 'fs' | 'gs')[];
  ldt: number;
}
const FORMAT_16: TssFormat = {
  bytes: 2,
  limit: 0x2b,
  ip: 0x0e,
  flags: 0x10,
  registers: 0x12,
  selectors: 0x22,
  names: ['es', 'cs', 'ss', 'ds'],
  ldt: 0x2a,
};
const FORMAT_32: TssFormat = {
  bytes: 4,
  limit: 0x67,
  ip: 0x20,
  flags: 0x24,
  registers: 0x28,
  selectors: 0x48,
  names: ['es', 'cs', 'ss', 'ds', 'fs', 'gs'],
  ldt: 0x60,
};
const BACK_LINK = 0;
const CR3 = 0x1c;
const DEBUG_TRAP = 0x64;
/** Bits of DR7 that a task switch clears: local breakpoints, and LE. */
const DR7_LOCAL = 0x155n;
const FLAGS = ARITHMETIC | TF | IF | DF | IOPL | NT | VM | AC | VIF | VIP | ID;

/** What leads to another task. */
export interface TaskSwitch {
  kind: 'jump' | 'call' | 'interrupt' | 'return';
  /** Instruction pointer at which the old task goes on. */
  returnTo: bigint;
  /** RFLAGS that its TSS gets. */
  flags: number;
  /** What the new task finds on its stack. */
  errorCode?: number | null;
}

/** A task's TSS in memory. */
class Tss {
  readonly selector: number;
  readonly limit: number;
  readonly base: bigint;
  readonly format: TssFormat;
  private readonly cpu: Cpu;

  constructor(cpu: Cpu, segment: { selector: number; base: bigint; limit: number; attributes: number }) {
    this.cpu = cpu;
    this.selector = segment.selector;
    this.base = segment.base;
    this.limit = segment.limit;
    this.format = segment.attributes & WIDE ? FORMAT_32 : FORMAT_16;
  }
  at(offset: number): bigint {
    return BigInt.asUintN(32, this.base + BigInt(offset));
  }
  read(offset: number, bytes: Bytes): number {
    return Number(this.cpu.linear.read(this.at(offset), bytes, 'supervisor'));
  }
  write(offset: number, bytes: Bytes, value: number | bigint): void {
    this.cpu.linear.write(this.at(offset), bytes, BigInt.asUintN(bytes * 8, BigInt(value)), 'supervisor');
  }
}

/**
 * Leaves the task in TR for the one that a selector names. The caller has checked privilege.
 * @throws GuestException. In the old task, of which nothing has been changed: #GP, #NP or #TS over the TSS, #PF. In the new task,
 * which has all its registers then: #TS, #NP, #SS or #GP over what they name
 */
export function switchTask(cpu: Cpu, selector: number, how: TaskSwitch): void {
  const { state, linear } = cpu;
  const descriptor = checkTss(cpu, selector, how.kind);
  const next = new Tss(cpu, descriptor);
  if (next.limit < next.format.limit) throw selectorFault(Vector.TS, selector, 'the TSS is too short');
  const old = new Tss(cpu, state.segment('tr'));
  const nests = how.kind === 'call' || how.kind === 'interrupt';
  const oldType = BigInt.asUintN(32, state.gdtr.base + BigInt((old.selector & 0xfff8) + 5));
  const newType = BigInt.asUintN(32, descriptor.address + 5n);

  // All that can fault in the old task.
  linear.pieces(next.at(0), next.format.limit + 1, 'supervisor');
  if (nests) linear.checkWrite(next.at(BACK_LINK), 2, 'supervisor');
  linear.checkWrite(old.at(old.format.ip), old.format.ldt - old.format.ip, 'supervisor');
  if (!nests) linear.checkWrite(oldType, 1, 'supervisor');
  if (how.kind !== 'return') linear.checkWrite(newType, 1, 'supervisor');
  const loadsCr3 = next.format === FORMAT_32 && (state.cr0 & Cr0.PG) !== 0;
  const cr3 = loadsCr3 ? BigInt(next.read(CR3, 4)) : state.cr(3);
  const { paging } = linear;
  const isPae = Paging.isPae(state.cr0, state.cr4, state.efer);
  const pointers = loadsCr3 && isPae ? paging.readDirectoryPointers(cr3) : [];

  save(cpu, old, how);
  if (!nests) linear.write(oldType, 1, linear.read(oldType, 1, 'supervisor') & ~BigInt(BUSY), 'supervisor');
  if (how.kind !== 'return')
    linear.write(newType, 1, linear.read(newType, 1, 'supervisor') | BigInt(BUSY), 'supervisor');
  if (nests) next.write(BACK_LINK, 2, old.selector);
  const image = load(next);
  setSegment(cpu, 'tr', { ...descriptor, attributes: descriptor.attributes | BUSY });
  state.setCr(0, state.cr(0) | BigInt(Cr0.TS));
  if (loadsCr3) {
    state.setCr(3, cr3);
    state.setDirectoryPointers(pointers);
    cpu.forgetTranslations('local');
  }
  state.setU64(DR + 7 * 8, state.u64(DR + 7 * 8) & ~DR7_LOCAL);
  state.rip = BigInt(image.ip);
  state.rflags = (image.flags & (cpu.debug.mayResume(state) ? FLAGS | RF : FLAGS)) | (nests ? NT : 0);
  for (const [index, value] of image.registers.entries()) state.setGpr(index, BigInt(value));
  loadSegments(cpu, image);
  if (how.errorCode != null) {
    const frame = reserve(cpu, presentStack(cpu), 1, next.format.bytes);
    pushFrame(cpu, frame, [BigInt(how.errorCode)]);
  }
  if (state.rip > BigInt(state.segment('cs').limit))
    throw generalProtection('the task goes on beyond the limit of its code segment');
  if (image.traps) cpu.debug.trapTask();
  checkVirtualInterrupts(cpu);
}

/** The descriptor of a TSS that can be switched to. @throws GuestException */
function checkTss(cpu: Cpu, selector: number, kind: TaskSwitch['kind']): Descriptor {
  const vector = kind === 'return' ? Vector.TS : Vector.GP;
  if (selector & 4) throw selectorFault(vector, selector, 'a TSS is described in the GDT');
  const descriptor = readDescriptor(cpu, selector, vector);
  const allowed: readonly number[] =
    kind === 'return' ? [SystemType.BUSY_TSS_16, SystemType.BUSY_TSS_32] : [SystemType.TSS_16, SystemType.TSS_32];
  if (isNullSelector(selector) || !allowed.includes(systemType(descriptor)))
    throw selectorFault(vector, selector, kind === 'return' ? 'not a busy TSS' : 'not an available TSS');
  if (!isPresent(descriptor)) throw selectorFault(Vector.NP, selector, 'the TSS is not present');
  return descriptor;
}

function save({ state }: Cpu, tss: Tss, { kind, flags, returnTo }: TaskSwitch): void {
  const { bytes, ip, flags: flagsAt, registers, selectors, names } = tss.format;
  tss.write(ip, bytes, returnTo);
  tss.write(flagsAt, bytes, kind === 'return' ? flags & ~NT : flags);
  for (let index = 0; index < 8; index++) tss.write(registers + index * bytes, bytes, state.gpr(index));
  // The upper halves of a 32-bit TSS's selectors stay.
  for (const [n, name] of names.entries()) tss.write(selectors + n * bytes, 2, state.segment(name).selector);
}

/** What a TSS holds for its task. */
interface TaskImage {
  ip: number;
  flags: number;
  registers: number[];
  selectors: Record<'es' | 'cs' | 'ss' | 'ds' | 'fs' | 'gs', number>;
  ldt: number;
  /** The T flag. */
  traps: boolean;
}
/** Upper halves of registers that a 16-bit TSS does not have, which the manual leaves open. */
const UPPER_HALF = 0xffff0000;
function load(tss: Tss): TaskImage {
  const { bytes, ip, flags, registers, selectors, names, ldt } = tss.format;
  const upper = bytes === 2 ? UPPER_HALF : 0;
  const loaded = { es: 0, cs: 0, ss: 0, ds: 0, fs: 0, gs: 0 };
  for (const [n, name] of names.entries()) loaded[name] = tss.read(selectors + n * bytes, 2);
  return {
    ip: tss.read(ip, bytes),
    flags: tss.read(flags, bytes),
    registers: Array.from({ length: 8 }, (_, n) => (tss.read(registers + n * bytes, bytes) | upper) >>> 0),
    selectors: loaded,
    ldt: tss.read(ldt, 2),
    traps: bytes === 4 && (tss.read(DEBUG_TRAP, 2) & 1) !== 0,
  };
}

/** Loads LDTR and the segment registers. @throws GuestException in the new task, whose selectors are all there then */
function loadSegments(cpu: Cpu, { selectors, ldt, flags }: TaskImage): void {
  const level = selectors.cs & 3;
  const empty = { base: 0n, limit: 0, attributes: 0 };
  setSegment(cpu, 'ldtr', { ...empty, selector: ldt });
  const names: readonly SegmentRegister[] = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'];
  if (flags & VM) load8086Segments(cpu, selectors);
  else
    for (const name of names)
      setSegment(cpu, name, {
        ...empty,
        selector: selectors[name as 'cs'],
        // The privilege level is the new one already.
        attributes: name === 'ss' ? level << 5 : 0,
      });
  loadLdt(cpu, ldt);
  if (flags & VM) return;
  const code = checkTaskCode(cpu, selectors.cs);
  setCodeSegment(cpu, code);
  setStackSegment(cpu, checkTaskStack(cpu, selectors.ss, level));
  for (const name of ['ds', 'es', 'fs', 'gs'] as const) {
    const selector = selectors[name];
    if (isNullSelector(selector)) continue;
    const descriptor = readDescriptor(cpu, selector, Vector.TS);
    checkDataSegment(cpu, descriptor, Vector.TS);
    setSegment(cpu, name, descriptor);
  }
}
function loadLdt(cpu: Cpu, selector: number): void {
  if (isNullSelector(selector)) return;
  if (selector & 4) throw selectorFault(Vector.TS, selector, 'an LDT is described in the GDT');
  const descriptor = readDescriptor(cpu, selector, Vector.TS);
  if (systemType(descriptor) !== SystemType.LDT) throw selectorFault(Vector.TS, selector, 'not an LDT');
  if (!isPresent(descriptor)) throw selectorFault(Vector.TS, selector, 'the LDT is not present');
  setSegment(cpu, 'ldtr', descriptor);
}
/** The code segment of a task: its RPL is the task's privilege level. */
function checkTaskCode(cpu: Cpu, selector: number): Descriptor {
  if (isNullSelector(selector)) throw new GuestException(Vector.TS, 'null selector in CS', { errorCode: 0 });
  const descriptor = readDescriptor(cpu, selector, Vector.TS);
  if (!isCode(descriptor)) throw selectorFault(Vector.TS, selector, 'not a code segment');
  const rpl = selector & 3;
  if (isConformingCode(descriptor) ? dpl(descriptor) > rpl : dpl(descriptor) !== rpl)
    throw selectorFault(Vector.TS, selector, 'code segment of another privilege level');
  if (!isPresent(descriptor)) throw selectorFault(Vector.NP, selector, 'code segment is not present');
  return descriptor;
}
/** The stack segment of a task: that it is present comes before whose it is (table 7-1). */
function checkTaskStack(cpu: Cpu, selector: number, level: number): Descriptor {
  if (!isNullSelector(selector)) {
    const descriptor = readDescriptor(cpu, selector, Vector.TS);
    if (isWritableData(descriptor) && !isPresent(descriptor))
      throw selectorFault(Vector.SS, selector, 'stack segment is not present');
  }
  return checkStackSegment(cpu, selector, level, Vector.TS);
}
