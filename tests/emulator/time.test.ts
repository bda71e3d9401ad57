import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ENGINES, Machine } from '../../src/emulator/machine.ts';
import { describeWith } from '../support/environment.ts';
import { assemble } from './support/guest.ts';

const BUDGET = 20_000;

describeWith(['binutils'], 'time', () => {
  const folder = mkdtempSync(join(tmpdir(), 'guest-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(ENGINES)('passes for a guest whose handler faults at once, for ever (%s)', async (engine) => {
    const kernel = new Uint8Array(readFileSync(assemble('endless-fault', folder)));
    const machine = await Machine.create({ engine, memoryMiB: 16 });
    machine.loadKernel(kernel, { protocol: 'pvh' });
    for (let slice = 1; slice <= 3; slice++) {
      expect(machine.run(BUDGET)).toEqual({ kind: 'budget' });
      expect(machine.time).toBe(slice * BUDGET);
    }
    machine.step(10);
    expect(machine.time).toBe(3 * BUDGET + 10);
  });
});
