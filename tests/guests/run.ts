/**
 * Third-party systems in our machine: boot loaders, a memory tester, Linux kernels.
 *
 *     npm run test:guests                              all of them
 *     npm run test:guests -- memtest linux             those whose name holds a word
 *     npm run test:guests -- tcg --qemu DIR            QEMU's own test programs, from its unpacked source
 *
 * Needs Debian with apt, GRUB for BIOS, xorriso, mtools; `tcg` needs gcc for 64 and 32 bits. Packages are downloaded and unpacked
 * under build/guests. It takes minutes, and is no part of `npm test`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { busybox, linux } from './linux.ts';
import { dependencyOf, FOLDER, unpack } from './packages.ts';
import { programs } from './qemu-programs.ts';
import { type Run, toyvm } from './toyvm.ts';

/** Integers and floating point, pipes and processes, files and compression. $1: busybox. */
const WORK = `
$1 seq 1 20000 > numbers
$1 sha256sum numbers
$1 sort -r numbers | $1 md5sum
$1 gzip -9 < numbers | $1 gunzip | $1 sha1sum
$1 bzip2 < numbers | $1 sha512sum
$1 awk 'BEGIN { for (i = 1; i < 20000; i++) { x += i / 3.7; x *= 1.0000123; y = y / 2 + 1 / i } printf "%.17g %.17g\\n", x, y }'
$1 factor 18014398509481983 | $1 tr ' ' '+'
`;

/** @throws Error that says what is wrong */
function expectShows(text: string, ...wanted: (string | RegExp)[]): void {
  for (const each of wanted)
    if (!(typeof each === 'string' ? text.includes(each) : each.test(text)))
      throw new Error(`'${each}' is not shown, but\n${text}`);
}
function expectSame(ours: string, host: string): void {
  if (ours !== host) throw new Error(`the guest printed\n${ours}\nand this computer\n${host}`);
}

function linuxWorks(metaPackage: string): Run {
  const run = linux(dependencyOf(metaPackage), WORK);
  const folder = mkdtempSync(join(FOLDER, 'host-'));
  expectSame(
    run.output,
    execFileSync(busybox(), ['sh', '-c', WORK, 'work', busybox()], { cwd: folder, encoding: 'utf8' }),
  );
  if (run.status !== 0) throw new Error(`exit code ${run.status}`);
  return run;
}

/** Debian's disc boots as a floppy of El Torito. In a minute of the guest's the first tests are through. */
function memtest(width: 'x64' | 'ia32'): Run {
  const disc = join(unpack('memtest86+'), `usr/lib/memtest86+/memtest86+${width}.iso`);
  const run = toyvm('-cdrom', disc, '-m', '16', '--for', '60', '--timeout', '1800');
  expectShows(run.screen, 'Memtest86+', 'Status: Testing', /Test #[5-9]/, /Errors: 0\s/);
  return run;
}

/** ISOLINUX, which loads iPXE, which finds no network. */
function ipxe(): Run {
  const disc = join(unpack('ipxe'), 'usr/lib/ipxe/ipxe.iso');
  const run = toyvm('-cdrom', disc, '-m', '64', '--until', 'No more network devices', '--timeout', '600');
  expectShows(run.screen, 'ISOLINUX', 'iPXE initialising devices...ok', 'No more network devices');
  return run;
}

/** Each program prints the same as here, where it ran natively. */
function tcg(source: string | undefined): Run {
  if (source === undefined) throw new Error("needs QEMU's source: --qemu DIR");
  const files = new Map<string, Uint8Array>();
  for (const { name, binary, output } of programs(source)) {
    files.set(`t/${name}`, binary);
    files.set(`e/${name}`, output);
  }
  const work = `
for t in $($1 ls /t); do
  $1 timeout 100 /t/$t > out 2>&1 < /dev/null; echo "exit $?" >> out
  if $1 cmp -s out /e/$t; then echo "same $t"; else echo "DIFFERS $t"; $1 diff /e/$t out | $1 head -40; fi
done
`;
  const run = linux(dependencyOf('linux-image-amd64'), work, files);
  const same = run.output.match(/^same /gm)?.length ?? 0;
  if (same !== files.size / 2) throw new Error(run.output);
  console.log(`  ${same} programs`);
  return run;
}

const { positionals: words, values } = parseArgs({
  allowPositionals: true,
  options: { qemu: { type: 'string' } },
});
const guests: Readonly<Record<string, () => Run>> = {
  ipxe,
  memtest64: () => memtest('x64'),
  memtest32: () => memtest('ia32'),
  'linux-amd64': () => linuxWorks('linux-image-amd64'),
  'linux-cloud': () => linuxWorks('linux-image-cloud-amd64'),
  ...(values.qemu === undefined && !words.includes('tcg') ? {} : { tcg: () => tcg(values.qemu) }),
};
const chosen = Object.entries(guests).filter(
  ([name]) => words.length === 0 || words.some((word) => name.includes(word)),
);
if (chosen.length === 0) throw new Error(`no guest is called so; there are ${Object.keys(guests).join(', ')}`);
mkdirSync(FOLDER, { recursive: true });
for (const [name, boot] of chosen) {
  try {
    const { instructions, seconds } = boot();
    console.log(`${name}: passed, ${(instructions / 1e6).toFixed(0)} million instructions, ${seconds.toFixed(0)} s`);
  } catch (error) {
    console.log(`${name}: FAILED: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
