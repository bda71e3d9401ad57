import { expect, test } from 'vitest';
import { checkpoints } from '../support/checkpoints.ts';
import { describeWith } from '../support/environment.ts';
import { compareWithObjdump, show } from './objdump.ts';

/** The differences that compiled code shows: padding, and the halves of registers that hold a selector. */
const EXPECTED = ['nop with prefixes', 'selector registers'];

describeWith(['binutils'], 'the code of every checkpoint beside objdump', () => {
  test.each(checkpoints().map((c) => [c.id, c.kernel] as const))('%s', (_, kernel) => {
    const comparison = compareWithObjdump(kernel);
    expect(show(comparison)).toEqual([]);
    expect([...comparison.divergences.keys()].filter((name) => !EXPECTED.includes(name))).toEqual([]);
    expect(comparison.agreed).toBeGreaterThan(0);
  });
});
