/** The comparison sees what it must, and lets pass what the manual leaves open. */
import { describe, expect, it } from 'vitest';
import { AF, CF, OF } from '../../src/emulator/cpu/flags.ts';
import { differences, leniencyOf } from './compare.ts';
import { FORMS } from './forms.ts';
import { type GeneratedCase, generate, generatorOptions } from './generate.ts';
import { CODE, DATA, Selector } from './layout.ts';
import type { Outcome } from './native.ts';

const HOST = { fs64: true, intel: true, low: true, avoidSplitLocks: false };
const SEED = Math.floor(Math.random() * 2 ** 32);

/** Some case of a form, with an outcome as if it had completed. */
function caseOf(text: string): { c: GeneratedCase; host: Outcome } {
  const forms = FORMS.filter((form) => form.text === text);
  const options = generatorOptions(forms, [64], HOST);
  const c = generate(SEED, 0, options);
  const selectors = [0x2b, Selector.USER_CS, 0x2b, 0x2b, 0, 0];
  const rip = BigInt(CODE + 0x10);
  return {
    c,
    host: { vector: 3, errorCode: 0, cr2: 0n, rip, gpr: [...c.gpr], rflags: 2, selectors, changes: [], fpu: null },
  };
}

function found(text: string, change: (o: Outcome) => Outcome): string[] {
  const { c, host } = caseOf(text);
  return differences(c, leniencyOf(c, host, host), host, change(host));
}

describe(`comparing outcomes, seed ${SEED}`, () => {
  it('finds nothing between equals', () => {
    expect(found('add 01 /r', (o) => ({ ...o }))).toEqual([]);
  });
  it.each([
    ['a register', (o: Outcome) => ({ ...o, gpr: o.gpr.map((value, i) => (i === 9 ? value ^ 1n : value)) }), /^r9: /],
    ['a flag', (o: Outcome) => ({ ...o, rflags: o.rflags ^ AF }), /^rflags: /],
    ['rip', (o: Outcome) => ({ ...o, rip: o.rip + 1n }), /^rip: /],
    ['an exception', (o: Outcome) => ({ ...o, vector: 13 }), /^exception: host none, emulator #GP/],
    ['a selector', (o: Outcome) => ({ ...o, selectors: [0x2b, 0x33, 0x2b, 0x2b, 0x2b, 0] }), /^fs: /],
    ['memory', (o: Outcome) => ({ ...o, changes: [{ address: DATA, value: 1n }] }), /^memory at /],
  ])('sees %s that differs', (_, change, text) => {
    expect(found('add 01 /r', change)).toEqual([expect.stringMatching(text)]);
  });
  it('sees a page fault at another address or for another reason', () => {
    const { c, host } = caseOf('mov 8b /r');
    const fault = { ...host, vector: 14, errorCode: 4, cr2: 0x1000n, rip: BigInt(c.rip) };
    const compare = (emulated: Outcome) => differences(c, leniencyOf(c, fault, fault), fault, emulated).length;
    expect(compare(fault)).toBe(0);
    expect(compare({ ...fault, cr2: 0x1001n })).toBe(1);
    expect(compare({ ...fault, errorCode: 6 })).toBe(1);
  });
  it('masks an undefined flag, and no other', () => {
    expect(found('and 21 /r', (o) => ({ ...o, rflags: o.rflags ^ AF }))).toEqual([]);
    expect(found('and 21 /r', (o) => ({ ...o, rflags: o.rflags ^ CF }))).toHaveLength(1);
    expect(found('shl d1 /4', (o) => ({ ...o, rflags: o.rflags ^ OF }))).toHaveLength(1);
  });
  it('makes the same case of the same number', () => {
    const options = generatorOptions(FORMS, [64, 32], HOST);
    for (let number = 0; number < 200; number++)
      expect(generate(SEED, number, options)).toEqual(generate(SEED, number, options));
  });
});
