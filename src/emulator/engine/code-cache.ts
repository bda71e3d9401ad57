/**
 * Decoded code. Records are found by physical address, linear address and mode together, so that they outlive changes
 * of the page tables; whoever stores to code drops them.
 */
import type { Cpu } from '../cpu/cpu.ts';
import { GuestException, Unsupported } from '../cpu/exceptions.ts';
import * as L from '../cpu/layout.ts';
import { type Instruction, nextAddress } from '../isa/instruction.ts';
import { bytesWithinLimit, type Fetched, fetchInstruction, fetchWithin, translateFetch } from './fetch.ts';
import { LiveTable } from './live-table.ts';
import * as R from './record.ts';
import { MAX_RECORDS_PER_INSTRUCTION, type RecordWriter } from './records.ts';

/** Most instructions from one check of the budget to the next. */
export const MAX_TRACE = 128;
const PAGE = 4096;
/**
 * Boot sectors keep code and data side by side: stores to a page of code are let through in granules without code, and
 * looked at byte by byte in the others.
 */
const GRANULE = 64;
const GRANULES = PAGE / GRANULE;
/** The longest store of one instruction. */
const PATCH = 64;
const LONGEST_INSTRUCTION = 15;
/** Records at the start of the arena for single steps. */
const STEP_RECORDS = MAX_RECORDS_PER_INSTRUCTION + 1;

/** The code of one page as seen at one linear address in one mode. */
interface View {
  linearPage: bigint;
  mode: number;
  /** Record by offset in the page, 0 for none. */
  records: Int32Array;
}
interface CodePage {
  views: View[];
  /** 1 for each byte of code. */
  bytes: Uint8Array;
  /** 1 for each granule that holds code: in the shared memory, for the interpreter's stores. */
  granules: Uint8Array;
}
/** An instruction that reaches into a second page, and where that page was when it was decoded. */
interface Straddler {
  secondPage: number;
}

export class CodeCache {
  /** Distinguishes all that a record's meaning depends on besides its bytes and linear address. */
  mode = 0;
  /** Changes when the arena starts anew, and addresses of records mean something else. */
  generation = 0;
  /** A page that held no code before holds some now. */
  onCodePage: () => void = () => {};
  /** Counts the times that records became stops. */
  private drops = 0;
  private stops: ReadonlySet<bigint> = new Set();
  private readonly cpu: Cpu;
  private readonly writer: RecordWriter;
  private readonly pages = new Map<number, CodePage>();
  private readonly granuleMaps = new Map<number, Uint8Array>();
  /** Physical page by linear page, for levels 0 to 2 and for level 3. */
  private readonly fetchPagesOf = [new Map<bigint, number>(), new Map<bigint, number>()] as const;
  private fetchPages = this.fetchPagesOf[0];
  private readonly jumpCache: LiveTable;
  private readonly straddlers = new Map<number, Straddler>();
  private instructions: (Instruction | null)[] = [];
  private top = L.RECORDS + STEP_RECORDS * R.RECORD_SIZE;

  constructor(cpu: Cpu, writer: RecordWriter) {
    this.cpu = cpu;
    this.writer = writer;
    const { JUMP_CACHE: at, JUMP_CACHE_ENTRIES: entries, JUMP_CACHE_ENTRY: bytes } = L;
    // All ones is an address that belongs into the last entry, and so no tag for an empty one there.
    const emptyTag = (index: number) => (index === entries - 1 ? 0 : -1);
    this.jumpCache = new LiveTable(cpu.state.bytes.buffer, { at, entries, bytes }, emptyTag);
  }

  /** The instruction that a record belongs to. */
  instructionAt(record: number): Instruction {
    const instruction = this.instructions[(record - L.RECORDS) / R.RECORD_SIZE];
    if (!instruction) throw new Error(`no instruction at record ${record}`);
    return instruction;
  }

  /** The record of the instruction at an offset in the code segment, decoding it and what follows if need be. @throws as `fetchInstruction` */
  find(address: bigint): number {
    const remembered = this.remembered(address);
    if (remembered) return remembered;
    // Beyond the segment's limit there is nothing to translate.
    bytesWithinLimit(this.cpu, address);
    const linear = this.cpu.state.codeAddress(address);
    const page = this.fetchPage(linear);
    const offset = Number(linear & BigInt(PAGE - 1));
    const known = this.pages.get(page)?.views.find((view) => this.isCurrent(view, linear))?.records[offset];
    if (known && this.isStillValid(known, linear)) {
      this.remember(address, known);
      return known;
    }
    const record = this.decodeTrace(address, page);
    this.remember(address, record);
    return record;
  }

