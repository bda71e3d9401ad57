/**
 * Makes a CD image that GRUB boots a kernel from, by BIOS and by UEFI, from `-cdrom`, from a USB stick or as a disk: the
 * same bytes each time for the same kernel and the same GRUB.
 *
 *     node scripts/iso.ts KERNEL OUT.iso
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
import { join } from 'node:path';
import { GRUB_BIOS } from './setup/tools.ts';

/** Every time stamp in the image, in seconds since 1970: 2023-11-14. */
const TIME = 1_700_000_000;

/** What GRUB needs to find the kernel and to boot it; each firmware adds its own. */
const MODULES = 'iso9660 part_msdos part_gpt multiboot2 normal test serial configfile search search_fs_file halt'.split(
  ' ',
);

/** Under BIOS the kernel gets the text screen; under UEFI, which has none, the framebuffer that it asks for. */
const MENU = `serial --unit=0 --speed=115200
terminal_output console serial
set timeout=0
menuentry "kernel" {
  multiboot2 /boot/kernel.elf
  if [ "$grub_platform" = pc ]; then set gfxpayload=text; fi
  boot
}
`;
/** Under UEFI GRUB starts from the FAT image: it has to look for the CD. */
const FIND_CD = 'search --file --set=root /boot/kernel.elf\nset prefix=($root)/boot/grub\n';

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
 * Writes the image.
 * @param kernel path of a Multiboot2 kernel
 * @param image path of the image to write
 * @throws Error when one of GRUB's tools, mtools or xorriso fails or is missing, with its own words
 */
export function makeIso(kernel: string, image: string): void {
  const work = mkdtempSync(join(tmpdir(), 'iso-'));
  try {
    const root = join(work, 'root');
    const grub = join(root, 'boot', 'grub');
    mkdirSync(grub, { recursive: true });
    copyFileSync(kernel, join(root, 'boot', 'kernel.elf'));
    writeFileSync(join(grub, 'grub.cfg'), MENU);

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

if (import.meta.main) {
  const [kernel, image, ...rest] = process.argv.slice(2);
  if (!kernel || !image || rest.length > 0) {
    console.error('usage: node scripts/iso.ts KERNEL OUT.iso');
    process.exit(1);
  }
  try {
    makeIso(kernel, image);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
