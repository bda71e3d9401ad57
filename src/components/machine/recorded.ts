/** What the checkpoint folder says at build time. */

import { existsSync, readFileSync, statSync } from 'node:fs';

/** What a machine boots: a folder of `public/`, and there an id. */
export interface Medium {
  folder: 'checkpoints' | 'sticks';
  id: string;
}

const built = { checkpoints: 'npm run kernels', sticks: 'npm run iso -- --publish' };

/**
 * The recorded text screen, without its final line feed.
 * @throws Error if that has not been built
 */
export function recordedScreen({ folder, id }: Medium): string {
  const file = `public/${folder}/${id}/screen.txt`;
  if (!existsSync(file)) throw new Error(`${file} is missing: ${id} is not built. Run "${built[folder]}".`);
  // HTML drops a line feed right behind `<pre>`.
  return readFileSync(file, 'utf8').replace(/\n$/, '').replace(/^\n/, ' \n');
}

export interface Download {
  file: string;
  /** The name that it is saved under. */
  saveAs: string;
  size: string;
}

const downloads = [
  { file: 'kernel.elf', suffix: '.elf' },
  { file: 'disk.img.gz', suffix: '.img.gz' },
  { file: 'source.zip', suffix: '.zip' },
];

/** The files of a checkpoint that a reader may want, those that it has. */
export function downloadsOf(checkpoint: string): Download[] {
  return downloads
    .map(({ file, suffix }) => ({
      file,
      saveAs: checkpoint + suffix,
      path: `public/checkpoints/${checkpoint}/${file}`,
    }))
    .filter(({ path }) => existsSync(path))
    .map(({ file, saveAs, path }) => ({ file, saveAs, size: sizeInWords(statSync(path).size) }));
}

/** In decimal units, as file managers count: `21 KB`, `3.4 MB`. */
export function sizeInWords(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.max(1, Math.round(bytes / 1000))} KB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
