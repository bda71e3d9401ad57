/**
 * `npm run kernels`: builds each checkpoint and experiment, boots it in the emulator, and writes `public/checkpoints`.
 *
 * - `--check` builds them all in a temporary folder and compares instead of writing.
 * - `--only ID` (may stand several times) restricts either to some checkpoints.
 * - `--toolchain rustup|system` says where `rustc` comes from; else the one that lock.json names, if it is here.
 * - `--force` builds also what lock.json says is up to date.
 *
 * Exit code 1 if anything is wrong; each fault is told, at its MDX line where it has one.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Book, Checkpoint } from '../src/literate/book.ts';
import {
  CHECKPOINTS_FOLDER,
  type CheckpointLock,
  hashProject,
  readLock,
  sha256,
  toolchainOf,
} from '../src/literate/checkpoint-lock.ts';
import { loadBook } from '../src/literate/load.ts';
import { formatProblem } from '../src/literate/problem.ts';
import { otherToolchainFaults, rebuiltFaults, runFaults, staticFaults } from './kernels/check.ts';
import { LineMapTool } from './kernels/linemap.ts';
import {
  makeFiles,
  projectWithLock,
  readCommitted,
  removeStranger,
  strangersIn,
  writeFiles,
} from './kernels/outputs.ts';
import { recordRun } from './kernels/record.ts';
import { StyleCheck } from './kernels/style.ts';
import { BuildError, type BuiltKernel, Workshop } from './kernels/workshop.ts';
import { findRust, NoRustError, type RustToolchain } from './setup/rust.ts';

const root = resolve(import.meta.dirname, '..');
const folder = join(root, CHECKPOINTS_FOLDER);

interface Options {
  only: string[];
  force: boolean;
}

/** Builds one checkpoint and looks at its style. @throws BuildError with every fault */
function buildClean(
  checkpoint: Checkpoint,
  workshop: Workshop,
  style: StyleCheck,
  cargoLock: string | null,
  mayUpdate: boolean,
): BuiltKernel {
  const { kernel, warnings } = workshop.build(checkpoint, cargoLock, mayUpdate);
  workshop.layOut(checkpoint, kernel.cargoLock);
  const faults = style.faultsOf(checkpoint, workshop);
  // Clippy repeats the compiler's warnings.
  if (checkpoint.experimentOf === null) {
    faults.push(...warnings.map(({ text }) => text).filter((text) => !faults.includes(text)));
  }
  if (faults.length > 0) throw new BuildError(faults.join('\n\n'));
  return kernel;
}

async function write(book: Book, rust: RustToolchain, lock: CheckpointLock, options: Options): Promise<boolean> {
  const workshop = new Workshop(
    join(root, 'build/kernels', sha256(rust.identity).slice(0, 12)),
    rust,
    new LineMapTool(root, rust),
  );
  const style = new StyleCheck(rust);
  const next: CheckpointLock = {};
  let whole = true;
  let lastLock: string | null = null;
  for (const checkpoint of book.checkpoints) {
    const { id } = checkpoint;
    const committed = readCommitted(folder, id);
    const entry = lock[id];
    if (options.only.length > 0 && !options.only.includes(id)) {
      if (entry) next[id] = entry;
      lastLock = committed?.kernel.cargoLock ?? lastLock;
      continue;
    }
    try {
      const isCurrent =
        !options.force &&
        committed !== null &&
        entry?.rustc === rust.identity &&
        entry.elf === sha256(committed.kernel.elf) &&
        entry.disk === (committed.kernel.disk ? sha256(committed.kernel.disk) : undefined) &&
        (checkpoint.boot !== 'kernel') === (committed.kernel.disk !== null) &&
        entry.source === hashProject(projectWithLock(checkpoint, committed.kernel.cargoLock));
      const start = committed?.kernel.cargoLock ?? lastLock;
      const kernel = isCurrent ? committed.kernel : buildClean(checkpoint, workshop, style, start, true);
      const recording = await recordRun(kernel, checkpoint);
      const files = makeFiles(checkpoint, kernel, recording);
      const written = writeFiles(folder, id, files);
      lastLock = kernel.cargoLock;
      next[id] = {
        source: hashProject(projectWithLock(checkpoint, kernel.cargoLock)),
        rustc: rust.identity,
        elf: sha256(kernel.elf),
        ...(kernel.disk && { disk: sha256(kernel.disk) }),
      };
      const { end, instructions } = recording.run;
      const what = written.length > 0 ? written.join(', ') : 'unchanged';
      console.log(`${id}: ${what} (${kernel.elf.length} bytes, ${end} after ${instructions} instructions)`);
    } catch (error) {
      whole = false;
      if (entry) next[id] = entry;
      tell(id, error);
    }
  }
  for (const name of strangersIn(folder, new Set(book.checkpoints.map(({ id }) => id)))) removeStranger(folder, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'lock.json'), `${JSON.stringify(next, null, 2)}\n`);
  return tellAbsent(style) && whole;
}

