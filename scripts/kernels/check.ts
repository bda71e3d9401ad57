/** `npm run kernels -- --check`: the committed kernels are what the listings give, and run as recorded. */

import type { Checkpoint } from '../../src/literate/book.ts';
import { hashProject, type LockEntry, sha256 } from '../../src/literate/checkpoint-lock.ts';
import { unpackProject } from '../../src/literate/source-zip.ts';
import { sameBytes } from './bytes.ts';
import { type CheckpointFiles, type Committed, FILE_NAMES, makeFiles, projectWithLock } from './outputs.ts';
import { type Recording, recordRun } from './record.ts';
import type { BuiltKernel } from './workshop.ts';

const AGAIN = 'run "npm run kernels" and commit what it writes';

/** Faults that show without a compiler. */
export function staticFaults(
  checkpoint: Checkpoint,
  committed: Committed | null,
  entry: LockEntry | undefined,
): string[] {
  if (committed === null) return [`public/checkpoints/${checkpoint.id} is incomplete: ${AGAIN}`];
  if (entry === undefined) return [`lock.json has no entry: ${AGAIN}`];
  const faults: string[] = [];
  const expected = projectWithLock(checkpoint, committed.kernel.cargoLock);
  const zipped = unpackProject(committed.files['source.zip']);
  for (const path of new Set([...expected.keys(), ...zipped.keys()])) {
    if (expected.get(path) !== zipped.get(path))
      faults.push(`source.zip: ${path} is not as the listings have it: ${AGAIN}`);
  }
  if (hashProject(expected) !== entry.source) faults.push(`lock.json was written for other listings: ${AGAIN}`);
  const hash = sha256(committed.kernel.elf);
  if (hash !== entry.elf) faults.push('kernel.elf is not the file that lock.json names');
  const { disk } = committed.kernel;
  if ((disk ? sha256(disk) : undefined) !== entry.disk)
    faults.push('disk.img.gz is not the image that lock.json names');
  if ((checkpoint.boot !== 'kernel') !== (disk !== null)) faults.push(`disk.img.gz is amiss: ${AGAIN}`);
  if (hash !== committed.info.kernel.sha256) faults.push('kernel.elf is not the file that info.json names');
  return faults;
}

/** Faults of the committed kernel's run, here and now, in the emulator as it stands. */
export async function runFaults(checkpoint: Checkpoint, committed: Committed): Promise<string[]> {
  const recording = await recordRun(committed.kernel, checkpoint);
  return changedFiles(makeFiles(checkpoint, committed.kernel, recording), committed.files);
}

/** Faults of a kernel that the same toolchain has rebuilt: every byte counts. */
export function rebuiltFaults(checkpoint: Checkpoint, built: BuiltKernel, committed: Committed): string[] {
  const { run } = committed.info;
  return changedFiles(makeFiles(checkpoint, built, { run, screen: committed.files['screen.txt'] }), committed.files);
}

/** Faults of a kernel that another toolchain has rebuilt: it ends the same way and shows the same screen. */
export async function otherToolchainFaults(
  checkpoint: Checkpoint,
  built: BuiltKernel,
  committed: Committed,
): Promise<string[]> {
  const recording: Recording = await recordRun(built, checkpoint);
  const faults: string[] = [];
  const { end } = committed.info.run;
  if (recording.run.end !== end)
    faults.push(`the rebuilt kernel ends with ${recording.run.end}, the committed one with ${end}`);
  if (recording.screen !== committed.files['screen.txt']) {
    faults.push(`the rebuilt kernel shows another screen:\n${recording.screen.replace(/^/gm, '   | ')}`);
  }
  return faults;
}

function changedFiles(made: CheckpointFiles, committed: CheckpointFiles): string[] {
  return FILE_NAMES.filter((name) => !isSame(made[name], committed[name])).map(
    (name) => `${name} differs from what the listings give: ${AGAIN}`,
  );
}

function isSame(a: Uint8Array | string | undefined, b: Uint8Array | string | undefined): boolean {
  return a === undefined || b === undefined ? a === b : sameBytes(a, b);
}
