/**
 * How a machine on somebody else's page reaches its worker and its checkpoints. A worker has to come from the page's own
 * origin, so its code is a blob; and a checkpoint is a script, for which the book's server needs no headers.
 */

import workerSource from 'embed:worker';

export { fetchPackedCheckpoint as fetchCheckpoint } from './packed-checkpoint.ts';

let address: string | null = null;

export function createWorker(): Worker {
  address ??= URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' }));
  return new Worker(address);
}
