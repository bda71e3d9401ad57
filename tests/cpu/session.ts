/** Cases by the thousand on both sides, and what came of them. */

import type { Processor } from '../../src/emulator/cpu/processor.ts';
import { PhysicalMemory } from '../../src/emulator/mmu/physical-memory.ts';
import { differences, faulted, leniencyOf, type Mismatch } from './compare.ts';
import { FORMS, type Form } from './forms.ts';
import { type GeneratedCase, type GeneratorOptions, generate, generatorOptions } from './generate.ts';
import { CODE } from './layout.ts';
import { EmulatedMachine, END_PORT, NoOutcome, type Pace, RAM_SIZE } from './machine.ts';
import { type Host, host, type Outcome, runNatively } from './native.ts';

export type Engine = 'reference' | 'interpreter';

/** What answers at the ports, but for the one that ends a case. */
export interface Ports {
  read(port: number, bytes: number): number;
  write(port: number, value: number, bytes: number): void;
}
const NO_PORTS: Ports = { read: () => 0, write: () => {} };

export async function createMachine(engine: Engine, { read, write }: Ports = NO_PORTS): Promise<EmulatedMachine> {
  const memory = new PhysicalMemory(PhysicalMemory.allocate(RAM_SIZE), RAM_SIZE);
  let processor: Processor;
  const ports = {
    read,
    write: (port: number, value: number, bytes: 1 | 2 | 4) => {
      if (port === END_PORT) processor.requestStop();
      else write(port, value, bytes);
    },
  };
  if (engine === 'reference') {
    const { createReference } = await import('../../src/emulator/engine/reference.ts');
    processor = createReference({ memory, ports });
  } else {
    const { createInterpreter } = await import('../../src/emulator/engine/interpreter.ts');
    processor = await createInterpreter({ memory, ports });
  }
  return new EmulatedMachine(processor, memory, host());
}

/** CPUID leaf, register (eax ecx edx ebx as in a case) and bit of the features that forms ask for. SDM volume 2, "CPUID". */
const FEATURES: Readonly<Record<string, [leaf: number, register: number, bit: number, subleaf?: number]>> = {
  fpu: [1, 2, 0],
  mmx: [1, 2, 23],
  clflush: [1, 2, 19],
  fxsr: [1, 2, 24],
  sse: [1, 2, 25],
  pni: [1, 1, 0],
  pclmulqdq: [1, 1, 1],
  ssse3: [1, 1, 9],
  sse4_1: [1, 1, 19],
  sse4_2: [1, 1, 20],
  aes: [1, 1, 25],
  xsave: [1, 1, 26],
  xsaveopt: [0xd, 0, 0, 1],
  popcnt: [1, 1, 23],
  movbe: [1, 1, 22],
  cx16: [1, 1, 13],
  sse2: [1, 2, 26],
  bmi1: [7, 3, 3],
  bmi2: [7, 3, 8],
  adx: [7, 3, 19],
  clflushopt: [7, 3, 23],
  clwb: [7, 3, 24],
  rdpid: [7, 1, 22],
  abm: [0x80000001, 1, 5],
  lahf_lm: [0x80000001, 1, 0],
  '3dnowprefetch': [0x80000001, 1, 8],
};

/** What the emulated processor says of itself, asked by its own CPUID. */
function hasFeature(machine: EmulatedMachine, feature: string): boolean {
  const [leaf, register, bit, subleaf = 0] = FEATURES[feature] ?? [0, 0, 0];
  if (leaf === 0) throw new Error(`the CPUID bit of ${feature} is not in the table`);
  const cpuid = (eax: number) => {
    const gpr = Array.from({ length: 16 }, () => 0n);
    gpr[0] = BigInt(eax);
    gpr[1] = BigInt(subleaf);
    const c = { mode: 64 as const, rip: CODE, code: Uint8Array.of(0x0f, 0xa2), gpr, rflags: 2, patches: [], fpu: null };
    return machine.execute(c, 'step').gpr;
  };
  if (Number(cpuid(leaf & 0x80000000)[0]) < leaf) return false;
  return (((cpuid(leaf)[register] as bigint) >> BigInt(bit)) & 1n) === 1n;
}

