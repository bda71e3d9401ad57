/** The table of live entries against one whose sets are all kept whole. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LiveTable } from '../../src/emulator/engine/live-table.ts';

const ENTRIES = 8;
const AT = 16;
const BYTES = 16;

type Step = { use: number; value: number } | { select: number } | { clear: true } | { forget: true };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ use: fc.nat(ENTRIES - 1), value: fc.nat(1000) }) },
  { weight: 4, arbitrary: fc.record({ select: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.constant<Step>({ clear: true }) },
  { weight: 1, arbitrary: fc.constant<Step>({ forget: true }) },
);

test('entries come back with their key, and are gone after clearing', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const memory = new Int32Array(AT / 4 + (ENTRIES * BYTES) / 4);
      const empty = (index: number) => (index === ENTRIES - 1 ? 0 : -1);
      const table = new LiveTable(memory.buffer, { at: AT, entries: ENTRIES, bytes: BYTES }, empty);
      let sets = new Map<number, Map<number, number>>();
      let key = 0;
      const current = () => sets.get(key) ?? sets.set(key, new Map()).get(key)!;
      for (const each of steps) {
        if ('use' in each) {
          memory.fill(each.value, table.use(each.use) / 4, table.use(each.use) / 4 + BYTES / 4);
          current().set(each.use, each.value);
        } else if ('select' in each) {
          table.select(each.select);
          key = each.select;
        } else if ('clear' in each) {
          table.clear();
          sets = new Map();
        } else {
          table.forgetAside();
          sets = new Map([[key, current()]]);
        }
        const expected = Array.from({ length: ENTRIES }, (_, index) => {
          const value = current().get(index);
          return value === undefined ? [empty(index), empty(index), -1, -1] : new Array(4).fill(value);
        });
        expect([...memory.subarray(AT / 4)]).toEqual(expected.flat());
      }
    }),
  );
});
