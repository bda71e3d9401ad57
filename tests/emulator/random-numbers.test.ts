/** RDRAND and RDSEED: numbers that repeat from run to run, by the published generator. */
import { describe, expect, test } from 'vitest';
import { ARITHMETIC, CF, IF } from '../../src/emulator/cpu/flags.ts';
import { CODE } from '../cpu/layout.ts';
import { createMachine, type Engine } from '../cpu/session.ts';

/** SplitMix64's first numbers from the seed 0, as its author's program prints them. */
const NUMBERS = [0xe220a8397b1dcdafn, 0x6e789e6aa1b965f4n, 0x06c45d188009454fn, 0xf88bb8a8724c81ecn];
const ALL = (1n << 64n) - 1n;

/** RAX after an instruction that writes a register of one width to it. */
async function run(engine: Engine, instructions: number[][]): Promise<{ rax: bigint; rflags: number }[]> {
  const machine = await createMachine(engine);
  return instructions.map((bytes) => {
    const code = Uint8Array.from(bytes);
    const gpr = Array.from({ length: 16 }, () => ALL);
    const c = { mode: 64 as const, rip: CODE, code, gpr, rflags: 2 | IF | ARITHMETIC, patches: [], fpu: null };
    const { vector, gpr: after, rflags } = machine.execute(c, 'run');
    expect(vector).toBe(3);
    return { rax: after[0] as bigint, rflags };
  });
}

describe.each(['reference', 'interpreter'] as const)('random numbers of the %s', (engine) => {
  test('are the same in every run, from one generator', async () => {
    const rdrand = [0x48, 0x0f, 0xc7, 0xf0];
    const rdseed = [0x48, 0x0f, 0xc7, 0xf8];
    const found = await run(engine, [rdrand, rdseed, rdrand, rdseed]);
    expect(found.map(({ rax }) => rax)).toEqual(NUMBERS);
  });
  test('fill registers of 16 and 32 bits; CF alone is set', async () => {
    const found = await run(engine, [
      [0x66, 0x0f, 0xc7, 0xf0],
      [0x0f, 0xc7, 0xf8],
    ]);
    expect(found[0]?.rax).toBe((ALL & ~0xffffn) | ((NUMBERS[0] as bigint) & 0xffffn));
    expect(found[1]?.rax).toBe((NUMBERS[1] as bigint) & 0xffffffffn);
    for (const { rflags } of found) expect(rflags & ARITHMETIC).toBe(CF);
  });
});
