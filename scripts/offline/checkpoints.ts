/** Checkpoints as scripts: the one kind of file that a page from `file://` may load while it runs. */

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the script makes unnecessary; `source.zip` stays, for it is downloaded. */
const replaced = ['kernel.elf', 'info.json', 'screen.txt'];

/**
 * Turns each `<id>/kernel.elf` and `<id>/info.json` into `<id>.js`, which `platform.offline.ts` loads.
 * @returns how many there are
 */
export function packCheckpoints(folder: string): number {
  const ids = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name: id } of ids) {
    const kernel = readFileSync(join(folder, id, 'kernel.elf')).toString('base64');
    const info: unknown = JSON.parse(readFileSync(join(folder, id, 'info.json'), 'utf8'));
    const packed = `(globalThis.toyCheckpoints??={})[${JSON.stringify(id)}]=${JSON.stringify({ info, kernel })};\n`;
    writeFileSync(join(folder, `${id}.js`), packed);
    for (const name of replaced) rmSync(join(folder, id, name), { force: true });
  }
  rmSync(join(folder, 'lock.json'), { force: true });
  return ids.length;
}
