/**
 * Makes a CD image that GRUB boots kernels from, by BIOS and by UEFI, from `-cdrom`, from a USB stick or as a disk: the
 * same bytes each time for the same kernels and the same GRUB.
 *
 *     npm run iso                           every kernel of the book behind a menu: build/toy-os-book.iso
 *     npm run iso -- OUT.iso                the same, elsewhere
 *     npm run iso -- --publish              the same, and as the site offers it: public/sticks
 *     npm run iso -- KERNEL OUT.iso         one kernel, booted at once
 *
 * Made of its parts, since `grub-mkrescue` packs every module (20 MB) and writes the time of day into the image.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Checkpoint } from '../src/literate/book.ts';
import { CHECKPOINTS_FOLDER } from '../src/literate/checkpoint-lock.ts';
import { loadBook } from '../src/literate/load.ts';
import { GRUB_BIOS } from './setup/tools.ts';

const ROOT = resolve(import.meta.dirname, '..');
const BOOK_IMAGE = join(ROOT, 'build/toy-os-book.iso');

/** Every time stamp in the image, in seconds since 1970: 2023-11-14. */
const TIME = 1_700_000_000;

/** What GRUB needs to find the kernel and to boot it; each firmware adds its own. */
const MODULES = 'iso9660 part_msdos part_gpt multiboot2 normal test serial configfile search search_fs_file halt'.split(
  ' ',
);

/** A kernel on the image, and its line in the menu. */
export interface MenuEntry {
  title: string;
  /** The key that boots it at once; `null` for none. */
  key: string | null;
  /** Path of a Multiboot2 kernel. */
  kernel: string;
}

const HEAD = 'serial --unit=0 --speed=115200\nterminal_input console serial\nterminal_output console serial\n';

/** Under BIOS the kernel gets the text screen; under UEFI, which has none, the framebuffer that it asks for. */
function menuEntry(title: string, key: string | null, file: string): string {
  return `menuentry ${quote(title)} ${key === null ? '' : `--hotkey=${key} `}{
  multiboot2 /boot/${file}
  if [ "$grub_platform" = pc ]; then set gfxpayload=text; fi
  boot
}
`;
}
function quote(text: string): string {
  return `'${text.replaceAll("'", '\u2019')}'`;
}
/** Under UEFI GRUB starts from the FAT image: it has to look for the CD. */
const FIND_CD = 'search --file --set=root /boot/grub/grub.cfg\nset prefix=($root)/boot/grub\n';

/** One image for CD and disk: El Torito for BIOS, a FAT image for UEFI, a boot sector and partition for disks. */
const XORRISO = `-as mkisofs -quiet -r -V TOYOS --set_all_file_dates =${TIME}
  -b boot/grub/eltorito.img -no-emul-boot -boot-load-size 4 -boot-info-table --grub2-boot-info
  --grub2-mbr ${GRUB_BIOS}/boot_hybrid.img --protective-msdos-label
  --efi-boot efi.img -efi-boot-part --efi-boot-image`.split(/\s+/);

function run(command: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, SOURCE_DATE_EPOCH: String(TIME), TZ: 'UTC' },
  });
  if (status !== 0) throw new Error(`${command}: ${stderr?.trim() || error?.message || `exit code ${status}`}`);
}

function fixTimes(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    chmodSync(path, entry.isDirectory() ? 0o755 : 0o644);
    if (entry.isDirectory()) fixTimes(path);
    utimesSync(path, TIME, TIME);
  }
  utimesSync(folder, TIME, TIME);
}

/**
 * Writes an image that boots one kernel at once.
 * @param kernel path of a Multiboot2 kernel
 * @param image path of the image to write
 * @throws Error when one of GRUB's tools, mtools or xorriso fails or is missing, with its own words
 */
export function makeIso(kernel: string, image: string): void {
  writeImage(
    image,
    `${HEAD}set timeout=0\n${menuEntry('kernel', null, 'kernel.elf')}`,
    new Map([['kernel.elf', kernel]]),
  );
}

/**
 * Writes an image with a menu that waits.
 * @param experiments have a menu of their own, which the key x opens
 * @throws Error as `makeIso` does
 */
