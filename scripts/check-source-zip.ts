/**
 * Unpacks each chapter's `source.zip` and does with it what the chapters tell a reader to do: `cargo build`, `cargo run` (in QEMU, by
 * the runner of the project's own `.cargo/config.toml`), where the project has GRUB's menu the CD image, where it has a
 * script for one the disk image, and the tests of the crates beside the kernel. A kernel that has files on its disk is run
 * from there alone. The screen has to be the recorded one. Exit code 1 if it is not.
 *
 * `--only ID` restricts it to one checkpoint; `--toolchain rustup|system` says where `rustc` comes from.
 */

import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { Machine } from '../src/emulator/machine.ts';
import type { CheckpointInfo } from '../src/literate/checkpoint-info.ts';
import { CHECKPOINTS_FOLDER, readLock, sha256, toolchainOf } from '../src/literate/checkpoint-lock.ts';
import { unpackProject } from '../src/literate/source-zip.ts';
import { readBytes } from './kernels/bytes.ts';
import { type Watched, watchQemu } from './kernels/qemu-screen.ts';
import { findRust, hostOf, KERNEL_TARGET, kernelEnvironment, type RustToolchain } from './setup/rust.ts';
import { findCommand, missingParts } from './setup/tools.ts';

const folder = resolve(import.meta.dirname, '..', CHECKPOINTS_FOLDER);

/** In seconds; a kernel of the book takes less than one. */
const PATIENCE = 120;

class Fault extends Error {}

function infoOf(id: string): CheckpointInfo {
  return JSON.parse(readFileSync(join(folder, id, 'info.json'), 'utf8')) as CheckpointInfo;
}

async function checkZip(id: string, rust: RustToolchain, tested: Set<string>): Promise<string[]> {
  const read = (name: string): Buffer => readFileSync(join(folder, id, name));
  const info = infoOf(id);
  const screen = read('screen.txt').toString();
  const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'source-zip-')));
  try {
    const project = join(temporary, id);
    for (const [path, text] of unpackProject(read('source.zip'))) {
      mkdirSync(dirname(join(project, path)), { recursive: true });
      writeFileSync(join(project, path), text);
    }
    const env = kernelEnvironment(rust, project, '');
    // As on a reader's machine, Cargo builds into the project's own folder.
    delete env.CARGO_TARGET_DIR;
    const cargo = join(rust.bin, 'cargo');
    const build = spawnSync(cargo, ['build', '--release', '--locked'], { cwd: project, env, encoding: 'utf8' });
    if (build.status !== 0) throw new Fault(`cargo build --release: ${build.stderr.trim()}`);
    const done = ['cargo build'];

    const crates = cratesBeside(project);
    const untested = crates.filter((name) => !tested.has(hashOf(project, name)));
    if (untested.length > 0) {
      const packages = untested.flatMap((name) => ['-p', name]);
      const parameters = ['test', '--quiet', '--locked', '--target', hostOf(join(rust.bin, 'rustc')), ...packages];
      // Debian keeps dosfstools off a user's PATH.
      const tests = spawnSync(cargo, parameters, {
        cwd: project,
        env: { ...env, PATH: `${env.PATH}:/usr/sbin:/sbin` },
        encoding: 'utf8',
      });
      if (tests.status !== 0) throw new Fault(`cargo ${parameters.join(' ')}: ${tests.stdout}\n${tests.stderr}`.trim());
      for (const name of untested) tested.add(hashOf(project, name));
      done.push(`cargo test (${untested.join(', ')})`);
      if (untested.includes('fat')) {
        // Those tests of the crate pass without them, and only say so.
        const missing = missingParts('fat').join(', ');
        if (missing && process.env.CI === 'true') throw new Fault(`not on this machine: ${missing}`);
        if (missing) done.push(`(skipped for want of ${missing}: volumes of other programs)`);
      }
    }

    const options = { cwd: project, env, folder: temporary, timeout: PATIENCE };
    const kernel = join(project, 'target', KERNEL_TARGET, 'release', packageName(project));
    const { keys, end } = info.run;
    // What a kernel with interrupts tells its diary depends on the time of day and the pace of typing.
    const serial = end === 'halted' && keys.length === 0 ? await serialOf(kernel, info.run.memoryMiB) : null;
    const awaited = (seen: string, output: string): boolean =>
      seen === screen && (serial === null || plain(output) === plain(serial));
    // A kernel whose programs lie on its disk has nothing to show without it.
    const needsDisk = info.disk !== null && hasPartition(gunzipSync(read('disk.img.gz')));
    if (!needsDisk) {
      const run = await watchQemu(cargo, ['run', '--release', '--locked', '--quiet', '--'], options, keys, awaited);
      demand('cargo run --release', run, screen, serial);
      done.push('cargo run');
    }

    if (!needsDisk && existsSync(join(project, 'iso'))) {
      if (findCommand('grub-mkrescue') === null || findCommand('xorriso') === null) {
        done.push('(skipped for want of grub-mkrescue and xorriso: the CD image)');
      } else {
        const cd = await runFromCd(project, kernel, options, keys, screen);
        demand('the CD image', cd, screen, null);
        done.push('grub-mkrescue');
      }
    }

    if (info.disk !== null) {
      const { script } = info.disk;
      demand(script, await runFromDisk(project, script, options, keys, screen), screen, null);
      done.push(script);
    }
    return done;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** As chapter 3 tells. */
async function runFromCd(
  project: string,
  kernel: string,
  options: Parameters<typeof watchQemu>[2],
  keys: CheckpointInfo['run']['keys'],
  screen: string,
): Promise<Watched> {
  copyFileSync(kernel, join(project, 'iso/boot', packageName(project)));
  const image = join(project, 'kernel.iso');
  const made = spawnSync('grub-mkrescue', ['-o', image, 'iso'], { cwd: project, encoding: 'utf8' });
  if (made.status !== 0) throw new Fault(`grub-mkrescue: ${made.stderr.trim()}`);
  return runImage(['-cdrom', image], options, keys, screen);
}

/** As chapters 4 and 8 tell. */
async function runFromDisk(
  project: string,
  script: string,
  options: Parameters<typeof watchQemu>[2],
  keys: CheckpointInfo['run']['keys'],
  screen: string,
): Promise<Watched> {
  const made = spawnSync('sh', [script], { cwd: project, env: options.env, encoding: 'utf8' });
  if (made.status !== 0) throw new Fault(`${script}: ${made.stderr.trim()}`);
  return runImage(
    ['-drive', `format=raw,file=${join(project, script === 'iso.sh' ? 'toy-os.iso' : 'disk.img')}`],
    options,
    keys,
    screen,
  );
}

function runImage(
  image: string[],
  options: Parameters<typeof watchQemu>[2],
  keys: CheckpointInfo['run']['keys'],
  screen: string,
): Promise<Watched> {
  const parameters = ['-accel', 'tcg', '-nic', 'none', ...image, '-serial', 'stdio'];
  rmSync(join(options.folder, 'qmp'), { force: true });
  return watchQemu('qemu-system-x86_64', parameters, options, keys, (seen) => seen === screen);
}

/** Names of the crates that the kernel's project has beside the kernel, with tests that run on this machine. */
function cratesBeside(project: string): string[] {
  return readdirSync(project, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(project, entry.name, 'Cargo.toml')))
    .map((entry) => packageName(join(project, entry.name)));
}

