/**
 * Chapter 11's kernel and its disk. What the kernel writes, mtools read and fsck.fat judges; what mtools write, the kernel reads.
 * And the power goes: after each cut every file has its old content or its new one, and nothing else is touched.
 *
 * SEED=n repeats a run, CUTS=n cuts the power so often.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkpoints } from '../support/checkpoints.ts';
import { describeWith } from '../support/environment.ts';
import { FatVolume, VOLUME_START } from '../support/fat-volume.ts';
import { KernelShell } from '../support/kernel-shell.ts';
import { PowerCuts, WRITING } from '../support/power-cuts.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const CUTS = Number(process.env.CUTS ?? 60);
/** Cuts of one machine, before the next gets a disk of its own. */
const SERIES = 20;

const checkpoint = checkpoints().find(({ id }) => id === '11-filesystem')!;
const { memoryMiB } = checkpoint.info.run;
const imageOf = (id: string): Uint8Array =>
  new Uint8Array(gunzipSync(readFileSync(checkpoints().find((each) => each.id === id)!.disk!)));
const image = imageOf('11-filesystem');

let folder: string;
let volume: FatVolume;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'filesystem-'));
  volume = new FatVolume(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function started(disk: Uint8Array): Promise<KernelShell> {
  const shell = await KernelShell.on(disk, memoryMiB);
  shell.powerOn();
  expect(shell.toPrompt()).toContain('The disk is in order.');
  return shell;
}

describeWith(['fat'], 'a volume that two systems use', () => {
  test('what the shell writes is read by the host', async () => {
    const shell = await started(image);
    const lines = Array.from({ length: 40 }, (_, n) => `line ${n}`);
    for (const [n, line] of lines.entries())
      expect(shell.run(`echo ${line} ${n === 0 ? '>' : '>>'} grown.txt`)).toBe('');
    for (let n = 0; n < 70; n++) expect(shell.run(`echo ${n} > bin/x${n}`)).toBe('');
    expect(shell.run('echo gone > gone')).toBe('');
    expect(shell.run('echo over > readme.txt')).toBe('');
    expect(shell.run('rm gone')).toBe('');
    expect(shell.run('echo > empty')).toBe('');
    volume.disk = shell.disk.contents();
    expect(volume.check().text).toMatch(/files/);
    expect(volume.check()).toMatchObject({ isClean: true });
    const files = volume.read();
    expect(files.get('grown.txt')?.toString()).toBe(`${lines.join('\n')}\n`);
    expect(files.get('readme.txt')?.toString()).toBe('over\n');
    expect(files.get('empty')?.toString()).toBe('\n');
    expect(files.has('gone')).toBe(false);
    for (let n = 0; n < 70; n++) expect(files.get(`bin/x${n}`)?.toString()).toBe(`${n}\n`);
    expect(volume.list('')).toMatch(/^GROWN +TXT +\d+ 2026-\d\d-\d\d/m);
  }, 300_000);

  test('what the host writes is read by the shell', async () => {
    const text = (length: number): string => 'All happy families are alike. '.repeat(1000).slice(0, length);
    const sizes = [0, 1, 39, 511, 512, 513, 2047, 2048, 2049, 20_000];
    volume.disk = image;
    volume.write(new Map(sizes.map((size) => [`of/n${size}.txt`, Buffer.from(text(size))])));
    const shell = await started(Buffer.concat([image.subarray(0, VOLUME_START), volume.contents]));
    for (const size of sizes) expect(shell.run(`cat of/n${size}.txt`) === text(size), `${size} bytes`).toBe(true);
    expect(shell.run('ls of').split('\n').sort()).toEqual(['', ...sizes.map((size) => `n${size}.txt ${size}`)].sort());
    expect(shell.run('cat of/none')).toBe('of/none: no such file\nstatus 1\n');
    expect(shell.run('cat readme.txt')).toContain('Every computer that knows FAT reads it.');
  }, 300_000);
});

describeWith(['fat'], `power cuts, SEED=${SEED}`, () => {
  const series = Array.from({ length: Math.ceil(CUTS / SERIES) }, (_, n) => Math.min(SERIES, CUTS - n * SERIES));
  test.each(series.map((cuts, n) => ({ cuts, seed: SEED + n })))(
    '$cuts of them leave old or new, SEED=$seed',
    async ({ cuts, seed }) => {
      // Every other series looks closely at the first writes.
      const run = await PowerCuts.start(seed, image, memoryMiB, volume, seed % 2 ? WRITING : WRITING / 12);
      run.run(cuts);
      console.log(`SEED=${seed}: ${JSON.stringify(run.tally)}`);
      expect(run.tally.inWriting, 'cuts in the midst of writing').toBeGreaterThan(0);
    },
    1_800_000,
  );

  test('of the order that the experiment writes in, they leave neither', async () => {
    // Between its first write and the last, where hardly a cut goes by without damage.
    const run = await PowerCuts.start(SEED, imageOf('11-pull-the-plug'), memoryMiB, volume, WRITING / 12);
    expect(() => run.run(100)).toThrow(/^after \d+ cuts/);
  }, 600_000);
});
