/** Page walks: linear to physical addresses. Intel SDM volume 3, chapter 4; AMD APM volume 2, chapter 5. */
import { GuestException, generalProtection, Vector } from '../cpu/exceptions.ts';
import { type CpuState, Cr0, Cr4, Efer } from '../cpu/state.ts';
import {
  EntryBit,
  FOUR_LEVEL,
  frameAt,
  PAE,
  type PagingMode,
  POINTER_RESERVED,
  reservedBits,
  TWO_LEVEL,
  tableAt,
} from './page-tables.ts';
import type { PhysicalMemory } from './physical-memory.ts';
import { type Scope, type Translation, Translations } from './translations.ts';

const ErrorBit = { PRESENT: 1, WRITE: 2, USER: 4, RESERVED: 8, FETCH: 16 } as const;

export interface Access {
  readonly write: boolean;
  readonly execute: boolean;
  /** Made at CPL 3; accesses to descriptor tables and TSS are supervisor's at any CPL. */
  readonly user: boolean;
  /** The processor's own, to such a table (section 4.6.1): RFLAGS.AC opens no page of the user's to it. */
  readonly implicit: boolean;
}

/** One step of a walk, for those who show it. */
export interface WalkStep {
  /** 4 = PML4, 3 = page-directory-pointer table, 2 = page directory, 1 = page table. */
  level: number;
  /** Physical address of the entry, and what it held. */
  address: number;
  entry: bigint;
}
export interface Walk {
  steps: WalkStep[];
  physical: number;
  /** Size of the page in bytes. */
  pageSize: number;
  writable: boolean;
  user: boolean;
  executable: boolean;
}

/** Between them lie the addresses that are not canonical: those whose bits 48 to 63 do not equal bit 47. */
const LOWER_END = 1n << 47n;
const UPPER_START = (1n << 64n) - LOWER_END;

/**
 * Translations are remembered, as a processor does in its TLBs (Intel SDM volume 3, section 4.10), for instructions and data
 * apart. That is part of what a program can see: a table that it changes counts only after INVLPG or a write to CR3. So
 * the engines share this memory, whatever they keep beside it to be fast.
 */
export class Paging {
  private readonly state: CpuState;
  private readonly memory: PhysicalMemory;
  private readonly translations = new Translations();

  constructor(state: CpuState, memory: PhysicalMemory) {
    this.state = state;
    this.memory = memory;
  }

  /**
   * The physical address of a linear one, checked for the access; sets accessed and dirty bits.
   * @throws GuestException #PF, or #GP for a non-canonical address in long mode
   */
  translate(linear: bigint, access: Access): number {
    this.checkCanonical(linear);
    if (!(this.state.cr0 & Cr0.PG)) return this.memory.decode(Number(linear & 0xffffffffn));
    const number = Number(linear >> 12n);
    const offset = Number(linear & 0xfffn);
    const known = this.known(number, access);
    if (known) return known.physicalPage + offset;
    const walk = this.checkedWalk(linear, access);
    this.mark(walk, access.write);
    const { physical, writable, user, executable } = walk;
    const dirty = access.write || (walk.steps.at(-1)!.entry & EntryBit.DIRTY) !== 0n;
    const isGlobal = (this.state.cr4 & Cr4.PGE) !== 0 && (walk.steps.at(-1)!.entry & EntryBit.GLOBAL) !== 0n;
    const translation = { physicalPage: physical - offset, writable, user, executable, dirty };
    this.translations.remember(number, access.execute ? 'instructions' : 'data', isGlobal, translation);
    return physical;
  }
  /** Whether an access would be allowed, without any mark in the tables. @throws as `translate` */
  check(linear: bigint, access: Access): void {
    this.checkCanonical(linear);
    if (this.state.cr0 & Cr0.PG && !this.known(Number(linear >> 12n), access)) this.checkedWalk(linear, access);
  }
  /** A translation that is remembered and allows the access. */
  private known(number: number, access: Access): Translation | undefined {
    const known = this.translations.find(number, access.execute ? 'instructions' : 'data');
    return known && (known.dirty || !access.write) && !this.refusal(known, access) ? known : undefined;
  }
  private checkedWalk(linear: bigint, access: Access): Walk {
    const walk = this.walk(linear, access);
    if (typeof walk === 'string') throw this.fault(linear, access, walk, 0);
    const refusal = this.refusal(walk, access);
    if (refusal) throw this.fault(linear, access, refusal, ErrorBit.PRESENT);
    return walk;
  }

