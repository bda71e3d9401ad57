/** Checkpoints as classic scripts: a page may load those from everywhere, whatever the other side's headers say. */

import type { BootInfo } from '../../literate/checkpoint-info.ts';
import { type Checkpoint, CheckpointError, checkedCheckpoint } from './checkpoint.ts';

/** What `checkpoints/<id>.js`, written by `scripts/editions/checkpoints.ts`, registers. */
interface PackedCheckpoint {
  info: BootInfo;
  /** kernel.elf in base64, if there is one. */
  kernel?: string;
  /** disk.img.gz in base64, if there is one. */
  disk?: string;
}

declare global {
  var toyCheckpoints: Record<string, PackedCheckpoint> | undefined;
}

/**
 * @param folder URL of the checkpoints, with a slash at its end
 * @throws CheckpointError
 */
export async function fetchPackedCheckpoint(folder: string, id: string): Promise<Checkpoint> {
  if (!globalThis.toyCheckpoints?.[id]) await loadScript(`${folder}${id}.js`, id);
  const packed = globalThis.toyCheckpoints?.[id];
  if (!packed) throw new CheckpointError(`The checkpoint ${id} could not be loaded: ${folder}${id}.js is damaged.`);
  return checkedCheckpoint(id, fromBase64(packed.kernel), fromBase64(packed.disk), packed.info);
}

function fromBase64(text: string | undefined): ArrayBuffer | null {
  return text === undefined ? null : Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0)).buffer;
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
