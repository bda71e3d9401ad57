/** `source.zip`: a checkpoint's Cargo project as a reader would have typed it, and the Cargo.lock that pins its crates. */

import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';

/** ZIP's first day. A ZIP holds local time and `fflate` reads a date so: the same bytes in every time zone. */
const FIRST_DAY = new Date(1980, 0, 1);

/**
 * The same files give the same bytes.
 *
 * @param folder name of the one folder at the archive's top
 * @param files path to text
 */
export function packProject(folder: string, files: ReadonlyMap<string, string>): Uint8Array {
  const entries = [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, text]) => [`${folder}/${path}`, strToU8(text)]);
  return zipSync(Object.fromEntries(entries), { level: 9, mtime: FIRST_DAY });
}

/** Path, without the top folder, to text. */
export function unpackProject(zip: Uint8Array): Map<string, string> {
  const entries = Object.entries(unzipSync(zip)).filter(([path]) => !path.endsWith('/'));
  return new Map(entries.map(([path, bytes]) => [path.slice(path.indexOf('/') + 1), strFromU8(bytes)]));
}
