/** One stage of `npm test`: a command, and how many tests it counts. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from '../setup/dependencies.mjs';

export interface Count {
  passed: number;
  failed: number;
  skipped: number;
  /** Names of what failed or was skipped, for the summary. */
  failures: string[];
  skips: string[];
}

export interface Stage {
  name: string;
  /** Arguments of the pinned Node. */
  args: readonly string[];
  env?: Record<string, string>;
  /** Reads the runner's JSON report; a stage without one counts as a single test. */
  report?: (report: unknown) => Count;
  /** Why the stage cannot run on this machine; it is then skipped by name, and fails under CI=true. */
  absent?: string | null;
}

export interface Outcome extends Count {
  name: string;
  seconds: number;
}

/** Where a runner leaves its JSON report. */
export function reportFile(name: string): string {
  return join(ROOT, 'build', 'test-reports', `${name.replaceAll(/\W+/g, '-')}.json`);
}

function single(name: string, result: 'passed' | 'failed' | 'skipped', why = ''): Count {
  const entry = why ? `${name}: ${why}` : name;
  return {
    passed: Number(result === 'passed'),
    failed: Number(result === 'failed'),
    skipped: Number(result === 'skipped'),
    failures: result === 'failed' ? [entry] : [],
    skips: result === 'skipped' ? [entry] : [],
  };
}

/** @param tag stands in front of each line, so that stages that run side by side can be told apart */
function execute(stage: Stage, tag: string | null): Promise<number> {
  return new Promise((resolve) => {
    const output = tag === null ? 'inherit' : 'pipe';
    const child = spawn(process.execPath, stage.args, {
      cwd: ROOT,
      stdio: ['ignore', output, output],
      env: { ...process.env, ...stage.env },
    });
    for (const input of [child.stdout, child.stderr])
      if (input) createInterface({ input }).on('line', (line) => console.log(`${tag} │ ${line}`));
    child.on('error', () => resolve(1));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

function counted(stage: Stage, code: number): Count {
  if (!stage.report) return single(stage.name, code === 0 ? 'passed' : 'failed', code === 0 ? '' : `exit code ${code}`);
  let count: Count;
  try {
    count = stage.report(JSON.parse(readFileSync(reportFile(stage.name), 'utf8')));
  } catch {
    return single(stage.name, 'failed', `ended with exit code ${code} and left no report`);
  }
  if (count.passed + count.failed + count.skipped === 0) return single(stage.name, 'failed', 'ran no test');
  // A runner may fail outside any test: an import that throws, a coverage bound.
  if (code !== 0 && count.failed === 0) {
    count.failed++;
    count.failures.push(`${stage.name}: exit code ${code} without a failed test`);
  }
  return count;
}

/** Runs a stage to its end. It never throws: what goes wrong is a failed test. */
async function runStage(stage: Stage, strict: boolean, tag: string | null): Promise<Outcome> {
  const start = performance.now();
  const outcome = (count: Count): Outcome => ({
    name: stage.name,
    seconds: (performance.now() - start) / 1000,
    ...count,
  });
  if (stage.absent) return outcome(single(stage.name, strict ? 'failed' : 'skipped', stage.absent));
  console.log(`\n── ${stage.name} ${'─'.repeat(Math.max(0, 90 - stage.name.length))}\n`);
  if (stage.report) {
    mkdirSync(join(ROOT, 'build', 'test-reports'), { recursive: true });
    rmSync(reportFile(stage.name), { force: true });
  }
  return outcome(counted(stage, await execute(stage, tag)));
}

/**
 * Runs rows of stages side by side, each row's in order.
 *
 * @param strict whether a stage that cannot run here has failed
 */
export async function runRows(rows: readonly (readonly Stage[])[], strict: boolean): Promise<Outcome[]> {
  const busy = rows.filter((row) => row.length > 0);
  const outcomes = await Promise.all(
    busy.map(async (row) => {
      const done: Outcome[] = [];
      for (const stage of row)
        done.push(await runStage(stage, strict, busy.length > 1 ? stage.name.padEnd(24).slice(0, 24) : null));
      return done;
    }),
  );
  return outcomes.flat();
}
