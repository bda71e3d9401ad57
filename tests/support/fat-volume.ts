/** The FAT volume of a disk image in the hands of programs that we did not write: mtools and dosfstools. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { findCommand } from '../../scripts/setup/tools.ts';

/** Where chapter 11's partition begins, in bytes. */
export const VOLUME_START = 1 << 20;

/** Contents by path: lower case, without a leading slash. */
export type Files = ReadonlyMap<string, Buffer>;

export interface Verdict {
  isClean: boolean;
  /** Clusters that belong to no file. */
  lost: number;
  /** What stands there beyond lost clusters, copies of the table that differ, and parts of long names without an owner. */
  worse: string[];
  text: string;
}

/** Lines of fsck.fat about a volume in which it finds nothing. */
const CLEAN = [/^fsck\.fat \d/, /^\S+: \d+ files, \d+\/\d+ clusters$/, /^\s*$/];
/** Those that tell of nothing worse than a waste. */
const HARMLESS = [
  ...CLEAN,
  /^FATs differ but appear to be intact\.$/,
  /^ {2}Using first FAT\.$/,
  /^Reclaimed \d+ unused clusters? \(\d+ bytes\)\.$/,
  /^Orphaned long file name part /,
  /^ {2}Auto-deleting\.$/,
  // The same, where the part that begins the name has gone already.
  /^Long filename fragment ".*" found outside a LFN sequence\.$/,
  /^ {2}\(Maybe the start bit is missing on the last fragment\)$/,
  /^ {2}Not auto-correcting this\.$/,
  /^Leaving filesystem unchanged\.$/,
];

export class FatVolume {
  readonly #image: string;
  readonly #files: string;

  /** @param folder empty, and this object's alone */
  constructor(folder: string) {
    this.#image = join(folder, 'volume.img');
    this.#files = join(folder, 'files');
  }

  /** Takes the volume out of a disk's image. */
  set disk(image: Uint8Array) {
    writeFileSync(this.#image, image.subarray(VOLUME_START));
  }
  get contents(): Buffer {
    return readFileSync(this.#image);
  }

  /** Puts files of these contents on it; folders are made before what lies in them. */
  write(files: Files): void {
    rmSync(this.#files, { recursive: true, force: true });
    for (const [path, data] of files) {
      const parts = path.split('/');
      mkdirSync(join(this.#files, ...parts.slice(0, -1)), { recursive: true });
      writeFileSync(join(this.#files, path), data);
    }
    const tops = readdirSync(this.#files).map((name) => join(this.#files, name));
    this.#mtools('mcopy', '-s', '-Q', ...tops, '::/');
  }

  /** All files on it, as mcopy reads them. */
  read(): Map<string, Buffer> {
    rmSync(this.#files, { recursive: true, force: true });
    mkdirSync(this.#files);
    this.#mtools('mcopy', '-s', '-n', '-Q', '::*', this.#files);
    const paths = readdirSync(this.#files, { recursive: true, encoding: 'utf8' }).map((name) =>
      join(this.#files, name),
    );
    return new Map(
      paths
        .filter((path) => statSync(path).isFile())
        .map((path) => [relative(this.#files, path).toLowerCase(), readFileSync(path)]),
    );
  }

  /** The short names of the root's files that have long ones, by these. */
  shortNames(): Map<string, string> {
    const lines = this.list('').matchAll(/^(\S+) +(\S*) +\d+ \d{4}-\d\d-\d\d +\d+:\d\d +(\S.*)$/gm);
    return new Map(
      Array.from(lines, ([, name, extension, long]) => [long!, `${name}${extension && '.'}${extension}`.toLowerCase()]),
    );
  }

  /** mdir's listing of a folder. */
  list(folder: string): string {
    return this.#mtools('mdir', `::/${folder}`);
  }

  /** fsck.fat's opinion; it changes nothing. */
  check(): Verdict {
    const { stdout, stderr, status } = spawnSync(findCommand('fsck.fat')!, ['-n', this.#image], { encoding: 'utf8' });
    const text = stdout + stderr;
    const beyond = (patterns: RegExp[]) =>
      text.split('\n').filter((line) => !patterns.some((pattern) => pattern.test(line)));
    const worse = beyond(HARMLESS);
    const lost = Number(/^Reclaimed (\d+) /m.exec(text)?.[1] ?? 0);
    return { isClean: status === 0 && beyond(CLEAN).length === 0, lost, worse, text };
  }

  #mtools(tool: string, ...parameters: string[]): string {
    const run = spawnSync(tool, ['-i', this.#image, ...parameters], { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`${tool} ${parameters.join(' ')}: ${run.stdout}${run.stderr}`);
    return run.stdout;
  }
}
