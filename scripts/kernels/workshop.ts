/** One folder in which kernels are built one after the other: the crates are compiled once for all of them. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isAssembly, labelLines, readLabels } from '../../src/literate/asm-lines.ts';
import { type Checkpoint, projectOf } from '../../src/literate/book.ts';
import type { CheckpointInfo } from '../../src/literate/checkpoint-info.ts';
import { type CompilerMessage, readCargoOutput } from '../../src/literate/compiler-messages.ts';
import type { BootPath } from '../../src/literate/frontmatter.ts';
import { formatPlace } from '../../src/literate/problem.ts';
import { kernelEnvironment, type RustToolchain } from '../setup/rust.ts';
import { readBytes, sameBytes } from './bytes.ts';
import type { LineMapTool } from './linemap.ts';

export interface BuiltKernel {
  /** Without symbols and debug information. */
  elf: Uint8Array;
  symbols: CheckpointInfo['symbols'];
  /** Indices are into the checkpoint's tangled files. */
  lineMap: CheckpointInfo['lineMap'];
  cargoLock: string;
  /** The disk image that the project's own script makes; `null` for a checkpoint that boots without one. */
  disk: Uint8Array | null;
}

/** Scripts of a project that build everything and leave an image beside themselves, by boot path. */
export const IMAGES: Readonly<Record<BootPath, { script: 'disk.sh' | 'iso.sh'; image: string } | null>> = {
  kernel: null,
  disk: { script: 'disk.sh', image: 'disk.img' },
  iso: { script: 'iso.sh', image: 'toy-os.iso' },
};

type LineRow = CheckpointInfo['lineMap'][number];

/** A kernel that could not be built; the message names MDX lines. */
export class BuildError extends Error {}

export class Workshop {
  readonly project: string;
  readonly #folder: string;
  readonly #rust: RustToolchain;
  readonly #tool: LineMapTool;

