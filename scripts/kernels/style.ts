/** Whether a checkpoint's code is as rustfmt and Clippy would have it, told at MDX lines. */

import { spawnSync } from 'node:child_process';
import { join, relative } from 'node:path';
import type { Checkpoint } from '../../src/literate/book.ts';
import { placeInBook, Sources } from '../../src/literate/compiler-messages.ts';
import { formatPlace } from '../../src/literate/problem.ts';
import { findRustTool, type RustToolchain, toolEnvironment } from '../setup/rust.ts';
import type { Workshop } from './workshop.ts';

export class StyleCheck {
  readonly #fmt: RustToolchain | null;
  readonly #clippy: RustToolchain | null;

  constructor(rust: RustToolchain) {
    this.#fmt = findRustTool(rust, 'cargo-fmt');
    this.#clippy = findRustTool(rust, 'cargo-clippy');
  }

  /** What is left out for want of a tool, by name. */
  get absent(): string[] {
    return [...(this.#fmt ? [] : ['rustfmt']), ...(this.#clippy ? [] : ['clippy'])];
  }

  /** The faults of the project that lies in the workshop. */
  faultsOf(checkpoint: Checkpoint, workshop: Workshop): string[] {
    const faults = this.#fmt ? formatFaults(this.#fmt, checkpoint, workshop) : [];
    // What an experiment leaves out may leave something unused behind.
    if (!this.#clippy || checkpoint.experimentOf !== null) return faults;
    const parameters = ['clippy', '--workspace', '--release', '--locked'];
    const { messages, status, stderr } = workshop.cargo(
      checkpoint,
      this.#clippy,
      parameters,
      'target-clippy',
      'cargo-clippy',
    );
    if (status !== 0 && messages.length === 0)
      faults.push(`${formatPlace(checkpoint.place)}: error: clippy: ${stderr}`);
    return [...faults, ...messages.map(({ text }) => text)];
  }
}

/** rustfmt says `Diff in PATH:LINE:` and shows the lines from there on. */
function formatFaults(rust: RustToolchain, checkpoint: Checkpoint, workshop: Workshop): string[] {
  const run = spawnSync(join(rust.bin, 'cargo-fmt'), ['--all', '--check', '--', '--color=never'], {
    cwd: workshop.project,
    env: toolEnvironment(rust, join(workshop.project, 'target')),
    encoding: 'utf8',
  });
  if (run.status === 0) return [];
  const sources = new Sources(checkpoint.tangled);
  const parts = run.stdout.split(/^Diff in (.*?):(\d+):?$/m);
  const faults: string[] = [];
  for (let index = 1; index + 2 < parts.length + 1; index += 3) {
    const path = relative(workshop.project, parts[index]!).replaceAll('\\', '/');
    const diff = parts[index + 2]!.replace(/^\n/, '').trimEnd();
    // The excerpt begins with unchanged lines.
    const first = diff.split('\n').findIndex((line) => /^[-+]/.test(line));
    const line = sources.lineAt(path, Number(parts[index + 1]) + Math.max(first, 0));
    const place = line ? placeInBook(line, line.indent + 1) : checkpoint.place;
    faults.push(`${formatPlace(place)}: error: not as rustfmt has it (${path})\n${diff.replace(/^/gm, '   | ')}`);
  }
  return faults.length > 0 ? faults : [`${formatPlace(checkpoint.place)}: error: rustfmt: ${run.stderr.trim()}`];
}