  /** Writes records for exactly one instruction, then a stop; nothing is kept. */
  single(address: bigint): number {
    const { instruction } = fetchInstruction(this.cpu, address);
    const end = this.writer.write(L.RECORDS, instruction);
    this.own(L.RECORDS, end, instruction);
    this.writer.writeStep(end, 'stop', nextAddress(instruction));
    return L.RECORDS;
  }

  /** Lets a jump go straight to its target's record if both lie on one page, so that no change of translation can come between. */
  link(slot: number, record: number, target: bigint): void {
    const { view } = this.cpu.state;
    const source = this.instructions[Math.floor((slot - L.RECORDS) / R.RECORD_SIZE)];
    const page = (address: bigint) => this.cpu.state.codeAddress(address) >> 12n;
    const isOnPage = source && page(source.address) === page(target) && !this.straddlers.has(record);
    // An exception between the jump and its target leads elsewhere.
    if (isOnPage && view.getBigUint64(slot - R.LINK + R.TARGET, true) === target) view.setInt32(slot, record, true);
  }

  /**
   * Makes the straight line of instructions that begins at a record leave before the one that is `count` behind, if it gets
   * there. @returns what undoes it
   */
  stopBefore(record: number, count: number): () => void {
    let at = record;
    for (let passed = 0; passed < count; passed++) {
      const instruction = this.ownerOf(at);
      if (!instruction) return () => {};
      do at += R.RECORD_SIZE;
      while (this.ownerOf(at) === instruction);
    }
    // Behind its last instruction the line ends in a step of the engine's own, which leaves too.
    if (!this.ownerOf(at)) return () => {};
    const { view } = this.cpu.state;
    const handler = view.getInt32(at + R.HANDLER, true);
    const { drops } = this;
    this.writer.drop(at);
    return () => {
      if (this.drops === drops) view.setInt32(at + R.HANDLER, handler, true);
      // What has become of the record cannot be told any more.
      else this.dropAll();
    };
  }

  /** Linear addresses before whose instructions execution leaves. */
  set breakpoints(addresses: ReadonlySet<bigint>) {
    this.stops = addresses;
    this.dropAll();
  }
  /** @param address in the code segment */
  isBreakpoint(address: bigint): boolean {
    return this.stops.size > 0 && this.stops.has(this.cpu.state.codeAddress(address));
  }

  /** The granule map of a physical page that holds decoded code: its offset, or 0 where there was no room; else `null`. */
  granuleMap(physicalPage: number): number | null {
    const granules = this.pages.get(physicalPage)?.granules;
    if (!granules) return null;
    return granules.buffer === this.cpu.state.bytes.buffer ? granules.byteOffset : 0;
  }

  /** Bytes were stored: drops the instructions that they are part of. @returns whether there were any */
  invalidate(physical: number, length: number): boolean {
    let dropped = false;
    for (let page = physical - (physical % PAGE); page < physical + length; page += PAGE) {
      const code = this.pages.get(page);
      if (!code) continue;
      const [from, to] = [Math.max(0, physical - page), Math.min(PAGE, physical + length - page)];
      if (!code.bytes.subarray(from, to).includes(1)) continue;
      // Programs patch operands of their own code; a page that is written over is dropped as a whole.
      if (to - from <= PATCH) this.dropInstructions(page, code, from, to);
      else this.dropPage(page, code);
      dropped = true;
    }
    return dropped;
  }

  /** Code is executed in another mode, or at another privilege, from now on. */
  enter(mode: number, isUser: boolean): void {
    this.mode = mode;
    this.fetchPages = this.fetchPagesOf[isUser ? 1 : 0];
    this.jumpCache.select(mode);
  }
  /** The page tables changed. */
  forgetTranslations(): void {
    for (const pages of this.fetchPagesOf) pages.clear();
    this.jumpCache.clear();
  }

