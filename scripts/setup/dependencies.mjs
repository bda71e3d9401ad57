/**
 * Installs the npm packages where they are missing or differ from package-lock.json, and finds the pinned Node.
 *
 * Plain JavaScript without imports from npm, since it runs before anything is installed, on any Node from 18 on.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const WINDOWS = process.platform === 'win32';
const PINNED_NODE = join(ROOT, 'node_modules', 'node', 'bin', WINDOWS ? 'node.exe' : 'node');

/** @returns {Record<string, { version: string, optional?: boolean }> | null} */
function lockedPackages(/** @type {string} */ file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return null;
  }
}

/** Why `npm ci` has to run, or `null` where node_modules holds what package-lock.json names. */
export function whyStale(root = ROOT) {
  const wanted = lockedPackages(join(root, 'package-lock.json'));
  if (!wanted) throw new Error('package-lock.json is missing or unreadable: clone the repository again');
  const installed = lockedPackages(join(root, 'node_modules', '.package-lock.json'));
  if (!installed) return 'not installed yet';
  for (const [path, { version, optional }] of Object.entries(wanted)) {
    if (path === '') continue;
    const found = installed[path];
    // Optional packages are other platforms' binaries.
    if (!found && !optional) return `${path} is missing`;
    if (found && found.version !== version) return `${path} is ${found.version}, not ${version}`;
  }
  return null;
}

/** Runs `npm ci` if it is needed. @throws Error when npm fails. */
export function ensureDependencies() {
  const reason = whyStale() ?? (existsSync(PINNED_NODE) ? null : 'the pinned Node is missing');
  if (reason === null) return;
  console.log(`Installing the npm packages (${reason}); this takes a minute or two the first time ...`);
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: ROOT,
    stdio: 'inherit',
    shell: WINDOWS,
    // A CI machine or a shell with NODE_ENV=production still needs the development packages: they build the book.
    env: { ...process.env, NODE_ENV: '' },
  });
  if (npm.error) throw new Error(`npm could not be started: ${npm.error.message}`);
  if (npm.status !== 0) throw new Error(`npm ci failed with exit code ${npm.status}`);
  if (!existsSync(PINNED_NODE))
    throw new Error(
      'npm ran no install script of the package "node", which brings the Node that the book is built with: ' +
        'run `npm rebuild node`, or `npm config get ignore-scripts` to see why',
    );
}

/** The environment in which `node` and the packages' commands are the pinned ones. */
export function pinnedEnvironment() {
  const bin = join(ROOT, 'node_modules', '.bin');
  const key = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  return {
    ...process.env,
    [key]: `${dirname(PINNED_NODE)}${delimiter}${bin}${delimiter}${process.env[key] ?? ''}`,
    ASTRO_TELEMETRY_DISABLED: '1',
  };
}

/**
 * Sets everything up and goes on in `script` (TypeScript, run by the pinned Node) with this process's arguments.
 * @param {string} script relative to the repository
 */
export async function continueWithPinnedNode(script) {
  try {
    ensureDependencies();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
    return;
  }
  const child = spawn(PINNED_NODE, [join(ROOT, script), ...process.argv.slice(2)], {
    cwd: ROOT,
    stdio: 'inherit',
    env: pinnedEnvironment(),
  });
  // Ctrl-C reaches the whole process group; this process only waits for the child to end in good order.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.exitCode = await new Promise((resolve) => {
    child.on('exit', (code, signal) => resolve(signal ? 1 : (code ?? 1)));
  });
}
