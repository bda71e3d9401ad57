import { beforeAll, describe, expect, test } from 'vitest';
import { Random } from '../../cpu/random.ts';
import { corpus } from './corpus.ts';
import { forbidden } from './forbidden-states.ts';
import { begin, codeSizeOf, randomStart, SETTINGS } from './fuzz-machine.ts';
import { createTrio, lockstep, type Trio } from './lockstep.ts';
import { randomCode } from './random-code.ts';

/** A round is one start in one of the settings. `FUZZ_SEED=n FUZZ_ROUNDS=m` for others, or more. */
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000_007);
const ROUNDS = Number(process.env.FUZZ_ROUNDS ?? 500);
const STEPS = 300;
const CODE_LENGTH = 0x4000;
/** Shares of bytes that are not made to decode. */
const WILD = [0, 0.02, 0.1, 1];

describe(`random code, seed ${SEED}`, () => {
  let trio: Trio;
  beforeAll(async () => {
    trio = await createTrio();
  });

  test.each(corpus())('what was found once: $name', ({ start }) => {
    for (let i = 0; i < 5; i++) {
      const { fault, instructions } = lockstep(trio, start, STEPS, new Random(i, 0));
      expect(fault).toBeNull();
      expect(instructions).toBeGreaterThan(2);
    }
    // Records follow each other freely in long runs alone.
    begin(trio.running, start);
    trio.running.processor.run(5000);
    expect(forbidden(trio.running.processor.state)).toEqual([]);
  });

  test.each(SETTINGS.map((setting, i) => ({ setting, i })))(
    'runs alike on every engine and breaks none ($setting)',
    ({ setting, i }) => {
      let executed = 0;
      for (let round = i; round < ROUNDS; round += SETTINGS.length) {
        const random = new Random(SEED, round);
        const code = randomCode(random, codeSizeOf(setting), CODE_LENGTH, random.pick(WILD));
        const { fault, instructions } = lockstep(trio, randomStart(random, setting, code), STEPS, random);
        expect(fault, `FUZZ_SEED=${SEED}, round ${round}`).toBeNull();
        executed += instructions;
      }
      expect(executed).toBeGreaterThan(ROUNDS);
    },
    120_000,
  );
});
