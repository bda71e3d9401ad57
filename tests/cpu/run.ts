/**
 * npm run test:cpu -- [--cases N] [--seed S] [--engine reference|interpreter] [--only FORM] [--all]
 *                     [--case N [--save NAME]]
 *
 * Compares the emulator's instructions with the host's processor. Prints the first mismatch of each form (with --all:
 * each) and exits with 1 if there is one. --case runs one case of the seed alone; --save adds it to the corpus. --only takes a mnemonic, a line of the table of forms (`add 00 /r`), or a state that forms use (`x87`).
 */
import { parseArgs } from 'node:util';
import { type Mismatch, report } from './compare.ts';
import { addToCorpus } from './corpus.ts';
import { generate } from './generate.ts';
import { type Outcome, runNatively, unavailable } from './native.ts';
import { compareCases, createMachine, createSuite, type Engine, type Tally } from './session.ts';

export function commandFor(m: Mismatch, only: string | null): string {
  const filter = only === null ? '' : ` --only "${only}"`;
  return `npm run test:cpu -- --engine ${m.engine} --seed ${m.case.seed} --case ${m.case.number}${filter}`;
}

function integer(text: string, name: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name}: ${text} is not a natural number`);
  return value;
}

function printSummary(tally: Tally, seconds: number): void {
  const rate = Math.round(tally.cases / seconds);
  console.log(`${tally.cases} cases in ${seconds.toFixed(1)} s (${rate} a second), ${tally.forms.size} forms`);
  const vectors = [...tally.exceptions].sort(([a], [b]) => a - b).map(([vector, n]) => `${vector}: ${n}`);
  console.log(`ended by vector (3 = completed): ${vectors.join(', ')}`);
}

function printMismatches(mismatches: Mismatch[], all: boolean, only: string | null): void {
  const groups = new Map<string, Mismatch[]>();
  for (const m of mismatches) {
    const texts = m.case.instructions.map((e) => e.form.text).join('; ');
    groups.set(texts, [...(groups.get(texts) ?? []), m]);
  }
  for (const [texts, group] of groups) {
    if (!all && group.length > 1) console.log(`\n(${group.length} mismatches of ${texts}; the first:)`);
    else console.log();
    for (const m of all ? group : group.slice(0, 1)) console.log(report(m, commandFor(m, only)));
  }
  console.log(`\n${mismatches.length} mismatches in ${groups.size} forms or chains`);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      cases: { type: 'string', default: '100000' },
      seed: { type: 'string' },
      engine: { type: 'string', default: 'interpreter' },
      only: { type: 'string' },
      case: { type: 'string' },
      save: { type: 'string' },
      all: { type: 'boolean', default: false },
    },
  });
  const engine = values.engine as Engine;
  if (engine !== 'reference' && engine !== 'interpreter') throw new Error(`--engine: ${engine} is not an engine`);
  const reason = unavailable();
  if (reason) {
    console.log(`skipped: ${reason}`);
    return process.env.CI ? 1 : 0;
  }
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : integer(values.seed, 'seed');
  const only = values.only ?? null;
  const machine = await createMachine(engine);
  const suite = createSuite(machine, only);
  console.log(`seed ${seed}, ${engine}, host ${suite.host.model}`);
  if (suite.left.length)
    console.log(`left out: ${suite.left.map((form) => `${form.text} (${form.feature})`).join(', ')}`);
  const started = performance.now();
  const tally =
    values.case === undefined
      ? compareCases(machine, suite, seed, 0, integer(values.cases, 'cases'))
      : compareCases(machine, suite, seed, integer(values.case, 'case'), 1);
  printSummary(tally, (performance.now() - started) / 1000);
  printMismatches(tally.mismatches, values.all, only);
  if (values.save !== undefined) {
    if (values.case === undefined) throw new Error('--save goes with --case');
    const one = generate(seed, integer(values.case, 'case'), suite.options);
    addToCorpus(values.save, one, runNatively([one])[0] as Outcome);
  }
  return tally.mismatches.length ? 1 : 0;
}

if (import.meta.main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  }
}
