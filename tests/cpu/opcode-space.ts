/** Every opcode, to see which of them exist: each encoding as a case that ends, by RFLAGS.TF, after one instruction. */
import { IF, TF } from '../../src/emulator/cpu/flags.ts';
import * as L from './layout.ts';
import type { Case } from './native.ts';

type Mode = 64 | 32 | 16;

const PREFIXES = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3]);
const MANDATORY = [[], [0x66], [0xf3], [0xf2]];
/** The ModRM byte of [rdi], [edi] or [bx] with a reg field of 0. */
const IN_MEMORY = 7;
/** Opcodes whose ModRM bytes above C0 are instructions of their own. */
const WHOLE_MODRM = new Set([0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf]);
const WHOLE_MODRM_0F = new Set([0x01, 0x1e, 0xae, 0xc7]);

/** Opcodes that go on in the reg field, or have a register there that need not exist: groups, segments, CR and DR. */
const GROUPS = new Set([
  ...[0x80, 0x81, 0x82, 0x83, 0x8c, 0x8e, 0x8f, 0xc0, 0xc1, 0xc6, 0xc7],
  ...[0xd0, 0xd1, 0xd2, 0xd3, 0xf6, 0xf7, 0xfe, 0xff, ...WHOLE_MODRM],
]);
const GROUPS_0F = new Set([
  ...[0x00, 0x0d, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x71, 0x72, 0x73, 0x78],
  ...[0xa6, 0xa7, 0xb9, 0xba, ...WHOLE_MODRM_0F],
]);

function* modrms(opcode: number, groups: ReadonlySet<number>, whole: ReadonlySet<number>): Generator<number> {
  const last = groups.has(opcode) ? 8 : 1;
  for (let reg = 0; reg < last; reg++) yield (reg << 3) | IN_MEMORY;
  for (let low = 0; low < last * 8; low++) if (whole.has(opcode) || (low & 7) === 1) yield 0xc0 | low;
}
function isPrefix(opcode: number, mode: Mode): boolean {
  return PREFIXES.has(opcode) || (mode === 64 && (opcode & 0xf0) === 0x40);
}
/** Those that would leave the process or the virtual machine: system calls, and calls of the hypervisor. */
function leavesTheProcess(opcode: number[]): boolean {
  const text = opcode.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return /^(0f 05|0f 34|0f 01 c1|0f 01 d9|0f 01 ef)/.test(text);
}
/** C4, C5, 62 and 8F with another reg field than 0 lead to other encodings: of vectors, but for what `forms-extensions.ts` has. */
function leadsElsewhere(opcode: number, modrm: number, mode: Mode): boolean {
  if (opcode === 0x8f) return (modrm & 0x38) !== 0;
  return [0xc4, 0xc5, 0x62].includes(opcode) && (mode === 64 || modrm >= 0xc0);
}

/**
 * Opcode and ModRM of every instruction of the one-byte map and of the 0F maps (SDM volume 2, appendix A), with the prefixes that may
 * be part of it; operands in memory and in a register.
 */
export function* everyEncoding(mode: Mode): Generator<number[]> {
  for (let opcode = 0; opcode < 256; opcode++) {
    if (opcode === 0x0f || isPrefix(opcode, mode)) continue;
    for (const modrm of modrms(opcode, GROUPS, WHOLE_MODRM))
      if (!leadsElsewhere(opcode, modrm, mode)) yield [opcode, modrm];
  }
  for (let opcode = 0; opcode < 256; opcode++) {
    if (opcode === 0x38 || opcode === 0x3a) continue;
    for (const prefix of MANDATORY)
      for (const modrm of modrms(opcode, GROUPS_0F, WHOLE_MODRM_0F))
        if (!leavesTheProcess([0x0f, opcode, modrm])) yield [...prefix, 0x0f, opcode, modrm];
  }
  for (const map of [0x38, 0x3a])
    for (let opcode = 0; opcode < 256; opcode++)
      for (const prefix of MANDATORY)
        for (const modrm of [IN_MEMORY, 0xc1]) yield [...prefix, 0x0f, map, opcode, modrm];
}

/** All registers point to memory; what follows the encoding is zero. */
export function caseFor(encoding: readonly number[], mode: Mode): Case {
  const address = BigInt(mode === 16 ? L.LOW + 0x800 : L.DATA + 0x800);
  const gpr = Array.from({ length: 16 }, () => address);
  const code = Uint8Array.from([...encoding, ...new Array(12).fill(0)]);
  return { mode, rip: L.CODE + 0x800, code, gpr, rflags: 2 | IF | TF, patches: [], fpu: null };
}
