/** Debian's Linux through GRUB, with a program of its own in an initial RAM disk. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { initrd } from './initrd.ts';
import { FOLDER, fileIn, unpack } from './packages.ts';
import { grubDisc, type Run, toyvm } from './toyvm.ts';

const [BEGIN, END] = ['--- begin ---', '--- end ---'];
/** `work` prints what is compared; what the kernel itself says before and after is not. */
const INIT = `#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc; $b mount -t devtmpfs dev /dev; $b mount -t tmpfs tmp /tmp
$b ifconfig lo 127.0.0.1 up
cd /tmp
echo '${BEGIN}'
$b sh /work $b
echo '${END}'
$b poweroff -f
`;

export function busybox(): string {
  return join(unpack('busybox-static'), 'bin/busybox');
}

/**
 * @param work a shell script that gets busybox as its argument
 * @param files for it, by path
 * @returns the run, and what the script has printed
 */
export function linux(
  packageName: string,
  work: string,
  files: ReadonlyMap<string, Uint8Array | string> = new Map(),
): Run & { output: string } {
  const kernel = fileIn(join(unpack(packageName), 'boot'), /^vmlinuz-/);
  const disk = join(FOLDER, 'initrd.gz');
  const all = new Map([['init', INIT], ['work', work], ['bin/busybox', readFileSync(busybox())], ...files]);
  writeFileSync(disk, initrd(all, ['proc', 'dev', 'tmp']));
  const menu = [`linux /${basename(kernel)} console=ttyS0 quiet loglevel=0`, 'initrd /initrd.gz'];
  const disc = grubDisc(packageName, menu, [kernel, disk]);
  const run = toyvm('-cdrom', disc, '-m', '768', '-no-reboot', '--timeout', '1800');
  const [, rest = ''] = run.serial.split(`${BEGIN}\n`);
  return { ...run, output: rest.split(`${END}\n`)[0]! };
}