  private fetchPage(linear: bigint): number {
    const linearPage = linear >> 12n;
    let page = this.fetchPages.get(linearPage);
    if (page === undefined) {
      const physical = translateFetch(this.cpu, linear);
      page = physical - (physical % PAGE);
      this.fetchPages.set(linearPage, page);
    }
    return page;
  }
  private isCurrent(view: View, linear: bigint): boolean {
    return view.mode === this.mode && view.linearPage === linear >> 12n;
  }
  private isStillValid(record: number, linear: bigint): boolean {
    const straddler = this.straddlers.get(record);
    if (!straddler) return true;
    const second = (linear | BigInt(PAGE - 1)) + 1n;
    return this.fetchPage(BigInt.asUintN(this.cpu.state.pointerBits, second)) === straddler.secondPage;
  }
  /** The record in the jump cache, or 0. */
  private remembered(address: bigint): number {
    const { view } = this.cpu.state;
    const entry = jumpCacheEntry(address);
    return view.getBigUint64(entry, true) === address ? view.getInt32(entry + 8, true) : 0;
  }
  private remember(address: bigint, record: number): void {
    const entry = this.jumpCache.use(Number(address & JUMP_CACHE_MASK));
    this.cpu.state.view.setBigUint64(entry, address, true);
    this.cpu.state.view.setInt32(entry + 8, record, true);
  }

  /** @param page physical page of the code at `address`, as the fetch translations that are in force have it */
  private decodeTrace(address: bigint, page: number): number {
    if (this.top + (MAX_TRACE * MAX_RECORDS_PER_INSTRUCTION + 1) * R.RECORD_SIZE > L.RAM) this.dropAll();
    const { state } = this.cpu;
    const view = this.viewOf(page, state.codeAddress(address));
    const start = this.top;
    let next = address;
    for (let count = 0; count < MAX_TRACE; count++) {
      const linear = state.codeAddress(next);
      if (linear >> 12n !== view.linearPage) break;
      const offset = Number(linear & BigInt(PAGE - 1));
      const known = view.records[offset]!;
      if (count > 0 && known && !this.straddlers.has(known)) {
        this.top = this.writer.writeStep(this.top, 'goto', next, known);
        return start;
      }
      const fetched = count === 0 ? this.fetchFirst(next, page + offset) : this.fetchAhead(next, page + offset);
      if (!fetched) break;
      const { instruction } = fetched;
      const record = this.top;
      this.top = this.writer.write(record, instruction);
      this.own(record, this.top, instruction);
      if (this.stops.has(linear)) this.writer.drop(record);
      view.records[offset] = record;
      this.markCode(fetched);
      if (fetched.secondPage >= 0) this.straddlers.set(record, { secondPage: fetched.secondPage });
      next = nextAddress(instruction);
      // What follows need not be code.
      if (ENDS_TRACE.has(instruction.mnemonic)) break;
    }
    this.top = this.writer.writeStep(this.top, 'through-cache', next);
    return start;
  }
  private fetchFirst(address: bigint, physical: number): Fetched {
    return fetchWithin(this.cpu, address, physical) ?? fetchInstruction(this.cpu, address);
  }
  /** Decoding ahead must not show: faults, and the walk to another page, are left until execution gets there. */
  private fetchAhead(address: bigint, physical: number): Fetched | null {
    try {
      return fetchWithin(this.cpu, address, physical);
    } catch (error) {
      if (error instanceof GuestException || error instanceof Unsupported) return null;
      throw error;
    }
  }
  private ownerOf(record: number): Instruction | null | undefined {
    return this.instructions[(record - L.RECORDS) / R.RECORD_SIZE];
  }
  private own(from: number, to: number, instruction: Instruction): void {
    for (let record = from; record < to; record += R.RECORD_SIZE)
      this.instructions[(record - L.RECORDS) / R.RECORD_SIZE] = instruction;
  }
  private codePage(page: number): CodePage {
    let code = this.pages.get(page);
    if (!code) {
      code = { views: [], bytes: new Uint8Array(PAGE), granules: this.granulesOf(page) };
      this.pages.set(page, code);
      this.forbidFastStores(page);
    }
    return code;
  }
  private viewOf(page: number, linear: bigint): View {
    const code = this.codePage(page);
    let view = code.views.find((candidate) => this.isCurrent(candidate, linear));
    if (!view) {
      view = { linearPage: linear >> 12n, mode: this.mode, records: new Int32Array(PAGE) };
      code.views.push(view);
    }
    return view;
  }
  private markCode({ instruction, physical, secondPage }: Fetched): void {
    const inFirst = secondPage >= 0 ? PAGE - (physical % PAGE) : instruction.length;
    this.markBytes(physical, inFirst);
    if (secondPage >= 0) this.markBytes(secondPage, instruction.length - inFirst);
  }
  private markBytes(physical: number, length: number): void {
    const offset = physical % PAGE;
    const { bytes, granules } = this.codePage(physical - offset);
    bytes.fill(1, offset, offset + length);
    granules.fill(1, Math.floor(offset / GRANULE), Math.floor((offset + length - 1) / GRANULE) + 1);
  }
  /** A page's map stays its own, since the software TLB may know of it; the last pages of very much code get none. */
  private granulesOf(page: number): Uint8Array {
    let granules = this.granuleMaps.get(page);
    if (!granules) {
      const at = L.GRANULE_MAPS + this.granuleMaps.size * GRANULES;
      granules =
        at + GRANULES <= L.RECORDS
          ? new Uint8Array(this.cpu.state.bytes.buffer, at, GRANULES)
          : new Uint8Array(GRANULES);
      this.granuleMaps.set(page, granules);
    }
    return granules.fill(0);
  }
  /** Pages of code have no write entry in the software TLB, so that stores to them are seen. */
  private forbidFastStores(page: number): void {
    this.onCodePage();
    const { view } = this.cpu.state;
    const host = this.cpu.linear.physical.locate(page, PAGE);
    for (let i = 0; i < L.TLB_ENTRIES; i++) {
      const entry = L.TLB + i * L.TLB_ENTRY;
      const tag = view.getInt32(entry + 8, true);
      if (((tag + view.getInt32(entry + 16, true)) | 0) === (host | 0)) view.setBigInt64(entry + 8, -1n, true);
    }
  }

