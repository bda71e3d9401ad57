/** Boots a kernel in the emulator, with its scripted input, and records how it ends and what its screen shows. */

import { KernelError, Machine, type MachineEnd, MemoryDisk } from '../../src/emulator/machine.ts';
import { shows } from '../../src/emulator/script-player.ts';
import type { CheckpointInfo, RecordedEnd } from '../../src/literate/checkpoint-info.ts';
import type { CheckpointHead } from '../../src/literate/frontmatter.ts';
import { strokesOf } from '../../src/literate/script.ts';
import type { BuiltKernel } from './workshop.ts';

/** In instruction times. A kernel of the book that has not shown by then what is awaited never will. */
const LONGEST = 20e9;
/** How often the screen is looked at. */
const LOOK_EVERY = 100_000;
/** How long a kernel that has shown its last line may take to come to rest. */
const TO_REST = 1e6;

export interface Recording {
  run: CheckpointInfo['run'];
  /** As `screen.txt` holds it. */
  screen: string;
}

export type RecordedHead = Pick<CheckpointHead, 'memoryMiB' | 'boot' | 'keys' | 'until'>;

/**
 * Runs until the machine ends; or, where the chapter says `until`, until the screen shows that text and the machine rests.
 *
 * @throws Error if neither comes to pass, or if the kernel does something that the emulator has not learnt yet
 */
export async function recordRun(
  { elf, disk }: Pick<BuiltKernel, 'elf' | 'disk'>,
  { memoryMiB, boot, keys, until }: RecordedHead,
): Promise<Recording> {
  const machine = await Machine.create({ memoryMiB, disks: disk ? [new MemoryDisk(disk)] : [] });
  const typed: CheckpointInfo['run']['keys'] = [];
  const recording = (end: RecordedEnd): Recording => ({
    run: {
      memoryMiB,
      boot: boot === 'kernel' ? 'kernel' : 'disk',
      keys: typed,
      until,
      time: machine.time,
      instructions: machine.instructions,
      end,
    },
    screen: machine.screenText(),
  });
  try {
    if (boot !== 'kernel') machine.powerOn();
    else machine.loadKernel(elf);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    const rejected = recording('rejected');
    return { ...rejected, run: { ...rejected.run, rejection: error.message } };
  }
  let before = '';
  for (const { after, text } of keys) {
    runUntilShown(machine, after, before);
    typed.push({ at: machine.time, after, text });
    before = machine.screenText();
    machine.typeText(strokesOf(text));
  }
  if (until !== null) {
    runUntilShown(machine, until, before);
    return recording(rest(machine));
  }
  const stop = machine.run(LONGEST - machine.time);
  if (stop.kind === 'waiting') throw new Error('the kernel waits for input: its chapter has to say `until`');
  if (stop.kind !== 'end') throw new Error(`the kernel does not end within ${LONGEST} instruction times`);
  return recording(recordedEnd(stop.end));
}

/** @param before what the screen showed when the last text was typed: it has to have changed since */
function runUntilShown(machine: Machine, awaited: string, before: string): void {
  while (machine.time < LONGEST) {
    if (machine.screenText() !== before && shows(machine.screenText(), awaited)) return;
    if (machine.end !== null) {
      recordedEnd(machine.end);
      throw new Error(`the machine ends (${machine.end.kind}) before it shows ${JSON.stringify(awaited)}`);
    }
    machine.run(LOOK_EVERY);
  }
  throw new Error(`the screen does not show ${JSON.stringify(awaited)} within ${LONGEST} instruction times`);
}

/** Lets a machine that has shown its last line come to an end, or to wait for input, or else tells that it is busy for ever. */
function rest(machine: Machine): RecordedEnd {
  const latest = machine.time + TO_REST;
  while (machine.end === null && !machine.isAsleep && machine.time < latest) machine.run(LOOK_EVERY);
  if (machine.end !== null) return recordedEnd(machine.end);
  return machine.isAsleep ? 'waiting' : 'running';
}

/** @throws Error for an end that is the emulator's fault */
function recordedEnd(end: MachineEnd): RecordedEnd {
  if (end.kind === 'unsupported') throw new Error(`the emulator lacks ${end.what}, at 0x${end.rip}: ${end.bytes}`);
  return end.kind;
}
