/** Finds a committed checkpoint of the book: `public/checkpoints/<id>/`. */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { CheckpointInfo } from '../../literate/checkpoint-info.ts';
import type { FunctionSymbol } from '../debug/symbols.ts';
import { readInput } from './files.ts';
import { UsageError } from './values.ts';

const FOLDER = fileURLToPath(new URL('../../../public/checkpoints/', import.meta.url));

export interface Checkpoint {
  kernel: Uint8Array;
  /** The image of its first hard disk; `null` where it has none. */
  disk: Uint8Array | null;
  run: CheckpointInfo['run'];
  symbols: FunctionSymbol[];
}

/** @throws UsageError if there is no such checkpoint, or if its folder is damaged */
export function readCheckpoint(id: string): Checkpoint {
  const known = checkpoints();
  if (!known.includes(id))
    throw new UsageError(
      `no checkpoint ${id}${known.length > 0 ? `: there is ${known.join(', ')}` : ' in public/checkpoints'}`,
    );
  const kernel = readInput(`${FOLDER}${id}/kernel.elf`);
  const info = readInfo(`${FOLDER}${id}/info.json`);
  return {
    kernel,
    disk: readDisk(`${FOLDER}${id}/disk.img.gz`),
    run: info.run,
    symbols: info.symbols.map(({ name, address, size }) => ({ name, address: BigInt(`0x${address}`), size })),
  };
}

function readDisk(path: string): Uint8Array | null {
  if (!existsSync(path)) return null;
  try {
    return gunzipSync(readInput(path));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path} is damaged: it is no gzip file`);
  }
}

function checkpoints(): string[] {
  try {
    return readdirSync(FOLDER, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch {
    return [];
  }
}

/** Only what a run needs is checked. */
function readInfo(path: string): CheckpointInfo {
  let info: CheckpointInfo;
  try {
    info = JSON.parse(new TextDecoder().decode(readInput(path)));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path} is damaged: it is no JSON`);
  }
  const run = info?.run;
  const sound =
    Number.isInteger(run?.memoryMiB) &&
    Number.isInteger(run.time) &&
    typeof run.end === 'string' &&
    (run.boot === 'kernel' || run.boot === 'disk') &&
    Array.isArray(run.keys) &&
    run.keys.every((key) => Number.isInteger(key?.at) && typeof key.text === 'string') &&
    Array.isArray(info.symbols) &&
    info.symbols.every((s) => typeof s?.name === 'string' && /^[0-9a-f]{1,16}$/.test(s.address));
  if (!sound) throw new UsageError(`${path} is damaged: its "run" or "symbols" are not as a checkpoint has them`);
  return info;
}
