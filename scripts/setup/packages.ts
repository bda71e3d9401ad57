/** Installs Debian's packages where this process may, and says how where it may not. */
import { spawnSync } from 'node:child_process';
import { findCommand } from './tools.ts';

/** Whether packages can be installed without asking anyone: as root, with apt-get. */
export function canInstall(): boolean {
  return process.getuid?.() === 0 && findCommand('apt-get') !== null;
}

/** The one command that a user types to install the packages. */
export function installCommand(packages: readonly string[]): string {
  return `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}

function aptGet(...args: string[]): string | null {
  const run = spawnSync('apt-get', args, {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 10 * 60_000,
    maxBuffer: 64 << 20,
  });
  if (run.status === 0) return null;
  return (run.stderr || run.error?.message || `apt-get ended with ${run.signal ?? run.status}`).trim();
}

/** Installs packages. @returns what went wrong, or `null`. */
export function installPackages(packages: readonly string[]): string | null {
  console.log(`Installing Debian's packages ${packages.join(' ')} ...`);
  const update = aptGet('update', '-q');
  const install = aptGet('install', '-y', '-q', '--no-install-recommends', ...packages);
  // A failed update matters only where the install failed too: one stale list among many is common.
  return install && (update ? `${update}\n${install}` : install);
}
