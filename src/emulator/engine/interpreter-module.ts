/**
 * Builds the interpreter: one WebAssembly function that dispatches over decoded records by `br_table`.
 *
 * One function with all handlers is about twice as fast as a function a handler: the record, the budget and the
 * dispatch stay in registers.
 */
import * as L from '../cpu/layout.ts';
import { type I32, type I64, i32 } from '../wasm/expression.ts';
import { FunctionBuilder, type Label, load32, load64 } from '../wasm/function-builder.ts';
import { ModuleBuilder } from '../wasm/module-builder.ts';
import { EXIT, type Frame, type ImportedFunctions, InterpreterEmitter, jumpCacheEntry } from './interpreter-emitter.ts';
import { packFlagsBody, translateStoreBody } from './interpreter-functions.ts';
import * as R from './record.ts';
import { allVariants, type Variant } from './variants.ts';

/** Steps of the engine's own. They are no instructions and do not count. */
export const STEPS = [
  'stop',
  'dropped',
  'goto',
  'through-cache',
  'delegate',
  'address64',
  'address32',
  'segmented-address',
  'slow-address',
  // A vector of so many bits at an address of 64 bits, or of 32.
  'load16.m',
  'load16.w',
  'load32.m',
  'load32.w',
  'load64.m',
  'load64.w',
  'load128.m',
  'load128.w',
  // For mmx registers, where an x87 exception that is pending comes first.
  'mmx-load32.m',
  'mmx-load32.w',
  'mmx-load64.m',
  'mmx-load64.w',
] as const;
export type Step = (typeof STEPS)[number];

export interface InterpreterModule {
  bytes: Uint8Array<ArrayBuffer>;
  /** Handler index of each step and variant. */
  handlers: ReadonlyMap<string, number>;
  /** Variants that write their memory operand. */
  writers: ReadonlySet<string>;
}

export function buildInterpreterModule(): InterpreterModule {
  const module = new ModuleBuilder();
  const imports: ImportedFunctions & { slowAddress: number } = {
    translate: module.importFunction('translate', { parameters: ['i64', 'i32', 'i32', 'i32'], results: ['i32'] }),
    commitStore: module.importFunction('commitStore', { parameters: [], results: [] }),
    raise: module.importFunction('raise', { parameters: ['i32', 'i32', 'i32'], results: [] }),
    slowAddress: module.importFunction('slowAddress', { parameters: ['i32', 'i32'], results: [] }),
    packFlags: 0,
    translateStore: 0,
  };
  imports.packFlags = module.addFunction({ parameters: [], results: ['i32'] }, packFlagsBody());
  imports.translateStore = module.addFunction(
    { parameters: ['i64', 'i32', 'i32', 'i32'], results: ['i32'] },
    translateStoreBody(imports.translate),
  );

  const variants = allVariants();
  const handlers = new Map<string, number>();
  for (const name of [...STEPS, ...variants.map((variant) => variant.key)]) handlers.set(name, handlers.size);
  const writers = new Set<string>();

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
  // Blocks nest with the first handler innermost, so that leaving block n arrives at the code of handler n.
  const labels: Label[] = new Array(handlers.size);
  for (let i = handlers.size - 1; i >= 0; i--) labels[i] = f.block();
  f.set(frame.budget, frame.budget.value.sub(1));
  f.branchTable(load32(frame.record.value, R.HANDLER), labels.slice(0, -1), labels.at(-1)!);
  for (const step of STEPS) {
    f.end();
    emitStep(frame, step, imports.slowAddress);
  }
  for (const variant of variants) {
    f.end();
    const emitter = new InterpreterEmitter(frame, variant);
    variant.definition.describe(emitter);
    emitter.finish();
    if (emitter.writesMemoryOperand) writers.add(variant.key);
  }
  f.end();
  emitLeave(frame);
  f.end();
  f.unreachable();
  module.addFunction({ parameters: ['i32', 'i32'], results: ['i32'] }, f.body(), 'enter');
  return { bytes: module.build(), handlers, writers };
}

