/** The soft-float library against the host's processor, bit for bit and flag for flag. */
import { expect, it } from 'vitest';
import { add, divide, multiply, squareRoot, subtract } from '../../../src/emulator/float/arithmetic.ts';
import { compare, maximum, minimum, type Relation } from '../../../src/emulator/float/compare.ts';
import { convert, fromInteger, roundToIntegral, store, toInteger } from '../../../src/emulator/float/convert.ts';
import {
  ALL_FLAGS,
  type Environment,
  environment,
  Flag,
  hasNoResult,
  type Rounding,
  sseNan,
  x87Nan,
} from '../../../src/emulator/float/environment.ts';
import {
  BINARY32,
  BINARY64,
  denormalAsZero,
  EXTENDED,
  EXTENDED_24,
  EXTENDED_53,
  type Float,
  type Format,
  pack,
  unpack,
} from '../../../src/emulator/float/format.ts';
import { remainder } from '../../../src/emulator/float/remainder.ts';
import { roundTo } from '../../../src/emulator/float/round.ts';
import { interestingFloat, interestingPair } from '../../cpu/floats.ts';
import { interesting, Random } from '../../cpu/random.ts';
import { describeWith } from '../../support/environment.ts';
import { type Answer, buildHost, type Request } from './host.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
const ROUNDS = Number(process.env.ROUNDS ?? 1500);

/** An operation as `host.c` numbers it. */
interface Operation {
  name: string;
  number: number;
  /** Of the operands; `null`: a 64-bit integer. */
  source: Format | null;
  /** What it computes, as the host shows it: an encoding, an integer, EFLAGS. */
  compute: (a: Float, b: Float, env: Environment, precision: Format, bits: bigint) => bigint | Relation;
}

const sse = (first: number, format: Format, other: Format): Operation[] => {
  const two = (name: string, number: number, f: typeof add): Operation => ({
    name,
    number,
    source: format,
    compute: (a, b, env) => pack(format, f(a, b, format, env)),
  });
  const operations: Operation[] = [
    two('add', first, add),
    two('sub', first + 1, subtract),
    two('mul', first + 2, multiply),
    two('div', first + 3, divide),
    two('sqrt', first + 4, (a, _, target, env) => squareRoot(a, target, env)),
    two('min', first + 5, (a, b, _, env) => minimum(a, b, env)),
    two('max', first + 6, (a, b, _, env) => maximum(a, b, env)),
    { name: 'comi', number: first + 7, source: format, compute: (a, b, env) => compare(a, b, false, env) },
    { name: 'ucomi', number: first + 8, source: format, compute: (a, b, env) => compare(a, b, true, env) },
    { name: 'cvt', number: first + 9, source: format, compute: (a, _, env) => pack(other, convert(a, other, env)) },
    { name: 'cvt2si', number: first + 10, source: format, compute: (a, _, env) => toInteger(a, 64, env) ?? 1n << 63n },
    {
      name: 'cvtt2si',
      number: first + 11,
      source: format,
      compute: (a, _, env) => BigInt.asUintN(32, toInteger(a, 32, env, true) ?? 1n << 31n),
    },
    {
      name: 'cvtsi2',
      number: first + 12,
      source: null,
      compute: (_a, _b, env, _p, bits) => pack(format, roundTo(fromInteger(BigInt.asIntN(64, bits)), format, env)),
    },
  ];
  return operations.map((operation) => ({ ...operation, name: `${format.name} ${operation.name}` }));
};

