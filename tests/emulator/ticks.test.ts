/** Timers and keys interrupt a guest's work: the same run, to the bit, on both engines and in any slices. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { architecturalState } from '../../src/emulator/debug/compare.ts';
import { type EngineName, Machine } from '../../src/emulator/machine.ts';
import { describeWith } from '../support/environment.ts';
import { assemble } from './support/guest.ts';

const PARAMETERS = 0x800000;
const TIME = 400_000;
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

function randomFrom(seed: number): (below: number) => number {
  let x = seed | 1;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

interface Run {
  state: Map<string, string>;
  memory: string;
  instructions: number;
  interrupts: number;
}
interface Parameters {
  count: number;
  rate: number;
  seed: number;
}

describeWith(['binutils'], 'timer interrupts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ticks-'));
  let kernel: Uint8Array;
  beforeAll(() => {
    kernel = new Uint8Array(readFileSync(assemble('ticks', folder)));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function run(engine: EngineName, { count, rate, seed }: Parameters, slice: () => number): Promise<Run> {
    let interrupts = 0;
    const machine = await Machine.create({ engine, memoryMiB: 16, onInterrupt: () => interrupts++ });
    machine.loadKernel(kernel, { protocol: 'pvh' });
    const parameters = new DataView(new ArrayBuffer(12));
    [count, rate, seed].forEach((value, i) => void parameters.setUint32(4 * i, value, true));
    machine.memory.write(PARAMETERS, new Uint8Array(parameters.buffer));
    machine.keyDown('KeyA');
    machine.keyUp('KeyA');
    while (machine.time < TIME) expect(machine.run(Math.min(slice(), TIME - machine.time))).toEqual({ kind: 'budget' });
    return {
      state: architecturalState(machine.state),
      memory: createHash('sha256').update(machine.memory.bytes.subarray(0, 0xa00000)).digest('hex'),
      instructions: machine.instructions,
      interrupts,
    };
  }

  test(`at many rates, seed ${SEED}`, { timeout: 120_000 }, async () => {
    const random = randomFrom(SEED);
    // Every 20 to 1500 ticks of the timer, 1,700 to 126,000 instruction times; the clock at 128 Hz to 8 kHz, or off.
    for (const count of [20, 37, 100, 523, 1500]) {
      const parameters = { count, rate: [0, 3, 6, 9][random(4)]!, seed: random(2 ** 31) };
      const whole = await run('interpreter', parameters, () => TIME);
      const about = JSON.stringify(parameters);
      expect(whole.interrupts, about).toBeGreaterThan(TIME / (count * 150));
      const slices = [1, 2, 5, 127, 128, 129, 1000, 20_000];
      expect(await run('interpreter', parameters, () => slices[random(slices.length)]!), about).toEqual(whole);
      expect(await run('reference', parameters, () => 1 + random(50_000)), about).toEqual(whole);
    }
  });
});
