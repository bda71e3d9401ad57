/** Case `number` of seed `seed`: one instruction, or a short chain whose instructions hand flags to each other. */
import { AC, CF, DF, ID, IF, NT, OF, PF, SF, TF, ZF } from '../../src/emulator/cpu/flags.ts';
import { Draft } from './draft.ts';
import { chooseEncoding, type Encoding, encode, type HostLimits, isUndefinedOpcode } from './encode.ts';
import type { Form } from './forms.ts';
import { APPROXIMATE } from './forms-x87.ts';
import type { FpuImage } from './fpu-image.ts';
import { chooseFpu } from './fpu-values.ts';
import * as L from './layout.ts';
import type { Case } from './native.ts';
import { interesting, Random } from './random.ts';
import { SETUPS } from './setup.ts';
import { undefinedAfter } from './undefined-flags.ts';

export interface GeneratedCase extends Case {
  seed: number;
  number: number;
  instructions: Encoding[];
}

export interface GeneratorOptions extends HostLimits {
  forms: readonly Form[];
  chainable: Chainable;
  modes: readonly (64 | 32 | 16)[];
}

/** Those of the forms that can stand in a chain. */
interface Chainable {
  all: readonly Form[];
  integer: readonly Form[];
  /** By what state they use. */
  fpu: ReadonlyMap<string, readonly Form[]>;
}

function chainableOf(forms: readonly Form[], { intel }: HostLimits): Chainable {
  const integer = forms.filter(isChainable);
  const fpu = Map.groupBy(
    forms.filter(({ fpu, mnemonic }) => fpu.length && !isLast(mnemonic) && !(intel && leavesOpen(mnemonic))),
    groupOf,
  );
  return { all: [...integer, ...[...fpu.values()].flat()], integer, fpu };
}
/**
 * What is accurate to a unit in the last place would be taken further; of the pointers in whole images, hosts that keep them
 * for exceptions alone know nothing.
 */
const isLast = (mnemonic: string) => APPROXIMATE.has(mnemonic) || /^(fx|x)(save|rstor)/.test(mnemonic);
/**
 * C1 after FFREE is undefined; the selectors and the opcode that FNSTENV stores are not kept by Intel's later processors, and of
 * several NaNs these make another sum than DPPS's pseudo-code.
 */
const leavesOpen = (mnemonic: string) => /^(ffreep?|fnstenv|fnsave|dpp[sd])$/.test(mnemonic);
const groupOf = (form: Form) => form.fpu.join(' ');

/** What does not depend on the case. */
export function generatorOptions(
  forms: readonly Form[],
  modes: readonly (64 | 32 | 16)[],
  host: HostLimits,
): GeneratorOptions {
  return { forms, chainable: chainableOf(forms, host), modes, ...host };
}

/** RIP is an offset in CS, which has a base in 16-bit code. */
export const firstRip = ({ mode, rip }: Case): bigint => BigInt(mode === 16 ? rip - L.CODE : rip);

/** The first instruction of the case that one of the pointers points to, if any does. */
export function instructionAt(c: GeneratedCase, ...rips: bigint[]): Encoding | null {
  let at = firstRip(c);
  for (const e of c.instructions) {
    if (rips.includes(at)) return e;
    at += BigInt(encode(e).length);
  }
  return null;
}

const exists = (form: Form, mode: 64 | 32 | 16) => form.only === null || (form.only === 64) === (mode === 64);

export function generate(seed: number, number: number, options: GeneratorOptions): GeneratedCase {
  const random = new Random(seed, number);
  const { forms, chainable } = options;
  // A jump can only be the last of a chain.
  const chain = chainable.all.some((form) => form.mnemonic !== 'jcc') && random.chance(0.18);
  const form = random.pick(chain ? chainable.all : forms);
  const mode = random.pick(options.modes.filter((candidate) => exists(form, candidate)));
  const gpr = Array.from({ length: 16 }, (_, i) =>
    mode === 64 ? interesting(random) : i < 8 ? interesting(random) & 0xffffffffn : 0n,
  );
  const common = { seed, number, mode, gpr, rflags: initialFlags(random) };
  const rip = L.CODE + 0x800 + random.below(64);
  if (chain && form.fpu.length) return { ...common, rip, ...fpuChainOf(form, mode, gpr, rip, random, options) };
  if (chain) return { ...common, rip, ...chainOf(mode, gpr, rip, random, options) };
  const e = chooseEncoding(form, mode, random, options);
  return { ...common, ...single(e, gpr, rip, random, options), instructions: [e] };
}

