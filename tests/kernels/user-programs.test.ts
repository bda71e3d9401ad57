/**
 * Chapter 7's user programs. Their system calls have Linux's numbers, registers and errors, so the files that the kernel runs are
 * run by Linux too, which is the judge of what they say. And `fuzz` asks the kernel for everything, in the emulator and in QEMU,
 * there also on a processor that watches over the kernel's use of a program's memory (SMEP, SMAP, UMIP).
 *
 * SEED=n chooses another seed for `fuzz`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shows } from '../../src/emulator/script-player.ts';
import { startCheckpoint } from '../support/checkpoint-machine.ts';
import { checkpoints } from '../support/checkpoints.ts';
import { describeWith, STRICT } from '../support/environment.ts';
import { boot } from '../support/qemu.ts';

const checkpoint = checkpoints().find(({ id }) => id === '07-system-calls')!;
const SEED = process.env.SEED ?? '7';
const CALLS = '10000';
const SURVIVED = `seed ${SEED}: the kernel has survived ${CALLS} calls`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'user-programs-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The ELF files inside the kernel's, each up to the end of its section headers, which linkers put last. */
function embeddedPrograms(): Buffer[] {
  const kernel = readFileSync(checkpoint.kernel);
  const programs: Buffer[] = [];
  for (let at = kernel.indexOf('\x7fELF', 1, 'latin1'); at >= 0; at = kernel.indexOf('\x7fELF', at + 1, 'latin1')) {
    // The loader's own constant is no file.
    if (kernel[at + 4] !== 2) continue;
    const file = kernel.subarray(at);
    programs.push(
      file.subarray(0, Number(file.readBigUInt64LE(0x28)) + file.readUInt16LE(0x3a) * file.readUInt16LE(0x3c)),
    );
  }
  return programs;
}

/** Runs the one program that contains a text, as a program of Linux. */
function runOnLinux(text: string) {
  const [program, ...others] = embeddedPrograms().filter((file) => file.includes(text));
  expect(others).toEqual([]);
  const path = join(folder, 'program');
  writeFileSync(path, program!, { mode: 0o755 });
  return spawnSync(path, { encoding: 'utf8', input: '', timeout: 10_000 });
}

const isLinux = process.platform === 'linux' && process.arch === 'x64';

describe.skipIf(!isLinux && !STRICT)('on Linux', () => {
  test('hello says what it says here', () => {
    const { stdout, status } = runOnLinux('Hello from ring 3!');
    expect(status).toBe(0);
    expect(checkpoint.screen).toContain(`toy> run hello\n${stdout}toy> `);
  });

  test('errors is refused everything with the same numbers', () => {
    const { stdout, status } = runOnLinux('not canonical');
    expect(status).toBe(0);
    expect(stdout.split('\n').length).toBeGreaterThan(6);
    expect(checkpoint.screen).toContain(`toy> run errors\n${stdout}toy> `);
  });

  test('trespass does not get beyond its first line', () => {
    const { stdout, signal } = runOnLinux('the kernel begins with');
    expect(signal).toBe('SIGSEGV');
    expect(checkpoint.screen).toContain(`toy> run trespass\n${stdout}trespass is ended: page fault`);
  });
});

describe('fuzz', () => {
  test('does no harm in the emulator', async () => {
    const { machine } = await startCheckpoint(checkpoint);
    for (const [after, text] of [
      ['toy> ', 'run fuzz\n'],
      ['seed? ', `${SEED}\n`],
      ['calls? ', `${CALLS}\n`],
    ] as const) {
      while (!shows(machine.screenText(), after)) machine.run(100_000);
      machine.typeText(text);
      machine.run(100_000);
    }
    while (!shows(machine.screenText(), 'toy> ') && machine.end === null) machine.run(1_000_000);
    expect(machine.end).toBeNull();
    expect(machine.screenText()).toContain(SURVIVED);
  }, 120_000);

  for (const cpu of ['qemu64', 'max'])
    describeWith(['qemu'], `in QEMU, on -cpu ${cpu}`, () => {
      test('does no harm', async () => {
        const keys = [
          { after: 'toy> ', text: 'run fuzz\n' },
          { after: 'seed? ', text: `${SEED}\n` },
          { after: 'calls? ', text: `${CALLS}\n` },
        ];
        const seen = await boot({ kernel: checkpoint.kernel, memoryMiB: 64, cpu, keys }, (screen, _, typed) =>
          typed.finished(screen, 'toy> '),
        );
        expect(seen.screen).toContain(SURVIVED);
        expect(seen.end).toEqual({ kind: 'until' });
        const cr4 = Number.parseInt(/\bCR4=([0-9a-f]+)/.exec(seen.registers)![1]!, 16);
        const guards = (1 << 20) | (1 << 21) | (1 << 11);
        expect(cr4 & guards).toBe(cpu === 'max' ? guards : 0);
      }, 120_000);
    });
});
