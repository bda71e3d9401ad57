/**
 * A trap that nobody survives is told on the screen and on the serial line, also while the kernel holds the serial port's lock: an
 * NMI, which no kernel can put off, arrives in the middle of a line of its serial log.
 */
import { expect, test } from 'vitest';
import { startCheckpoint } from '../support/checkpoint-machine.ts';
import { checkpoints } from '../support/checkpoints.ts';

/** Chapter 4's kernel says nothing on the serial line between `lidt` and its own end, a double fault. */
const INSIDE_A_LINE: Record<string, RegExp> = { '04-protected-mode': /TrapFrame \{\s+r15: 0x$/ };
const INSIDE_THE_LINE_OF_FRAMES = /\d frames a$/;

const kernels = checkpoints().filter(({ info }) => info.experimentOf === null && Number(info.chapter.slice(0, 2)) >= 4);

test('there are such kernels', () => {
  expect(kernels.map(({ id }) => id)).toContain('04-protected-mode');
  expect(kernels.length).toBeGreaterThanOrEqual(7);
});

test.each(kernels)('$id', { timeout: 120_000 }, async (checkpoint) => {
  const inside = INSIDE_A_LINE[checkpoint.id] ?? INSIDE_THE_LINE_OF_FRAMES;
  const boot = {
    ...checkpoint,
    info: { ...checkpoint.info, run: { ...checkpoint.info.run, boot: 'kernel' as const } },
  };
  const { machine, serial } = await startCheckpoint(boot);
  // A byte takes a kernel more instructions than that.
  while (!inside.test(serial())) {
    expect(machine.run(8)).toEqual({ kind: 'budget' });
    expect(machine.time).toBeLessThan(1e8);
  }
  const before = serial().length;
  machine.nmi();
  machine.run(5_000_000);
  expect(machine.end).toEqual({ kind: 'halted' });
  const panic = /panicked at src\/traps\.rs:\d+:\d+:\s+non-maskable interrupt \(NMI\)/;
  expect(machine.screenText()).toMatch(panic);
  const after = serial().slice(before);
  expect(after).toMatch(/TrapFrame \{[^}]*vector: 0x2,[^}]*\}/);
  expect(after).toMatch(panic);
});
