/**
 * Repeated string instructions that fault at each of their elements: the registers then say which elements are done, so that the
 * instruction can go on. In every address size, in both directions, with elements that cross the edge, beside the host.
 */
import { describe, expect, it } from 'vitest';
import { differences } from './compare.ts';
import { RCX } from './draft.ts';
import { type Outcome, runNatively, unavailable } from './native.ts';
import { createMachine } from './session.ts';
import { COUNT, ELEMENTS, stringCases } from './string-cases.ts';

const reason = unavailable();
const GENERAL_PROTECTION = 13;
const PAGE_FAULT = 14;

describe.skipIf(reason)(`faults of string instructions${reason ? ` (skipped: ${reason})` : ''}`, () => {
  const all = reason ? [] : [...stringCases()];
  const outcomes = reason ? [] : runNatively(all);

  it('happen on the host at every element of every instruction, by pages and by limits', () => {
    const met = new Set(
      all.map(({ mnemonic }, i) => {
        const { vector, gpr } = outcomes[i] as Outcome;
        return `${mnemonic} ${vector} after ${COUNT - (gpr[RCX] as bigint)}`;
      }),
    );
    const vectors = (mnemonic: string) =>
      /stos|scas/.test(mnemonic) ? [PAGE_FAULT] : [PAGE_FAULT, GENERAL_PROTECTION];
    for (const mnemonic of ['movs', 'cmps', 'stos', 'lods', 'scas'])
      for (const vector of vectors(mnemonic))
        for (let done = 0; done <= ELEMENTS; done++) expect(met).toContain(`${mnemonic} ${vector} after ${done}`);
  });
  it.each(['reference', 'interpreter'] as const)(
    '%s: the same elements are done',
    { timeout: 120_000 },
    async (engine) => {
      const machine = await createMachine(engine);
      const found = all.flatMap((c, i) => {
        // One of the two, without a pattern that the cases have too.
        const pace = Math.imul(i, 0x9e3779b1) < 0 ? 'step' : 'run';
        const list = differences(c, c.leniency, outcomes[i] as Outcome, machine.execute(c, pace));
        return list.map((line) => `${c.name} (${pace}): ${line}`);
      });
      expect(found.slice(0, 20)).toEqual([]);
    },
  );
});
