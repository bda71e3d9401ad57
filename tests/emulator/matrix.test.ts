/**
 * Which accesses pages allow: a guest tries every access through every combination of rights, at each level of each paging mode
 * and under each setting, and its results are held against a model of the manual's rules, and against Bochs.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EngineName, Machine } from '../../src/emulator/machine.ts';
import { bootInBochs } from '../support/bochs.ts';
import { describeWith } from '../support/environment.ts';
import { assembleWideSector, diskForBochs, END_OF_SECTOR_GUEST, startAtSector } from './support/boot-sector.ts';
import { assemble } from './support/guest.ts';

/** As in the guests. */
const RESULTS = 0x900000;
const ONLY = 0x8ffff0;
const MEMORY_MIB = 16;
const LIMIT = 20_000_000;
/** The last Bochs knows to have SMEP, SMAP and all else. */
const BOCHS_MODEL = 'corei7_icelake_u';
const NO_FAULT = 0xff;
/** Bits of `Setting`: all with NXE, and two without. */
const SETTINGS = [0x02, 0x03, 0x06, 0x07, 0x0a, 0x0b, 0x0e, 0x0f, 0x1a, 0x1b, 0x1e, 0x1f, 0x01, 0x05];

interface Setting {
  wp: boolean;
  nxe: boolean;
  smep: boolean;
  smap: boolean;
  ac: boolean;
}
const setting = (bits: number): Setting => ({
  wp: (bits & 1) !== 0,
  nxe: (bits & 2) !== 0,
  smep: (bits & 4) !== 0,
  smap: (bits & 8) !== 0,
  ac: (bits & 16) !== 0,
});
interface Access {
  write: boolean;
  fetch: boolean;
  user: boolean;
  /** Made by the processor itself (Intel SDM volume 3, section 4.6.1). */
  implicit: boolean;
}
/** One of the ten that a guest tries, as the accesses that it consists of. */
const access = (kind: Partial<Access>): Access => ({
  write: false,
  fetch: false,
  user: false,
  implicit: false,
  ...kind,
});
const READ = access({});
const IMPLICIT_READ = access({ implicit: true });
const IMPLICIT_WRITE = access({ implicit: true, write: true });
const TRIED: readonly (readonly Access[])[] = [
  [READ],
  [access({ write: true })],
  [access({ fetch: true })],
  [access({ user: true })],
  [access({ user: true, write: true })],
  [access({ user: true, fetch: true })],
  // A descriptor is read, and marked accessed; at level 0, and at level 3.
  [IMPLICIT_READ],
  [IMPLICIT_READ, IMPLICIT_WRITE],
  [IMPLICIT_READ],
  [IMPLICIT_READ, IMPLICIT_WRITE],
];

/** A paging mode with pages of one size: how many levels have rights, and which. */
interface Mode {
  levels: number;
  hasNx: boolean;
}

/** Intel SDM volume 3, section 4.6 (access rights) and 4.7 (error codes): the error code, or `null`. */
function fault(
  mode: Mode,
  s: Setting,
  rights: readonly number[],
  { write, fetch, user, implicit }: Access,
): number | null {
  const allUser = rights.every((bits) => bits & 1);
  const allWritable = rights.every((bits) => bits & 2);
  const anyNx = mode.hasNx && rights.some((bits) => bits & 4);
  const isReserved = anyNx && !s.nxe;
  const refuses = user
    ? !allUser || (write && !allWritable) || (fetch && anyNx)
    : (write && s.wp && !allWritable) ||
      (fetch && (anyNx || (s.smep && allUser))) ||
      (!fetch && s.smap && allUser && (implicit || !s.ac));
  if (!isReserved && !refuses) return null;
  const tellsFetch = fetch && ((mode.hasNx && s.nxe) || s.smep);
  return 1 | (write ? 2 : 0) | (user ? 4 : 0) | (isReserved ? 8 : 0) | (tellsFetch ? 16 : 0);
}
/** Error code and marks (section 4.8) of a tried access. */
function outcome(mode: Mode, s: Setting, rights: readonly number[], tried: readonly Access[]): [number, number] {
  let marks = 0;
  for (const each of tried) {
    const code = fault(mode, s, rights, each);
    if (code !== null) return [code, marks];
    marks |= (1 << mode.levels) - 1;
    if (each.write) marks |= 0x80;
  }
  return [NO_FAULT, marks];
}

