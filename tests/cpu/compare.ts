/** Two outcomes of one case side by side: what differs beyond what the manual leaves undefined. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXCEPTIONS } from '../../src/emulator/cpu/exceptions.ts';
import { ARITHMETIC } from '../../src/emulator/cpu/flags.ts';
import type { Encoding } from './encode.ts';
import { APPROXIMATE, BLOCKS } from './forms-x87.ts';
import { describeFpu, fpuDifferences } from './fpu-compare.ts';
import { firstRip, type GeneratedCase, instructionAt } from './generate.ts';
import * as L from './layout.ts';
import type { Case, Outcome } from './native.ts';
import { isOpenInSse, isTakeOverOpen } from './sse-open.ts';
import { type Undefined, undefinedAfter } from './undefined-flags.ts';
import { differsByVendor, flagsByVendor } from './vendor-differences.ts';
import { pointersNotKept, refusedBeforeTheStore } from './x87-open.ts';

export const REGISTERS = 'rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15'.split(' ');
const SELECTORS = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'];
const hex = (n: bigint | number) => `0x${n.toString(16)}`;

/** What a comparison leaves out, because the manual does. */
export interface Leniency {
  /** Of the instruction that ended the case, the first one if all have run: some leave the order of their accesses open. */
  mnemonic: string;
  /** Undefined bits of RFLAGS, of registers, and undefined bytes of memory. */
  flags: number;
  bits(register: number): bigint;
  memory(address: bigint): boolean;
  /** Undefined bits of x87, MMX and SSE state: ones in an image of it. */
  fpu: Uint8Array;
  /** Which register is the top of the x87 stack is open: MMX instructions number the registers themselves. */
  topIsOpen: boolean;
  /** Whole blocks of state are moved, which may be done from either end. */
  movesBlock: boolean;
  /** x87 results may differ by a unit in the last place. */
  isApproximate: boolean;
  /** A repeated string instruction with 32-bit addresses in 64-bit mode. */
  narrowRepeat: boolean;
}

/** What is undefined once all instructions of the case have run; a faulting instruction leaves nothing undefined. */
export function leniencyOf(c: GeneratedCase, host: Outcome, emulated: Outcome): Leniency {
  const cl = Number((c.gpr[1] as bigint) & 0xffn);
  const parts = faulted(c, host) ? [] : c.instructions.map((e) => undefinedAfter(e, cl, host));
  const first = c.instructions[0] as Encoding;
  const last = instructionAt(c, host.rip, emulated.rip) ?? first;
  return {
    mnemonic: last.form.mnemonic,
    topIsOpen: host.vector > 3 && last.form.fpu.includes('mmx'),
    flags: parts.reduce((all, { flags }) => all | flags, 0),
    bits: (register) => parts.reduce((all, p) => (p.register === register ? all | p.bits : all), 0n),
    memory: (address) => parts.some(({ memory }) => memory && address >= memory.from && address < memory.to),
    fpu: undefinedFpu(parts, c, host),
    movesBlock: c.instructions.some((e) => BLOCKS.has(e.form.mnemonic)),
    isApproximate: c.instructions.some((e) => APPROXIMATE.has(e.form.mnemonic)),
    narrowRepeat: c.mode === 64 && first.repeat !== 'none' && first.addressSize === 32,
  };
}

function undefinedFpu(parts: Pick<Undefined, 'fpu'>[], c: GeneratedCase, host: Outcome): Uint8Array {
  const none = new Uint8Array(L.FPU_BYTES);
  if (isTakeOverOpen(c, host)) return none.fill(0xff, 0, 24).fill(0xff, 32, 160);
  return [...parts, { fpu: pointersNotKept(c, host) }].reduce(
    (all, { fpu }) => (fpu ? all.map((byte, i) => byte | (fpu.bytes[i] as number)) : all),
    none,
  );
}

