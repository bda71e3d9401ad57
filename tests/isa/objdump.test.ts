import { expect, test } from 'vitest';
import type { CodeSize } from '../../src/emulator/isa/instruction.ts';
import { describeWith } from '../support/environment.ts';
import { DIVERGENCES } from './divergences.ts';
import { everyOpcode, everyVexOpcode, randomBytes, randomNumbers } from './generate.ts';
import { compare, disassemble, show } from './objdump.ts';

/** ISA_SEED repeats a run. */
const SEED = Number(process.env.ISA_SEED ?? Date.now() % 2 ** 31);
const CODE_SIZES: readonly CodeSize[] = [16, 32, 64];
/** Below 64 KiB, where addresses of 16-bit code end. */
const RANDOM_BYTES = 60_000;

describeWith(['binutils'], 'beside objdump', () => {
  console.log(`random instructions: ISA_SEED=${SEED}`);

  test.each(CODE_SIZES)('every opcode in %i-bit code', (codeSize) => {
    const comparison = compare(everyOpcode(randomNumbers(SEED + codeSize), codeSize), 0x1000n, codeSize);
    expect(show(comparison)).toEqual([]);
    expect(comparison.agreed).toBeGreaterThan(25_000);
  });

  test.each(CODE_SIZES)('every opcode with a VEX prefix in %i-bit code', (codeSize) => {
    const code = everyVexOpcode(randomNumbers(SEED + codeSize), codeSize);
    const comparison = compare(code, 0x1000n, codeSize);
    expect(show(comparison)).toEqual([]);
    const met = new Set(disassemble(code, 0x1000n, codeSize).map(({ text }) => text.split(' ')[0]));
    const names = 'andn bextr blsi blsmsk blsr bzhi mulx pdep pext rorx sarx shlx shrx'.split(' ');
    expect(names.filter((name) => !met.has(name))).toEqual([]);
  });

  test.each(CODE_SIZES)('random bytes as %i-bit code', (codeSize) => {
    const comparison = compare(randomBytes(randomNumbers(SEED + codeSize), RANDOM_BYTES), 0n, codeSize);
    expect(show(comparison)).toEqual([]);
    expect(comparison.agreed).toBeGreaterThan(RANDOM_BYTES / 4);
  });

  test('every known difference has a name of its own', () => {
    const names = DIVERGENCES.map((d) => d.name);
    expect(new Set(names).size).toBe(names.length);
  });
});
