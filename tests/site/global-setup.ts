/** The tests look at the built site; `npm test` builds it just before. Run alone, they build what is missing. */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

export default function globalSetup(): void {
  const run = (...args: string[]) => execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (!existsSync(join(root, 'dist', 'index.html'))) run('node_modules/astro/bin/astro.mjs', 'build');
  if (!existsSync(join(root, 'dist-offline', 'index.html'))) run('scripts/build-offline.ts');
}
