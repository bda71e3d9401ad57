/** A chapter's frontmatter: its number, its checkpoint and its experiments, each value with its line. */

import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { faultOfPath } from './meta.ts';
import type { Place, Problems } from './problem.ts';
import { strokesOf } from './script.ts';

/** Text typed on the keyboard once the screen shows what it answers to: see `shows` in script.ts. */
export interface ScriptedKeys {
  after: string;
  text: string;
}

/**
 * How the machine gets to the kernel: by the page's own loader, or from power-on by way of an image that one of the
 * project's scripts makes: `disk.sh`, or `iso.sh` for one that serves as CD and disk alike.
 */
export type BootPath = 'kernel' | 'disk' | 'iso';
const BOOT_PATHS: readonly string[] = ['kernel', 'disk', 'iso'] satisfies BootPath[];

/** A kernel that the book builds. */
export interface CheckpointHead {
  /** `NN-name`, `NN` being the chapter's number. */
  id: string;
  title: string;
  /** RAM of its machine in MiB. */
  memoryMiB: number;
  boot: BootPath;
  keys: ScriptedKeys[];
  /** The recorded instant of a kernel that never ends: when the screen has shown this. `null` for one that ends. */
  until: string | null;
  place: Place;
}

/** Whole files of a later checkpoint, taken as they stand there. */
export interface Borrows {
  from: string;
  files: { path: string; place: Place }[];
  place: Place;
}

export interface ChapterHead {
  title: string;
  number: number;
  place: Place;
  checkpoint: CheckpointHead | null;
  borrows: Borrows | null;
  /** Files of earlier chapters that are gone from this chapter on. */
  removes: { path: string; place: Place }[];
  experiments: CheckpointHead[];
}

/** A PC of 2026 has far more; a toy kernel that runs in a page needs no more. */
const DEFAULT_MEMORY_MIB = 64;
const KERNEL_KEYS = ['id', 'title', 'memory', 'boot', 'keys', 'until'];
const ID = /^(\d{2})-[a-z0-9]+(?:-[a-z0-9]+)*$/;

/**
 * @param yaml the text between the `---` lines, or `null` if there is none
 * @param firstLine MDX line of its first line, 1-based
 * @returns `null` if the chapter has no number: nothing can be told of it then
 */
export function readFrontmatter(
  path: string,
  yaml: string | null,
  firstLine: number,
  problems: Problems,
): ChapterHead | null {
  if (yaml === null) {
    problems.add('frontmatter', { path, line: 1 }, 'a chapter starts with frontmatter: title and chapter');
    return null;
  }
  const counter = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: counter });
  for (const error of document.errors) {
    const at = { path, line: counter.linePos(error.pos[0]).line + firstLine - 1 };
    problems.add('frontmatter', at, error.message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, ''));
  }
  if (document.errors.length > 0) return null;
  return new Reader(path, firstLine, counter, problems).chapter(document.contents);
}

class Reader {
  readonly #path: string;
  readonly #firstLine: number;
  readonly #counter: LineCounter;
  readonly #problems: Problems;

  constructor(path: string, firstLine: number, counter: LineCounter, problems: Problems) {
    this.#path = path;
    this.#firstLine = firstLine;
    this.#counter = counter;
    this.#problems = problems;
  }

  chapter(root: unknown): ChapterHead | null {
    if (!isMap(root)) return this.#fault(null, 'the frontmatter is a map');
    const title = this.#string(root, 'title', 'the frontmatter');
    const number = root.get('chapter');
    const numberNode = root.get('chapter', true) as Node | undefined;
    if (typeof number !== 'number' || !Number.isInteger(number) || number < 1 || number > 99) {
      return this.#fault(numberNode ?? root, 'chapter: a whole number from 1 to 99 is needed');
    }
    const head: ChapterHead = {
      title: title ?? '',
      number,
      place: this.#place(numberNode ?? root),
      checkpoint: null,
      borrows: null,
      removes: [],
      experiments: [],
    };
    const checkpoint = root.get('checkpoint', true) as Node | undefined;
    if (checkpoint !== undefined) this.#checkpoint(checkpoint, head);
    const experiments = root.get('experiments', true) as Node | undefined;
    if (experiments !== undefined) {
      if (!isSeq(experiments)) this.#fault(experiments, 'experiments: a list is needed');
      else for (const item of experiments.items) this.#experiment(item as Node, head);
    }
    return head;
  }

  #checkpoint(node: Node, head: ChapterHead): void {
    if (!isMap(node)) return void this.#fault(node, 'checkpoint: a map with an id is needed');
    this.#onlyKeys(node, 'checkpoint', [...KERNEL_KEYS, 'borrows', 'removes']);
    head.checkpoint = this.#kernel(node, 'checkpoint', head, head.title);
    const borrows = node.get('borrows', true) as Node | undefined;
    if (borrows !== undefined) {
      if (!isMap(borrows)) this.#fault(borrows, 'borrows: a map with from and files is needed');
      else {
        this.#onlyKeys(borrows, 'borrows', ['from', 'files']);
        const from = this.#string(borrows, 'from', 'borrows');
        const files = this.#paths(borrows, 'files', 'borrows');
        if (from !== null) head.borrows = { from, files, place: this.#place(borrows) };
      }
    }
    if (node.has('removes')) head.removes = this.#paths(node, 'removes', 'checkpoint');
  }

