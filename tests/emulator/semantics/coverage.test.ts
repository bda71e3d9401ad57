import { describe, expect, test } from 'vitest';
import { hasHelper } from '../../../src/emulator/helpers/index.ts';
import { MNEMONICS } from '../../../src/emulator/isa/mnemonics.ts';
import { DEFINITIONS } from '../../../src/emulator/semantics/index.ts';

/** Where one mnemonic has several descriptions, all but the first are named after their operands. */
const OF_SEVERAL: Record<string, string> = {
  'bt.string': 'bt',
  'bts.string': 'bts',
  'btr.string': 'btr',
  'btc.string': 'btc',
  'jmp.indirect': 'jmp',
  'call.indirect': 'call',
  'ret.release': 'ret',
  imul2: 'imul',
  imul3: 'imul',
};

describe('coverage of the instruction set', () => {
  test('every instruction that decodes can be carried out', () => {
    const absent = MNEMONICS.filter((mnemonic) => !DEFINITIONS.has(mnemonic) && !hasHelper(mnemonic));
    expect(absent).toEqual([]);
  });
  test('every description is of an instruction that decodes', () => {
    const named = [...DEFINITIONS.keys()].map((name) => OF_SEVERAL[name] ?? name);
    expect(named.filter((name) => !MNEMONICS.includes(name))).toEqual([]);
    expect(Object.keys(OF_SEVERAL).filter((name) => !DEFINITIONS.has(name))).toEqual([]);
  });
});
