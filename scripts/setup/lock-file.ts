/**
 * Completes package-lock.json with the binaries of other platforms, so that `npm ci` works on all of them.
 *
 *     node scripts/setup/lock-file.ts      after each change of the dependencies
 *
 * npm leaves an optional package out of the lock file when the registry at hand has no manifest of it, as mirrors for one
 * platform do not; `npm ci` then refuses the lock file, there and everywhere else. What is added is what the depending
 * package says, an exact version, and what the name says, the platform; npm fills in the hash where it installs it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './dependencies.mjs';

interface LockedPackage {
  version: string;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  dev?: boolean;
  optional?: boolean;
  optionalDependencies?: Record<string, string>;
}
export interface LockFile {
  packages: Record<string, LockedPackage>;
}

export interface Missing {
  /** The package that names it. */
  by: string;
  name: string;
  version: string;
}

/** Whether the package at `path` finds `name`, as Node looks for it: beside itself and in every folder above. */
function resolves({ packages }: LockFile, path: string, name: string): boolean {
  const folders =
    path === '' ? [] : path.split('/node_modules/').map((_, i, parts) => parts.slice(0, i + 1).join('/node_modules/'));
  return ['', ...folders].some((folder) => `${folder && `${folder}/`}node_modules/${name}` in packages);
}

/** Optional dependencies that the lock file has no entry for. */
export function missingFrom(lock: LockFile): Missing[] {
  return Object.entries(lock.packages).flatMap(([by, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !resolves(lock, by, name))
      .map(([name, version]) => ({ by, name, version })),
  );
}

const SYSTEMS: Record<string, string> = { windows: 'win32', win32: 'win32' };
for (const os of ['darwin', 'linux', 'freebsd', 'android', 'openharmony']) SYSTEMS[os] = os;
const PROCESSORS = ['x64', 'arm64', 'arm', 'ia32', 's390x', 'ppc64', 'riscv64', 'loong64', 'wasm32'];
const LIBRARIES: Record<string, string> = { musl: 'musl', gnu: 'glibc' };

/** The entry for a platform's package, e.g. `@biomejs/cli-linux-x64-musl`. @throws Error if its name tells no platform */
export function entryFor({ name, version }: Missing, dev: boolean): LockedPackage {
  const words = name.split(/[/-]/);
  const one = (values: (string | undefined)[]): string[] | undefined => {
    const [value] = values.filter((each) => each !== undefined);
    return value === undefined ? undefined : [value];
  };
  const os = one(words.map((word) => SYSTEMS[word]));
  const cpu = one(words.filter((word) => PROCESSORS.includes(word)));
  const libc = one(words.map((word) => LIBRARIES[word]));
  if (!cpu || !/^\d+\.\d+\.\d+/.test(version)) throw new Error(`${name} ${version}: no platform's package`);
  return { version, cpu, ...(dev && { dev }), ...(libc && { libc }), optional: true, ...(os && { os }) };
}

if (import.meta.main) {
  const file = join(ROOT, 'package-lock.json');
  const lock = JSON.parse(readFileSync(file, 'utf8')) as LockFile;
  for (const missing of missingFrom(lock)) {
    lock.packages[`node_modules/${missing.name}`] = entryFor(missing, lock.packages[missing.by]?.dev === true);
    console.log(`${missing.name} ${missing.version}, for ${missing.by}`);
  }
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}