/** Instructions on registers, the last one perhaps with an operand in memory (which may fault) or a jump. */
function chainOf(mode: 64 | 32 | 16, gpr: bigint[], rip: number, random: Random, options: GeneratorOptions) {
  const instructions: Encoding[] = [];
  const code: number[] = [];
  let patches: GeneratedCase['patches'] = [];
  let undefinedFlags = 0;
  const { integer } = options.chainable;
  const length = 2 + random.below(3);
  while (instructions.length < length) {
    const form = random.pick(integer);
    const last = instructions.length === length - 1;
    if (!exists(form, mode) || (form.mnemonic === 'jcc' && !last)) continue;
    const inMemory = last && form.modrm !== null && form.setup !== 'bit' && random.chance(0.5);
    const e = chooseEncoding({ ...form, registerOnly: !inMemory, memoryOnly: inMemory }, mode, random, options);
    if (e.prefixes.length > 4 || (e.locked && !inMemory)) continue;
    e.immediates = e.immediates.map(() => interesting(random));
    if (form.mnemonic === 'jcc') chooseTarget(e, code.length, random);
    const own = undefinedAfter(e, 0, { rflags: 0, gpr, fpu: null });
    if (flagsRead(form) & undefinedFlags || own.register >= 0) continue;
    undefinedFlags = WRITES_ALL.has(form.mnemonic) ? 0 : undefinedFlags | own.flags;
    if (inMemory) {
      const draft = new Draft(e, rip + code.length, gpr, random, options);
      placeAbsolute(draft);
      patches = draft.patches;
    }
    instructions.push(e);
    code.push(...encode(e));
  }
  return { code: Uint8Array.from(code), patches, instructions, fpu: null };
}

/** Instructions on x87, MMX or SSE state, like the first one, with operands in registers or in memory. */
function fpuChainOf(
  first: Form,
  mode: 64 | 32 | 16,
  gpr: bigint[],
  rip: number,
  random: Random,
  options: GeneratorOptions,
) {
  const instructions: Encoding[] = [];
  const code: number[] = [];
  const patches: GeneratedCase['patches'] = [];
  let fpu: FpuImage | null = null;
  const forms = options.chainable.fpu.get(groupOf(first)) ?? [];
  const length = 2 + random.below(3);
  while (instructions.length < length) {
    const form = instructions.length ? random.pick(forms) : first;
    if (!exists(form, mode)) continue;
    const inMemory = form.memoryOnly || (form.modrm !== null && !form.registerOnly && random.chance(0.3));
    const e = chooseEncoding({ ...form, registerOnly: !inMemory, memoryOnly: inMemory }, mode, random, options);
    if (e.prefixes.length > 4 || e.locked) continue;
    e.immediates = e.immediates.map(() => interesting(random));
    const draft = new Draft(e, rip + code.length, gpr, random, options);
    draft.fpu = chooseFpu(draft);
    fpu ??= draft.fpu;
    if (inMemory) {
      placeAbsolute(draft);
      patches.push(...draft.patches);
    }
    instructions.push(e);
    code.push(...encode(e));
  }
  return { code: Uint8Array.from(code), patches, instructions, fpu: fpu?.bytes ?? null };
}

/** Makes the memory operand one without registers, since those have changed before it is reached. */
function placeAbsolute(draft: Draft): void {
  const { e, random } = draft;
  const narrow = e.addressSize === 16;
  const ripRelative = e.mode === 64 && random.chance(0.5);
  // Without SIB, 64-bit mode knows only RIP-relative addresses.
  const rm = narrow ? 6 : ripRelative || e.mode !== 64 ? 5 : 4;
  const displacementBytes = narrow ? 2 : 4;
  e.memory = { base: -1, index: -1, scale: 1, displacementBytes, displacement: 0, ripRelative, rm };
  draft.steer(operandAddress(draft));
  fillOperand(draft, draft.linearOperand());
}

/** Where to steer the memory operand, aligned where it has to be. */
function operandAddress(draft: Draft): number {
  const { e, random } = draft;
  const exclusive = e.locked || e.form.mnemonic === 'xchg';
  const address = draft.dataAddress();
  const { alignment } = e.form;
  if (exclusive && draft.host.avoidSplitLocks) return address & ~15;
  return random.chance(0.9) ? address & -alignment : address;
}

/** Gives memory at the operand what the setup asks for, or interesting values. */
function fillOperand(draft: Draft, linear: number | null): void {
  if (linear === null) return;
  const contents = new Uint8Array(16);
  new DataView(contents.buffer).setBigUint64(0, interesting(draft.random), true);
  new DataView(contents.buffer).setBigUint64(8, interesting(draft.random), true);
  draft.patch(linear, draft.operand ?? contents);
}

