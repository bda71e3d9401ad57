/**
 * Directed guests: small kernels in assembly that print what the processor did, a fact a line, on COM1, and end through
 * isa-debug-exit. Every engine and QEMU run the same file, and have to print the same lines.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Lockstep } from '../../../src/emulator/cli/lockstep.ts';
import { architecturalState } from '../../../src/emulator/debug/compare.ts';
import { ENGINES, type EngineName, Machine, type MachineEnd } from '../../../src/emulator/machine.ts';
import { describeWith } from '../../support/environment.ts';
import { boot, type End } from '../../support/qemu.ts';
import { asQemuPrints, type Difference, unused } from './differences.ts';

const FOLDER = join(import.meta.dirname, '..', 'guests');
const MEMORY_MIB = 16;
/** No guest executes as many. */
const LIMIT = 4_000_000;
/** What a guest writes to port 0xf4 at its end, as an exit code: (0x10 << 1) | 1. */
const DONE = 0x21;
/** Sizes of the slices in which a run is repeated: single instructions, around the longest trace, and many at once. */
const SLICES = [1, 2, 127, 128, 129, 257, 1000, 4099];

export interface GuestTest {
  /** Lines on which QEMU is known to depart from the manuals. */
  differences?: readonly Difference[];
  /** How the guest ends, if not through isa-debug-exit. */
  end?: 'triple-fault' | 'unsupported';
  /** Lines that follow from the manuals and have to be there; without QEMU, all of them. */
  lines?: readonly string[];
  /** Why QEMU cannot judge this guest. */
  withoutQemu?: string;
}
interface Run {
  lines: string[];
  machine: Machine;
}

/** Assembles and links `guests/<name>.s` into a folder. @returns the path of the ELF file */
export function assemble(name: string, folder: string): string {
  const object = join(folder, `${name}.o`);
  const kernel = join(folder, `${name}.elf`);
  execFileSync('as', ['--64', '--fatal-warnings', '-I', FOLDER, '-o', object, join(FOLDER, `${name}.s`)]);
  execFileSync('ld', ['-n', '--no-warn-rwx-segments', '-T', join(FOLDER, 'link.ld'), '-o', kernel, object]);
  return kernel;
}

/** A machine with the guest at its entry point; `lines` fills as it prints. */
async function machineWith(kernel: Uint8Array, engine: EngineName): Promise<{ machine: Machine; text: () => string }> {
  const bytes: number[] = [];
  const machine = await Machine.create({
    engine,
    memoryMiB: MEMORY_MIB,
    serial: (byte) => bytes.push(byte),
    debugExit: { port: 0xf4, size: 4 },
  });
  machine.loadKernel(kernel, { protocol: 'pvh' });
  return { machine, text: () => String.fromCharCode(...bytes) };
}
function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== '');
}
async function run(kernel: Uint8Array, engine: EngineName, slices: readonly number[]): Promise<Run> {
  const { machine, text } = await machineWith(kernel, engine);
  for (let i = 0; !machine.end && machine.time < LIMIT; i++) machine.run(slices[i % slices.length]);
  return { machine, lines: linesOf(text()) };
}
function describeEnd(end: MachineEnd | End | null): string {
  if (!end) return `none after ${LIMIT} instructions`;
  if (end.kind === 'debug-exit') return `debug-exit ${end.code}`;
  if (end.kind === 'unsupported') return `unsupported: ${end.what} at ${end.rip}: ${end.bytes}`;
  return end.kind;
}
function outcome({ machine, lines }: Run) {
  return {
    lines,
    end: describeEnd(machine.end),
    instructions: machine.instructions,
    time: machine.time,
    state: Object.fromEntries(architecturalState(machine.state)),
  };
}

/** Runs a guest on every engine, sliced and in lockstep, and on QEMU. */
export function testGuest(name: string, { differences = [], end, lines = [], withoutQemu }: GuestTest = {}): void {
  describeWith(['qemu', 'binutils'], `guest ${name}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'guest-'));
    afterAll(() => rmSync(folder, { recursive: true }));
    let path = '';
    let kernel = new Uint8Array();
    beforeAll(() => {
      path = assemble(name, folder);
      kernel = new Uint8Array(readFileSync(path));
    });
    const expectedEnd = end ?? `debug-exit ${DONE}`;

    test('goes the same way on every engine and prints what QEMU prints, but for the known differences', async () => {
      const runs = await Promise.all(ENGINES.map((engine) => machineWith(kernel, engine)));
      expect(new Lockstep(runs.map(({ machine }) => machine)).run(LIMIT)).toBeNull();
      const ours = runs.map(({ machine, text }) => ({ lines: linesOf(text()), end: describeEnd(machine.end) }));
      for (const { end } of ours) expect(end.slice(0, expectedEnd.length)).toBe(expectedEnd);
      if (withoutQemu) {
        for (const printed of ours) expect(printed.lines).toEqual(lines);
        return;
      }
      const theirs = await boot({ kernel: path, memoryMiB: MEMORY_MIB, debugExit: end === undefined });
      for (const printed of ours) {
        expect(printed.lines.map((line) => asQemuPrints(line, differences))).toEqual(linesOf(theirs.serial));
        expect(printed.lines).toEqual(expect.arrayContaining([...lines]));
        expect(unused(printed.lines, differences)).toEqual([]);
      }
      expect(describeEnd(theirs.end)).toBe(expectedEnd);
    });
    test('goes the same way in slices of any size', async () => {
      const whole = outcome(await run(kernel, 'interpreter', [LIMIT]));
      expect(outcome(await run(kernel, 'interpreter', SLICES))).toEqual(whole);
    });
  });
}
