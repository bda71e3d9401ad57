/** The engines agree over every checkpoint: after every instruction, and however the run is cut into slices. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { differences } from '../../src/emulator/debug/compare.ts';
import { ENGINES, type Machine } from '../../src/emulator/machine.ts';
import { RecordedKeys, startCheckpoint } from '../support/checkpoint-machine.ts';
import { checkpoints } from '../support/checkpoints.ts';

/** So many instructions are compared one by one; of what follows, every so many instruction times. */
const ONE_BY_ONE = 20_000;
const STRIDE = 997;
/** RAM is hashed after every so many of those comparisons, and at the end. */
const HASH_EVERY = 5_000;
/** A run through GRUB is compared up to here. */
const LONGEST = 5_000_000;

const bootable = checkpoints().filter(({ info }) => info.run.end !== 'rejected');
const ramHash = (machine: Machine): string => createHash('sha256').update(machine.memory.bytes).digest('hex');

describe.each(bootable)('$id', (checkpoint) => {
  const { run } = checkpoint.info;

  test('reference and interpreter agree after every instruction', async () => {
    const [reference, interpreter] = await Promise.all(ENGINES.map((engine) => startCheckpoint(checkpoint, engine)));
    const [a, b] = [reference!.machine, interpreter!.machine];
    expect([a.engine, b.engine]).toEqual(['reference', 'interpreter']);
    const keys = new RecordedKeys(checkpoint);
    for (let compared = 1; a.end === null && a.time < run.time && a.instructions < LONGEST; compared++) {
      keys.type(a, b);
      const { instructions } = a;
      const rip = a.state.rip.toString(16);
      const count = instructions < ONE_BY_ONE ? 1 : Math.min(STRIDE, run.time - a.time, keys.next - a.time);
      for (const machine of [a, b]) {
        if (instructions < ONE_BY_ONE) machine.step();
        else machine.run(count);
      }
      const found = differences(a.state, b.state);
      if (a.instructions !== b.instructions) found.push(`instructions: ${a.instructions} / ${b.instructions}`);
      if (a.time !== b.time) found.push(`time: ${a.time} / ${b.time}`);
      if (found.length > 0) expect.fail(`after instruction ${instructions} at 0x${rip}: ${found.join(', ')}`);
      if (compared % HASH_EVERY === 0 && ramHash(a) !== ramHash(b))
        expect.fail(`RAM differs at instruction ${a.instructions}`);
    }
    expect(b.end).toEqual(a.end);
    expect(ramHash(b)).toBe(ramHash(a));
    expect(interpreter!.serial()).toBe(reference!.serial());
    if (a.instructions >= LONGEST) return;
    expect(a.instructions).toBe(run.instructions);
    expect(b.screenText()).toBe(checkpoint.screen);
  }, 300_000);

  // An experiment differs from its healthy kernel by a line or two. Short slices take long on a machine that sleeps much.
  if (checkpoint.info.experimentOf !== null) return;
  const slices = [1, 129, 65_537, Number.POSITIVE_INFINITY].filter((slice) => run.time / slice < 500_000);
  test.each(slices)(
    'slices of %s instructions end as recorded',
    async (slice) => {
      const { machine } = await startCheckpoint(checkpoint);
      const keys = new RecordedKeys(checkpoint);
      while (machine.end === null && machine.time < run.time) {
        keys.type(machine);
        machine.run(Math.min(slice, run.time - machine.time, keys.next - machine.time));
      }
      whole ??= await wholeRun();
      const { instructions, time } = machine;
      expect({ instructions, time, registers: machine.snapshot(), ram: ramHash(machine) }).toEqual(whole);
      expect(instructions).toBe(run.instructions);
      expect(machine.screenText()).toBe(checkpoint.screen);
    },
    120_000,
  );

  let whole: Awaited<ReturnType<typeof wholeRun>> | undefined;
  async function wholeRun() {
    const { machine } = await startCheckpoint(checkpoint);
    const keys = new RecordedKeys(checkpoint);
    while (machine.end === null && machine.time < run.time) {
      keys.type(machine);
      machine.run(Math.min(run.time, keys.next) - machine.time);
    }
    const { instructions, time } = machine;
    return { instructions, time, registers: machine.snapshot(), ram: ramHash(machine) };
  }
});
