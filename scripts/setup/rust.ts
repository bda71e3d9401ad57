/**
 * Finds a stable Rust that compiles for `x86_64-unknown-none`: rustup's, or the distribution's `rustc` with a library
 * for that target built from the distribution's sources. Run as a program, it says what it has found.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { CHECKPOINTS_FOLDER, readLock, toolchainOf } from '../../src/literate/checkpoint-lock.ts';

export const KERNEL_TARGET = 'x86_64-unknown-none';

/** Debian's packages that build the kernels and look at their style, with the binutils' linker. */
export const DEBIAN_PACKAGES = [
  'rustc-web',
  'cargo-web',
  'rust-web-src',
  'rustfmt-web',
  'rust-web-clippy',
  'binutils',
  'gcc',
  'libc6-dev',
];

export type ToolchainOrigin = 'rustup' | 'system';

export interface RustToolchain {
  origin: ToolchainOrigin;
  /** Folder of `rustc`, `cargo` and, where installed, `cargo-fmt` and `cargo-clippy`. */
  bin: string;
  /** First line of `rustc --version`. */
  version: string;
  /** Private sysroot with the target's library; `null` where the toolchain has its own. */
  sysroot: string | null;
  /** Linker that Cargo has to be told of; `null` for the target's default, `rust-lld`. */
  linker: string | null;
  /** All that the bytes of a kernel depend on, beside its source: compiler, origin of the library, linker. */
  identity: string;
}

export class NoRustError extends Error {}

const ROOT = join(import.meta.dirname, '../..');

/** Identity of the toolchain that built the committed kernels; `null` if there are none yet. */
export function lockedToolchain(): string | null {
  return toolchainOf(readLock(join(ROOT, CHECKPOINTS_FOLDER)));
}

/**
 * Why this machine's toolchains cannot repeat the committed kernels byte for byte and check their style, or `null` if they can.
 */
export function whyNotLockedRust(): string | null {
  const locked = lockedToolchain();
  try {
    const rust = findRust(locked);
    if (locked !== null && rust.identity !== locked) return `${rust.identity} is here, not ${locked}`;
    const missing = (['cargo-fmt', 'cargo-clippy'] as const).filter((tool) => findRustTool(rust, tool) === null);
    return missing.length > 0 ? `not on this machine: ${missing.join(', ')}` : null;
  } catch (error) {
    if (error instanceof NoRustError) return error.message;
    throw error;
  }
}

interface Candidate {
  origin: ToolchainOrigin;
  bin: string;
  version: string;
  /** Makes the toolchain able to compile for the target; throws if that fails. */
  prepare: () => RustToolchain;
}

/**
 * The toolchain to build with: one that gives the bytes of the lock if there is one, else rustup's, else the system's.
 *
 * @param wanted identity of the toolchain that built the committed kernels, or `null`
 * @param only rustup's or the system's alone
 * @throws NoRustError with the commands that install one
 */
