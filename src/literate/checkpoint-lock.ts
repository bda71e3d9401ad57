/** `public/checkpoints/lock.json`: what each committed kernel was built from, and by what. */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Hashes are SHA-256, in hexadecimal. */
export interface LockEntry {
  /** Of the project's files, Cargo.lock included. */
  source: string;
  /** Compiler, origin of its library and linker: all that the bytes depend on beside the source. */
  rustc: string;
  /** Of kernel.elf. */
  elf: string;
  /** Of the disk image before compression, where there is one. */
  disk?: string;
}

export type CheckpointLock = Record<string, LockEntry>;

export const CHECKPOINTS_FOLDER = 'public/checkpoints';

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** @param files path to text */
export function hashProject(files: ReadonlyMap<string, string>): string {
  return sha256(JSON.stringify([...files].sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** @param folder `public/checkpoints` of some checkout */
export function readLock(folder: string): CheckpointLock {
  const path = join(folder, 'lock.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as CheckpointLock) : {};
}

/** The toolchain that built most of the committed kernels; `null` if there are none. */
export function toolchainOf(lock: CheckpointLock): string | null {
  const counts = new Map<string, number>();
  for (const { rustc } of Object.values(lock)) counts.set(rustc, (counts.get(rustc) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}
