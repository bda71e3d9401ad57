/** Damaged kernels: every prefix, and random changes. A loader answers with a KernelError or loads; it never does else. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadKernel } from '../../src/emulator/firmware/kernel.ts';
import { KernelError } from '../../src/emulator/firmware/kernel-error.ts';
import { buildElf, END_TAG, HALT, headerTag, multiboot2Header, u32, xenNote } from './elf-builder.ts';
import { bootTarget } from './target.ts';

/** A kernel with everything that a loader reads: both protocols, tags, notes, sections. */
function rich(bits: 32 | 64): Uint8Array {
  const bytes = new Uint8Array(0x400);
  bytes.set(
    multiboot2Header([
      headerTag(1, 0, u32(1, 6, 8)),
      headerTag(4, 0, u32(3)),
      headerTag(5, 1, u32(80, 25, 0)),
      headerTag(10, 1, u32(0x100000, 0xffffffff, 8, 0)),
      END_TAG,
    ]),
  );
  bytes.set(HALT, 0x200);
  return buildElf({
    bits,
    entry: 0x100200,
    segments: [
      { address: 0x100000, bytes, memorySize: 0x800 },
      { type: 4, address: 0x100800, bytes: xenNote(18, u32(0x100200)) },
    ],
    sections: [
      { name: '.symtab', type: 2, link: 2, bytes: new Uint8Array(48) },
      { name: '.strtab', type: 3, bytes: new Uint8Array(16) },
    ],
  });
}

const CHECKPOINTS = joinPath(import.meta.dirname, '../../public/checkpoints');
function committed(): [string, Uint8Array][] {
  if (!existsSync(CHECKPOINTS)) return [];
  return readdirSync(CHECKPOINTS)
    .map((id): [string, string] => [id, joinPath(CHECKPOINTS, id, 'kernel.elf')])
    .filter(([, path]) => existsSync(path))
    .map(([id, path]) => [id, new Uint8Array(readFileSync(path))]);
}

const target = bootTarget(2);
/** What came of a file: `loaded`, or the refusal's message. Any other error escapes. */
function outcome(file: Uint8Array, protocol?: 'multiboot2' | 'pvh'): string {
  try {
    loadKernel(file, target, { protocol });
    return 'loaded';
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    expect(error.message).not.toMatch(/\n|undefined|NaN/);
    expect(error.message.length).toBeLessThan(300);
    return error.message;
  }
}

describe.each([
  ['a 32-bit kernel', rich(32)] as [string, Uint8Array],
  ['a 64-bit kernel', rich(64)] as [string, Uint8Array],
  ...committed().slice(0, 1),
])('%s', (_, file) => {
  test('every proper prefix is refused', () => {
    if (outcome(file) !== 'loaded') return; // an experiment whose kernel is meant to be refused
    for (let length = 0; length < file.length; length++) {
      const message = outcome(file.subarray(0, length));
      if (message === 'loaded') throw new Error(`a prefix of ${length} bytes of ${file.length} was loaded`);
    }
  });

  test.each(['multiboot2', 'pvh'] as const)('random damage, loaded by %s', (protocol) => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
    console.log(`seed ${seed} (SEED=${seed} repeats it)`);
    const random = generator(seed);
    const interesting = [0, 1, 4, 8, 0x7f, 0x80, 0xff];
    const outcomes = new Set<string>();
    for (let i = 0; i < 4000; i++) {
      const damaged = file.slice();
      // Headers are where damage is interesting.
      const places = [64, 0x200, 0x1100, damaged.length];
      for (let n = 1 + (random() % 4); n > 0; n--) {
        const near = Math.min(places[random() % places.length]!, damaged.length);
        const at =
          random() % 3 === 0 ? damaged.length - 1 - (random() % Math.min(400, damaged.length)) : random() % near;
        damaged[at] = random() % 2 ? interesting[random() % interesting.length]! : random() & 0xff;
      }
      outcomes.add(outcome(damaged, protocol).replace(/0x[0-9a-f]+|\d+/g, '#'));
    }
    // The damage reaches many checks, and leaves many kernels whole.
    expect(outcomes.has('loaded')).toBe(true);
    expect(outcomes.size).toBeGreaterThan(10);
  });
});

/** xorshift32. */
function generator(seed: number): () => number {
  let x = seed | 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}
