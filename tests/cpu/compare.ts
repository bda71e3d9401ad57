/** Two outcomes of one case side by side: what differs beyond what the manual leaves undefined. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXCEPTIONS } from '../../src/emulator/cpu/exceptions.ts';
import { ARITHMETIC } from '../../src/emulator/cpu/flags.ts';
import type { GeneratedCase } from './generate.ts';
import * as L from './layout.ts';
import type { Outcome } from './native.ts';
import { type Undefined, undefinedAfter } from './undefined-flags.ts';

export const REGISTERS = 'rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15'.split(' ');
const SELECTORS = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'];
const hex = (n: bigint | number) => `0x${n.toString(16)}`;

/** What is undefined once all instructions of the case have run; a faulting instruction leaves nothing undefined. */
export function undefinedIn(c: GeneratedCase, host: Outcome): Undefined {
  const all: Undefined = { flags: 0, register: -1, memory: false };
  if (faulted(c, host)) return all;
  for (const e of c.instructions) {
    const one = undefinedAfter(e, Number((c.gpr[1] as bigint) & 0xffn), host.rflags);
    all.flags |= one.flags;
    if (one.register >= 0) all.register = one.register;
    all.memory ||= one.memory;
  }
  return all;
}

/** Did the (first) instruction not complete? */
export function faulted(c: GeneratedCase, o: Outcome): boolean {
  const start = BigInt(c.mode === 16 ? c.rip - L.CODE : c.rip);
  return o.vector !== 3 && o.rip === start && o.selectors[1] === codeSelector(c);
}
function codeSelector(c: GeneratedCase): number {
  return { 64: L.Selector.USER_CS, 32: L.Selector.USER32_CS, 16: L.Selector.CODE16 }[c.mode];
}

/** One line a difference, `what: host's value, emulator's value`; none if the outcomes agree. */
export function differences(c: GeneratedCase, host: Outcome, emulated: Outcome): string[] {
  const found: string[] = [];
  const differ = (what: string, a: bigint | number, b: bigint | number) => {
    if (a !== b) found.push(`${what}: host ${hex(a)}, emulator ${hex(b)}`);
  };
  const undefinedParts = undefinedIn(c, host);
  if (host.vector !== emulated.vector) found.push(`exception: host ${name(host)}, emulator ${name(emulated)}`);
  else if (EXCEPTIONS[host.vector]?.hasErrorCode) {
    // Linux shows an access to the kernel's half as a protection violation whatever is there.
    const hidden = host.vector === 14 && host.cr2 >= 1n << 47n ? 1 : 0;
    differ('error code', host.errorCode & ~hidden, emulated.errorCode & ~hidden);
    if (host.vector === 14) differ('cr2', host.cr2, emulated.cr2);
  }
  differ('rip', host.rip, emulated.rip);
  const long = c.mode === 64 && host.selectors[1] === L.Selector.USER_CS;
  for (let i = 0; i < (long ? 16 : 8); i++) {
    if (i === undefinedParts.register) continue;
    // Upper halves are undefined once 32-bit code has run: SDM volume 1, section 3.4.1.1.
    const mask = long ? (1n << 64n) - 1n : 0xffffffffn;
    differ(REGISTERS[i] as string, (host.gpr[i] as bigint) & mask, (emulated.gpr[i] as bigint) & mask);
  }
  const flags = ~undefinedParts.flags;
  differ('rflags', (host.rflags & flags) >>> 0, (emulated.rflags & flags) >>> 0);
  SELECTORS.forEach((segment, i) => {
    differ(segment, host.selectors[i] as number, emulated.selectors[i] as number);
  });
  if (!undefinedParts.memory) {
    const memory = new Map(host.changes.map(({ address, value }) => [address, value]));
    for (const { address, value } of emulated.changes) {
      if (memory.get(address) !== value)
        found.push(`memory at ${hex(address)}: host ${memoryWord(memory.get(address))}, emulator ${hex(value)}`);
      memory.delete(address);
    }
    for (const [address, value] of memory)
      found.push(`memory at ${hex(address)}: host ${hex(value)}, emulator unchanged`);
  }
  return found;
}

function memoryWord(value: bigint | undefined): string {
  return value === undefined ? 'unchanged' : hex(value);
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
    ...c.patches.map(({ address, data }) => `          memory ${hex(address)}: ${Buffer.from(data).toString('hex')}`),
    `  host:   ${name(m.host)}, rip=${hex(m.host.rip)} rflags=${hex(m.host.rflags)}`,
    ...m.differences.map((line) => `  * ${line}`),
    `  again:  ${command}`,
  ].join('\n');
}