export function findRust(wanted: string | null, only: ToolchainOrigin | null = null): RustToolchain {
  const candidates = [...rustupCandidates(), ...systemCandidates()].filter(
    ({ origin }) => only === null || origin === only,
  );
  const named = candidates.filter(({ version }) => wanted?.startsWith(`${version},`));
  const faults: string[] = [];
  for (const candidate of [...named, ...candidates.filter((other) => !named.includes(other))]) {
    try {
      return candidate.prepare();
    } catch (error) {
      faults.push(`${candidate.version}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new NoRustError(
    [
      'no Rust that compiles for x86_64-unknown-none.',
      ...faults.map((fault) => `  ${fault}`),
      'Install one: https://rustup.rs, then "rustup target add x86_64-unknown-none"; or, on Debian,',
      `  apt-get install ${DEBIAN_PACKAGES.join(' ')}`,
    ].join('\n'),
  );
}

/** The folder that a kernel's debug information gives for its project, wherever it has been built. */
export const PROJECT_PREFIX = '/kernel';

/**
 * The environment in which `cargo` builds a kernel with this toolchain, whatever other Rust stands on the PATH.
 *
 * @param project the Cargo project's folder, free of symbolic links
 */
export function kernelEnvironment(rust: RustToolchain, project: string, targetFolder: string): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {
    ...toolEnvironment(rust, targetFolder),
    RUSTC_WRAPPER: join(import.meta.dirname, 'rustc-wrapper.sh'),
    KERNEL_PROJECT: project,
  };
  if (rust.sysroot !== null) environment.KERNEL_SYSROOT = rust.sysroot;
  if (rust.linker !== null) environment.CARGO_TARGET_X86_64_UNKNOWN_NONE_LINKER = rust.linker;
  return environment;
}

/** The environment in which `cargo` builds a program for this machine. */
export function toolEnvironment(rust: RustToolchain, targetFolder: string): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { ...process.env };
  for (const name of ['RUSTFLAGS', 'CARGO_ENCODED_RUSTFLAGS', 'RUSTC_WRAPPER', 'CARGO_BUILD_TARGET']) {
    delete environment[name];
  }
  environment.PATH = [rust.bin, process.env.PATH ?? ''].join(delimiter);
  environment.RUSTC = join(rust.bin, 'rustc');
  environment.CARGO_TARGET_DIR = targetFolder;
  environment.CARGO_TERM_COLOR = 'never';
  return environment;
}

/**
 * A toolchain with `cargo-fmt` or `cargo-clippy`: `rust` itself if it has it, else rustup's, else `null`.
 */
export function findRustTool(rust: RustToolchain, tool: 'cargo-fmt' | 'cargo-clippy'): RustToolchain | null {
  if (existsSync(join(rust.bin, tool))) return rust;
  for (const candidate of rustupCandidates()) {
    if (existsSync(join(candidate.bin, tool))) return candidate.prepare();
  }
  return null;
}

/** Where built sysroots are kept from one checkout to the next. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'toy-os-book');
}

function rustupCandidates(): Candidate[] {
  const list = output('rustup', ['toolchain', 'list']);
  if (list === null) return [];
  const names = list
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('nightly') && !line.startsWith('beta'))
    .sort((a, b) => Number(b.includes('default')) - Number(a.includes('default')))
    .map((line) => line.split(' ')[0]!);
  return names.flatMap((name): Candidate[] => {
    const sysroot = output('rustup', ['run', name, 'rustc', '--print', 'sysroot']);
    if (sysroot === null) return [];
    const bin = join(sysroot, 'bin');
    const version = output(join(bin, 'rustc'), ['--version']);
    if (version === null) return [];
    const prepare = (): RustToolchain => {
      if (!existsSync(join(sysroot, 'lib/rustlib', KERNEL_TARGET, 'lib'))) {
        execFileSync('rustup', ['target', 'add', '--toolchain', name, KERNEL_TARGET], { stdio: 'pipe' });
      }
      return { origin: 'rustup', bin, version, sysroot: null, linker: null, identity: `${version}, rustup, rust-lld` };
    };
    return [{ origin: 'rustup', bin, version, prepare }];
  });
}

function systemCandidates(): Candidate[] {
  return ['/usr/bin', '/usr/local/bin'].flatMap((bin): Candidate[] => {
    const rustc = join(bin, 'rustc');
    const version = existsSync(rustc) && existsSync(join(bin, 'cargo')) ? output(rustc, ['--version']) : null;
    const own = version === null ? null : output(rustc, ['--print', 'sysroot']);
    // rustup's proxies may stand there too; they are no toolchain of their own.
    if (version === null || own === null || own.includes('.rustup')) return [];
    const prepare = (): RustToolchain => {
      const hasLinker = existsSync(join(own, 'lib/rustlib', hostOf(rustc), 'bin/rust-lld'));
      const linker = hasLinker ? 'rust-lld' : output('ld', ['--version'])?.split('\n')[0];
      if (linker === undefined) throw new Error('there is no linker: install binutils');
      const hasLibrary = existsSync(join(own, 'lib/rustlib', KERNEL_TARGET, 'lib'));
      return {
        origin: 'system',
        bin,
        version,
        sysroot: hasLibrary ? null : privateSysroot(rustc),
        linker: hasLinker ? null : 'ld',
        identity: `${version}, ${hasLibrary ? 'packaged' : 'own'} library, ${linker}`,
      };
    };
    return [{ origin: 'system', bin, version, prepare }];
  });
}

function privateSysroot(rustc: string): string {
  const script = join(import.meta.dirname, 'rust-sysroot.sh');
  const hash = createHash('sha256')
    .update(execFileSync(rustc, ['-vV']))
    .update(readFileSync(script))
    .digest('hex');
  const sysroot = join(cacheFolder(), `sysroot-${hash.slice(0, 16)}`);
  if (!existsSync(sysroot)) {
    mkdirSync(cacheFolder(), { recursive: true });
    console.error('building core and alloc for x86_64-unknown-none, once for this rustc (about a minute) ...');
    const run = spawnSync('sh', [script, rustc, sysroot], { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(run.stderr.trim() || `rust-sysroot.sh ended with ${run.status}`);
  }
  return sysroot;
}

/** The target triple of this machine, as this compiler calls it. */
export function hostOf(rustc: string): string {
  return /^host: (.*)$/m.exec(execFileSync(rustc, ['-vV'], { encoding: 'utf8' }))![1]!;
}

function output(command: string, parameters: string[]): string | null {
  const run = spawnSync(command, parameters, { encoding: 'utf8' });
  return run.status === 0 ? run.stdout.trim() : null;
}

if (import.meta.main) {
  try {
    const rust = findRust(lockedToolchain());
    console.log(`${rust.identity}\n${rust.bin}${rust.sysroot === null ? '' : `\n${rust.sysroot}`}`);
  } catch (error) {
    if (!(error instanceof NoRustError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
