/** The book's image as the site offers it and boots it in the page: `public/sticks/toy-os-book`. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync, gzipSync } from 'fflate';
import { Machine, MemoryDisk } from '../src/emulator/machine.ts';
import type { BootInfo } from '../src/literate/checkpoint-info.ts';
import { sha256 } from '../src/literate/checkpoint-lock.ts';
import { readBytes } from './kernels/bytes.ts';

export const STICK = 'toy-os-book';
export const STICK_FOLDER = join(resolve(import.meta.dirname, '..'), 'public/sticks', STICK);

/** Its info.json. */
export interface StickInfo extends BootInfo {
  disk: { bytes: number; sha256: string };
  /** The programs that have made it: others give other bytes. */
  madeBy: string;
}

/** The last words below GRUB's menu. */
export const MENU_AWAITS = 'for a command-line.';

/** In MiB. */
const MEMORY = 64;
/** In instruction times. GRUB takes 70 million, of them some to draw its menu line by line. */
const SLICE = 2_000_000;
const LIMIT = 400_000_000;

/** Versions of the programs that the bytes of an image depend on. */
export function imageMakers(): string {
  return ['grub-mkimage', 'xorriso', 'mformat']
    .map((command) => {
      const { stdout, stderr } = spawnSync(command, ['--version'], { encoding: 'utf8' });
      return /^.*\d+\.\d+.*$/m.exec(`${stdout}${stderr}`)?.[0].trim() ?? command;
    })
    .join(', ');
}

/**
 * Switches a machine on with the stick as its disk, and lets GRUB draw its menu.
 * @throws Error when no menu appears
 */
export async function bootStick(image: Uint8Array): Promise<Machine> {
  const machine = await Machine.create({ memoryMiB: MEMORY, disks: [new MemoryDisk(image)] });
  machine.powerOn();
  let before = '';
  while (machine.time < LIMIT) {
    machine.run(SLICE);
    const screen = machine.screenText();
    if (screen === before && screen.includes(MENU_AWAITS)) return machine;
    before = screen;
  }
  throw new Error(`GRUB shows no menu, but:\n${before}`);
}

/** @param path of the image */
export async function publish(path: string): Promise<void> {
  const image = readBytes(path);
  const machine = await bootStick(image.slice());
  const info: StickInfo = {
    id: STICK,
    kernel: null,
    disk: { bytes: image.length, sha256: sha256(image) },
    run: { memoryMiB: MEMORY, boot: 'disk', keys: [] },
    symbols: [],
    files: [],
    lineMap: [],
    madeBy: imageMakers(),
  };
  mkdirSync(STICK_FOLDER, { recursive: true });
  writeFileSync(join(STICK_FOLDER, 'disk.img.gz'), gzipSync(image, { level: 9, mtime: 0 }));
  writeFileSync(join(STICK_FOLDER, 'info.json'), `${JSON.stringify(info, null, 2)}\n`);
  writeFileSync(join(STICK_FOLDER, 'screen.txt'), machine.screenText());
}

export interface PublishedStick {
  image: Uint8Array;
  info: StickInfo;
  /** GRUB's menu. */
  screen: string;
}

export function readStick(): PublishedStick {
  const text = (name: string): string => readFileSync(join(STICK_FOLDER, name), 'utf8');
  return {
    image: gunzipSync(readBytes(join(STICK_FOLDER, 'disk.img.gz'))),
    info: JSON.parse(text('info.json')) as StickInfo,
    screen: text('screen.txt'),
  };
}