  /** The tables, or how they are read, have changed. Another PCID may be in CR3. */
  forgetTranslations(scope: Scope = 'all'): void {
    this.translations.forget(scope);
    this.translations.enter(this.state.cr4 & Cr4.PCIDE ? Number(this.state.cr(3) & 0xfffn) : 0);
  }

  /** @throws GuestException #GP for a non-canonical address in long mode */
  checkCanonical(linear: bigint): void {
    if (!(this.state.efer & Efer.LMA) || linear < LOWER_END || linear >= UPPER_START) return;
    throw new GuestException(Vector.GP, `address 0x${linear.toString(16)} is not canonical`, {
      errorCode: 0,
      isNonCanonical: true,
    });
  }

  /** The walk for an address without any effect on the guest; `null` where nothing is mapped. For debuggers. */
  inspect(linear: bigint): Walk | null {
    if (!(this.state.cr0 & Cr0.PG))
      return {
        steps: [],
        physical: this.memory.decode(Number(linear & 0xffffffffn)),
        pageSize: 4096,
        writable: true,
        user: true,
        executable: true,
      };
    try {
      const walk = this.walk(linear, { write: false, execute: false, user: false, implicit: true });
      return typeof walk === 'string' ? null : walk;
    } catch (error) {
      if (error instanceof GuestException) return null;
      throw error;
    }
  }

  /** Whether PAE paging would be in use with these registers. */
  static isPae(cr0: number, cr4: number, efer: number): boolean {
    return (cr0 & Cr0.PG) !== 0 && (cr4 & Cr4.PAE) !== 0 && !(efer & Efer.LMA);
  }
  /**
   * The page-directory-pointer table of PAE paging that CR3 names: the processor reads it when CR3 is loaded, and not when it walks
   * (section 4.4.1).
   * @throws GuestException #GP(0) for a reserved bit in an entry that is present
   */
  readDirectoryPointers(cr3: bigint): readonly bigint[] {
    const entries = [0, 1, 2, 3].map((n) => this.readEntry(this.memory.decode(Number(cr3 & 0xffffffe0n) + n * 8), PAE));
    for (const entry of entries)
      if (entry & EntryBit.PRESENT && entry & POINTER_RESERVED)
        throw generalProtection('a page-directory-pointer-table entry has a reserved bit set');
    return entries;
  }

  private get mode(): PagingMode {
    if (this.state.efer & Efer.LMA) return FOUR_LEVEL;
    return this.state.cr4 & Cr4.PAE ? PAE : TWO_LEVEL;
  }

