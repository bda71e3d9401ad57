/** Random bytes as code: some as they come, most as instructions that decode, with jumps and operands that stay near. */
import { x87Helpers } from '../../../src/emulator/helpers/x87/index.ts';
import { decode } from '../../../src/emulator/isa/decode.ts';
import { type CodeSize, DecodeError, type Instruction } from '../../../src/emulator/isa/instruction.ts';
import { DEFINITIONS } from '../../../src/emulator/semantics/index.ts';
import { Random } from '../../cpu/random.ts';

const PREFIXES = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x66, 0x67, 0x67, 0xf0, 0xf2, 0xf3, 0xf3];
const MAPS: readonly (readonly number[])[] = [[], [], [], [0x0f], [0x0f, 0x38], [0x0f, 0x3a]];

/** Instructions to draw from: finding them costs more than running them. */
const POOL_SIZE = 4000;
const pools = new Map<CodeSize, number[][]>();

/** `length` bytes of code; `wild` is the share of bytes that are not made to decode. */
export function randomCode(random: Random, codeSize: CodeSize, length: number, wild: number): Uint8Array {
  const pool = poolOf(codeSize);
  const code: number[] = [];
  while (code.length < length) {
    if (random.chance(wild)) code.push(random.below(256));
    else code.push(...random.pick(pool));
  }
  return Uint8Array.from(code.slice(0, length));
}
/** The same for every seed, so that one seed and round tell the whole case. */
function poolOf(codeSize: CodeSize): number[][] {
  let pool = pools.get(codeSize);
  if (!pool) {
    const random = new Random(codeSize, 0);
    pool = Array.from({ length: POOL_SIZE }, () => randomInstruction(random, codeSize));
    pools.set(codeSize, pool);
  }
  return pool;
}
function randomInstruction(random: Random, codeSize: CodeSize): number[] {
  for (;;) {
    const bytes = candidate(random, codeSize);
    const instruction = tryDecode(bytes, codeSize);
    // Instructions that end a run before it has begun are left to the wild bytes.
    if (
      instruction &&
      (DEFINITIONS.has(instruction.mnemonic) || random.chance(isX87(instruction) ? 0.5 : 0.2)) &&
      instruction.mnemonic !== 'hlt'
    )
      return bytes.slice(0, instruction.length);
  }
}
const isX87 = ({ mnemonic }: Instruction) => mnemonic in x87Helpers;
function candidate(random: Random, codeSize: CodeSize): number[] {
  const bytes: number[] = [];
  while (random.chance(0.2)) bytes.push(random.pick(PREFIXES));
  if (codeSize === 64 && random.chance(0.4)) bytes.push(0x40 | random.below(16));
  bytes.push(...random.pick(MAPS), random.below(256));
  // Displacements and immediates are small, and of either sign, so that jumps and addresses stay near.
  const kind = random.below(4);
  bytes.push(random.below(256), ...(kind === 0 ? [random.below(256)] : []), random.below(256));
  const fill = random.chance(0.5) ? 0 : 0xff;
  while (bytes.length < 15) bytes.push(kind === 3 ? random.below(256) : fill);
  return bytes;
}
function tryDecode(bytes: number[], codeSize: CodeSize): Instruction | null {
  try {
    return decode(Uint8Array.from(bytes), 0, 0n, codeSize);
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}