const arithmetic = (name: string, number: number, f: typeof add): Operation => ({
  name: `extended ${name}`,
  number,
  source: EXTENDED,
  compute: (a, b, env, precision) => pack(EXTENDED, f(a, b, precision, env)),
});
const load = (name: string, number: number, source: Format): Operation => ({
  name,
  number,
  source,
  compute: (a, _, env) => pack(EXTENDED, convert(a, EXTENDED, env)),
});
const save = (name: string, number: number, target: Format): Operation => ({
  name,
  number,
  source: EXTENDED,
  compute: (a, _, env) => pack(target, store(a, target, env)),
});
/** Encoding, and above it the quotient's last three bits and completeness. */
const takeRemainder = (name: string, number: number, isNearest: boolean): Operation => ({
  name: `extended ${name}`,
  number,
  source: EXTENDED,
  compute(a, b, env) {
    const { value, quotient, isComplete } = remainder(a, b, isNearest, EXTENDED, env);
    return pack(EXTENDED, value) | (BigInt(quotient ?? 0) << 80n) | (isComplete ? 1n << 84n : 0n);
  },
});
const saveInteger = (bits: number, number: number): Operation => ({
  name: `extended to integer of ${bits} bits`,
  number,
  source: EXTENDED,
  compute: (a, _, env) => BigInt.asUintN(bits, toInteger(a, bits, env) ?? 1n << BigInt(bits - 1)),
});

const SSE_OPERATIONS = [...sse(0, BINARY32, BINARY64), ...sse(20, BINARY64, BINARY32)];
const X87_OPERATIONS: Operation[] = [
  arithmetic('add', 40, add),
  arithmetic('sub', 41, subtract),
  arithmetic('mul', 42, multiply),
  arithmetic('div', 43, divide),
  arithmetic('sqrt', 44, (a, _, target, env) => squareRoot(a, target, env)),
  { name: 'extended comi', number: 47, source: EXTENDED, compute: (a, b, env) => compare(a, b, false, env) },
  { name: 'extended ucomi', number: 48, source: EXTENDED, compute: (a, b, env) => compare(a, b, true, env) },
  arithmetic('round to integral', 50, (a, _b, _f, env) => {
    if (a.isDenormal) env.flags |= Flag.DE;
    return hasNoResult(env) ? a : roundToIntegral(a, env);
  }),
  takeRemainder('remainder towards zero', 51, false),
  takeRemainder('remainder to nearest', 52, true),
  load('binary32 to extended', 53, BINARY32),
  load('binary64 to extended', 54, BINARY64),
  {
    name: 'integer to extended',
    number: 55,
    source: null,
    compute: (_a, _b, env, _p, bits) => pack(EXTENDED, roundTo(fromInteger(BigInt.asIntN(64, bits)), EXTENDED, env)),
  },
  save('extended to binary32', 56, BINARY32),
  save('extended to binary64', 57, BINARY64),
  saveInteger(16, 58),
  saveInteger(32, 59),
  saveInteger(64, 60),
];

function operands(random: Random, source: Format | null): { a: bigint; b: bigint } {
  if (!source) return { a: interesting(random), b: 0n };
  const [a, b] = random.chance(0.3)
    ? interestingPair(random, source)
    : [0, 0].map(() => interestingFloat(random, source));
  return { a: a as bigint, b: b as bigint };
}

const CF = 1;
const PF = 4;
const ZF = 64;
const RELATION_FLAGS: Record<Relation, number> = { less: CF, equal: ZF, greater: 0, unordered: ZF | PF | CF };

