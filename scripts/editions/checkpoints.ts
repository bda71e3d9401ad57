/** Checkpoints as scripts: what a page may load from `file://`, and from another origin without its leave. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes beside each folder `<id>/` a script `<id>.js` that holds its `kernel.elf` and `info.json`, and its disk if it has
 * one: what `packed-checkpoint.ts` loads.
 * @returns the ids
 */
export function packCheckpoints(folder: string): string[] {
  const ids = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  for (const id of ids) {
    const base64 = (name: string) => readFileSync(join(folder, id, name)).toString('base64');
    const packed = {
      info: JSON.parse(readFileSync(join(folder, id, 'info.json'), 'utf8')) as unknown,
      kernel: base64('kernel.elf'),
      ...(existsSync(join(folder, id, 'disk.img.gz')) ? { disk: base64('disk.img.gz') } : {}),
    };
    writeFileSync(
      join(folder, `${id}.js`),
      `(globalThis.toyCheckpoints??={})[${JSON.stringify(id)}]=${JSON.stringify(packed)};\n`,
    );
  }
  return ids;
}