export interface Suite {
  host: Host;
  options: GeneratorOptions;
  /** Forms left out, because the host or the emulated processor lacks the feature. */
  left: Form[];
}

/** The forms that both processors have, and how cases are to be made for this host. */
export function createSuite(machine: EmulatedMachine, only: string | null): Suite {
  const self = host();
  const names = (form: Form) => [form.mnemonic, form.text, ...form.fpu];
  const wanted = FORMS.filter((form) => only === null || names(form).includes(only));
  if (wanted.length === 0) throw new Error(`no form is called ${only}`);
  const both = new Map<string, boolean>();
  const has = ({ feature, unannounced }: Form) => {
    if (feature === null) return true;
    if (unannounced) return self.flags.has(feature);
    const known = both.get(feature) ?? (self.flags.has(feature) && hasFeature(machine, feature));
    both.set(feature, known);
    return known;
  };
  const forms = wanted.filter(has);
  return {
    host: self,
    left: wanted.filter((form) => !forms.includes(form)),
    options: generatorOptions(forms, [64, 64, 64, 32, 32, 16], {
      fs64: self.fsgsbase,
      low: self.low,
      intel: self.vendor === 'GenuineIntel',
      avoidSplitLocks: self.flags.has('split_lock_detect') || self.flags.has('bus_lock_detect'),
    }),
  };
}

export interface Tally {
  cases: number;
  /** Cases by form, and how many of those completed without an exception. */
  forms: Map<string, { cases: number; completed: number }>;
  exceptions: Map<number, number>;
  mismatches: Mismatch[];
}

/** Half of the cases step by step, half in one run. */
export const paceOf = (number: number): Pace => (number % 2 ? 'run' : 'step');

/** Runs cases `first` to `first + count - 1` of a seed, and compares. */
export function compareCases(
  machine: EmulatedMachine,
  suite: Suite,
  seed: number,
  first: number,
  count: number,
): Tally {
  const tally: Tally = { cases: 0, forms: new Map(), exceptions: new Map(), mismatches: [] };
  const batch = 4000;
  for (let start = first; start < first + count; start += batch) {
    const size = Math.min(batch, first + count - start);
    const cases = Array.from({ length: size }, (_, i) => generate(seed, start + i, suite.options));
    const outcomes = runNatively(cases);
    cases.forEach((c, i) => {
      compareOne(machine, suite.host, c, outcomes[i] as Outcome, tally);
    });
  }
  return tally;
}

function compareOne(machine: EmulatedMachine, self: Host, c: GeneratedCase, native: Outcome, tally: Tally): void {
  count(tally, c, native);
  const pace = paceOf(c.number);
  const engine = machine.processor.engine;
  const found = (list: string[]) => tally.mismatches.push({ case: c, engine, pace, host: native, differences: list });
  if (native.vector < 0) {
    found(['the host did not finish it: the case is badly made']);
    return;
  }
  try {
    const emulated = machine.execute(c, pace);
    if (self.flags.has('la57') && native.vector === 14 && (emulated.vector === 13 || emulated.vector === 12)) return;
    const list = differences(c, leniencyOf(c, native, emulated), native, emulated);
    if (list.length) found(list);
  } catch (error) {
    if (!(error instanceof NoOutcome)) found([`the emulator threw: ${error instanceof Error ? error.stack : error}`]);
    else found([error.message]);
  }
}

function count(tally: Tally, c: GeneratedCase, native: Outcome): void {
  tally.cases++;
  tally.exceptions.set(native.vector, (tally.exceptions.get(native.vector) ?? 0) + 1);
  const completed = faulted(c, native) ? 0 : 1;
  for (const { form } of c.instructions) {
    const entry = tally.forms.get(form.text) ?? { cases: 0, completed: 0 };
    tally.forms.set(form.text, { cases: entry.cases + 1, completed: entry.completed + completed });
  }
}
