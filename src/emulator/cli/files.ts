/** Reads and writes what the options name; every failure is one line. */
import { accessSync, constants, readFileSync, statSync, writeFileSync } from 'node:fs';
import { UsageError } from './values.ts';

/** No kernel comes near it; it keeps a mistyped name from filling the memory. */
const LARGEST = 1 << 30;

/** @throws UsageError */
export function readInput(path: string): Uint8Array {
  try {
    const status = statSync(path);
    // A device or a pipe may never end.
    if (!status.isFile()) throw new UsageError(`cannot read ${path}: not a regular file`);
    if (status.size > LARGEST) throw new UsageError(`cannot read ${path}: ${status.size} bytes are too many`);
    return readFileSync(path);
  } catch (error) {
    throw asUsageError(`cannot read ${path}`, error);
  }
}

/** @throws UsageError */
export function writeOutput(path: string, content: string | Uint8Array): void {
  try {
    writeFileSync(path, content);
  } catch (error) {
    throw asUsageError(`cannot write ${path}`, error);
  }
}

/** @throws UsageError for a file that could not be written to */
export function requireWritable(path: string): void {
  try {
    accessSync(path, constants.W_OK);
  } catch (error) {
    throw asUsageError(`cannot write to ${path} (-snapshot keeps changes in memory)`, error);
  }
}

function asUsageError(what: string, error: unknown): UsageError {
  if (error instanceof UsageError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    ENOENT: 'no such file',
    EISDIR: 'it is a directory',
    ENOTDIR: 'no such file',
    EACCES: 'permission denied',
    EROFS: 'it is on a read-only file system',
  };
  return new UsageError(`${what}: ${reasons[code ?? ''] ?? message.split('\n')[0]}`);
}