/** Names and expected results, in the guest's order. */
function* expected(
  modes: readonly Mode[],
  settings: readonly number[],
): Generator<{ name: string; result: [number, number] }> {
  for (const bits of settings)
    for (const mode of modes)
      for (let level = 0; level < mode.levels; level++)
        for (let varied = 0; varied < 8; varied++)
          for (const [n, tried] of TRIED.entries()) {
            const rights = Array.from({ length: mode.levels }, (_, i) => (i === level ? varied : 3));
            const name = `setting ${bits.toString(16)}, ${mode.levels} levels, rights ${varied} at ${level}, access ${n}`;
            yield { name, result: outcome(mode, setting(bits), rights, tried) };
          }
}

interface Matrix {
  guest: string;
  modes: readonly Mode[];
}
function testMatrix({ guest, modes }: Matrix): void {
  const settings = SETTINGS;
  describeWith(['binutils'], `the permission matrix of ${guest}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'matrix-'));
    afterAll(() => rmSync(folder, { recursive: true }));
    let path = '';
    beforeAll(() => {
      path = assembleWideSector(guest, folder);
    });
    const all = [...expected(modes, settings)];
    const perSetting = all.length / settings.length;
    const compare = (memory: Uint8Array, cases: typeof all) => {
      const found = cases.flatMap(({ name, result: [code, marks] }, i) => {
        const [ours, ourMarks] = [memory[2 * i]!, memory[2 * i + 1]!];
        const show = (a: number, b: number) => `${a.toString(16)}, marks ${b.toString(16)}`;
        return ours === code && ourMarks === marks
          ? []
          : [`${name}: ${show(ours, ourMarks)} instead of ${show(code, marks)}`];
      });
      expect(found.slice(0, 20)).toEqual([]);
    };
    const run = async (engine: EngineName, only: number): Promise<Uint8Array> => {
      const machine = await Machine.create({ engine, memoryMiB: MEMORY_MIB, debugExit: { port: 0xf4, size: 4 } });
      machine.loadKernel(readFileSync(assemble('triple-fault', folder)), { protocol: 'pvh' });
      startAtSector(machine, readFileSync(path));
      machine.memory.view.setUint32(ONLY, only, true);
      while (!machine.end && machine.time < LIMIT) machine.run(LIMIT);
      expect(machine.end?.kind).toBe('debug-exit');
      return machine.memory.read(RESULTS, all.length * 2);
    };

    test('is the manual’s on the interpreter', async () => {
      compare(await run('interpreter', 0), all);
    });
    test.each([...settings.keys()].filter((n) => n % 4 === 3))(
      'is the manual’s on the reference, setting %i',
      async (n) => {
        compare(await run('reference', n + 1), all.slice(n * perSetting, (n + 1) * perSetting));
      },
    );
    describeWith(['bochs'], 'in Bochs', () => {
      test('is the manual’s but for what the processor accesses itself with SMAP and RFLAGS.AC', async () => {
        const { memory } = await bootInBochs({
          medium: { disk: diskForBochs(path) },
          memoryMiB: MEMORY_MIB,
          breakpoint: END_OF_SECTOR_GUEST,
          model: BOCHS_MODEL,
          dump: { address: RESULTS, length: all.length * 2 },
        });
        // Bochs lets RFLAGS.AC open the user's pages to those too.
        compare(
          memory,
          settings.flatMap((bits) => [...expected(modes, [(bits & 0x18) === 0x18 ? bits & ~0x18 : bits])]),
        );
      });
    });
  });
}

testMatrix({
  guest: 'matrix64',
  modes: [4, 3, 2].map((levels) => ({ levels, hasNx: true })),
});
testMatrix({
  guest: 'matrix32',
  modes: [
    { levels: 2, hasNx: true },
    { levels: 1, hasNx: true },
    { levels: 2, hasNx: false },
    { levels: 1, hasNx: false },
  ],
});
