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
import { bootInBochs } from '../../support/bochs.ts';
import { describeWith } from '../../support/environment.ts';
import { type Boot, boot, type End } from '../../support/qemu.ts';
import { assembleSector, assembleWideSector, diskForBochs, END_OF_SECTOR_GUEST, startAtSector } from './boot-sector.ts';
import { asBochsPrints, asQemuPrints, type Difference, unused } from './differences.ts';

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
  /** Lines that follow from the manuals and have to be there; if neither QEMU nor Bochs judges, all of them. */
  lines?: readonly string[];
  /** QEMU's processor, where its own cannot be compared with. */
  cpu?: string;
  /** Why QEMU cannot judge this guest. */
  withoutQemu?: string;
  /** Bochs judges too; a kernel is a boot sector then. */
  inBochs?: boolean;
  /** Bochs' name for its processor, where its own lacks something. */
  bochsModel?: string;
  /** Lines on which Bochs is known to depart from the manuals. */
  bochsDifferences?: readonly Difference[];
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

/** How a guest comes into a machine. */
interface Guest {
  start: (machine: Machine) => void;
  /** QEMU's side of it. */
  boot: Pick<Boot, 'kernel' | 'disk'>;
  /** The same guest as a boot sector. */
  sector?: () => Guest;
}
function kernelGuest(name: string, folder: string): Guest {
  const path = assemble(name, folder);
  const file = readFileSync(path);
  return {
    start: (machine) => machine.loadKernel(file, { protocol: 'pvh' }),
    boot: { kernel: path },
    sector: () => sectorGuest(name, folder, assembleWideSector(name, folder)),
  };
}
function sectorGuest(name: string, folder: string, path = assembleSector(name, folder)): Guest {
  const image = readFileSync(path);
  // The machine wants a kernel; what it would do is replaced at once, after every reset.
  const anyKernel = readFileSync(assemble('triple-fault', folder));
  const start = (machine: Machine) => {
    machine.loadKernel(anyKernel, { protocol: 'pvh' });
    startAtSector(machine, image);
    machine.reset = () => start(machine);
  };
  return { start, boot: { disk: path } };
}

/** A machine with the guest at its entry point; `lines` fills as it prints. */
async function machineWith(guest: Guest, engine: EngineName): Promise<{ machine: Machine; text: () => string }> {
  const bytes: number[] = [];
  const machine = await Machine.create({
    engine,
    memoryMiB: MEMORY_MIB,
    serial: (byte) => bytes.push(byte),
    debugExit: { port: 0xf4, size: 4 },
  });
  guest.start(machine);
  return { machine, text: () => String.fromCharCode(...bytes) };
}
function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== '');
}
async function run(guest: Guest, engine: EngineName, slices: readonly number[]): Promise<Run> {
  const { machine, text } = await machineWith(guest, engine);
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

/** Runs a kernel on every engine, sliced and in lockstep, and on QEMU. */
export function testGuest(name: string, options: GuestTest = {}): void {
  testBooted(name, kernelGuest, options);
}
/** Likewise, for a guest that starts as a boot sector in real mode. */
export function testSector(name: string, options: GuestTest = {}): void {
  testBooted(name, sectorGuest, options);
}
function testBooted(
  name: string,
  make: (name: string, folder: string) => Guest,
  { differences = [], end, lines = [], cpu, withoutQemu, inBochs, bochsModel, bochsDifferences = [] }: GuestTest,
): void {
  describeWith(['qemu', 'binutils'], `guest ${name}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'guest-'));
    afterAll(() => rmSync(folder, { recursive: true }));
    let guest: Guest;
    beforeAll(() => {
      guest = make(name, folder);
    });
    const expectedEnd = end ?? `debug-exit ${DONE}`;

    test('goes the same way on every engine and prints what QEMU prints, but for the known differences', async () => {
      const runs = await Promise.all(ENGINES.map((engine) => machineWith(guest, engine)));
      expect(new Lockstep(runs.map(({ machine }) => machine)).run(LIMIT)).toBeNull();
      const ours = runs.map(({ machine, text }) => ({ lines: linesOf(text()), end: describeEnd(machine.end) }));
      for (const { end } of ours) expect(end.startsWith(expectedEnd) ? expectedEnd : end).toBe(expectedEnd);
      if (withoutQemu) {
        for (const printed of ours) expect(printed.lines).toEqual(inBochs ? expect.arrayContaining([...lines]) : lines);
        return;
      }
      const theirs = await boot({ ...guest.boot, memoryMiB: MEMORY_MIB, cpu, debugExit: end === undefined });
      for (const printed of ours) {
        expect(printed.lines.map((line) => asQemuPrints(line, differences))).toEqual(linesOf(theirs.serial));
        expect(printed.lines).toEqual(expect.arrayContaining([...lines]));
        expect(unused(printed.lines, differences)).toEqual([]);
      }
      expect(describeEnd(theirs.end)).toBe(expectedEnd);
    });
    if (inBochs)
      describeWith(['bochs'], 'in Bochs', () => {
        test('prints what Bochs prints', async () => {
          const sector = guest.sector?.() ?? guest;
          const ours = await run(sector, 'interpreter', [LIMIT]);
          const theirs = await bootInBochs({
            medium: { disk: diskForBochs(sector.boot.disk!) },
            memoryMiB: MEMORY_MIB,
            breakpoint: END_OF_SECTOR_GUEST,
            ...(bochsModel && { model: bochsModel }),
          });
          expect(ours.lines.map((line) => asBochsPrints(line, bochsDifferences))).toEqual(linesOf(theirs.serial));
          expect(unused(ours.lines, bochsDifferences, asBochsPrints)).toEqual([]);
        });
      });
    test('goes the same way in slices of any size', async () => {
      const whole = outcome(await run(guest, 'interpreter', [LIMIT]));
      expect(outcome(await run(guest, 'interpreter', SLICES))).toEqual(whole);
    });
  });
}
