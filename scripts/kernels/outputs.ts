/** The files of a checkpoint's folder. */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'fflate';
import { type Checkpoint, projectOf } from '../../src/literate/book.ts';
import type { CheckpointInfo } from '../../src/literate/checkpoint-info.ts';
import { sha256 } from '../../src/literate/checkpoint-lock.ts';
import { packProject, unpackProject } from '../../src/literate/source-zip.ts';
import { readBytes, sameBytes } from './bytes.ts';
import type { Recording } from './record.ts';
import { type BuiltKernel, IMAGES } from './workshop.ts';

export interface CheckpointFiles {
  'kernel.elf': Uint8Array;
  'info.json': string;
  'screen.txt': string;
  'source.zip': Uint8Array;
  /** Of a checkpoint that boots from disk: gzip, since most of an image is zeros. */
  'disk.img.gz'?: Uint8Array;
}

const REQUIRED = ['kernel.elf', 'info.json', 'screen.txt', 'source.zip'] as const;
export const FILE_NAMES = [...REQUIRED, 'disk.img.gz'] as const;

/** The project as `source.zip` holds it: what the listings say, and Cargo.lock. */
export function projectWithLock(checkpoint: Checkpoint, cargoLock: string): Map<string, string> {
  return projectOf(checkpoint).set('Cargo.lock', cargoLock);
}

export function makeFiles(checkpoint: Checkpoint, kernel: BuiltKernel, { run, screen }: Recording): CheckpointFiles {
  const info: CheckpointInfo = {
    id: checkpoint.id,
    title: checkpoint.title,
    chapter: checkpoint.chapter.slug,
    experimentOf: checkpoint.experimentOf,
    kernel: { bytes: kernel.elf.length, sha256: sha256(kernel.elf) },
    disk: kernel.disk && {
      bytes: kernel.disk.length,
      sha256: sha256(kernel.disk),
      script: IMAGES[checkpoint.boot]!.script,
    },
    run,
    symbols: kernel.symbols,
    files: checkpoint.tangled.files.map(({ path, lines }) => ({
      path,
      lines: lines.map(({ listing, line }) => ({ chapter: listing.chapter, listing: listing.id, line })),
    })),
    lineMap: kernel.lineMap,
  };
  return {
    'kernel.elf': kernel.elf,
    'info.json': `${JSON.stringify(info)}\n`,
    'screen.txt': screen,
    'source.zip': packProject(checkpoint.id, projectWithLock(checkpoint, kernel.cargoLock)),
    ...(kernel.disk && { 'disk.img.gz': gzipSync(kernel.disk, { level: 9, mtime: 0 }) }),
  };
}

export interface Committed {
  kernel: BuiltKernel;
  info: CheckpointInfo;
  files: CheckpointFiles;
}

/** The files as they stand in `folder`/ID, or `null` if one is missing. */
export function readCommitted(folder: string, id: string): Committed | null {
  const own = join(folder, id);
  if (!REQUIRED.every((name) => existsSync(join(own, name)))) return null;
  const files: CheckpointFiles = {
    'kernel.elf': readBytes(join(own, 'kernel.elf')),
    'info.json': readFileSync(join(own, 'info.json'), 'utf8'),
    'screen.txt': readFileSync(join(own, 'screen.txt'), 'utf8'),
    'source.zip': readBytes(join(own, 'source.zip')),
  };
  const disk = join(own, 'disk.img.gz');
  if (existsSync(disk)) files['disk.img.gz'] = readBytes(disk);
  const info = JSON.parse(files['info.json']) as CheckpointInfo;
  const cargoLock = unpackProject(files['source.zip']).get('Cargo.lock') ?? '';
  return {
    kernel: {
      elf: files['kernel.elf'],
      symbols: info.symbols,
      lineMap: info.lineMap,
      cargoLock,
      disk: files['disk.img.gz'] ? gunzipSync(files['disk.img.gz']) : null,
    },
    info,
    files,
  };
}

/** Writes what has changed. @returns the names of the files written */
export function writeFiles(folder: string, id: string, files: CheckpointFiles): string[] {
  const own = join(folder, id);
  mkdirSync(own, { recursive: true });
  return FILE_NAMES.filter((name) => {
    const path = join(own, name);
    const content = files[name];
    if (content === undefined) {
      if (!existsSync(path)) return false;
      rmSync(path);
      return true;
    }
    if (existsSync(path) && sameBytes(readFileSync(path), content)) return false;
    writeFileSync(path, content);
    return true;
  });
}

/** Names in the checkpoints' folder that belong to no checkpoint of the book. */
export function strangersIn(folder: string, ids: ReadonlySet<string>): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => name !== 'lock.json' && !ids.has(name));
}

export function removeStranger(folder: string, name: string): void {
  rmSync(join(folder, name), { recursive: true });
}
