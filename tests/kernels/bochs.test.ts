/** A third judge beside QEMU and GRUB: in Bochs each chapter's kernel that halts shows the recorded screen. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeIso } from '../../scripts/iso.ts';
import { Machine } from '../../src/emulator/machine.ts';
import { bootInBochs } from '../support/bochs.ts';
import { checkpoints } from '../support/checkpoints.ts';
import { describeWith } from '../support/environment.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bochs-iso-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

for (const { id, kernel, info, screen } of checkpoints()) {
  const { memoryMiB, end, time } = info.run;
  if (end !== 'halted' || info.experimentOf !== null || info.run.keys.length > 0) continue;

  describeWith(['bochs', 'grub'], `${id} in Bochs`, () => {
    test('shows as recorded', async () => {
      const machine = await Machine.create({ memoryMiB });
      machine.loadKernel(readFileSync(kernel));
      machine.run(time);
      expect(machine.end).toEqual({ kind: 'halted' });
      // `hlt` has one byte, and the instruction pointer stands behind it.
      const breakpoint = machine.state.rip - 1n;
      const cdrom = join(folder, `${id}.iso`);
      makeIso(kernel, cdrom);
      expect((await bootInBochs({ medium: { cdrom }, memoryMiB, breakpoint })).screen).toBe(screen);
    }, 150_000);
  });
}