function emitStep(frame: Frame, step: Step, slowAddress: number): void {
  const { f, budget } = frame;
  const record = frame.record.value;
  const goOn = (next: I32) => {
    f.set(frame.record, next);
    f.branch(frame.dispatch);
  };
  const address = (form: string, emit: (emitter: InterpreterEmitter) => void) => {
    emit(new InterpreterEmitter(frame, addressStep(form)));
    f.endScope();
  };
  // Every dispatch counts an instruction: a step takes that back.
  const uncount = () => f.set(budget, budget.value.add(1));
  switch (step) {
    case 'stop':
      uncount();
      f.store(64, i32(0), load64(record, R.TARGET), L.RIP);
      f.store(32, i32(0), i32(0), L.LINK_SLOT);
      f.store(32, i32(0), i32(EXIT.LEAVE), L.EXIT_REASON);
      f.return(budget.value);
      break;
    case 'goto':
      uncount();
      f.if(budget.value.gtS(0), () => goOn(load32(record, R.LINK)));
      f.set(frame.target, load64(record, R.TARGET));
      f.set(frame.linkSlot, i32(0));
      f.branch(frame.leave);
      break;
    case 'through-cache':
      uncount();
      f.set(frame.target, load64(record, R.TARGET));
      f.set(frame.linkSlot, i32(0));
      f.branch(frame.leave);
      break;
    case 'dropped':
    case 'delegate':
      f.store(32, i32(0), i32(step === 'dropped' ? EXIT.DROPPED : EXIT.DELEGATE), L.EXIT_REASON);
      f.store(32, i32(0), record, L.FAULT_RECORD);
      f.return(budget.value.add(1));
      break;
    case 'address64':
    case 'address32':
      uncount();
      address(step === 'address64' ? 'm' : 'w', (emitter) => emitter.computeScratchAddress());
      goOn(record.add(R.RECORD_SIZE));
      break;
    case 'segmented-address':
      address('w', (emitter) => emitter.computeSegmentedAddress());
      uncount();
      goOn(record.add(R.RECORD_SIZE));
      break;
    case 'slow-address':
      f.call(slowAddress, record, budget.value);
      uncount();
      goOn(record.add(R.RECORD_SIZE));
      break;
    default: {
      const [, mmx, bits, form] = /^(mmx-)?load(\d+)\.(.)$/.exec(step)!;
      address(form!, (emitter) => {
        if (mmx) emitter.leavePendingX87Exception();
        emitter.loadScratchVector(Number(bits) as 16 | 32 | 64 | 128);
      });
      uncount();
      goOn(record.add(R.RECORD_SIZE));
    }
  }
}
function addressStep(form: string): Variant {
  const definition = { mnemonic: 'address', widths: [64], forms: [form], describe: () => {} } as const;
  return {
    key: 'address',
    definition,
    width: 64,
    sourceWidth: 64,
    form,
    stackWidth: 64,
    conditionCode: -1,
    repeat: 'none',
  };
}

/** To the address in `target`: through the jump cache while there is budget, else out. */
function emitLeave(frame: Frame): void {
  const { f } = frame;
  f.if(frame.budget.value.gtS(0), () => {
    const entry = f.keep(jumpCacheEntry(frame.target.value));
    f.if(load64(entry, L.JUMP_CACHE).eq(frame.target.value), () => {
      f.set(frame.record, load32(entry, L.JUMP_CACHE + 8));
      f.branch(frame.dispatch);
    });
  });
  f.endScope();
  f.store(64, i32(0), frame.target.value, L.RIP);
  f.store(32, i32(0), frame.linkSlot.value, L.LINK_SLOT);
  f.store(32, i32(0), i32(EXIT.LEAVE), L.EXIT_REASON);
  f.return(frame.budget.value);
}