/** Did the (first) instruction not complete? */
export function faulted(c: Case, o: Outcome): boolean {
  return o.vector !== 3 && o.rip === firstRip(c) && o.selectors[1] === codeSelector(c);
}
function codeSelector(c: Case): number {
  return { 64: L.Selector.USER_CS, 32: L.Selector.USER32_CS, 16: L.Selector.CODE16 }[c.mode];
}

/** Linux's TASK_SIZE_MAX: its own half, and one guard page below. */
const KERNEL_SPACE = (1n << 47n) - 0x1000n;

/** One line a difference, `what: host's value, emulator's value`; none if the outcomes agree. */
export function differences(c: Case, leniency: Leniency, host: Outcome, emulated: Outcome): string[] {
  const { mnemonic } = leniency;
  if (isOpenInSse(c, mnemonic, host, emulated) || refusedBeforeTheStore(c, mnemonic, host, emulated)) return [];
  if (differsByVendor(c, mnemonic, host, emulated)) return [];
  if (wrapsAround(c, host, emulated) || accessesSelectorOnly(mnemonic, host, emulated)) return [];
  const found: string[] = [];
  const differ = (what: string, a: bigint | number, b: bigint | number) => {
    if (a !== b) found.push(`${what}: host ${hex(a)}, emulator ${hex(b)}`);
  };
  if (!faultInAnyOrder(mnemonic, host, emulated)) {
    if (host.vector !== emulated.vector) found.push(`exception: host ${name(host)}, emulator ${name(emulated)}`);
    else if (EXCEPTIONS[host.vector]?.hasErrorCode) {
      // Linux shows an access to the kernel's half as a protection violation whatever is there.
      const hidden = host.vector === 14 && host.cr2 >= KERNEL_SPACE ? 1 : 0;
      differ('error code', host.errorCode & ~hidden, emulated.errorCode & ~hidden);
      if (host.vector === 14 && !(leniency.movesBlock && isBehind(host.cr2, emulated.cr2)))
        differ('cr2', host.cr2, emulated.cr2);
    }
  }
  differ('rip', host.rip, emulated.rip);
  const long = c.mode === 64 && host.selectors[1] === L.Selector.USER_CS;
  for (let i = 0; i < (long ? 16 : 8); i++) {
    // Upper halves are undefined once 32-bit code has run: SDM volume 1, section 3.4.1.1.
    const whole = long && !(leniency.narrowRepeat && halfWritten(c, host, i));
    const defined = (whole ? (1n << 64n) - 1n : 0xffffffffn) & ~leniency.bits(i);
    // A faulting POPA may have loaded some registers, which restarting it makes good; the emulator's has loaded none.
    const expected = mnemonic === 'popa' && faulted(c, host) ? c.gpr : host.gpr;
    differ(REGISTERS[i] as string, (expected[i] as bigint) & defined, (emulated.gpr[i] as bigint) & defined);
  }
  const flags = ~(leniency.flags | flagsByVendor(mnemonic, faulted(c, host)));
  differ('rflags', (host.rflags & flags) >>> 0, (emulated.rflags & flags) >>> 0);
  SELECTORS.forEach((segment, i) => {
    // The kernel's return to user code turns the null selectors 1-3 into 0: SDM volume 2, "IRET".
    const visible = (o: Outcome) => ((o.selectors[i] as number) < 4 ? 0 : (o.selectors[i] as number));
    differ(segment, visible(host), visible(emulated));
  });
  found.push(...memoryDifferences(c, leniency, host, emulated));
  if (host.fpu && emulated.fpu) found.push(...fpuDifferences(leniency, host.fpu, emulated.fpu));
  return found;
}

/**
 * Whether an access of 32- or 16-bit code past 4 GiB wraps around or faults is left to the implementation: SDM volume 3,
 * section 5.3. Some wrap (and then meet no page, or are not aligned), others fault; host and emulator may do either.
 */
