/**
 * How a page opened from `file://` reaches its worker and its checkpoints: the worker's code is part of the page's
 * script, and each checkpoint is a classic script, since `fetch` of a file is refused there.
 */

import MachineWorker from '../../emulator/worker/worker.ts?worker&inline';
import type { CheckpointInfo } from '../../literate/checkpoint-info.ts';
import { type Checkpoint, CheckpointError, checkedCheckpoint } from './checkpoint.ts';

/** What `checkpoints/<id>.js`, written by `scripts/build-offline.ts`, registers. */
interface PackedCheckpoint {
  info: CheckpointInfo;
  /** kernel.elf in base64. */
  kernel: string;
}

declare global {
  var toyCheckpoints: Record<string, PackedCheckpoint> | undefined;
}

export function createWorker(): Worker {
  return new MachineWorker();
}

/** @throws CheckpointError */
export async function fetchCheckpoint(folder: string, id: string): Promise<Checkpoint> {
  if (!globalThis.toyCheckpoints?.[id]) await loadScript(`${folder}${id}.js`, id);
  const packed = globalThis.toyCheckpoints?.[id];
  if (!packed) throw new CheckpointError(`The checkpoint ${id} could not be loaded: ${folder}${id}.js is damaged.`);
  const kernel = Uint8Array.from(atob(packed.kernel), (byte) => byte.charCodeAt(0));
  return checkedCheckpoint(id, kernel.buffer, packed.info);
}

function loadScript(url: string, id: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = url;
    script.onload = () => resolve();
    script.onerror = () => reject(new CheckpointError(`The checkpoint ${id} could not be loaded: ${url} is missing.`));
    document.head.append(script);
  });
}
