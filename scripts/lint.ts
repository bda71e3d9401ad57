/**
 * `npm run lint`: Biome's rules and format, the layers (.dependency-cruiser.mjs), and the emulator type-checked as a library
 * that has neither the DOM nor Node, and the spelling of the prose (cspell.json; its own words are in docs/words.txt).
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './setup/dependencies.mjs';

const module = (path: string): string => join(ROOT, 'node_modules', path);
/** Folders with sources: what is not there yet is left out. */
const CRUISED = ['src', 'scripts', 'tests', 'bench'].filter((folder) => existsSync(join(ROOT, folder)));

const CHECKS = [
  { name: 'Biome', args: [module('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.'] },
  {
    name: 'layers',
    args: [
      module('dependency-cruiser/bin/dependency-cruiser.mjs'),
      '--config',
      '.dependency-cruiser.mjs',
      '--output-type',
      'err-long',
      ...CRUISED,
    ],
  },
  { name: 'spelling', args: [module('cspell/bin.mjs'), 'lint', '--no-progress', '--no-summary', '--gitignore'] },
  { name: 'emulator without DOM and Node', args: [module('typescript/bin/tsc'), '-p', 'src/emulator'] },
];

const failed = CHECKS.filter(({ name, args }) => {
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'}  ${name}`);
  return status !== 0;
});
process.exitCode = failed.length > 0 ? 1 : 0;