  #experiment(node: Node, head: ChapterHead): void {
    if (!isMap(node)) return void this.#fault(node, 'experiments: each is a map with id and title');
    this.#onlyKeys(node, 'an experiment', KERNEL_KEYS);
    const title = this.#string(node, 'title', 'an experiment');
    const kernel = this.#kernel(node, 'an experiment', head, title ?? '');
    if (kernel) head.experiments.push(kernel);
  }

  #kernel(node: YAMLMap, what: string, head: ChapterHead, title: string): CheckpointHead | null {
    const id = this.#string(node, 'id', what);
    if (id === null) return null;
    const place = this.#place(node.get('id', true) as Node);
    const prefix = String(head.number).padStart(2, '0');
    if (ID.exec(id)?.[1] !== prefix) {
      this.#fault(node.get('id', true) as Node, `id ${id}: an id of chapter ${head.number} reads ${prefix}-name`);
      return null;
    }
    const memory = node.get('memory') ?? DEFAULT_MEMORY_MIB;
    if (typeof memory !== 'number' || !Number.isInteger(memory) || memory < 4 || memory > 2048) {
      this.#fault(node.get('memory', true) as Node, 'memory: a whole number of MiB from 4 to 2048 is needed');
      return null;
    }
    const ownTitle = node.has('title') ? this.#string(node, 'title', what) : null;
    const boot = (node.get('boot') ?? 'kernel') as BootPath;
    if (!BOOT_PATHS.includes(boot)) {
      this.#fault(node.get('boot', true) as Node, `boot: one of ${BOOT_PATHS.join(', ')} is needed`);
      return null;
    }
    const until = node.has('until') ? this.#string(node, 'until', what) : null;
    return { id, title: ownTitle ?? title, memoryMiB: memory, boot, keys: this.#keys(node), until, place };
  }

  #keys(node: YAMLMap): ScriptedKeys[] {
    const list = node.get('keys', true) as Node | undefined;
    if (list === undefined) return [];
    const keys: ScriptedKeys[] = [];
    if (isSeq(list)) {
      for (const item of list.items) {
        const after = isMap(item) ? item.get('after') : undefined;
        const text = isMap(item) ? item.get('text') : undefined;
        if (typeof after === 'string' && after.trim() !== '' && typeof text === 'string' && text !== '') {
          try {
            strokesOf(text);
            keys.push({ after, text });
          } catch (error) {
            this.#fault(item as Node, `keys: ${(error as Error).message}`);
          }
        } else this.#fault(item as Node, 'keys: each is a map with after (what the screen shows) and text');
      }
    } else this.#fault(list, 'keys: a list is needed');
    return keys;
  }

  #paths(map: YAMLMap, key: string, what: string): { path: string; place: Place }[] {
    const list = map.get(key, true) as Node | undefined;
    if (!isSeq(list) || list.items.length === 0) {
      this.#fault(list ?? map, `${what}: ${key} is a list of at least one file`);
      return [];
    }
    const paths: { path: string; place: Place }[] = [];
    for (const item of list.items) {
      const path = isScalar(item) ? item.value : undefined;
      const fault = typeof path === 'string' ? faultOfPath(path) : 'a path is needed';
      if (typeof path !== 'string' || fault) this.#fault(item as Node, `${key}: ${fault}`);
      else if (paths.some((other) => other.path === path)) this.#fault(item as Node, `${key}: ${path} stands twice`);
      else paths.push({ path, place: this.#place(item as Node) });
    }
    return paths;
  }

  #string(map: YAMLMap, key: string, what: string): string | null {
    const value = map.get(key);
    if (typeof value === 'string' && value.trim() !== '') return value;
    return this.#fault((map.get(key, true) as Node | undefined) ?? map, `${what} needs ${key}, a text`);
  }

  #onlyKeys(map: YAMLMap, what: string, known: string[]): void {
    for (const pair of map.items) {
      const key = String(isScalar(pair.key) ? pair.key.value : pair.key);
      if (!known.includes(key)) this.#fault(pair.key as Node, `${what} has no ${key}: it knows ${known.join(', ')}`);
    }
  }

  #place(node: Node | null): Place {
    const offset = node?.range?.[0] ?? 0;
    return { path: this.#path, line: this.#counter.linePos(offset).line + this.#firstLine - 1 };
  }

  #fault(node: Node | null, message: string): null {
    this.#problems.add('frontmatter', this.#place(node), message);
    return null;
  }
}
