/**
 * The image that the site offers, `public/sticks/toy-os-book`: it holds the committed kernels, is what `npm run iso` makes, and
 * in the emulator GRUB's menu starts each chapter's kernel, which shows what is recorded.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { keyOfChapter, makeBookIso } from '../../scripts/iso.ts';
import { bootStick, imageMakers, MENU_AWAITS, readStick } from '../../scripts/publish-iso.ts';
import { type Keyboard, Typist } from '../../scripts/qemu/typist.ts';
import { Machine, MemoryDisk } from '../../src/emulator/machine.ts';
import { sha256 } from '../../src/literate/checkpoint-lock.ts';
import { checkpoints } from '../support/checkpoints.ts';
import { describeWith, EVERY_KERNEL, whatIsMissing } from '../support/environment.ts';

const AGAIN = 'run "npm run iso -- --publish" and commit what it writes';
const stick = readStick();
const own = checkpoints().filter(({ info }) => info.experimentOf === null);
/** GRUB takes its time: one that halts, one that is typed to, and one with a disk of its own; EVERY_KERNEL=1 is for all. */
const CHOICE = ['03-bootloader', '07-system-calls', '11-filesystem'];
const chosen = own.filter(({ id }) => EVERY_KERNEL || CHOICE.includes(id));

describe('the committed image', () => {
  test('is the one that info.json describes', () => {
    expect({ bytes: stick.image.length, sha256: sha256(stick.image) }).toEqual(stick.info.disk);
  });

  test.each(checkpoints())('holds the kernel of $id as it is committed', ({ kernel }) => {
    // A file lies in one piece in an ISO 9660 volume.
    expect(Buffer.from(stick.image).includes(readFileSync(kernel)), AGAIN).toBe(true);
  });
});

const others =
  whatIsMissing('grub') === null && imageMakers() !== stick.info.madeBy ? ` (here is ${imageMakers()})` : '';
describeWith(['grub'], `made anew by ${stick.info.madeBy}${others}`, () => {
  test.skipIf(others !== '')('it has the same bytes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'stick-'));
    try {
      const path = join(folder, 'image');
      makeBookIso(path);
      expect(Buffer.compare(readFileSync(path), stick.image), AGAIN).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

interface Run {
  keys: readonly { after: string; text: string }[];
  until: string | null;
}

/** In instruction times. */
const SLICE = 2_000_000;
const LIMIT = 2_000_000_000;

/**
 * From power-on on: the chapter's key in GRUB's menu, and its script, until its screen stands.
 * @returns the last screen
 */
async function choose(machine: Machine, chapter: string, { keys, until }: Run, awaited: string): Promise<string> {
  machine.powerOn();
  const typist = new Typist(keys, { after: MENU_AWAITS, text: keyOfChapter(Number(chapter.slice(0, 2))) });
  const keyboard: Keyboard = { type: async (strokes) => machine.typeText(strokes) };
  while (machine.time < LIMIT && machine.end === null) {
    machine.run(SLICE);
    const shown = machine.screenText();
    if (machine.isTyping) continue;
    if (until !== null && typist.finished(shown, until) && shown === awaited) break;
    await typist.look(shown, keyboard);
  }
  return machine.screenText();
}

describe('from power-on through the menu', { timeout: 300_000 }, () => {
  test('GRUB shows the menu that is recorded', async () => {
    expect((await bootStick(stick.image.slice())).screenText()).toBe(stick.screen);
  });

  test.each(chosen)('$id shows what is recorded', async (checkpoint) => {
    const { info, disk } = checkpoint;
    const image = new MemoryDisk(stick.image.slice());
    // Chapter 11's kernel looks for its files on the first disk; the stick is in the machine as a CD then.
    const media =
      info.disk?.script === 'disk.sh' && disk
        ? {
            disks: [new MemoryDisk(new Uint8Array(gunzipSync(readFileSync(disk))))],
            cdrom: image,
            bootOrder: ['d'] as const,
          }
        : { disks: [image] };
    const machine = await Machine.create({ memoryMiB: info.run.memoryMiB, ...media });
    expect(await choose(machine, checkpoint.id, info.run, checkpoint.screen)).toBe(checkpoint.screen);
  });

  test('chapter 11 without its disk says so, and falls back to the prompt of chapter 6', async () => {
    const machine = await Machine.create({ memoryMiB: 64, disks: [new MemoryDisk(stick.image.slice())] });
    const left = (screen: string): string[] => screen.split('\n').map((line) => line.replace(/ *│.*/, ''));
    const said = left(await choose(machine, '11-filesystem', { keys: [{ after: '>', text: 'x' }], until: '> x' }, ''));
    expect(said[0]).toBe('No files: no FAT16 partition.');
    expect(said.some((line) => line.startsWith(`> x`))).toBe(true);
  });
});
