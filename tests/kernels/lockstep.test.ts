/** The engines agree over every checkpoint: after every instruction, and however the run is cut into slices. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { differences } from '../../src/emulator/debug/compare.ts';
import { ENGINES, type EngineName, Machine } from '../../src/emulator/machine.ts';
import { type Checkpoint, checkpoints } from '../support/checkpoints.ts';

/** RAM is hashed after every so many instructions, and at the end; registers are compared after each. */
const HASH_EVERY = 5_000;

const bootable = checkpoints().filter(({ info }) => info.run.end !== 'rejected');

async function machineOf(checkpoint: Checkpoint, engine: EngineName) {
  let serial = '';
  const machine = await Machine.create({
    memoryMiB: checkpoint.info.run.memoryMiB,
    engine,
    serial: (byte) => {
      serial += String.fromCharCode(byte);
    },
  });
  machine.loadKernel(readFileSync(checkpoint.kernel));
  return { machine, serial: () => serial };
}
const ramHash = (machine: Machine): string => createHash('sha256').update(machine.memory.bytes).digest('hex');

describe.each(bootable)('$id', (checkpoint) => {
  const { run } = checkpoint.info;
  const keys = [...run.keys].sort((a, b) => a.at - b.at);

  test('reference and interpreter agree after every instruction', async () => {
    const [reference, interpreter] = await Promise.all(ENGINES.map((engine) => machineOf(checkpoint, engine)));
    const [a, b] = [reference!.machine, interpreter!.machine];
    expect([a.engine, b.engine]).toEqual(['reference', 'interpreter']);
    const waiting = [...keys];
    while (a.end === null && a.time < run.time) {
      while (waiting.length > 0 && waiting[0]!.at <= a.time) {
        const { text } = waiting.shift()!;
        a.serialInput(text);
        b.serialInput(text);
      }
      const { instructions } = a;
      const rip = a.state.rip.toString(16);
      a.step();
      b.step();
      const found = differences(a.state, b.state);
      if (a.instructions !== b.instructions) found.push(`instructions: ${a.instructions} / ${b.instructions}`);
      if (found.length > 0) expect.fail(`after instruction ${instructions} at 0x${rip}: ${found.join(', ')}`);
      if (a.instructions % HASH_EVERY === 0 && ramHash(a) !== ramHash(b))
        expect.fail(`RAM differs at instruction ${a.instructions}`);
    }
    expect(b.end).toEqual(a.end);
    expect(a.instructions).toBe(run.instructions);
    expect(ramHash(b)).toBe(ramHash(a));
    expect(interpreter!.serial()).toBe(reference!.serial());
    expect(b.screenText()).toBe(checkpoint.screen);
  }, 300_000);

  test.each([1, 7, 129, 1_000, 65_537, Number.POSITIVE_INFINITY])(
    'slices of %s instructions end alike',
    async (slice) => {
      const results = await Promise.all(
        ENGINES.map(async (engine) => {
          const { machine, serial } = await machineOf(checkpoint, engine);
          let waiting = [...keys];
          while (machine.end === null && machine.time < run.time) {
            for (const { text } of waiting.filter(({ at }) => at <= machine.time)) machine.serialInput(text);
            waiting = waiting.filter(({ at }) => at > machine.time);
            machine.run(Math.min(slice, run.time - machine.time, (waiting[0]?.at ?? Infinity) - machine.time));
          }
          const { end, instructions } = machine;
          return { end, instructions, registers: machine.snapshot(), ram: ramHash(machine), serial: serial() };
        }),
      );
      expect(results[1]).toEqual(results[0]);
      expect(results[0]!.instructions).toBe(run.instructions);
    },
  );
});
