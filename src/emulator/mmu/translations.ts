/** What the processor remembers of its walks, until it is told that the tables have changed. Intel SDM volume 3, section 4.10. */

export interface Translation {
  readonly physicalPage: number;
  readonly writable: boolean;
  readonly user: boolean;
  readonly executable: boolean;
  /** The dirty bit is set already. */
  readonly dirty: boolean;
}
export type PageKind = 'instructions' | 'data';
/** What was translated in one address space, by linear page number. */
type Space = Readonly<Record<PageKind, Map<number, Translation>>>;
const emptySpace = (): Space => ({ instructions: new Map(), data: new Map() });

/** Which translations are forgotten: those of all pages, of all that are not global, of those of one PCID, or none. */
export type Scope = 'all' | 'local' | { pcid: number } | 'none';

export class Translations {
  /** By PCID; that in use lies in `space`. */
  private readonly spaces = new Map<number, Space>();
  private pcid = 0;
  private space = emptySpace();
  /** Of global pages, whatever the PCID. */
  private global = emptySpace();

  find(page: number, kind: PageKind): Translation | undefined {
    return this.space[kind].get(page) ?? this.global[kind].get(page);
  }
  remember(page: number, kind: PageKind, isGlobal: boolean, translation: Translation): void {
    (isGlobal ? this.global : this.space)[kind].set(page, translation);
  }
  forget(scope: Scope): void {
    if (scope === 'all') this.global = emptySpace();
    if (typeof scope === 'object') this.forgetSpace(scope.pcid);
    else if (scope !== 'none') for (const pcid of [this.pcid, ...this.spaces.keys()]) this.forgetSpace(pcid);
  }
  /** Addresses are those of a PCID from now on. */
  enter(pcid: number): void {
    if (pcid === this.pcid) return;
    this.spaces.set(this.pcid, this.space);
    this.pcid = pcid;
    this.space = this.spaces.get(pcid) ?? emptySpace();
    this.spaces.delete(pcid);
  }
  private forgetSpace(pcid: number): void {
    if (pcid === this.pcid) this.space = emptySpace();
    else this.spaces.delete(pcid);
  }
}
