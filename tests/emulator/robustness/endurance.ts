/**
 * npm run test:fuzz -- [--instructions N] [--seed S] [--round R]
 *
 * Random code in every mode, run freely by the interpreter until N instructions have been executed: no JavaScript exception, no
 * stop but those that `Processor` promises, no state that the manual forbids, no run that never returns. What it finds it
 * prints with its round, and ends with 1. `fuzz.test.ts` runs less of the same, in lockstep with the reference.
 */
import { parseArgs } from 'node:util';
import type { ProcessorStop } from '../../../src/emulator/cpu/processor.ts';
import { Random } from '../../cpu/random.ts';
import { forbidden } from './forbidden-states.ts';
import { begin, codeSizeOf, createSubject, randomStart, SETTINGS, type Setting, type Subject } from './fuzz-machine.ts';
import { randomCode } from './random-code.ts';

const CODE_LENGTH = 0x4000;
/** Shares of bytes that are not made to decode: more of them end a run sooner. */
const WILD = [0, 0, 0.002, 0.02, 1];
/** Instructions of one start at most, in slices after each of which the state is looked at. */
const SLICES = [1, 7, 100, 500, 500, 1000, 5000, 5000, 10_000, 20_000, 50_000, 100_000];
/** A handler that faults forever teaches nothing more: the share of exceptions in a slice that ends a run. */
const MOST_EXCEPTIONS = 0.2;
/** A slice takes milliseconds; a run that takes this long has hung. */
const HUNG_SECONDS = 60;

/** How many instructions a setting may be ahead of twice its share. */
const AHEAD = 1_000_000;
const settingOf = (round: number): Setting => SETTINGS[round % SETTINGS.length] as Setting;

interface Found {
  round: number;
  setting: Setting;
  what: string;
}

function runRound(
  subject: Subject,
  seed: number,
  round: number,
): { instructions: number; stop: string; what: string[] } {
  const setting = SETTINGS[round % SETTINGS.length] as Setting;
  const random = new Random(seed, round);
  const code = randomCode(random, codeSizeOf(setting), CODE_LENGTH, random.pick(WILD));
  begin(subject, randomStart(random, setting, code));
  const { processor, counted } = subject;
  let stop: ProcessorStop = { kind: 'budget' };
  try {
    for (const slice of SLICES) {
      const start = performance.now();
      counted.exceptions = 0;
      stop = processor.run(slice);
      const what = forbidden(processor.state);
      if ((performance.now() - start) / 1000 > HUNG_SECONDS) what.push(`${slice} instructions took a minute`);
      if (what.length || stop.kind !== 'budget') return { instructions: processor.instructions, stop: stop.kind, what };
      if (slice >= 100 && counted.exceptions > slice * MOST_EXCEPTIONS)
        return { instructions: processor.instructions, stop: 'exceptions', what };
    }
  } catch (error) {
    const what = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
    return { instructions: processor.instructions, stop: 'exception', what };
  }
  return { instructions: processor.instructions, stop: stop.kind, what: [] };
}

const { values } = parseArgs({
  options: {
    instructions: { type: 'string', default: '100000000' },
    seed: { type: 'string' },
    round: { type: 'string' },
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000_007);
const wanted = Number(values.instructions);
if (!Number.isSafeInteger(seed) || !(wanted > 0)) throw new Error('--seed and --instructions are whole numbers');
console.log(`seed ${seed}`);
// Random bytes raise #UD all the time, and a trace of each costs more than all the rest; --round shows those of one round.
if (values.round === undefined) Error.stackTraceLimit = 0;

const subject = await createSubject('interpreter');
const executed = new Map<Setting, number>();
const stops = new Map<string, number>();
const found: Found[] = [];
const first = Number(values.round ?? 0);
let total = 0;
for (let round = first; total < wanted && (values.round === undefined || round === first); round++) {
  const setting = settingOf(round);
  // Some settings end their runs sooner: they get more of them.
  if ((executed.get(setting) ?? 0) > (2 * total) / SETTINGS.length + AHEAD) continue;
  const { instructions, stop, what } = runRound(subject, seed, round);
  total += instructions;
  executed.set(setting, (executed.get(setting) ?? 0) + instructions);
  stops.set(stop, (stops.get(stop) ?? 0) + 1);
  for (const line of what) {
    found.push({ round, setting, what: line });
    console.log(`round ${round} (${setting}): ${line}`);
  }
}
for (const [setting, count] of executed)
  console.log(`${setting.padEnd(16)} ${count.toLocaleString('en')} instructions`);
console.log(`ended by ${[...stops].map(([stop, count]) => `${stop}: ${count}`).join(', ')}`);
console.log(`${total.toLocaleString('en')} instructions, ${found.length} found`);
process.exitCode = found.length ? 1 : 0;
