/**
 * Chapter 7's user programs. Their system calls have Linux's numbers, registers and errors, so the files that the kernel runs are
 * run by Linux too, which is the judge of what they say. And `fuzz`, of chapters 7, 10 and 11, asks the kernel for everything, in
 * the emulator and in QEMU, there also on a processor that watches over the kernel's use of a program's memory (SMEP, SMAP, UMIP).
 *
 * SEED=n chooses another seed for `fuzz`; those after it are tried too.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shows } from '../../src/emulator/script-player.ts';
import { startCheckpoint } from '../support/checkpoint-machine.ts';
import { checkpoints, unpackedDisk } from '../support/checkpoints.ts';
import { describeWith, STRICT } from '../support/environment.ts';
import { boot } from '../support/qemu.ts';

const checkpoint = checkpoints().find(({ id }) => id === '07-system-calls')!;
const SEED = Number(process.env.SEED ?? 7);
/** CR4.SMEP, CR4.SMAP, CR4.UMIP. */
const GUARDS = (1 << 20) | (1 << 21) | (1 << 11);
/** Of these, the ones that QEMU's `info registers` shows. */
const guardsIn = (registers: string) => Number.parseInt(/\bCR4=([0-9a-f]+)/.exec(registers)![1]!, 16) & GUARDS;

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

/** How each chapter's shell starts `fuzz`, and how many calls are made of one seed: those that start programs take their time. */
const FUZZ = [
  { id: '07-system-calls', command: 'run fuzz', calls: 10_000, seeds: [SEED] },
  { id: '10-multitasking', command: 'run fuzz', calls: 5000, seeds: [SEED, SEED + 1, SEED + 2] },
  { id: '11-filesystem', command: 'fuzz', calls: 3000, seeds: [SEED, SEED + 1, SEED + 2] },
];

describe.each(FUZZ)('fuzz of $id', ({ id, command, calls, seeds }) => {
  const kernel = checkpoints().find((each) => each.id === id)!;
  const keys = (seed: number): { after: string; text: string }[] => [
    { after: 'toy> ', text: `${command}\n` },
    { after: 'seed? ', text: `${seed}\n` },
    { after: 'calls? ', text: `${calls}\n` },
  ];
  const survived = (seed: number): string => `seed ${seed}: the kernel has survived ${calls} calls`;

  test.each(seeds)(
    'with seed %s does no harm in the emulator',
    async (seed) => {
      const { machine, serial } = await startCheckpoint(kernel);
      const toPrompt = (prompt: string): void => {
        while (machine.end === null && (machine.isTyping || !shows(machine.screenText(), prompt))) machine.run(500_000);
      };
      for (const { after, text } of keys(seed)) {
        toPrompt(after);
        machine.typeText(text);
      }
      toPrompt('toy> ');
      expect(machine.end).toBeNull();
      expect(serial()).toContain(survived(seed));
    },
    120_000,
  );

  for (const cpu of ['qemu64', 'max'])
    describeWith(['qemu'], `in QEMU, on -cpu ${cpu}`, () => {
      test('does no harm', async () => {
        const [seed] = seeds;
        const disk = kernel.disk === null ? {} : { disk: unpackedDisk(kernel.disk, folder) };
        const machine = { kernel: kernel.kernel, memoryMiB: 64, cpu, keys: keys(seed!), ...disk };
        const seen = await boot(machine, (screen, _, typed) => typed.finished(screen, 'toy> '), 120);
        expect(seen.serial).toContain(survived(seed!));
        expect(seen.end).toEqual({ kind: 'until' });
        expect(guardsIn(seen.registers)).toBe(cpu === 'max' ? GUARDS : 0);
      }, 180_000);
    });
});

describeWith(['qemu'], 'in QEMU, on an Intel', () => {
  // Asked for more, QEMU's Intel answers with leaf 4, as Intel's do. Of its first cache's 64 sets, less 1, bit 2 is set: UMIP's.
  test.each([
    { cpu: 'max,vendor=GenuineIntel,level=4', guards: 0 },
    { cpu: 'max,vendor=GenuineIntel,level=7', guards: GUARDS },
  ])('CR4 has the guards that leaf 7 names, if there is one: $cpu', { timeout: 60_000 }, async ({ cpu, guards }) => {
    const seen = await boot({ kernel: checkpoint.kernel, memoryMiB: 64, cpu }, (screen) => shows(screen, 'toy> '));
    expect(seen.end).toEqual({ kind: 'until' });
    expect(guardsIn(seen.registers)).toBe(guards);
  });
});