function wrapsAround(c: Case, host: Outcome, emulated: Outcome): boolean {
  const limit = (o: Outcome) => (o.vector === 12 || o.vector === 13) && o.errorCode === 0;
  const isNear = (cr2: bigint, edge: bigint) => ((cr2 - edge + 64n) & 0xffffffffn) < 128n;
  const wraps = (o: Outcome) => o.vector === 17 || (o.vector === 14 && WRAPPING_BASES.some((b) => isNear(o.cr2, b)));
  return c.mode !== 64 && ((wraps(host) && limit(emulated)) || (limit(host) && wraps(emulated)));
}

/** Of the segments that reach up to 4 GiB. */
const WRAPPING_BASES = [0n, ...L.LOCAL_DESCRIPTORS.filter(isExpandDown).map(({ base }) => BigInt(base))];
function isExpandDown({ contents, big }: L.LocalDescriptor): boolean {
  return contents === 1 && big;
}

/**
 * A selector popped from a slot that reaches into a page that faults: the host accesses its 16 bits alone and sees no page
 * fault, the emulator accesses the slot. The manual leaves it open.
 */
function accessesSelectorOnly(mnemonic: string, host: Outcome, emulated: Outcome): boolean {
  // Likewise, whether a selector's alignment is that of its slot.
  if (/^(push|pop)-segment$/.test(mnemonic) && (host.vector === 17) !== (emulated.vector === 17)) return true;
  const onStack = /^(pop-segment|retf|iret)$/.test(mnemonic);
  const met = host.vector === 14 && host.cr2 === emulated.cr2;
  return onStack && !met && emulated.vector === 14 && emulated.cr2 % BigInt(L.PAGE) === 0n;
}

/**
 * A repeated string instruction with 32-bit addresses in 64-bit mode that does nothing, because it faults or its count is
 * 0: whether the upper halves of its registers are cleared nevertheless the manual does not say; hosts do so for some.
 */
function halfWritten(c: Case, host: Outcome, register: number): boolean {
  return [1, 6, 7].includes(register) && (faulted(c, host) || ((c.gpr[1] as bigint) & 0xffffffffn) === 0n);
}

/** Several accesses of one instruction fault, each for its own reason: which one is told is the processor's choice. */
function faultInAnyOrder(mnemonic: string, host: Outcome, emulated: Outcome): boolean {
  const isFault = ({ vector }: Outcome) =>
    (vector >= 12 && vector <= 14) || vector === 17 || (mnemonic === 'bound' && vector === 5);
  const isOpen = /^(bound|cmps|retf|iret|enter|maskmovq|maskmovdqu)$/.test(mnemonic) || BLOCKS.has(mnemonic);
  return isOpen && isFault(host) && isFault(emulated);
}

/** An access that meets one address first, going up, meets one behind it when it begins at its end. */
function isBehind(address: bigint, page: bigint): boolean {
  return address >= page && address - page < BigInt(L.PATCH_BYTES);
}

/** These write several words; processors have written some of them when a later one faults, the emulator none. */
const PUSHES_MUCH = new Set(['call', 'far-call', 'enter', 'pusha']);

/** MXCSR_MASK in an image of FXSAVE, as memory shows it: AMD's processors have one bit more, Intel's and the emulator have not. */
const MISALIGNED_IN_MASK = 0x20000n << 32n;

function memoryDifferences(c: Case, leniency: Leniency, host: Outcome, emulated: Outcome): string[] {
  const partial = faulted(c, host) && PUSHES_MUCH.has(leniency.mnemonic);
  const theirs = new Map(partial ? [] : host.changes.map(({ address, value }) => [address, value]));
  const ours = new Map(emulated.changes.map(({ address, value }) => [address, value]));
  const found: string[] = [];
  for (const address of new Set([...theirs.keys(), ...ours.keys()])) {
    const before = initialMemory(c, address);
    const [a, b] = [theirs.get(address) ?? before, ours.get(address) ?? before];
    if (leniency.movesBlock && (a ^ b) === MISALIGNED_IN_MASK) continue;
    if (mayHaveBegun(leniency.mnemonic, host) && b === before) continue;
    if (differsWhereDefined(BigInt(address), a ^ b, leniency.memory))
      found.push(`memory at ${hex(address)} (${hex(before)}): host ${hex(a)}, emulator ${hex(b)}`);
  }
  return found;
}

