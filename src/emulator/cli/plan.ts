/** What a run of `bin/toyvm` starts from: kernel or media, memory, keys, and when it is over. */

import { strokesOf } from '../../literate/script.ts';
import { SymbolTable } from '../debug/symbols.ts';
import { INSTRUCTIONS_PER_SECOND } from '../devices/clock.ts';
import { parseElf } from '../firmware/elf.ts';
import { functionSymbols } from '../firmware/elf-symbols.ts';
import { type BootModule, type MachineOptions, MemoryDisk } from '../machine.ts';
import type { ScriptedKeys } from '../script-player.ts';
import { readCheckpoint } from './checkpoint.ts';
import { readInput } from './files.ts';
import { Media } from './media.ts';
import type { Options } from './options.ts';

export interface Plan {
  /** `null` to boot from media by the BIOS. */
  kernel: Uint8Array | null;
  modules: readonly BootModule[];
  symbols: SymbolTable;
  memoryMiB: number;
  keys: readonly ScriptedKeys[];
  /** Instruction time to stop at. */
  deadline: number;
  /** Drives of their own for a machine. */
  drives(isFirst: boolean): Pick<MachineOptions, 'disks' | 'cdrom' | 'floppy'>;
  /** Keeps what was written to them. */
  save(): void;
}

/** @throws UsageError */
export function makePlan(options: Options): Plan {
  const byTime = options.forSeconds === null ? Number.POSITIVE_INFINITY : options.forSeconds * INSTRUCTIONS_PER_SECOND;
  return options.checkpoint === null
    ? planOfOptions(options, byTime)
    : planOfCheckpoint(options, options.checkpoint, byTime);
}

function planOfOptions(options: Options, deadline: number): Plan {
  const kernel = options.kernel === null ? null : readInput(options.kernel);
  const media = new Media(options.media);
  return {
    kernel,
    modules: options.modules.map(readModule),
    symbols: kernel === null ? new SymbolTable([]) : symbolsOf(kernel),
    memoryMiB: options.memoryMiB ?? 128,
    keys: options.keys,
    deadline,
    drives: (isFirst) => media.drives(isFirst),
    save: () => media.save(),
  };
}

/** The disk of a checkpoint is nobody's file: what is written to it is forgotten. */
function planOfCheckpoint(options: Options, id: string, byTime: number): Plan {
  const { kernel, disk, run, symbols } = readCheckpoint(id);
  return {
    kernel: run.boot === 'disk' ? null : kernel,
    modules: [],
    symbols: new SymbolTable(symbols),
    memoryMiB: options.memoryMiB ?? run.memoryMiB,
    keys: run.keys.map(({ at, text }) => ({ at, after: null, strokes: strokesOf(text) })).sort((a, b) => a.at - b.at),
    deadline: Math.min(run.time, byTime),
    drives: () => ({ disks: disk ? [new MemoryDisk(disk)] : [] }),
    save: () => {},
  };
}

/** `FILE`, or `FILE arguments`: all of it is the module's command line, as QEMU has it. */
function readModule(text: string): BootModule {
  return { content: readInput(text.split(' ')[0]!), commandLine: text };
}

/** Symbols are a help only: the loader says what is wrong with the file. */
function symbolsOf(kernel: Uint8Array): SymbolTable {
  try {
    return new SymbolTable(functionSymbols(parseElf(kernel), kernel));
  } catch {
    return new SymbolTable([]);
  }
}
