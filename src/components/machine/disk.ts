/** The hard disk of a machine as the page keeps it: an image, and what has been written since. */

import type { Sectors } from '../../emulator/worker/client.ts';
import type { Checkpoint } from './checkpoint.ts';
import { type DiskStore, diskKey, openDiskStore } from './disk-store.ts';

const sectorSize = 512;

const nothing = (): Sectors => ({ numbers: new Uint32Array(), data: new Uint8Array() });

export class Disk {
  readonly #image: ArrayBuffer;
  readonly #checkpoint: string;
  readonly #key: string;
  readonly #store: DiskStore;
  #written: Sectors;
  /** Saving, one after another. */
  #saving: Promise<unknown> = Promise.resolve();

  /** @returns `null` for a checkpoint without a disk */
  static async of({ disk, info }: Checkpoint): Promise<Disk | null> {
    if (!disk || !info.disk) return null;
    const store = await openDiskStore();
    const key = diskKey(info.id, info.disk.sha256);
    return new Disk(disk, info.id, key, store, (await store.load(key)) ?? nothing());
  }

  private constructor(image: ArrayBuffer, checkpoint: string, key: string, store: DiskStore, written: Sectors) {
    this.#image = image;
    this.#checkpoint = checkpoint;
    this.#key = key;
    this.#store = store;
    this.#written = written;
  }

  /** For the machine; the page keeps a copy. */
  get contents(): { image: ArrayBuffer; written: Sectors } {
    return { image: this.#image, written: this.#written };
  }
  get bytes(): number {
    return this.#image.byteLength;
  }
  get writtenSectors(): number {
    return this.#written.numbers.length;
  }
  /** Whether it is kept when the page is closed. */
  get isLasting(): boolean {
    return this.#store.isLasting;
  }

  update(written: Sectors): void {
    this.#written = written;
    this.#queue(() => this.#store.save(this.#key, written));
  }

  /** Back to the image. */
  async reset(): Promise<void> {
    this.#written = nothing();
    await this.#queue(() => this.#store.clear(this.#checkpoint));
  }

  /** The whole disk as it stands. */
  download(): Blob {
    const bytes = new Uint8Array(this.#image.slice(0));
    const { numbers, data } = this.#written;
    numbers.forEach((number, index) => {
      bytes.set(data.subarray(index * sectorSize, (index + 1) * sectorSize), number * sectorSize);
    });
    return new Blob([bytes], { type: 'application/octet-stream' });
  }

  #queue(action: () => Promise<void>): Promise<unknown> {
    this.#saving = this.#saving.then(action).catch((error: unknown) => console.error(error));
    return this.#saving;
  }
}