  /** The records of instructions with bytes in a range of the page become stops. What lies around them stays. */
  private dropInstructions(page: number, code: CodePage, from: number, to: number): void {
    this.drops++;
    for (const view of code.views)
      for (let offset = Math.max(0, from - LONGEST_INSTRUCTION + 1); offset < to; offset++) {
        const record = view.records[offset]!;
        if (!record || offset + this.instructionAt(record).length <= from) continue;
        view.records[offset] = 0;
        this.writer.drop(record);
        this.straddlers.delete(record);
      }
    this.dropStraddlersInto(page);
    this.jumpCache.clear();
  }
  /** Every record of the page becomes a stop, so that a trace that is running leaves before its next instruction. */
  private dropPage(page: number, code: CodePage): void {
    this.drops++;
    this.pages.delete(page);
    code.granules.fill(0);
    for (const view of code.views) this.stopRecords(view);
    this.dropStraddlersInto(page);
    this.jumpCache.clear();
  }
  /** Instructions of the page before that reach into a page. */
  private dropStraddlersInto(page: number): void {
    for (const [record, { secondPage }] of this.straddlers) {
      if (secondPage !== page) continue;
      for (const other of this.pages.values()) for (const view of other.views) clearRecord(view, record);
      this.writer.drop(record);
      this.straddlers.delete(record);
    }
  }
  private stopRecords(view: View): void {
    for (const record of view.records) {
      if (!record) continue;
      this.writer.drop(record);
      this.straddlers.delete(record);
    }
  }
  private dropAll(): void {
    this.drops++;
    for (const code of this.pages.values()) {
      for (const view of code.views) this.stopRecords(view);
      code.granules.fill(0);
    }
    this.pages.clear();
    this.straddlers.clear();
    this.generation++;
    this.instructions = [];
    this.top = L.RECORDS + STEP_RECORDS * R.RECORD_SIZE;
    this.jumpCache.clear();
  }
}

const JUMP_CACHE_MASK = BigInt(L.JUMP_CACHE_ENTRIES - 1);
function jumpCacheEntry(address: bigint): number {
  return L.JUMP_CACHE + Number(address & JUMP_CACHE_MASK) * L.JUMP_CACHE_ENTRY;
}
function clearRecord(view: View, record: number): void {
  const offset = view.records.indexOf(record);
  if (offset >= 0) view.records[offset] = 0;
}

const ENDS_TRACE: ReadonlySet<string> = new Set([
  'jmp',
  'call',
  'ret',
  'jmpf',
  'callf',
  'retf',
  'iret',
  'hlt',
  'int',
  'int1',
  'int3',
  'into',
  'ud2',
  'syscall',
  'sysret',
]);
