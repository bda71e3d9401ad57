/** Builds the guests: those of 64 bits by Rust, as the book's kernels; those of 32 bits by the C compiler, which needs no library. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../scripts/setup/dependencies.mjs';
import { findRust, KERNEL_TARGET, kernelEnvironment } from '../scripts/setup/rust.ts';

const PROJECT = join(ROOT, 'bench', 'guests');
const PROJECT_32 = join(ROOT, 'bench', 'guests32');
const TARGET = join(ROOT, 'build', 'bench');

/** Freestanding and linked at its place, for a processor with the general registers alone. */
const GCC = [
  ...['-m32', '-march=i686', '-O2', '-std=c11', '-Wall', '-Wextra', '-Werror', '-ffreestanding'],
  ...['-fno-pic', '-fno-stack-protector', '-fcf-protection=none', '-fno-asynchronous-unwind-tables'],
  ...['-nostdlib', '-static', '-no-pie', `-Wl,-T,${join(PROJECT, 'linker.ld')}`, '-Wl,--build-id=none'],
];

/** Paths of ELF files by name; `empty` is the guest that does nothing. */
export type Guests = Map<string, string>;

/** @throws Error in the compiler's words */
export function buildGuests32(): Guests {
  const target = join(TARGET, 'i686');
  mkdirSync(target, { recursive: true });
  const names = readdirSync(PROJECT_32).filter((file) => file.endsWith('.c'));
  return new Map(
    names.sort().map((file) => {
      const name = file.slice(0, -2);
      const elf = join(target, name);
      const { status, stderr, error } = spawnSync('gcc', [...GCC, '-o', elf, 'entry.s', file], {
        cwd: PROJECT_32,
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(`${file} does not build:\n${error?.message ?? stderr}`);
      return [name, elf];
    }),
  );
}

/** @throws Error in Cargo's words */
export function buildGuests(): Guests {
  const rust = findRust(null);
  const { status, stderr } = spawnSync(join(rust.bin, 'cargo'), ['build', '--release', '--locked'], {
    cwd: PROJECT,
    env: kernelEnvironment(rust, PROJECT, TARGET),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the guests do not build:\n${stderr}`);
  const names = readdirSync(join(PROJECT, 'src', 'bin')).map((file) => file.replace(/\.rs$/, ''));
  return new Map(names.sort().map((name) => [name, join(TARGET, KERNEL_TARGET, 'release', name)]));
}
