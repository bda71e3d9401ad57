/**
 * A random workload at chapter 11's shell, and power cuts in the middle of it. The host keeps account of what each file has to
 * be, and other programs judge what is on the disk: right after a cut, and after the kernel's next start.
 */
import { expect } from 'vitest';
import { Random } from '../cpu/random.ts';
import type { FatVolume, Files } from './fat-volume.ts';
import { VOLUME_START } from './fat-volume.ts';
import { KernelShell } from './kernel-shell.ts';

/** Of clusters, sectors and nothing, one byte less and one more. */
const SIZES = [0, 1, 511, 512, 2047, 2048, 2049, 5000, 30_000];
/** A cluster of the volume holds 64 entries: with `.` and `..` there is room for three more in that folder. */
const CROWD = 59;
const LONG_NAMES = 9;
const NAMES = [
  'a',
  'b.txt',
  'c.c',
  'note.txt',
  '12345678.abc',
  'docs/new1',
  'docs/new2',
  'docs/new3',
  'docs/new4',
  'docs/new5',
];
/** Instruction times from the first write of a command, within which its last one is flushed. */
export const WRITING = 600_000;
const ANYWHERE = 3_000_000;

/** How a command changes the files. */
type Change = (files: Map<string, Buffer>) => void;

export interface Tally {
  cuts: number;
  /** Cuts with writes that were not flushed. */
  inWriting: number;
  /** Cuts while the kernel was putting the volume in order. */
  inOrdering: number;
  lost: number;
  /** Cuts after which the file had its new content. */
  isNew: number;
}

export class PowerCuts {
  readonly tally: Tally = { cuts: 0, inWriting: 0, inOrdering: 0, lost: 0, isNew: 0 };
  readonly #random: Random;
  readonly #volume: FatVolume;
  readonly #shell: KernelShell;
  readonly #writing: number;
  readonly #shortNames: ReadonlyMap<string, string>;
  /** What has to be on the disk. */
  #files: Map<string, Buffer>;
  /** What has happened, for whoever looks for the defect. */
  readonly #diary: string[] = [];

  /**
   * Puts files on a disk image, and the machine beside it.
   * @param writing within how many instruction times from the first write of a command its cut comes
   */
  static async start(
    seed: number,
    image: Uint8Array,
    memoryMiB: number,
    volume: FatVolume,
    writing: number,
  ): Promise<PowerCuts> {
    const random = new Random(seed, 0);
    volume.disk = image;
    volume.write(population(random));
    const disk = Buffer.concat([image.subarray(0, VOLUME_START), volume.contents]);
    return new PowerCuts(random, volume, await KernelShell.on(disk, memoryMiB), writing);
  }

  private constructor(random: Random, volume: FatVolume, shell: KernelShell, writing: number) {
    this.#writing = writing;
    this.#random = random;
    this.#volume = volume;
    this.#shell = shell;
    this.#files = volume.read();
    this.#shortNames = volume.shortNames();
  }

