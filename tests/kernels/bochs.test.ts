/**
 * A third judge beside QEMU and GRUB: in Bochs each chapter's kernel shows the recorded screen, one that halts and one that is
 * typed to. Two chapters have to be tried another way there:
 *
 * - 10-multitasking: which task has ended by when depends on how fast one types, and in Bochs time flies while nothing happens.
 *   Its experiment 10-starvation, the same kernel but for one line, stands in.
 * - 11-filesystem restarts the machine, and Bochs 2.7 ends then, at a `wrmsr` of its own BIOS. So the kernel gets a script
 *   without a restart, and shows what the emulator shows.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeIso } from '../../scripts/iso.ts';
import { Typist } from '../../scripts/qemu/typist.ts';
import { Machine } from '../../src/emulator/machine.ts';
import { type BochsScript, bootInBochs, typeInBochs } from '../support/bochs.ts';
import { startCheckpoint } from '../support/checkpoint-machine.ts';
import { type Checkpoint, checkpoints, unpackedDisk } from '../support/checkpoints.ts';
import { describeWith, EVERY_KERNEL } from '../support/environment.ts';

/** The scripts that are typed in any case; EVERY_KERNEL=1 is for all. */
const CHOICE = ['07-system-calls', '11-filesystem'];
const OTHERWISE = ['10-multitasking', '11-filesystem'];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bochs-iso-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function iso({ id, kernel }: Checkpoint): string {
  const cdrom = join(folder, `${id}.iso`);
  makeIso(kernel, cdrom);
  return cdrom;
}

for (const checkpoint of checkpoints()) {
  const { id, kernel, info, screen } = checkpoint;
  const { memoryMiB, end, time, keys, until } = info.run;
  const isOwn = info.experimentOf === null;

  if (end === 'halted' && isOwn)
    describeWith(['bochs', 'grub'], `${id} in Bochs`, () => {
      test('shows as recorded', async () => {
        const machine = await Machine.create({ memoryMiB });
        machine.loadKernel(readFileSync(kernel));
        machine.run(time);
        expect(machine.end).toEqual({ kind: 'halted' });
        // `hlt` has one byte, and the instruction pointer stands behind it.
        const breakpoint = machine.state.rip - 1n;
        const medium = { cdrom: iso(checkpoint) };
        expect((await bootInBochs({ medium, memoryMiB, breakpoint })).screen).toBe(screen);
      }, 150_000);
    });

  const isTyped = keys.length > 0 && until !== null && (isOwn || id === '10-starvation') && !OTHERWISE.includes(id);
  if (isTyped && (EVERY_KERNEL || CHOICE.includes(id)))
    describeWith(['bochs', 'grub'], `${id} in Bochs, typed to`, () => {
      test('shows as recorded', async () => {
        const machine = { medium: { cdrom: iso(checkpoint) }, memoryMiB };
        expect(await typeInBochs(machine, { keys, until, screen })).toBe(screen);
      }, 150_000);
    });

  if (id === '11-filesystem')
    describeWith(['bochs'], `${id} in Bochs, from its disk`, () => {
      test('shows what the emulator shows', async () => {
        const script = { keys: ['echo a note > note', 'ls', 'cat note', 'cat readme.txt'].map(answer), until: 'toy> ' };
        const expected = await inEmulator(checkpoint, script);
        expect(expected).toContain('This file lies on the disk of a toy OS.');
        const medium = { disk: unpackedDisk(checkpoint.disk!, folder) };
        expect(await typeInBochs({ medium, memoryMiB }, { ...script, screen: expected })).toBe(expected);
      }, 150_000);
    });
}

function answer(line: string): { after: string; text: string } {
  return { after: 'toy> ', text: `${line}\n` };
}

/** @returns the screen at the end of a script */
async function inEmulator(checkpoint: Checkpoint, { keys, until }: Omit<BochsScript, 'screen'>): Promise<string> {
  const { machine } = await startCheckpoint(checkpoint);
  const typist = new Typist(keys);
  const keyboard = { type: async (strokes: readonly string[]) => machine.typeText(strokes) };
  for (let slice = 0; slice < 10_000; slice++) {
    machine.run(1_000_000);
    if (machine.isTyping) continue;
    if (typist.finished(machine.screenText(), until)) break;
    await typist.look(machine.screenText(), keyboard);
  }
  return machine.screenText();
}
