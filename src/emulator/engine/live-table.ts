/**
 * A direct-mapped table in the shared memory, of which few entries are in use at a time. It knows which, so that it is emptied in
 * a moment, and exchanged for the entries of another privilege level or mode: a system call changes it twice.
 */

/** Sets that are laid aside at a time; the one that was laid aside first goes first. */
const MOST_SETS = 16;

/** Entries that are in use, or were when they were laid aside. */
interface Entries {
  indices: number[];
  /** Their words, while they are laid aside. */
  words: Int32Array;
}

export class LiveTable {
  private readonly memory: Int32Array;
  private readonly start: number;
  private readonly wordsEach: number;
  private readonly emptyTag: (index: number) => number;
  private readonly isLive: Uint8Array;
  private sets = new Map<number, Entries>();
  private current: Entries = { indices: [], words: new Int32Array(0) };
  private key = 0;

  /**
   * @param at offset of the table, and the bytes of an entry: multiples of 4
   * @param emptyTag both words of the tag that makes an entry empty; all the other words of an empty entry are -1
   */
  constructor(
    memory: ArrayBufferLike,
    { at, entries, bytes }: { at: number; entries: number; bytes: number },
    emptyTag: (index: number) => number = () => -1,
  ) {
    this.memory = new Int32Array(memory, at, (entries * bytes) / 4);
    this.start = at;
    this.wordsEach = bytes / 4;
    this.emptyTag = emptyTag;
    this.isLive = new Uint8Array(entries);
    for (let index = 0; index < entries; index++) this.empty(index);
  }

  /** An entry is about to be written. @returns its offset */
  use(index: number): number {
    if (!this.isLive[index]) {
      this.isLive[index] = 1;
      this.current.indices.push(index);
    }
    return this.start + index * this.wordsEach * 4;
  }
  /** Empties the table, and forgets what is laid aside. */
  clear(): void {
    this.emptyLive();
    this.current.indices = [];
    this.forgetAside();
  }
  forgetAside(): void {
    this.sets.clear();
  }
  /** Lays the entries aside under their key, and takes those of another key back. */
  select(key: number): void {
    if (key === this.key) return;
    const { current, wordsEach, memory } = this;
    const { indices } = current;
    if (current.words.length < indices.length * wordsEach)
      current.words = new Int32Array(2 * indices.length * wordsEach);
    let at = 0;
    for (const index of indices) {
      const from = index * wordsEach;
      for (let word = 0; word < wordsEach; word++) current.words[at++] = memory[from + word]!;
    }
    this.emptyLive();
    this.sets.set(this.key, current);
    if (this.sets.size > MOST_SETS) this.sets.delete(this.sets.keys().next().value!);
    this.key = key;
    this.current = this.sets.get(key) ?? { indices: [], words: new Int32Array(0) };
    this.sets.delete(key);
    this.restore();
  }

  private restore(): void {
    const { wordsEach, memory, isLive } = this;
    const { indices, words } = this.current;
    let at = 0;
    for (const index of indices) {
      isLive[index] = 1;
      const to = index * wordsEach;
      for (let word = 0; word < wordsEach; word++) memory[to + word] = words[at++]!;
    }
  }
  private emptyLive(): void {
    for (const index of this.current.indices) {
      this.isLive[index] = 0;
      this.empty(index);
    }
  }
  private empty(index: number): void {
    const at = index * this.wordsEach;
    const tag = this.emptyTag(index);
    for (let word = 0; word < this.wordsEach; word++) this.memory[at + word] = word < 2 ? tag : -1;
  }
}
