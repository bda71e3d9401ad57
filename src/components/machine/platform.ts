/** How a page on a web server reaches its worker and its checkpoints. The offline folder has its own: `platform.offline.ts`. */

import type { BootInfo } from '../../literate/checkpoint-info.ts';
import { type Checkpoint, CheckpointError, checkedCheckpoint } from './checkpoint.ts';

export function createWorker(): Worker {
  return new Worker(new URL('../../emulator/worker/worker.ts', import.meta.url), { type: 'module' });
}

/**
 * @param folder URL of the checkpoints, with a slash at its end
 * @throws CheckpointError
 */
export async function fetchCheckpoint(folder: string, id: string): Promise<Checkpoint> {
  const description = await fetchFile(`${folder}${id}/info.json`, id);
  const info = await whole<BootInfo>(description.json(), `The description of ${id} (info.json) cannot be read.`);
  const bytesOf = async (file: string, what: string) => {
    const response = await fetchFile(`${folder}${id}/${file}`, id);
    return whole(response.arrayBuffer(), `The ${what} of ${id} broke off while loading.`);
  };
  const [kernel, disk] = await Promise.all([
    info.kernel && bytesOf('kernel.elf', 'kernel'),
    info.disk && bytesOf('disk.img.gz', 'disk image'),
  ]);
  return checkedCheckpoint(id, kernel, disk, info);
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
