/** Builds the guests. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../scripts/setup/dependencies.mjs';
import { findRust, KERNEL_TARGET, kernelEnvironment } from '../scripts/setup/rust.ts';

const PROJECT = join(ROOT, 'bench', 'guests');

/** @returns path of each guest's ELF by name; `empty` is the one that does nothing. @throws Error in Cargo's words */
export function buildGuests(): Map<string, string> {
  const rust = findRust(null);
  const target = join(ROOT, 'build', 'bench');
  const { status, stderr } = spawnSync(join(rust.bin, 'cargo'), ['build', '--release', '--locked'], {
    cwd: PROJECT,
    env: kernelEnvironment(rust, PROJECT, target),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the guests do not build:\n${stderr}`);
  const names = readdirSync(join(PROJECT, 'src', 'bin')).map((file) => file.replace(/\.rs$/, ''));
  return new Map(names.sort().map((name) => [name, join(target, KERNEL_TARGET, 'release', name)]));
}
