import { describe, expect, test } from 'vitest';
import { FlagKind } from '../../../src/emulator/cpu/flags.ts';
import { MXCSR, RAX, RCX, RSI } from '../../../src/emulator/cpu/layout.ts';
import { buildInterpreterModule } from '../../../src/emulator/engine/interpreter-module.ts';
import { allVariants } from '../../../src/emulator/engine/variants.ts';
import { DEFINITIONS, type Emitter } from '../../../src/emulator/semantics/index.ts';
import { i32, i64 } from '../../../src/emulator/wasm/expression.ts';
import { v128 } from '../../../src/emulator/wasm/vector.ts';
import { emitAlone, variantOf } from './emit-alone.ts';

const ADDRESS = i64(0x1000n);
const ONE = i64(1n);

/** Architectural writes, each in its own way. */
const WRITES: Record<string, (e: Emitter) => void> = {
  'an operand in a register': (e) => e.write(1, ONE),
  'an operand in memory': (e) => e.write(0, ONE),
  'a register': (e) => e.setRegister(RAX, ONE, 64),
  'the stack pointer': (e) => e.setStackPointer(ONE),
  'a pointer of a string instruction': (e) => e.setStringPointer(RSI, ONE),
  'a vector operand': (e) => e.writeVector(0, v128(1n)),
  'a part of a vector register': (e) => e.writeLow(1, ONE, 64),
  'other state': (e) => e.setState32(MXCSR, i32(0)),
  'memory at a place': (e) => e.store(e.place(64, ADDRESS), ONE),
  'lazy flags': (e) => e.setFlags(FlagKind.ADD, ONE, ONE, ONE),
  'flags of a result': (e) => e.setResultFlags(ONE, i32(0), i32(0), i32(0)),
  'CF and OF': (e) => e.setCarryOverflow(i32(1), i32(0)),
  'packed flags': (e) => e.setPackedFlags(i32(1)),
  'the direction flag': (e) => e.setDirection(1),
  'a register under a condition': (e) => e.when(e.condition(4), () => e.setRegister(RCX, ONE, 64)),
  'a register under the other condition': (e) =>
    e.when(
      e.condition(4),
      () => {},
      () => e.setRegister(RCX, ONE, 64),
    ),
};
/** All that can fault. */
const FAULTS: Record<string, (e: Emitter) => void> = {
  'reads its operand': (e) => e.read(0),
  'reads and modifies its operand': (e) => e.modify(0),
  'writes its operand without having modified it': (e) => e.write(0, ONE),
  'reads a vector operand': (e) => e.readVector(0),
  'writes a vector operand': (e) => e.writeVector(0, v128(1n)),
  loads: (e) => e.load(32, ADDRESS),
  'looks for a place': (e) => e.place(16, ADDRESS),
  raises: (e) => e.raise(0),
  'raises under a condition': (e) => e.when(e.carry(), () => e.raise(0)),
  delegates: (e) => e.delegate(),
  'jumps to a computed address': (e) => e.jumpTo(ADDRESS, () => {}),
};
const PAIRS = Object.entries(WRITES).flatMap(([written, write]) =>
  Object.entries(FAULTS).map(([faults, fault]) => ({ written, write, faults, fault })),
);

describe('descriptions', () => {
  test.each(PAIRS)('one that writes $written and then $faults is refused', ({ write, fault }) => {
    const defective = variantOf((e) => {
      write(e);
      fault(e);
    });
    expect(() => emitAlone(defective)).toThrow('may fault after an architectural write');
  });
  // Writing an operand that was not modified is itself a write.
  test.each(PAIRS.filter(({ faults }) => !faults.startsWith('writes')))(
    'one that $faults and then writes $written is taken',
    ({ write, fault }) => {
      const bytes = emitAlone(
        variantOf((e) => {
          e.modify(0);
          fault(e);
          write(e);
        }),
      );
      expect(WebAssembly.validate(bytes)).toBe(true);
    },
  );

  test.each([...DEFINITIONS.keys()])('%s: every variant is a handler that WebAssembly takes', (mnemonic) => {
    const variants = allVariants().filter(({ definition }) => definition.mnemonic === mnemonic);
    expect(variants.length).toBeGreaterThan(0);
    for (const variant of variants) expect(WebAssembly.validate(emitAlone(variant)), variant.key).toBe(true);
  });
  test('all together are the interpreter', () => {
    const { bytes, handlers } = buildInterpreterModule();
    expect(WebAssembly.validate(bytes)).toBe(true);
    const keys = allVariants().map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.filter((key) => !handlers.has(key))).toEqual([]);
  });
});
