import { readFileSync } from 'node:fs';

/** A plain array of its own: the `slice` of Node's Buffer shares memory, which who expects a copy would write to. */
export function readBytes(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path));
}

export function sameBytes(a: string | Uint8Array, b: string | Uint8Array): boolean {
  return Buffer.from(a).equals(Buffer.from(b));
}
