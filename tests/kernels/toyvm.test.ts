/**
 * `bin/toyvm --checkpoint ID --screen` prints what is recorded, for every checkpoint: on both engines, where the slow one
 * takes seconds. That it would come to the same in longer runs, lockstep.test.ts says.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/setup/dependencies.mjs';
import { checkpoints } from '../support/checkpoints.ts';

const SHORT = 300_000;

describe.each(checkpoints())('$id', ({ id, info, screen }) => {
  const engines = info.run.instructions <= SHORT ? ['reference', 'interpreter'] : ['interpreter'];
  test.each(engines)('on the %s', (engine) => {
    const run = spawnSync(join(ROOT, 'bin', 'toyvm'), ['--checkpoint', id, '--screen', '--engine', engine], {
      encoding: 'utf8',
    });
    expect(run.stdout).toBe(screen);
    if (info.run.end === 'rejected') {
      // One line that says what is wrong, and exit code 1.
      expect(run.stderr).toMatch(/^toyvm: [^\n]+\n$/);
      expect(run.status).toBe(1);
    }
    if (info.run.end === 'halted') expect(run.status).toBe(0);
  });
});
