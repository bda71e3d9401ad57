/** How a page on a web server reaches its worker and its checkpoints. The offline folder has its own: `platform.offline.ts`. */

import type { CheckpointInfo } from '../../literate/checkpoint-info.ts';
import { type Checkpoint, CheckpointError, checkedCheckpoint } from './checkpoint.ts';

export function createWorker(): Worker {
  return new Worker(new URL('../../emulator/worker/worker.ts', import.meta.url), { type: 'module' });
}

/**
 * @param folder URL of the checkpoints, with a slash at its end
 * @throws CheckpointError
 */
export async function fetchCheckpoint(folder: string, id: string): Promise<Checkpoint> {
  const [kernel, info] = await Promise.all([
    fetchFile(`${folder}${id}/kernel.elf`, id),
    fetchFile(`${folder}${id}/info.json`, id),
  ]);
  const bytes = await whole(kernel.arrayBuffer(), `The kernel of ${id} broke off while loading.`);
  const facts = await whole<CheckpointInfo>(info.json(), `The description of ${id} (info.json) cannot be read.`);
  const disk = facts.disk && (await fetchFile(`${folder}${id}/disk.img.gz`, id));
  const packed = disk && (await whole(disk.arrayBuffer(), `The disk image of ${id} broke off while loading.`));
  return checkedCheckpoint(id, bytes, packed, facts);
}

async function fetchFile(url: string, id: string): Promise<Response> {
  const response = await fetch(url).catch(() => {
    throw new CheckpointError(`The checkpoint ${id} could not be loaded: the server does not answer.`);
  });
  if (!response.ok) {
    const reason = `${response.status} ${response.statusText}`.trim();
    throw new CheckpointError(`The checkpoint ${id} could not be loaded: ${url} answers ${reason}.`);
  }
  return response;
}

async function whole<T>(body: Promise<T>, message: string): Promise<T> {
  return body.catch(() => {
    throw new CheckpointError(message);
  });
}