async function check(book: Book, rust: RustToolchain, lock: CheckpointLock, options: Options): Promise<boolean> {
  const temporary = mkdtempSync(join(tmpdir(), 'kernels-'));
  let whole = true;
  const fault = (id: string, text: string): void => {
    whole = false;
    console.error(`${id}: ${text}`);
  };
  try {
    const workshop = new Workshop(temporary, rust, new LineMapTool(root, rust));
    const style = new StyleCheck(rust);
    const ids = new Set(book.checkpoints.map(({ id }) => id));
    for (const name of strangersIn(folder, ids)) fault(name, 'no chapter declares this checkpoint');
    for (const id of Object.keys(lock)) if (!ids.has(id)) fault(id, 'lock.json names it, no chapter declares it');
    for (const checkpoint of book.checkpoints) {
      const { id } = checkpoint;
      if (options.only.length > 0 && !options.only.includes(id)) continue;
      try {
        const committed = readCommitted(folder, id);
        const entry = lock[id];
        const faults = staticFaults(checkpoint, committed, entry);
        if (faults.length === 0 && committed && entry) {
          const built = buildClean(checkpoint, workshop, style, committed.kernel.cargoLock, false);
          const same = entry.rustc === rust.identity;
          faults.push(...(await runFaults(checkpoint, committed)));
          faults.push(
            ...(same
              ? rebuiltFaults(checkpoint, built, committed)
              : await otherToolchainFaults(checkpoint, built, committed)),
          );
          if (faults.length === 0) {
            console.log(`${id}: ${same ? 'the same bytes' : `the same screen (committed by ${entry.rustc})`}`);
          }
        }
        for (const text of new Set(faults)) fault(id, text);
      } catch (error) {
        whole = false;
        tell(id, error);
      }
    }
    whole = tellAbsent(style) && whole;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return whole;
}

function tell(id: string, error: unknown): void {
  if (error instanceof BuildError) console.error(`${error.message}\n${id}: not built`);
  else console.error(`${id}: ${error instanceof Error ? error.message : String(error)}`);
}

/** @returns whether that is all right: on a reader's machine it is, in CI everything is there */
function tellAbsent(style: StyleCheck): boolean {
  for (const name of style.absent) console.log(`skipped for want of the tool: ${name}`);
  return style.absent.length === 0 || process.env.CI !== 'true';
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      check: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      toolchain: { type: 'string' },
      force: { type: 'boolean', default: false },
    },
  });
  const { toolchain } = values;
  if (toolchain !== undefined && toolchain !== 'rustup' && toolchain !== 'system') {
    throw new Error(`--toolchain is rustup or system, not ${toolchain}`);
  }
  const book = loadBook(root);
  for (const problem of book.problems) console.error(formatProblem(problem));
  if (book.problems.length > 0) return false;
  for (const id of values.only) {
    if (!book.checkpoints.some((checkpoint) => checkpoint.id === id))
      throw new Error(`--only ${id}: no such checkpoint`);
  }
  const lock = readLock(folder);
  const rust = findRust(toolchainOf(lock), toolchain ?? null);
  console.log(`built by ${rust.identity}`);
  return (values.check ? check : write)(book, rust, lock, values);
}

try {
  if (!(await main())) process.exitCode = 1;
} catch (error) {
  const isUsage = error instanceof TypeError && 'code' in error;
  if (!(error instanceof Error) || (error instanceof TypeError && !isUsage)) throw error;
  console.error(error instanceof NoRustError ? error.message : `kernels: ${error.message}`);
  process.exitCode = 1;
}