  constructor(folder: string, rust: RustToolchain, tool: LineMapTool) {
    mkdirSync(folder, { recursive: true });
    this.#folder = realpathSync(folder);
    this.project = join(this.#folder, 'project');
    this.#rust = rust;
    this.#tool = tool;
  }

  /**
   * @param cargoLock the Cargo.lock to build with; `null` for none
   * @param mayUpdate whether Cargo may complete a Cargo.lock that does not fit
   * @returns the kernel and the compiler's warnings
   * @throws BuildError
   */
  build(
    checkpoint: Checkpoint,
    cargoLock: string | null,
    mayUpdate: boolean,
  ): { kernel: BuiltKernel; warnings: CompilerMessage[] } {
    this.layOut(checkpoint, cargoLock);
    if (mayUpdate) this.#completeLock(checkpoint);
    const { executable, others, warnings } = this.#compile(checkpoint);
    const programs = [executable, ...others];
    const elves = programs.map((program) => this.#tool.strip(program));
    const disk = this.#makeDisk(checkpoint);
    const read = programs.map((program) => this.#tool.read(program));
    const symbols = read.flatMap((program) => program.symbols).sort((x, y) => byAddress(x.address, y.address));
    const lines = read.flatMap(({ files, rows }) => {
      const indices = files.map((path) => checkpoint.tangled.files.findIndex((file) => file.path === path));
      return rows
        .filter(([, , file]) => indices[file]! >= 0)
        .map(([address, length, file, line]): LineRow => [address, length, indices[file]!, line]);
    });
    const lineMap = mergeRows(lines, this.#assemblyLines(checkpoint, elves));
    return { kernel: { elf: elves[0]!, symbols, lineMap, cargoLock: this.#read('Cargo.lock'), disk }, warnings };
  }

  /**
   * Writes the project afresh, every file of it: Cargo knows nothing of what a linker script is for, and would take a
   * program for up to date that another one has been linked by.
   */
  layOut(checkpoint: Checkpoint, cargoLock: string | null): void {
    rmSync(this.project, { recursive: true, force: true });
    for (const [path, text] of projectOf(checkpoint)) this.#write(path, text);
    if (cargoLock !== null) this.#write('Cargo.lock', cargoLock);
    // Scripts of the project find what Cargo has built where it lies on a reader's machine.
    symlinkSync(join(this.#folder, 'target'), join(this.project, 'target'));
  }

  /**
   * Runs Cargo in the project and translates what it says.
   *
   * @param program `cargo-clippy` must be called itself: Cargo looks for its subcommands in the user's own folder first,
   *   where another toolchain's may lie
   */
  cargo(
    checkpoint: Checkpoint,
    rust: RustToolchain,
    parameters: string[],
    targetName: string,
    program: 'cargo' | 'cargo-clippy' = 'cargo',
  ) {
    const run = spawnSync(join(rust.bin, program), [...parameters, '--message-format=json'], {
      cwd: this.project,
      env: kernelEnvironment(rust, this.project, join(this.#folder, targetName)),
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    if (run.error) throw run.error;
    const output = readCargoOutput(run.stdout, checkpoint.tangled, checkpoint.place);
    return { ...output, status: run.status, stderr: run.stderr };
  }

  #compile(checkpoint: Checkpoint): { executable: string; others: string[]; warnings: CompilerMessage[] } {
    const { executable, others, messages, status, stderr } = this.cargo(
      checkpoint,
      this.#rust,
      ['build', '--release', '--locked'],
      'target',
    );
    const errors = messages.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) throw new BuildError(errors.map(({ text }) => text).join('\n\n'));
    if (status !== 0 || executable === null) {
      throw new BuildError(`${formatPlace(checkpoint.place)}: error: ${checkpoint.id}: ${stderr.trim()}`);
    }
    return { executable, others: others.sort(), warnings: messages };
  }

  /** Runs the project's script, as a reader does. */
  #makeDisk(checkpoint: Checkpoint): Uint8Array | null {
    const source = IMAGES[checkpoint.boot];
    if (source === null) return null;
    const run = spawnSync('sh', [source.script, '--locked'], {
      cwd: this.project,
      env: kernelEnvironment(this.#rust, this.project, join(this.#folder, 'target')),
      encoding: 'utf8',
    });
    if (run.status !== 0) {
      throw new BuildError(
        `${formatPlace(checkpoint.place)}: error: ${checkpoint.id}: ${source.script}: ${run.stderr.trim()}`,
      );
    }
    return readBytes(join(this.project, source.image));
  }

  #completeLock(checkpoint: Checkpoint): void {
    const environment = kernelEnvironment(this.#rust, this.project, join(this.#folder, 'target'));
    const run = spawnSync(join(this.#rust.bin, 'cargo'), ['metadata', '--format-version', '1'], {
      cwd: this.project,
      env: environment,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    if (run.status !== 0) {
      throw new BuildError(`${formatPlace(checkpoint.place)}: error: ${checkpoint.id}: ${run.stderr.trim()}`);
    }
  }

  /**
   * @param elves the programs as they are without labels, stripped
   * @throws BuildError if the labels change the code: then they would tell wrong addresses
   */
  #assemblyLines(checkpoint: Checkpoint, elves: readonly Uint8Array[]): LineRow[] {
    const { files } = checkpoint.tangled;
    const assembly = files.filter((file) => isAssembly(file.path));
    if (assembly.length === 0) return [];
    for (const file of assembly) this.#write(file.path, labelLines(file, files.indexOf(file)));
    const { executable, others } = this.#compile(checkpoint);
    return [executable, ...others].flatMap((program, n) => {
      if (!sameBytes(this.#tool.strip(program), elves[n]!)) {
        const names = assembly.map((file) => file.path).join(', ');
        throw new BuildError(
          `${formatPlace(checkpoint.place)}: error: ${checkpoint.id}: labels change the code of ${names}`,
        );
      }
      const labels = readLabels(this.#tool.read(program).symbols);
      return labels.map(({ address, length, index, line }): LineRow => [address, length, index, line]);
    });
  }

  #write(path: string, text: string): void {
    const whole = join(this.project, path);
    mkdirSync(dirname(whole), { recursive: true });
    writeFileSync(whole, text);
  }

  #read(path: string): string {
    return readFileSync(join(this.project, path), 'utf8');
  }
}

/** @throws Error if two rows overlap: an address has one line */
export function mergeRows(a: readonly LineRow[], b: readonly LineRow[]): LineRow[] {
  const rows = [...a, ...b].sort((left, right) => byAddress(left[0], right[0]));
  rows.forEach(([address, length], index) => {
    const next = rows[index + 1];
    if (next && Number.parseInt(address, 16) + length > Number.parseInt(next[0], 16)) {
      throw new Error(`two lines claim the address 0x${next[0]}`);
    }
  });
  return rows;
}

/** Addresses in hexadecimal; the book's programs lie below 2^53. */
function byAddress(a: string, b: string): number {
  return Number.parseInt(a, 16) - Number.parseInt(b, 16);
}
