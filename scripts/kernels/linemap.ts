/** `tools/linemap`: reads symbols and lines out of a kernel and strips it. Built by the host's Cargo when first needed. */

import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckpointInfo } from '../../src/literate/checkpoint-info.ts';
import { PROJECT_PREFIX, type RustToolchain, toolEnvironment } from '../setup/rust.ts';
import { readBytes } from './bytes.ts';

export interface DebugInformation {
  symbols: CheckpointInfo['symbols'];
  /** Relative to the project. */
  files: string[];
  /** `[address (hex), length in bytes, index into files, line]`. */
  rows: CheckpointInfo['lineMap'];
}

export class LineMapTool {
  readonly #program: string;

  /** @param root the book's folder */
  constructor(root: string, rust: RustToolchain) {
    const target = join(root, 'build/linemap');
    const parameters = [
      'build',
      '--release',
      '--locked',
      '--quiet',
      '--manifest-path',
      join(root, 'tools/linemap/Cargo.toml'),
    ];
    execFileSync(join(rust.bin, 'cargo'), parameters, {
      env: toolEnvironment(rust, target),
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    this.#program = join(target, 'release/linemap');
  }

  read(elf: string): DebugInformation {
    const output = execFileSync(this.#program, ['read', elf, PROJECT_PREFIX], { encoding: 'utf8', maxBuffer: 1 << 28 });
    return JSON.parse(output) as DebugInformation;
  }

  /** The ELF file without symbols and debug information: the same input gives the same bytes. */
  strip(elf: string): Uint8Array {
    const out = `${elf}.stripped`;
    execFileSync(this.#program, ['strip', elf, out]);
    const bytes = readBytes(out);
    rmSync(out);
    return bytes;
  }
}
