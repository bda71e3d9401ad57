/** Debian's packages as files: downloaded by apt and unpacked beside the build, never installed. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

/** Out of git's sight, as all of `build/` is. */
export const FOLDER = join(import.meta.dirname, '../../build/guests');

/** @returns the folder with the package's files. @throws Error where apt does not have it */
export function unpack(name: string): string {
  const root = join(FOLDER, 'packages', name);
  if (existsSync(root)) return root;
  const downloads = join(FOLDER, 'downloads', name);
  mkdirSync(downloads, { recursive: true });
  execFileSync('apt-get', ['download', '-q', name], { cwd: downloads, stdio: ['ignore', 'ignore', 'pipe'] });
  const [file] = readdirSync(downloads);
  if (file === undefined) throw new Error(`apt-get has downloaded nothing for ${name}`);
  // Under another name until it is whole.
  const unfinished = `${root}.unfinished`;
  mkdirSync(unfinished, { recursive: true });
  execFileSync('dpkg', ['-x', join(downloads, file), unfinished]);
  renameSync(unfinished, root);
  return root;
}

/** The package that a meta-package of the kernel stands for at present. */
export function dependencyOf(metaPackage: string): string {
  const text = execFileSync('apt-cache', ['depends', '--important', metaPackage], { encoding: 'utf8' });
  const name = /Depends: (linux-image-\S+)/.exec(text)?.[1];
  if (name === undefined) throw new Error(`${metaPackage} depends on no kernel`);
  return name;
}

/** The one file of a folder whose name matches. */
export function fileIn(folder: string, pattern: RegExp): string {
  const name = readdirSync(folder).find((each) => pattern.test(each));
  if (name === undefined) throw new Error(`${folder} has no ${pattern}`);
  return join(folder, name);
}