/** Of a crate in the folder of its name: the same sources need no second test. */
function hashOf(project: string, name: string): string {
  const files = readdirSync(join(project, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return sha256(JSON.stringify([name, ...files.map((path) => readFileSync(path, 'utf8'))]));
}

/** Whether one of the four entries of the table in an image's first sector is in use. */
function hasPartition(image: Buffer): boolean {
  return image.subarray(446, 510).some((byte) => byte !== 0);
}

/** What the kernel sends when it is booted as QEMU boots it. */
async function serialOf(kernel: string, memoryMiB: number): Promise<string> {
  const bytes: number[] = [];
  const machine = await Machine.create({ memoryMiB, serial: (byte) => bytes.push(byte) });
  machine.loadKernel(readBytes(kernel), { protocol: 'pvh' });
  machine.run(2e9);
  return Buffer.from(bytes).toString('latin1');
}

/** Addresses, sizes, and in how many regions memory lies, are the machine's and the loader's choice. */
function plain(serial: string): string {
  const lines = serial
    .replaceAll('\r', '')
    .replace(/0x[0-9a-f]+|\d+/g, '#')
    .split('\n');
  return lines.filter((line, index) => line !== lines[index - 1]).join('\n');
}

function demand(what: string, run: Watched, screen: string, serial: string | null): void {
  if (run.seen) return;
  const parts = [`${what} does not show what is recorded`, 'recorded:', screen, 'shown:', run.screen];
  if (serial !== null && plain(run.output) !== plain(serial)) {
    parts.push('on the serial port, in the emulator:', serial, 'in QEMU:', run.output);
  }
  throw new Fault([...parts, run.errors].join('\n').trim());
}

function packageName(project: string): string {
  const name = /^name = "(.*)"$/m.exec(readFileSync(join(project, 'Cargo.toml'), 'utf8'))?.[1];
  if (name === undefined) throw new Fault('Cargo.toml names no package');
  return name;
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: { only: { type: 'string', multiple: true, default: [] }, toolchain: { type: 'string' } },
  });
  const { only, toolchain } = values;
  if (toolchain !== undefined && toolchain !== 'rustup' && toolchain !== 'system') {
    throw new Fault(`--toolchain is rustup or system, not ${toolchain}`);
  }
  const lock = readLock(folder);
  // An experiment differs from its chapter by some lines; that they are the listings', and build, `kernels --check` says.
  const ids = Object.keys(lock)
    .filter((id) => infoOf(id).experimentOf === null)
    .filter((id) => only.length === 0 || only.includes(id));
  if (ids.length === 0) throw new Fault('lock.json names no such chapter\'s checkpoint: run "npm run kernels"');
  const rust = findRust(toolchainOf(lock), toolchain ?? null);
  console.log(`built by ${rust.identity}`);
  let whole = true;
  const tested = new Set<string>();
  for (const id of ids) {
    try {
      console.log(`${id}: ${(await checkZip(id, rust, tested)).join(', ')}`);
    } catch (error) {
      whole = false;
      console.error(`${id}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return whole;
}

try {
  if (!(await main())) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof Error)) throw error;
  console.error(`source.zip: ${error.message}`);
  process.exitCode = 1;
}
