import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ENGINES, Machine } from '../../src/emulator/machine.ts';
import { describeWith } from '../support/environment.ts';
import { assemble } from './support/guest.ts';

const [R8, R9] = [8, 9];

describeWith(['binutils'], 'non-maskable interrupts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nmi-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(ENGINES)(
    'come with IF = 0, one after the IRET of another, until port 0x70 says no (%s)',
    async (engine) => {
      const seen: boolean[] = [];
      const machine = await Machine.create({ engine, memoryMiB: 16, onInterrupt: ({ isNmi }) => seen.push(isNmi) });
      machine.loadKernel(new Uint8Array(readFileSync(assemble('nmi', folder))), { protocol: 'pvh' });
      machine.run(20_000);
      const count = () => Number(machine.state.gpr(R8));
      expect([count(), seen]).toEqual([0, []]);
      machine.nmi();
      machine.run(500);
      // Two more while the first is served: one of them is remembered.
      machine.nmi();
      machine.nmi();
      machine.run(500);
      expect(seen).toEqual([true]);
      machine.run(3000);
      expect([count(), seen]).toEqual([2, [true, true]]);
      machine.run(60_000);
      expect(machine.state.gpr(R9)).toBe(1n);
      machine.nmi();
      machine.run(5000);
      expect(seen).toHaveLength(2);
    },
  );
});
