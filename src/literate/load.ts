/** Reads the book from the disk, once for each version of its sources. */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Book, buildBook } from './book.ts';
import type { SourceText } from './chapter.ts';

export const CHAPTERS_FOLDER = 'src/content/docs/chapters';

/** The chapters' sources. @param root the project's folder */
export function readSources(root: string): SourceText[] {
  const folder = join(root, CHAPTERS_FOLDER);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.mdx'))
    .sort()
    .map((name) => ({ path: `${CHAPTERS_FOLDER}/${name}`, text: readFileSync(join(folder, name), 'utf8') }));
}

const cache = new Map<string, { hash: string; book: Book }>();

/** The book as it stands on the disk now; the same object as long as no chapter changes. */
export function loadBook(root: string): Book {
  const sources = readSources(root);
  const hash = createHash('sha256').update(JSON.stringify(sources)).digest('hex');
  const known = cache.get(root);
  if (known?.hash === hash) return known.book;
  const book = buildBook(sources);
  cache.set(root, { hash, book });
  return book;
}