/** A number of ten bytes is stored in parts, and a processor may have stored the first when the next one faults. */
function mayHaveBegun(mnemonic: string, { vector }: Outcome): boolean {
  return (mnemonic === 'fbstp' || mnemonic === 'fstp') && vector >= 12 && vector <= 14;
}

/** Eight bytes of memory as the case found them. */
function initialMemory(c: Case, address: number): bigint {
  let value = BigInt(L.pristineWord(address)) | (BigInt(L.pristineWord(address + 4)) << 32n);
  for (const patch of c.patches)
    for (let i = 0; i < 8; i++) {
      const byte = patch.data[address + i - patch.address];
      if (byte !== undefined) value = (value & ~(0xffn << BigInt(8 * i))) | (BigInt(byte) << BigInt(8 * i));
    }
  return value;
}

function differsWhereDefined(address: bigint, difference: bigint, isUndefined: (address: bigint) => boolean): boolean {
  for (let i = 0n; i < 8n; i++) if ((difference >> (i * 8n)) & 0xffn && !isUndefined(address + i)) return true;
  return false;
}

function name(o: Outcome): string {
  if (o.vector < 0) return 'none (it ran on)';
  if (o.vector === 3) return 'none';
  return `${EXCEPTIONS[o.vector]?.mnemonic ?? `vector ${o.vector}`}`;
}

export function disassemble(code: Uint8Array, mode: 64 | 32 | 16, address: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'cpu-case-'));
  try {
    const file = join(folder, 'code');
    writeFileSync(file, code);
    const machine = { 64: 'i386:x86-64', 32: 'i386', 16: 'i8086' }[mode];
    const text = execFileSync(
      'objdump',
      ['-D', '-Mintel', '-bbinary', `-m${machine}`, `--adjust-vma=${address}`, file],
      {
        encoding: 'utf8',
      },
    );
    return text
      .split('\n')
      .filter((line) => /^\s*[0-9a-f]+:\t/.test(line))
      .map((line) => line.split('\t').slice(2).join(' ').trim())
      .filter(Boolean)
      .join('; ');
  } catch {
    return '(objdump is not installed)';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface Mismatch {
  case: GeneratedCase;
  engine: string;
  pace: string;
  host: Outcome;
  differences: string[];
}

/** For people: the instruction, where it started, what differs, and how to see it again. */
export function report(m: Mismatch, command: string): string {
  const c = m.case;
  const bytes = [...c.code].map((b) => b.toString(16).padStart(2, '0')).join(' ');
  const registers = c.gpr.slice(0, c.mode === 64 ? 16 : 8).map((value, i) => `${REGISTERS[i]}=${value.toString(16)}`);
  return [
    `${c.instructions.map((e) => e.form.text).join('; ')} [${m.engine}, ${m.pace}]`,
    `  ${c.mode}-bit, at ${hex(c.rip)}: ${bytes}   ${disassemble(c.code, c.mode, c.rip)}`,
    `  before: ${registers.join(' ')}`,
    `          rflags=${c.rflags.toString(16)} (arithmetic ${(c.rflags & ARITHMETIC).toString(16)})`,
    ...(c.fpu ? describeFpu(c.fpu).map((line) => `          ${line}`) : []),
    ...c.patches.map(({ address, data }) => `          memory ${hex(address)}: ${Buffer.from(data).toString('hex')}`),
    `  host:   ${name(m.host)}, rip=${hex(m.host.rip)} rflags=${hex(m.host.rflags)}`,
    ...m.differences.map((line) => `  * ${line}`),
    `  again:  ${command}`,
  ].join('\n');
}
