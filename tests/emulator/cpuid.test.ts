/** CPUID announces what works, and nothing else: each bit of the general-purpose set beside the instruction that it stands for. */
import { describe, expect, test } from 'vitest';
import { IF } from '../../src/emulator/cpu/flags.ts';
import { cpuid, type Leaf } from '../../src/emulator/helpers/cpuid.ts';
import * as L from '../cpu/layout.ts';
import { createMachine } from '../cpu/session.ts';

const EBX = 1;
const ECX = 2;
const EDX = 3;

/** Leaf, register and bit, and an instruction (on memory at rdi, or on registers) that is undefined without the feature. */
const FEATURES: Record<string, [leaf: number, register: number, bit: number, code: string]> = {
  cmpxchg8b: [1, EDX, 8, '0f c7 0f'],
  cmov: [1, EDX, 15, '0f 44 c1'],
  clflush: [1, EDX, 19, '0f ae 3f'],
  rdtsc: [1, EDX, 4, '0f 31'],
  cmpxchg16b: [1, ECX, 13, '48 0f c7 0f'],
  movbe: [1, ECX, 22, '0f 38 f0 07'],
  popcnt: [1, ECX, 23, 'f3 0f b8 c1'],
  rdrand: [1, ECX, 30, '0f c7 f0'],
  bmi1: [7, EBX, 3, 'c4 e2 60 f2 c1'],
  bmi2: [7, EBX, 8, 'c4 e2 60 f5 c1'],
  rdseed: [7, EBX, 18, '0f c7 f8'],
  adx: [7, EBX, 19, '66 0f 38 f6 c1'],
  clflushopt: [7, EBX, 23, '66 0f ae 3f'],
  clwb: [7, EBX, 24, '66 0f ae 37'],
  rdpid: [7, ECX, 22, 'f3 0f c7 f8'],
  fpu: [1, EDX, 0, 'd9 e8'],
  fxsr: [1, EDX, 24, '0f ae 07'],
  xsave: [1, ECX, 26, '0f ae 27'],
  rdtscp: [0x80000001, EDX, 27, '0f 01 f9'],
  prefetchw: [0x80000001, ECX, 8, '0f 0d 0f'],
  lahf: [0x80000001, ECX, 0, '9f'],
  // Of features that are not there.
  monitor: [1, ECX, 3, '0f 01 c8'],
  avx: [1, ECX, 28, 'c5 f8 58 c1'],
  rtm: [7, EBX, 11, 'c7 f8 00 00 00 00'],
  serialize: [7, EDX, 14, '0f 01 e8'],
  movdiri: [7, ECX, 27, '0f 38 f9 07'],
};
const UNDEFINED = 6;

describe('CPUID', () => {
  test.each(Object.entries(FEATURES))('%s is announced if it works', async (_, [leaf, register, bit, text]) => {
    const machine = await createMachine('reference');
    const code = Uint8Array.from(text.split(' '), (byte) => Number.parseInt(byte, 16));
    const gpr = Array.from({ length: 16 }, () => BigInt(L.DATA + 0x800));
    const { vector } = machine.execute(
      { mode: 64, rip: L.CODE, code, gpr, rflags: 2 | IF, patches: [], fpu: null },
      'step',
    );
    const isAnnounced = ((cpuid(leaf, 0, true)[register]! >> bit) & 1) === 1;
    expect(vector).toBe(isAnnounced ? 3 : UNDEFINED);
  });

  const NOTHING: Leaf = [0, 0, 0, 0];
  test('has no performance counters, no cache, no topology: those leaves are zero or beyond the last', () => {
    const [last] = cpuid(0, 0, true);
    expect(last).toBeGreaterThanOrEqual(7);
    for (const leaf of [3, 4, 5, 6, 0xa, 0xb, 0x14, 0x1f, 0x40000000]) expect(cpuid(leaf, 0, true)).toEqual(NOTHING);
    // SDM volume 2, CPUID: the low byte of leaf 2 is 1 always, and descriptors of zero tell nothing.
    expect(cpuid(2, 0, true)).toEqual([1, 0, 0, 0]);
    expect(cpuid(7, 1, true)).toEqual(NOTHING);
  });
  test('tells the lines of CLFLUSH in eights of bytes, and one logical processor', () => {
    const ebx = cpuid(1, 0, true)[EBX]!;
    expect((ebx >> 8) & 0xff).toBe(8);
    expect((ebx >> 16) & 0xff).toBe(1);
  });
});