function single(e: Encoding, gpr: bigint[], rip: number, random: Random, options: GeneratorOptions) {
  const { form } = e;
  form.immediates.forEach((kind, i) => {
    e.immediates[i] = kind === 'ib' && isShift(form) ? BigInt(random.below(256)) : interesting(random);
  });
  if (form.immediates[0] === 'cb' || form.immediates[0] === 'cz') chooseTarget(e, 0, random);
  // At the end of a page, so that fetching crosses into the next: one that is mapped, or none.
  if (!isUndefinedOpcode(e) && random.chance(0.03))
    rip = L.CODE + random.pick([L.PAGE, L.CODE_SIZE]) - 1 - random.below(encode(e).length);
  const draft = new Draft(e, rip, gpr, random, options);
  draft.fpu = chooseFpu(draft);
  // Without it INT might call Linux, and XSAVE would save what the host alone has.
  if (form.setup && (random.chance(0.97) || /^(vector|area-.*|x87-small.*)$/.test(form.setup))) {
    const setup = SETUPS[form.setup];
    if (!setup) throw new Error(`no setup ${form.setup}`);
    setup(draft);
  }
  if (form.immediates[0] === 'mo') e.immediates[0] = BigInt(draft.dataAddress() - draft.segmentBase());
  if (e.memory && random.chance(0.97)) draft.steer(operandAddress(draft));
  const linear = form.immediates[0] === 'mo' ? Number(e.immediates[0]) + draft.segmentBase() : draft.linearOperand();
  fillOperand(draft, linear);
  return { rip, code: encode(e), patches: draft.patches, fpu: draft.fpu?.bytes ?? null };
}

function isShift(form: Form): boolean {
  return form.opcode[0] === 0xc0 || form.opcode[0] === 0xc1;
}

/** Picks the displacement of a relative branch; it must not lead into the code before its end, which might never end. */
function chooseTarget(e: Encoding, codeBefore: number, random: Random): void {
  const own = codeBefore + encode(e).length;
  const kind = e.form.immediates[0] as 'cb' | 'cz';
  if (kind === 'cz' && random.chance(0.1)) {
    e.immediates[0] = BigInt(random.u32() | 0);
    return;
  }
  const reach = kind === 'cb' ? 128 : 0x700;
  const back = random.chance(0.5) && own + 1 < reach;
  const displacement = back ? -(own + 1 + random.below(reach - own)) : random.below(reach);
  e.immediates[0] = BigInt(displacement);
}

function initialFlags(random: Random): number {
  const arithmetic = random.u32() & (CF | PF | 0x10 | ZF | SF | OF);
  const df = random.chance(0.25) ? DF : 0;
  const rare = random.chance(0.1) ? random.pick([ID, NT, AC, AC]) : 0;
  // A single step: the trap comes after the first instruction.
  const step = random.chance(0.04) ? TF : 0;
  return 2 | IF | arithmetic | df | rare | step;
}

/** Instructions that compute on registers alone and pass flags on, or take them. */
const CHAINABLE = new Set(
  [
    'add or adc sbb and sub xor cmp test not neg mul imul inc dec rol ror rcl rcr shl shr sar shld shrd bt bts btr btc',
    'andn blsr blsmsk blsi bextr bzhi pdep pext mulx shlx sarx shrx rorx adcx adox crc32',
    'popcnt lzcnt tzcnt bswap cbw cwd lahf sahf clc stc cmc mov movzx movsx xchg xadd cmpxchg setcc cmovcc jcc',
  ].flatMap((line) => line.split(' ')),
);
function isChainable(form: Form): boolean {
  const setup = form.setup;
  return (
    form.fpu.length === 0 &&
    CHAINABLE.has(form.mnemonic) &&
    setup !== 'count' &&
    setup !== 'select' &&
    form.immediates[0] !== 'mo' &&
    !form.memoryOnly
  );
}
/** These define all six arithmetic flags. */
const WRITES_ALL = new Set(['add', 'adc', 'sub', 'sbb', 'cmp', 'neg', 'xadd', 'cmpxchg', 'popcnt']);

const CONDITION_FLAGS = [OF, CF, ZF, CF | ZF, SF, PF, SF | OF, ZF | SF | OF];
function flagsRead(form: Form): number {
  if (form.condition >= 0) return CONDITION_FLAGS[form.condition >> 1] as number;
  if (form.mnemonic === 'lahf') return SF | ZF | 0x10 | PF | CF;
  if (form.mnemonic === 'adox') return OF;
  return /^(adc|adcx|sbb|rcl|rcr|cmc)$/.test(form.mnemonic) ? CF : 0;
}