  /** @returns the walk, or in words why an entry stopped it. @throws GuestException for a reserved bit. */
  private walk(linear: bigint, access: Access): Walk | string {
    const mode = this.mode;
    const steps: WalkStep[] = [];
    const cr3 = this.state.cr(3);
    let table = mode === PAE ? Number(cr3 & 0xffffffe0n) : tableAt(cr3);
    let writable = true;
    let user = true;
    let executable = true;
    for (let i = 0; ; i++) {
      const shift = mode.shifts[i]!;
      const level = mode.shifts.length - i;
      const index = Number((linear >> BigInt(shift)) & ((1n << BigInt(mode.indexBits)) - 1n));
      const address = this.memory.decode(table + index * mode.entryBytes);
      const entry = mode === PAE && level === 3 ? this.state.directoryPointer(index) : this.readEntry(address, mode);
      steps.push({ level, address, entry });
      if (!(entry & EntryBit.PRESENT)) return `level-${level} entry is not present`;
      // PAE directory pointers have no permission bits.
      const hasPermissions = !(mode === PAE && level === 3);
      const isPage =
        level === 1 || (hasPermissions && level <= 3 && (entry & EntryBit.PAGE_SIZE) !== 0n && this.largePages(mode));
      const size = 1n << BigInt(shift);
      const reserved = reservedBits(mode, level, size, isPage, (this.state.efer & Efer.NXE) !== 0);
      if (entry & reserved)
        throw this.fault(
          linear,
          access,
          `level-${level} entry has a reserved bit set`,
          ErrorBit.PRESENT | ErrorBit.RESERVED,
        );
      if (hasPermissions) {
        writable &&= (entry & EntryBit.WRITABLE) !== 0n;
        user &&= (entry & EntryBit.USER) !== 0n;
        executable &&= mode === TWO_LEVEL || (entry & EntryBit.NO_EXECUTE) === 0n;
      }
      if (isPage) {
        return {
          steps,
          physical: this.memory.decode(Number(frameAt(mode, entry, size) | (linear & (size - 1n)))),
          pageSize: Number(size),
          writable,
          user,
          executable,
        };
      }
      table = tableAt(entry);
    }
  }

  private largePages(mode: PagingMode): boolean {
    return mode !== TWO_LEVEL || (this.state.cr4 & Cr4.PSE) !== 0;
  }

  private refusal(walk: Walk | Translation, access: Access): string | null {
    const { state } = this;
    if (access.user && !walk.user) return 'page is the supervisor’s';
    if (access.write && !walk.writable && (access.user || state.cr0 & Cr0.WP)) return 'page is read-only';
    if (access.execute && !walk.executable) return 'page is not executable';
    if (!access.user && walk.user) {
      if (access.execute && state.cr4 & Cr4.SMEP) return 'page is the user’s (SMEP)';
      if (!access.execute && state.cr4 & Cr4.SMAP && (access.implicit || !state.isAcSet))
        return 'page is the user’s (SMAP)';
    }
    return null;
  }

  private mark(walk: Walk, dirty: boolean): void {
    const mode = this.mode;
    for (const { address, entry, level } of walk.steps) {
      if (mode === PAE && level === 3) continue;
      const isLast = address === walk.steps.at(-1)!.address;
      const marked = entry | EntryBit.ACCESSED | (dirty && isLast ? EntryBit.DIRTY : 0n);
      if (marked !== entry) this.writeEntry(address, marked, mode);
    }
  }

  private fault(linear: bigint, access: Access, reason: string, bits: number): GuestException {
    const fetchKnown = (this.state.efer & Efer.NXE && this.state.cr4 & Cr4.PAE) || this.state.cr4 & Cr4.SMEP;
    const errorCode =
      bits |
      (access.write ? ErrorBit.WRITE : 0) |
      (access.user ? ErrorBit.USER : 0) |
      (access.execute && fetchKnown ? ErrorBit.FETCH : 0);
    const what = access.execute ? 'instruction fetch from' : access.write ? 'write to' : 'read from';
    return new GuestException(Vector.PF, `${what} 0x${linear.toString(16)}: ${reason}`, { errorCode, address: linear });
  }

  /** Tables outside memory read as all ones, like any address that nothing answers. */
  private readEntry(address: number, { entryBytes }: PagingMode): bigint {
    const host = this.memory.locate(address, entryBytes);
    if (host < 0) return entryBytes === 8 ? 0xffffffffffffffffn : 0xffffffffn;
    const { view } = this.state;
    return entryBytes === 8 ? view.getBigUint64(host, true) : BigInt(view.getUint32(host, true));
  }
  private writeEntry(address: number, entry: bigint, { entryBytes }: PagingMode): void {
    const host = this.memory.locate(address, entryBytes);
    if (host < 0 || !this.memory.isWritable(address)) return;
    if (entryBytes === 8) this.state.view.setBigUint64(host, entry, true);
    else this.state.view.setUint32(host, Number(entry), true);
  }
}
