/** The committed checkpoints, as the tests see them. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** Writes a disk's image into a folder. @returns its path */
export function unpackDisk(id: string, disk: string, folder: string): string {
  const image = join(folder, `${id}.img`);
  writeFileSync(image, gunzipSync(readFileSync(disk)));
  return image;
}

/**
 * The disk that belongs to a kernel's machine whoever has loaded the kernel: one with a partition is more than a way to boot,
 * the kernel has its files there.
 */
export function filesOf({ id, disk }: Pick<Checkpoint, 'id' | 'disk'>, folder: string): { disk?: string } {
  if (disk === null) return {};
  const image = unpackDisk(id, disk, folder);
  return readFileSync(image)
    .subarray(446, 510)
    .some((byte) => byte !== 0)
    ? { disk: image }
    : {};
}