  /** Starts the machine, works, and cuts the power until it has been cut so often. */
  run(cuts: number): void {
    this.#shell.powerOn();
    this.#shell.toPrompt();
    try {
      while (this.tally.cuts < cuts) {
        for (let calm = this.#random.below(3); calm > 0; calm--) this.#work();
        const wish = this.#interrupted();
        this.#cut();
        let lost = this.#judge(this.#files, wish);
        // The power may go again while the kernel puts in order what it has left behind.
        this.#shell.powerOn();
        while (this.#random.chance(0.25)) {
          this.#shell.toFirstWrite();
          if (this.#shell.said.endsWith('toy> ')) break;
          this.#shell.machine.run(this.#random.below(this.#writing));
          this.#diary.push('start');
          this.tally.inOrdering++;
          this.#cut();
          lost = this.#judge(this.#files, this.#files);
          this.#shell.powerOn();
        }
        const said = this.#shell.toPrompt();
        expect(said, 'what the kernel says of the disk').toContain(
          lost === 0 ? 'The disk is in order.' : `Lost clusters, freed: ${lost}\n`,
        );
        this.#volume.disk = this.#shell.disk.contents();
        const verdict = this.#volume.check();
        expect(verdict.isClean, `after the kernel has put it in order: ${verdict.text}`).toBe(true);
        this.#compare(this.#files, this.#files);
        if (this.#random.chance(0.2)) this.#cat();
      }
    } catch (error) {
      throw new Error(`after ${this.tally.cuts} cuts, in the end:\n${this.#diary.slice(-12).join('\n')}`, {
        cause: error,
      });
    }
  }

  /** A command that is left in peace. */
  #work(): void {
    const { command, change } = this.#invent();
    this.#diary.push(command);
    expect(this.#shell.run(command), command).toBe('');
    change(this.#files);
  }

  /** A command that is not. @returns the files as it would have them */
  #interrupted(): Files {
    const { command, change } = this.#invent();
    const wish = new Map(this.#files);
    change(wish);
    this.#shell.type(command);
    if (this.#random.chance(0.7)) {
      this.#shell.toFirstWrite();
      this.#shell.machine.run(this.#random.below(this.#writing));
    } else this.#shell.machine.run(this.#random.below(ANYWHERE));
    this.#diary.push(`${command}   <- cut`);
    // A prompt promises that it is done.
    if (this.#shell.said.endsWith('toy> ')) this.#files = wish;
    return wish;
  }

  #cut(): void {
    this.tally.cuts++;
    if (this.#shell.disk.unflushed.length > 0) this.tally.inWriting++;
    const share = this.#random.pick([0, 0.1, 0.5, 0.9, 1]);
    this.#shell.cutPower(() => this.#random.chance(share));
  }

  /** The volume right after a cut. @returns lost clusters, by fsck.fat's count */
  #judge(old: Files, wish: Files): number {
    this.#volume.disk = this.#shell.disk.contents();
    const { worse, lost, text } = this.#volume.check();
    expect(worse, `right after the cut: ${text}`).toEqual([]);
    this.tally.lost += lost;
    this.#compare(old, wish);
    return lost;
  }

  /** All that is on the volume is as before the interrupted command, or all is as after it. */
  #compare(old: Files, wish: Files): void {
    const found = this.#volume.read();
    if (old !== wish && differences(found, wish).length === 0) {
      this.tally.isNew++;
      this.#files = found;
    } else expect(differences(found, old), 'files that are neither as before nor as after').toEqual([]);
  }

  /** The kernel reads a file as the host does. */
  #cat(): void {
    const texts = [...this.#files].filter(([path, data]) => !path.includes(' ') && data.length > 0 && isText(data));
    if (texts.length === 0) return;
    const [path, data] = this.#random.pick(texts);
    expect(this.#shell.run(`cat ${path}`), path).toBe(data.toString('latin1'));
  }

  #invent(): { command: string; change: Change } {
    const paths = [...this.#files.keys()].filter((path) => !path.startsWith('bin/'));
    const path = this.#random.chance(0.4) ? this.#random.pick(NAMES) : this.#random.pick(paths);
    const name = this.#shortNames.get(path) ?? path;
    if (this.#files.has(path) && this.#random.chance(0.3))
      return { command: `rm ${name}`, change: (files) => files.delete(path) };
    // Typing is what takes the time of this test.
    const text = words(this.#random, 1 + this.#random.below(this.#random.chance(0.2) ? 40 : 8));
    const line = Buffer.from(`${text}\n`);
    const isAppended = this.#random.chance(0.5);
    return {
      command: `echo ${text} ${isAppended ? '>>' : '>'} ${name}`,
      change: (files) => files.set(path, isAppended ? Buffer.concat([files.get(path) ?? Buffer.of(), line]) : line),
    };
  }
}

/** What the host puts there: files of many sizes, a folder that is nearly full, and names that are too long for us. */
function population(random: Random): Files {
  const files = new Map<string, Buffer>();
  for (const size of SIZES) files.set(`s${size}`, Buffer.from(words(random, size)));
  for (let n = 0; n < CROWD; n++) files.set(`docs/file${n}`, Buffer.from(words(random, random.below(100))));
  for (let n = 1; n <= LONG_NAMES; n++) files.set(longName(n), Buffer.from(words(random, 50 * n)));
  return files;
}

/** Long enough for three entries beside its own. */
const longName = (n: number): string => `${n} is a name of many letters.text`;

function words(random: Random, length: number): string {
  const letters = Array.from({ length }, (_, n) => (n % 9 === 4 ? ' ' : String.fromCharCode(97 + random.below(26))));
  if (letters.at(-1) === ' ') letters[length - 1] = '.';
  return letters.join('');
}

/** What a terminal shows as it is. */
function isText(data: Buffer): boolean {
  return data.length < 400 && data.every((byte) => byte === 10 || (byte >= 32 && byte < 127));
}

function differences(found: Files, expected: Files): string[] {
  const tell = (files: Files, path: string): string => {
    const data = files.get(path);
    return data ? `${data.length} bytes, ${JSON.stringify(data.subarray(0, 40).toString('latin1'))}` : 'nothing';
  };
  return [...new Set([...found.keys(), ...expected.keys()])]
    .filter((path) => !found.has(path) || !expected.has(path) || !found.get(path)!.equals(expected.get(path)!))
    .map((path) => `${path}: ${tell(found, path)} in place of ${tell(expected, path)}`);
}