/** C0, C3 and C1 are the last bits of the quotient, C2 says that it is not there yet. */
function remainderBits(status: number): number {
  return ((status >> 6) & 4) | ((status >> 13) & 2) | ((status >> 9) & 1) | (status & 0x400 ? 0 : 16);
}
/** How the library's answer differs from the host's, or `null`. */
function difference(operation: Operation, request: Request, host: Answer): string | null {
  const isX87 = operation.number >= 40;
  const { control, a: aBits, b: bBits } = request;
  const rounding = (control >> (isX87 ? 10 : 13)) & 3;
  const masked = isX87 ? control & ALL_FLAGS : (control >> 7) & ALL_FLAGS;
  const env = environment(rounding as Rounding, masked, isX87 ? x87Nan : sseNan, !isX87 && (control & 0x8000) !== 0);
  const operand = (bits: bigint) => {
    const value = unpack(operation.source ?? BINARY64, bits);
    return !isX87 && control & 0x40 ? denormalAsZero(value) : value;
  };
  const precision = [EXTENDED_24, EXTENDED, EXTENDED_53, EXTENDED][(control >> 8) & 3] as Format;
  const mine = operation.compute(operand(aBits), operand(bBits), env, precision, aBits);
  const found: string[] = [];
  if (env.flags !== (host.status & ALL_FLAGS))
    found.push(`flags ${env.flags.toString(2)}, host ${(host.status & ALL_FLAGS).toString(2)}`);
  const isRemainder = operation.name.includes('remainder');
  const isStore = operation.number >= 56;
  const hasResult = !hasNoResult(env) && !(isStore && env.flags & ~masked & (Flag.OE | Flag.UE));
  if (typeof mine === 'string') {
    if (hasResult && (host.eflags & (CF | PF | ZF)) !== RELATION_FLAGS[mine])
      found.push(`${mine}, host's flags ${(host.eflags & (CF | PF | ZF)).toString(16)}`);
  } else if (hasResult) {
    const width = isX87 ? (isStore ? 64 : 80) : operation.name.includes('binary32') && operation.number < 9 ? 32 : 64;
    const theirs = BigInt.asUintN(width, host.result);
    if (isRemainder && remainderBits(host.status) !== Number((mine as bigint) >> 80n))
      found.push(`quotient and completeness ${(mine as bigint) >> 80n}, host ${remainderBits(host.status)}`);
    const cut = operation.name === 'binary64 cvt' || operation.name === 'binary32 cvtsi2' ? 32 : width;
    if (BigInt.asUintN(cut, mine) !== BigInt.asUintN(cut, theirs))
      found.push(`0x${BigInt.asUintN(cut, mine).toString(16)}, host 0x${BigInt.asUintN(cut, theirs).toString(16)}`);
    const c1 = (host.status & 0x200) !== 0;
    if (isX87 && !isRemainder && env.roundedUp !== c1) found.push(`rounded up: ${env.roundedUp}, host's C1 ${c1}`);
  }
  if (!found.length) return null;
  const shown = [aBits, bBits].map((bits) => `0x${bits.toString(16)}`).join(', ');
  return `${operation.name}(${shown}) with control 0x${control.toString(16)}: ${found.join('; ')}`;
}

describeWith(['gcc'], `soft-float against the host, seed ${seed}`, () => {
  const host = process.arch === 'x64' ? buildHost() : null;

  function check(operations: readonly Operation[], control: (random: Random) => number): void {
    if (!host) return;
    const random = new Random(seed, operations[0]?.number ?? 0);
    const cases = operations.flatMap((operation) =>
      Array.from({ length: ROUNDS }, () => {
        const request = {
          operation: operation.number,
          control: control(random),
          ...operands(random, operation.source),
        };
        return { operation, request };
      }),
    );
    const answers = host(cases.map(({ request }) => request));
    const found = cases.map(({ operation, request }, i) => difference(operation, request, answers[i] as Answer));
    const wrong = found.filter((text) => text !== null);
    const byOperation = new Map<string, number>();
    found.forEach((text, i) => {
      const name = cases[i]?.operation.name ?? '';
      if (text) byOperation.set(name, (byOperation.get(name) ?? 0) + 1);
    });
    expect(
      wrong.length,
      `${[...byOperation].map(([k, v]) => `${k} ${v}`).join(', ')} of ${cases.length}\n${wrong.slice(0, 20).join('\n')}`,
    ).toBe(0);
  }

  it('computes as SSE does, exceptions masked', { timeout: 120_000 }, () => {
    // Rounding, FZ and DAZ vary.
    check(SSE_OPERATIONS, (random) => 0x1f80 | (random.below(4) << 13) | random.pick([0, 0, 0x8000, 0x40, 0x8040]));
  });
  it('computes as the x87 does, with any mask', { timeout: 120_000 }, () => {
    check(
      X87_OPERATIONS,
      (random) =>
        0x40 | (random.chance(0.5) ? 0x3f : random.below(64)) | (random.pick([0, 2, 3]) << 8) | (random.below(4) << 10),
    );
  });
});
