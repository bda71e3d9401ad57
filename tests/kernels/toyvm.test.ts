/** `bin/toyvm --checkpoint ID --screen` prints what is recorded, for every checkpoint and on both engines. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/setup/dependencies.mjs';
import { checkpoints } from '../support/checkpoints.ts';

describe.each(checkpoints())('$id', ({ id, info, screen }) => {
  test.each(['reference', 'interpreter'])('on the %s', (engine) => {
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
