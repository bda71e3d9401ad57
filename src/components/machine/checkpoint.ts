/** A checkpoint as the panel needs it, and what may be wrong with one. */

import type { CheckpointInfo } from '../../literate/checkpoint-info.ts';

export interface Checkpoint {
  kernel: ArrayBuffer;
  info: CheckpointInfo;
}

/** Its message is one sentence for the reader. */
export class CheckpointError extends Error {}

/** @throws CheckpointError if the kernel file is not as long as its `info.json` says */
export function checkedCheckpoint(id: string, kernel: ArrayBuffer, info: CheckpointInfo): Checkpoint {
  const { bytes } = info.kernel;
  if (kernel.byteLength !== bytes) {
    const got = kernel.byteLength.toLocaleString('en');
    throw new CheckpointError(
      kernel.byteLength < bytes
        ? `The kernel of ${id} is truncated: ${got} of ${bytes.toLocaleString('en')} bytes arrived.`
        : `The kernel of ${id} is not the recorded one: ${got} bytes instead of ${bytes.toLocaleString('en')}.`,
    );
  }
  return { kernel, info };
}