export function makeMenuIso(chapters: readonly MenuEntry[], experiments: readonly MenuEntry[], image: string): void {
  const files = new Map<string, string>();
  const lines = (entries: readonly MenuEntry[]): string =>
    entries
      .map(({ title, key, kernel }) => {
        const file = `kernel-${files.size}.elf`;
        files.set(file, kernel);
        return menuEntry(title, key, file);
      })
      .join('');
  const menu = `${lines(chapters)}submenu 'Experiments' --hotkey=x {\n${lines(experiments)}}\n`;
  writeImage(image, `${HEAD}set timeout=-1\n${menu}`, files);
}

/** @param kernels name in /boot to path */
function writeImage(image: string, menu: string, kernels: ReadonlyMap<string, string>): void {
  const work = mkdtempSync(join(tmpdir(), 'iso-'));
  try {
    const root = join(work, 'root');
    const grub = join(root, 'boot', 'grub');
    mkdirSync(grub, { recursive: true });
    for (const [name, path] of kernels) copyFileSync(path, join(root, 'boot', name));
    writeFileSync(join(grub, 'grub.cfg'), menu);

    const bios = join(grub, 'eltorito.img');
    run('grub-mkimage', '-O', 'i386-pc-eltorito', '-p', '/boot/grub', '-o', bios, 'biosdisk', ...MODULES);

    const early = join(work, 'early.cfg');
    writeFileSync(early, FIND_CD);
    const efi = join(work, 'BOOTX64.EFI');
    const video = ['fat', 'efi_gop', 'efi_uga', 'all_video'];
    run('grub-mkimage', '-O', 'x86_64-efi', '-p', '/boot/grub', '-c', early, '-o', efi, ...video, ...MODULES);
    utimesSync(efi, TIME, TIME);
    const fat = join(root, 'efi.img');
    run('mformat', '-C', '-f', '2880', '-N', '52555354', '-i', fat, '::');
    run('mmd', '-i', fat, '::/EFI', '::/EFI/BOOT');
    run('mcopy', '-m', '-i', fat, efi, '::/EFI/BOOT/');

    fixTimes(root);
    const date = `${new Date(TIME * 1000).toISOString().replaceAll(/\D/g, '').slice(0, 14)}00`;
    run('xorriso', ...XORRISO, `--modification-date=${date}`, '-o', image, root);
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** The key that boots a chapter's kernel from the book's menu: its number as a hexadecimal digit. */
export function keyOfChapter(number: number): string {
  if (number < 1 || number > 11) throw new Error(`chapter ${number} needs a key; GRUB takes c and e for itself`);
  return number.toString(16);
}

/** The chapters' kernels in reading order, and the experiments. */
function bookEntries(): { chapters: MenuEntry[]; experiments: MenuEntry[] } {
  const { checkpoints, problems } = loadBook(ROOT);
  if (problems.length > 0) throw new Error('the chapters have faults: run "npm run tangle"');
  const entry = ({ id, title, chapter: { number }, experimentOf }: Checkpoint): MenuEntry => ({
    title: `${number}  ${title}`,
    key: experimentOf === null ? keyOfChapter(number) : null,
    kernel: join(ROOT, CHECKPOINTS_FOLDER, id, 'kernel.elf'),
  });
  const { own = [], varied = [] } = Object.groupBy(checkpoints, ({ experimentOf }) =>
    experimentOf === null ? 'own' : 'varied',
  );
  return { chapters: own.map(entry), experiments: varied.map(entry) };
}

/** Writes the image that holds the whole book. @throws Error as `makeIso` does, and where the chapters have faults */
export function makeBookIso(image: string): void {
  const { chapters, experiments } = bookEntries();
  makeMenuIso(chapters, experiments, image);
}

async function main(args: string[]): Promise<void> {
  if (args.length === 1 && args[0] === '--publish') {
    await main([]);
    const { publish, STICK_FOLDER } = await import('./publish-iso.ts');
    await publish(BOOK_IMAGE);
    console.log(STICK_FOLDER);
    return;
  }
  if (args.length > 2 || args.some((arg) => arg.startsWith('-')))
    throw new Error('usage: npm run iso [-- [KERNEL] OUT.iso | -- --publish]');
  const [kernel, image] = args.length === 2 ? (args as [string, string]) : [null, args[0] ?? BOOK_IMAGE];
  mkdirSync(dirname(image), { recursive: true });
  if (kernel === null) makeBookIso(image);
  else makeIso(kernel, image);
  console.log(image);
}

if (import.meta.main) {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
