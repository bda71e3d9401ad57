/** Boots a kernel in the emulator, with its scripted input, and records how it ends and what its screen shows. */

import { KernelError, Machine } from '../../src/emulator/machine.ts';
import type { CheckpointInfo, RecordedEnd } from '../../src/literate/checkpoint-info.ts';
import type { CheckpointHead } from '../../src/literate/frontmatter.ts';

/** A kernel of the book that has not come to its end by then never will. */
const MOST_INSTRUCTIONS = 2e9;

export interface Recording {
  run: CheckpointInfo['run'];
  /** As `screen.txt` holds it. */
  screen: string;
}

/**
 * Runs until the machine halts, resets or writes to isa-debug-exit.
 *
 * @throws Error if the kernel does not end, or does something that the emulator has not learnt yet
 */
export async function recordRun(
  elf: Uint8Array,
  { memoryMiB, keys }: Pick<CheckpointHead, 'memoryMiB' | 'keys'>,
): Promise<Recording> {
  const machine = await Machine.create({ memoryMiB });
  const recording = (end: RecordedEnd): Recording => ({
    run: { memoryMiB, keys, instructions: machine.instructions, end },
    screen: machine.screenText(),
  });
  try {
    machine.loadKernel(elf);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    const rejected = recording('rejected');
    return { ...rejected, run: { ...rejected.run, rejection: error.message } };
  }
  for (const { at, text } of keys) {
    if (machine.end === null && at > machine.time) machine.run(at - machine.time);
    if (machine.end !== null)
      throw new Error(`the machine ends before instruction ${at}, when ${JSON.stringify(text)} is due`);
    machine.serialInput(text);
  }
  const stop = machine.run(MOST_INSTRUCTIONS - machine.time);
  if (stop.kind === 'budget') throw new Error(`the kernel does not end within ${MOST_INSTRUCTIONS} instructions`);
  const { end } = stop;
  if (end.kind === 'unsupported') throw new Error(`the emulator lacks ${end.what}, at 0x${end.rip}: ${end.bytes}`);
  return recording(end.kind);
}
