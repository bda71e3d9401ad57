/** Writes tangled projects to the disk: what is unchanged keeps its time stamp, what is gone is removed. */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { type Book, projectOf } from './book.ts';

/** What Cargo itself puts into a project. */
const CARGO_OWN = new Set(['Cargo.lock', 'target']);

export interface TreeChange {
  written: number;
  removed: number;
}

/** Makes `folder` hold exactly `files` (path to text), beside what Cargo has put there. */
export function writeTree(folder: string, files: ReadonlyMap<string, string>): TreeChange {
  const change: TreeChange = { written: 0, removed: 0 };
  mkdirSync(folder, { recursive: true });
  for (const path of filesUnder(folder)) {
    const name = relative(folder, path).split(sep).join('/');
    if (files.has(name) || CARGO_OWN.has(name.split('/')[0]!)) continue;
    rmSync(path);
    change.removed++;
  }
  for (const [name, text] of files) {
    const path = join(folder, name);
    if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    change.written++;
  }
  return change;
}

/** Writes every checkpoint to `folder`/ID and removes the folders of checkpoints that are no more. */
export function writeCheckpoints(book: Book, folder: string): TreeChange {
  const total: TreeChange = { written: 0, removed: 0 };
  mkdirSync(folder, { recursive: true });
  for (const checkpoint of book.checkpoints) {
    const change = writeTree(join(folder, checkpoint.id), projectOf(checkpoint));
    total.written += change.written;
    total.removed += change.removed;
  }
  for (const name of readdirSync(folder)) {
    if (book.checkpoints.some((checkpoint) => checkpoint.id === name)) continue;
    rmSync(join(folder, name), { recursive: true });
    total.removed++;
  }
  return total;
}

function* filesUnder(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) yield path;
    else if (entry.name !== 'target') yield* filesUnder(path);
  }
}
