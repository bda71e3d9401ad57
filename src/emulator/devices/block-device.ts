/** What a drive keeps its data on: 512-byte sectors, numbered from 0. */

export const SECTOR_SIZE = 512;

export interface BlockDevice {
  /** Number of sectors of 512 bytes. */
  readonly sectors: number;
  /** Copies `count` sectors from `first` on into a fresh array. @throws RangeError past the last sector */
  read(first: number, count: number): Uint8Array;
  /**
   * Writes whole sectors from `first` on. They are safe from a power cut only after `flush`.
   * @throws RangeError past the last sector, or when `data` is not whole sectors
   */
  write(first: number, data: Uint8Array): void;
  /** Makes everything that was written safe from a power cut. */
  flush(): void;
}

/** One sector as it was written. */
export interface SectorWrite {
  sector: number;
  data: Uint8Array;
}

/**
 * An image in memory with a copy-on-write overlay and a write cache: the image itself never changes. What was written
 * since the last flush lies in the cache, in the order of its writing, and a power cut may lose any part of it.
 */
export class MemoryDisk implements BlockDevice {
  readonly sectors: number;
  /** For the host: a sector was written, or sectors were lost or restored. */
  onChange: () => void = () => {};
  readonly #image: Uint8Array;
  /** What differs from the image and survives a power cut. */
  readonly #durable = new Map<number, Uint8Array>();
  /** What was written since the last flush, newest contents by sector. */
  readonly #cache = new Map<number, Uint8Array>();
  /** The same as single writes, oldest first. */
  #unflushed: SectorWrite[] = [];

  /** @param image kept, not copied; a last part of a sector counts as a whole one, its rest is zero. */
  constructor(image: Uint8Array) {
    this.#image = image;
    this.sectors = Math.ceil(image.length / SECTOR_SIZE);
  }

  /** An empty disk of `sectors` sectors. */
  static empty(sectors: number): MemoryDisk {
    return new MemoryDisk(new Uint8Array(sectors * SECTOR_SIZE));
  }

  read(first: number, count: number): Uint8Array {
    this.#check(first, count);
    const data = new Uint8Array(count * SECTOR_SIZE);
    data.set(this.#image.subarray(first * SECTOR_SIZE, (first + count) * SECTOR_SIZE));
    if (this.#durable.size > 0 || this.#cache.size > 0)
      for (let i = 0; i < count; i++) {
        const changed = this.#cache.get(first + i) ?? this.#durable.get(first + i);
        if (changed) data.set(changed, i * SECTOR_SIZE);
      }
    return data;
  }

  write(first: number, data: Uint8Array): void {
    const count = data.length / SECTOR_SIZE;
    if (!Number.isInteger(count)) throw new RangeError(`${data.length} bytes are no whole sectors`);
    this.#check(first, count);
    for (let i = 0; i < count; i++) {
      // Not `slice`: on Node's Buffer it makes a view of the same bytes.
      const sector = new Uint8Array(data.subarray(i * SECTOR_SIZE, (i + 1) * SECTOR_SIZE));
      this.#cache.set(first + i, sector);
      this.#unflushed.push({ sector: first + i, data: sector });
    }
    this.onChange();
  }

  flush(): void {
    for (const [sector, data] of this.#cache) this.#durable.set(sector, data);
    this.#cache.clear();
    this.#unflushed = [];
  }

  /** The writes since the last flush, oldest first: what a power cut may lose. */
  get unflushed(): readonly SectorWrite[] {
    return this.#unflushed;
  }

  /**
   * Cuts the power: of the writes since the last flush those survive that `survives` chooses, by default none. A sector
   * is written as a whole or not at all, as drives guarantee.
   * @param survives is asked for each write, oldest first, with its index among them
   */
  cutPower(survives: (write: SectorWrite, index: number) => boolean = () => false): void {
    this.#unflushed.forEach((write, index) => {
      if (survives(write, index)) this.#durable.set(write.sector, write.data);
    });
    this.#cache.clear();
    this.#unflushed = [];
    this.onChange();
  }

  /** Every sector that was ever written and its contents now, ascending: what has to be kept to have the disk again. */
  changedSectors(): SectorWrite[] {
    return [...new Map([...this.#durable, ...this.#cache])]
      .map(([sector, data]) => ({ sector, data: data.slice() }))
      .sort((a, b) => a.sector - b.sector);
  }

  /** The image with these changes, and no others: `[]` is the disk as it was at first. @throws RangeError as `write` */
  restore(changes: readonly SectorWrite[]): void {
    for (const { sector, data } of changes) {
      this.#check(sector, 1);
      if (data.length !== SECTOR_SIZE) throw new RangeError(`sector ${sector} of ${data.length} bytes: must be 512`);
    }
    this.#durable.clear();
    this.#cache.clear();
    this.#unflushed = [];
    for (const { sector, data } of changes) this.#durable.set(sector, new Uint8Array(data));
    this.onChange();
  }

  /** The whole disk as it reads now, for a download. */
  contents(): Uint8Array {
    return this.read(0, this.sectors);
  }

  #check(first: number, count: number): void {
    if (!Number.isInteger(first) || !Number.isInteger(count) || first < 0 || count < 0 || first + count > this.sectors)
      throw new RangeError(`sectors from ${first}, ${count} of them: the disk has ${this.sectors}`);
  }
}
