/** Where the sectors that a machine has written are kept from one visit to the next: in the browser, or else in the page. */

import type { Sectors } from '../../emulator/worker/client.ts';

export interface DiskStore {
  /** Whether what is saved outlives the page. */
  readonly isLasting: boolean;
  load(key: string): Promise<Sectors | null>;
  save(key: string, sectors: Sectors): Promise<void>;
  /** Also forgets what other images of the same checkpoint have left. */
  clear(checkpoint: string): Promise<void>;
}

const databaseName = 'toy-os-book';
const storeName = 'disks';

/** @param hash of the image: what was written to another one is of no use */
export function diskKey(checkpoint: string, hash: string): string {
  return `${checkpoint}:${hash}`;
}

let opened: Promise<DiskStore> | null = null;

/** The one store of this page. */
export function openDiskStore(): Promise<DiskStore> {
  // Some browsers have no database for pages from `file://`, or in a private window.
  opened ??= openDatabase().then(
    (database) => new LastingStore(database),
    () => new PageStore(),
  );
  return opened;
}

function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(databaseName, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(storeName);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

class LastingStore implements DiskStore {
  readonly isLasting = true;
  readonly #database: IDBDatabase;

  constructor(database: IDBDatabase) {
    this.#database = database;
  }

  async load(key: string): Promise<Sectors | null> {
    return ((await this.#ask('readonly', (store) => store.get(key))) as Sectors | undefined) ?? null;
  }

  async save(key: string, sectors: Sectors): Promise<void> {
    await this.#ask('readwrite', (store) => store.put(sectors, key));
  }

  async clear(checkpoint: string): Promise<void> {
    await this.#ask('readwrite', (store) => store.delete(keysOf(checkpoint)));
  }

  #ask<T>(mode: IDBTransactionMode, action: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const transaction = this.#database.transaction(storeName, mode);
      const request = action(transaction.objectStore(storeName));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  }
}

/** All keys that `diskKey` makes for a checkpoint: `;` is the character after `:`. */
function keysOf(checkpoint: string): IDBKeyRange {
  return IDBKeyRange.bound(`${checkpoint}:`, `${checkpoint};`, false, true);
}

class PageStore implements DiskStore {
  readonly isLasting = false;
  readonly #disks = new Map<string, Sectors>();

  async load(key: string): Promise<Sectors | null> {
    return this.#disks.get(key) ?? null;
  }

  async save(key: string, sectors: Sectors): Promise<void> {
    this.#disks.set(key, sectors);
  }

  async clear(checkpoint: string): Promise<void> {
    for (const key of [...this.#disks.keys()]) if (key.startsWith(`${checkpoint}:`)) this.#disks.delete(key);
  }
}
