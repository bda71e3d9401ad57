/** A folder as a ZIP whose bytes depend on its files alone. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { type Zippable, zipSync } from 'fflate';

/** ZIP's first day, in the local time that a ZIP holds. */
const firstDay = new Date(1980, 0, 1);
/** Compressed already: to be stored. */
const compressed = /\.(woff2|zip|gz|png)$/;

/** @param top name of the one folder that the archive unpacks to */
export function zipFolder(folder: string, top: string): Uint8Array {
  const files: Zippable = {};
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => relative(folder, join(folder, name)).split(sep).join('/'))
    .sort();
  for (const name of names) {
    files[`${top}/${name}`] = [readFileSync(join(folder, name)), { level: compressed.test(name) ? 0 : 9 }];
  }
  return zipSync(files, { mtime: firstDay });
}
