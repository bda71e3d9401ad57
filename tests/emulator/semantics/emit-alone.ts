/** Emits the handler of one variant into a function of its own, to see whether the emitter takes it and WebAssembly does. */
import { type Frame, InterpreterEmitter } from '../../../src/emulator/engine/interpreter-emitter.ts';
import type { Variant } from '../../../src/emulator/engine/variants.ts';
import type { Emitter } from '../../../src/emulator/semantics/index.ts';
import type { I32, I64 } from '../../../src/emulator/wasm/expression.ts';
import { FunctionBuilder } from '../../../src/emulator/wasm/function-builder.ts';
import { ModuleBuilder } from '../../../src/emulator/wasm/module-builder.ts';

/** @returns a module with that handler alone. @throws Error where the emitter refuses the description */
export function emitAlone(variant: Variant): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  const imports = {
    translate: module.importFunction('translate', { parameters: ['i64', 'i32', 'i32', 'i32'], results: ['i32'] }),
    translateStore: module.importFunction('translateStore', {
      parameters: ['i64', 'i32', 'i32', 'i32'],
      results: ['i32'],
    }),
    commitStore: module.importFunction('commitStore', { parameters: [], results: [] }),
    raise: module.importFunction('raise', { parameters: ['i32', 'i32', 'i32'], results: [] }),
    packFlags: module.importFunction('packFlags', { parameters: [], results: ['i32'] }),
  };
  const f = new FunctionBuilder(['i32', 'i32']);
  const dispatch = f.loop();
  const leave = f.block();
  const frame: Frame = {
    f,
    record: f.parameter(0) as Frame['record'],
    budget: f.parameter(1) as Frame['budget'],
    target: f.local<I64>('i64'),
    linkSlot: f.local<I32>('i32'),
    dispatch,
    leave,
    imports,
  };
  const emitter = new InterpreterEmitter(frame, variant);
  variant.definition.describe(emitter);
  emitter.finish();
  f.end();
  f.return(frame.budget.value);
  f.end();
  f.unreachable();
  module.addFunction({ parameters: ['i32', 'i32'], results: ['i32'] }, f.body(), 'enter');
  return module.build();
}

/** A description made up for a test, with two operands of 64 bits. */
export function variantOf(describe: (e: Emitter) => void, form = 'mr'): Variant {
  const definition = { mnemonic: 'made-up', widths: [64], forms: [form], describe } as const;
  return {
    key: 'made-up',
    definition,
    width: 64,
    sourceWidth: 64,
    form,
    stackWidth: 64,
    conditionCode: 4,
    repeat: 'rep',
  };
}
