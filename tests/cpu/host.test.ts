/** The emulator's instructions against the processor that runs this test. docs/cpu-tests.md */
import { beforeAll, describe, expect, it } from 'vitest';
import { differences, report } from './compare.ts';
import { readCorpus } from './corpus.ts';
import { FORMS, type Form } from './forms.ts';
import { type Outcome, runNatively, unavailable } from './native.ts';
import { commandFor } from './run.ts';
import { compareCases, createMachine, createSuite, type Engine, type Tally } from './session.ts';

const reason = unavailable();
const seed = Math.floor(Math.random() * 2 ** 32);
const MINUTES = 60_000;

function expectAgreement(tally: Tally): void {
  const shown = tally.mismatches.slice(0, 5).map((m) => report(m, commandFor(m, null)));
  const count = tally.mismatches.length;
  expect(count, `${count} of ${tally.cases} cases differ:\n\n${shown.join('\n\n')}\n`).toBe(0);
}

/** Forms that cannot complete in user code: privileged, undefined, or exceptions by intent. */
const ALWAYS_FAULT =
  /^(invalid|ud|hlt|cli|sti|in|out|ins|outs|lldt|ltr|lgdt|lidt|lmsw|invlpg|swapgs|clts|invd|wbinvd|mov-cr|mov-dr|wrmsr|rdmsr|int|int1) /;

it('can run here', () => {
  if (reason) console.log(`skipped: ${reason}`);
  expect(process.env.CI ? reason : null).toBeNull();
});

describe.skipIf(reason)(`the processor against the host, seed ${seed}`, () => {
  let ran: Tally;
  /** Forms of a feature that one of the two lacks. */
  let left: readonly Form[];

  async function run(engine: Engine, cases: number): Promise<Tally> {
    const machine = await createMachine(engine);
    const suite = createSuite(machine, null);
    left = suite.left;
    const texts = left.map((form) => `${form.text} (${form.feature})`).join(', ');
    console.log(`${engine}: ${cases} cases, seed ${seed}, on ${suite.host.model}; left out: ${texts || 'nothing'}`);
    return compareCases(machine, suite, seed, 0, cases);
  }

  describe('the interpreter', () => {
    beforeAll(async () => {
      ran = await run('interpreter', 490_400);
    }, 10 * MINUTES);

    it('agrees in at least 490,000 cases', () => {
      expectAgreement(ran);
      expect(ran.cases).toBeGreaterThanOrEqual(490_000);
    });
    it('has completed every form of instruction, and met every exception of user code', () => {
      const completed = (text: string) => ran.forms.get(text)?.completed ?? 0;
      const never = FORMS.filter(
        (form) => !left.includes(form) && !ALWAYS_FAULT.test(form.text) && !completed(form.text),
      );
      expect(never.map(({ text }) => text)).toEqual([]);
      for (const vector of [0, 3, 4, 5, 6, 11, 12, 13, 14, 16, 19])
        expect(ran.exceptions.get(vector), `vector ${vector}`).toBeGreaterThan(0);
    });
  });

  it('the reference agrees in 10,000 cases', { timeout: 5 * MINUTES }, async () => {
    expectAgreement(await run('reference', 10_000));
  });

  it.each(['reference', 'interpreter'] as const)('%s: what once went wrong', async (engine) => {
    const machine = await createMachine(engine);
    const corpus = readCorpus();
    expect(corpus.length).toBeGreaterThan(0);
    const outcomes = runNatively(corpus.map((entry) => entry.case));
    for (const pace of ['step', 'run'] as const) {
      corpus.forEach((entry, i) => {
        const native = outcomes[i] as Outcome;
        const found = differences(entry.case, entry.leniency, native, machine.execute(entry.case, pace));
        expect(found, `${entry.name} (${pace})`).toEqual([]);
      });
    }
  });
});
