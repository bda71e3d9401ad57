/** Checkpoints as scripts: what a page may load from `file://`, and from another origin without its leave. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes beside each folder `<id>/` a script `<id>.js` that holds its `info.json`, and its `kernel.elf` and its disk if it has
 * them: what `packed-checkpoint.ts` loads.
 * @returns the ids
 */
export function packCheckpoints(folder: string): string[] {
  const ids = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  for (const id of ids) {
    const base64 = (name: string) => {
      const path = join(folder, id, name);
      return existsSync(path) ? readFileSync(path).toString('base64') : undefined;
    };
    const packed = {
      info: JSON.parse(readFileSync(join(folder, id, 'info.json'), 'utf8')) as unknown,
      kernel: base64('kernel.elf'),
      disk: base64('disk.img.gz'),
    };
    writeFileSync(
      join(folder, `${id}.js`),
      `(globalThis.toyCheckpoints??={})[${JSON.stringify(id)}]=${JSON.stringify(packed)};\n`,
    );
  }
  return ids;
}
