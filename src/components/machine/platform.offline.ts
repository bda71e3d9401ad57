/**
 * How a page opened from `file://` reaches its worker and its checkpoints: the worker's code is part of the page's
 * script, and each checkpoint is a classic script, since `fetch` of a file is refused there.
 */

import MachineWorker from '../../emulator/worker/worker.ts?worker&inline';

export { fetchPackedCheckpoint as fetchCheckpoint } from './packed-checkpoint.ts';

export function createWorker(): Worker {
  return new MachineWorker();
}
