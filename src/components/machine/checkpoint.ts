/** A checkpoint as the panel needs it, and what may be wrong with one. */

import type { BootInfo } from '../../literate/checkpoint-info.ts';

export interface Checkpoint {
  /** `null` for an image with kernels of its own. */
  kernel: ArrayBuffer | null;
  /** The image of its hard disk; `null` for a checkpoint without one. */
  disk: ArrayBuffer | null;
  info: BootInfo;
}

/** Its message is one sentence for the reader. */
export class CheckpointError extends Error {}

/**
 * @param kernel `null` where `info` names none
 * @param disk compressed by gzip, as `disk.img.gz` is; `null` where `info` names none
 * @throws CheckpointError if a file is not as long as its `info.json` says
 */
export async function checkedCheckpoint(
  id: string,
  kernel: ArrayBuffer | null,
  disk: ArrayBuffer | null,
  info: BootInfo,
): Promise<Checkpoint> {
  if (kernel && info.kernel) checkLength(`kernel of ${id}`, kernel, info.kernel.bytes);
  if (!info.disk || !disk) return { kernel, disk: null, info };
  const image = await unzipped(disk).catch(() => {
    throw new CheckpointError(`The disk image of ${id} is damaged.`);
  });
  checkLength(`disk image of ${id}`, image, info.disk.bytes);
  return { kernel, disk: image, info };
}

function checkLength(what: string, { byteLength }: ArrayBuffer, expected: number): void {
  if (byteLength === expected) return;
  const [got, wanted] = [byteLength, expected].map((bytes) => bytes.toLocaleString('en'));
  throw new CheckpointError(
    byteLength < expected
      ? `The ${what} is truncated: ${got} of ${wanted} bytes arrived.`
      : `The ${what} is not the recorded one: ${got} bytes instead of ${wanted}.`,
  );
}

async function unzipped(bytes: ArrayBuffer): Promise<ArrayBuffer> {
  const [first, second] = new Uint8Array(bytes);
  // Some servers take a file `.gz` for its content in transit, and the browser has unpacked it then.
  if (first !== 0x1f || second !== 0x8b) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).arrayBuffer();
}
