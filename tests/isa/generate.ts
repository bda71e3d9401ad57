import { decode } from '../../src/emulator/isa/decode.ts';
import { type CodeSize, DecodeError } from '../../src/emulator/isa/instruction.ts';

/** A generator of numbers in [0, 2^32) that a seed repeats (xorshift32, Marsaglia 2003). */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

export function randomBytes(random: () => number, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random() >>> 24);
}

const MAPS = [[], [0x0f], [0x0f, 0x38], [0x0f, 0x3a]];
const LEGACY_PREFIXES = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x66, 0x66, 0x67, 0x67, 0xf0, 0xf2, 0xf3, 0xf3];
const NOP = 0x90;

/** Up to three prefixes; in 64-bit code half of the time a REX prefix right before the opcode. */
function prefixes(random: () => number, codeSize: CodeSize): number[] {
  const count = [0, 0, 0, 1, 1, 2, 3][random() % 7]!;
  const legacy = Array.from({ length: count }, () => LEGACY_PREFIXES[random() % LEGACY_PREFIXES.length]!);
  return codeSize === 64 && random() % 2 === 0 ? [...legacy, 0x40 | (random() & 15)] : legacy;
}

/** Opcodes whose ModRM bytes above C0 are instructions of their own: x87, and groups 7, 9, 11, 15 and 16. */
const WHOLE_MODRM = new Set([0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf]);
const WHOLE_MODRM_0F = new Set([0x01, 0x1e, 0xae, 0xc7]);

/**
 * Every opcode of every map with every reg and mod, for some opcodes with every ModRM above C0; prefixes, rm, SIB,
 * displacements and immediates are random.
 * @returns instructions back to back; what we take for undefined is followed by nops, so that objdump falls in step
 */
export function everyOpcode(random: () => number, codeSize: CodeSize): Uint8Array {
  const parts: number[] = [];
  for (const map of MAPS)
    for (let opcode = 0; opcode < 256; opcode++) {
      if (map.length === 0 && isPrefix(opcode, codeSize)) continue;
      if (map.length === 1 && (opcode === 0x38 || opcode === 0x3a)) continue;
      const whole = map.length === 0 ? WHOLE_MODRM : map.length === 1 ? WHOLE_MODRM_0F : undefined;
      for (const modrm of modrms(random, whole?.has(opcode) ?? false))
        parts.push(...cut([...prefixes(random, codeSize), ...map, opcode, modrm], random, codeSize));
    }
  return Uint8Array.from(parts);
}

/**
 * Every opcode of the VEX maps 0F38 and 0F3A, with every prefix that VEX.pp stands for and every reg field, and again for those
 * on general registers. R, X, B, W, vvvv and L are random, but fitting mostly; outside 64-bit mode R and X are as they have to be.
 */
export function everyVexOpcode(random: () => number, codeSize: CodeSize): Uint8Array {
  const parts: number[] = [];
  for (const map of [2, 3])
    for (let pp = 0; pp < 4; pp++)
      for (let opcode = 0; opcode < 256; opcode++)
        for (let i = 0; i < (opcode < 0xf0 ? 8 : 64); i++) {
          const first = (codeSize === 64 ? random() & 0xe0 : 0xc0 | (random() & 0x20)) | map;
          const vvvv = random() % 2 === 0 ? 15 : random() & 15;
          const last = (random() & 0x80) | (vvvv << 3) | (random() % 8 === 0 ? 4 : 0) | pp;
          const modrm = (random() & 0xc7) | ((i & 7) << 3);
          parts.push(...cut([0xc4, first, last, opcode, modrm], random, codeSize));
        }
  return Uint8Array.from(parts);
}

function isPrefix(byte: number, codeSize: CodeSize): boolean {
  return byte === 0x0f || LEGACY_PREFIXES.includes(byte) || (codeSize === 64 && (byte & 0xf0) === 0x40);
}

function* modrms(random: () => number, whole: boolean): Generator<number> {
  for (let high = 0; high < 32; high++) yield (high << 3) | (random() & 7);
  if (whole) for (let low = 0xc0; low < 0x100; low++) yield low;
}

function cut(head: number[], random: () => number, codeSize: CodeSize): number[] {
  const bytes = [...head, ...randomBytes(random, 15)];
  try {
    return bytes.slice(0, decode(Uint8Array.from(bytes), 0, 0n, codeSize).length);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return [...head, ...new Array(15).fill(NOP)];
  }
}
