/** The committed checkpoints, as the tests see them. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ROOT } from '../../scripts/setup/dependencies.mjs';
import type { CheckpointInfo } from '../../src/literate/checkpoint-info.ts';

export interface Checkpoint {
  id: string;
  /** Path of kernel.elf. */
  kernel: string;
  /** Path of disk.img.gz; `null` for a checkpoint without a disk. */
  disk: string | null;
  info: CheckpointInfo;
  /** The text screen at the recorded instant. */
  screen: string;
}

const FOLDER = join(ROOT, 'public', 'checkpoints');

/** All of them, in the order of their names. @throws Error when there is none: a test over nothing proves nothing. */
export function checkpoints(): Checkpoint[] {
  const ids = readdirSync(FOLDER).filter((id) => existsSync(join(FOLDER, id, 'info.json')));
  if (ids.length === 0) throw new Error('public/checkpoints holds no checkpoint: run `npm run kernels`');
  return ids.sort().map((id) => ({
    id,
    kernel: join(FOLDER, id, 'kernel.elf'),
    disk: existsSync(join(FOLDER, id, 'disk.img.gz')) ? join(FOLDER, id, 'disk.img.gz') : null,
    info: JSON.parse(readFileSync(join(FOLDER, id, 'info.json'), 'utf8')) as CheckpointInfo,
    screen: readFileSync(join(FOLDER, id, 'screen.txt'), 'utf8'),
  }));
}

/**
 * The raw image of a checkpoint's disk, as a file that other machines can use.
 * @param disk path of its disk.img.gz
 * @returns the image's path in `folder`
 */
export function unpackedDisk(disk: string, folder: string): string {
  const image = join(folder, `${basename(dirname(disk))}.img`);
  if (!existsSync(image)) writeFileSync(image, gunzipSync(readFileSync(disk)));
  return image;
}
