/** The tests look at the built site; `npm test` builds it just before. Run alone, they build what is missing. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';

const root = join(import.meta.dirname, '..', '..');
const dist = join(root, 'dist');
const offline = join(root, 'build', 'offline-edition');

export default function globalSetup(): void {
  if (!existsSync(join(dist, 'index.html'))) {
    execFileSync(process.execPath, ['node_modules/astro/bin/astro.mjs', 'build'], { cwd: root, stdio: 'inherit' });
  }
  // As a reader does who has downloaded it.
  rmSync(offline, { recursive: true, force: true });
  for (const [name, bytes] of Object.entries(unzipSync(readFileSync(join(dist, 'toy-os-book.zip'))))) {
    mkdirSync(dirname(join(offline, name)), { recursive: true });
    writeFileSync(join(offline, name), bytes);
  }
}
