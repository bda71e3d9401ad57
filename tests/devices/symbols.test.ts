import { expect, test } from 'vitest';
import { SymbolTable } from '../../src/emulator/debug/symbols.ts';

test('an address is named by the function that holds it', () => {
  const table = new SymbolTable([
    { name: 'late', address: 0xffffffff80000000n, size: 0x10 },
    { name: 'start', address: 0x100000n, size: 0 },
    { name: 'main', address: 0x100040n, size: 0x20 },
  ]);
  const names: [bigint, string | undefined][] = [
    [0xfffffn, undefined],
    [0x100000n, 'start'],
    [0x10003fn, 'start+0x3f'],
    [0x100040n, 'main'],
    [0x10005fn, 'main+0x1f'],
    [0x100060n, undefined],
    [0xffffffff8000000fn, 'late+0xf'],
    [0xffffffff80000010n, undefined],
  ];
  for (const [address, name] of names) expect(table.name(address)).toBe(name);
  expect(new SymbolTable([]).name(0n)).toBeUndefined();
});
