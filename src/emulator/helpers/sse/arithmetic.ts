/** Floating-point arithmetic of SSE to SSE4.1, exactly: what the interpreter's quick ways do not cover. */
import type { Cpu } from '../../cpu/cpu.ts';
import { add, divide, multiply, squareRoot, subtract } from '../../float/arithmetic.ts';
import { compare, maximum, minimum } from '../../float/compare.ts';
import { roundToIntegral } from '../../float/convert.ts';
import { type Environment, Flag, type Rounding } from '../../float/environment.ts';
import { BINARY32, BINARY64, type Float, type Format, pack } from '../../float/format.ts';
import type { Instruction } from '../../isa/instruction.ts';
import { type Lane, lanesOf, vectorOf } from '../../wasm/lanes.ts';
import type { HelperTable } from '../operands.ts';
import { immediateOf, readVectorOperand, writeVectorOperand } from './operands.ts';
import { SseUnit } from './unit.ts';

/** Of two lanes. */
export type Operation = (a: Float, b: Float, format: Format, env: Environment) => Float;

interface Shape {
  suffix: 'ps' | 'pd' | 'ss' | 'sd';
  format: Format;
  lane: 32 | 64;
  isScalar: boolean;
}
export const SHAPES: readonly Shape[] = [
  { suffix: 'ps', format: BINARY32, lane: 32, isScalar: false },
  { suffix: 'pd', format: BINARY64, lane: 64, isScalar: false },
  { suffix: 'ss', format: BINARY32, lane: 32, isScalar: true },
  { suffix: 'sd', format: BINARY64, lane: 64, isScalar: true },
];
const PACKED = SHAPES.slice(0, 2);

/**
 * Computes the lanes of the destination from those of both operands; a scalar instruction leaves all but the first alone.
 * @param compute the new lane `n`
 */
function lanewise(
  cpu: Cpu,
  i: Instruction,
  { lane, isScalar }: Pick<Shape, 'lane' | 'isScalar'>,
  compute: (unit: SseUnit, a: readonly bigint[], b: readonly bigint[], n: number) => bigint,
): void {
  const b = lanesOf(readVectorOperand(cpu, i, 1), lane);
  const a = lanesOf(readVectorOperand(cpu, i, 0), lane);
  const unit = new SseUnit(cpu);
  const result = a.map((old, n) => (isScalar && n > 0 ? old : compute(unit, a, b, n)));
  unit.settle();
  writeVectorOperand(cpu, i, 0, vectorOf(result, lane));
}
function apply(unit: SseUnit, format: Format, operation: Operation, a: bigint, b: bigint): bigint {
  return unit.compute((env) => pack(format, operation(unit.operand(format, a), unit.operand(format, b), format, env)));
}

const OPERATIONS: Record<string, Operation> = {
  add,
  sub: subtract,
  mul: multiply,
  div: divide,
  sqrt: (_a, b, format, env) => squareRoot(b, format, env),
  min: (a, b, _format, env) => minimum(a, b, env),
  max: (a, b, _format, env) => maximum(a, b, env),
};

/** The comparisons that an immediate chooses (Intel SDM volume 2, CMPPD, table 3-1): those of relations that hold, without IE for a quiet NaN or with. */
const PREDICATES: readonly [holds: readonly string[], isQuiet: boolean][] = [
  [['equal'], true],
  [['less'], false],
  [['less', 'equal'], false],
  [['unordered'], true],
  [['less', 'greater', 'unordered'], true],
  [['equal', 'greater', 'unordered'], false],
  [['greater', 'unordered'], false],
  [['less', 'equal', 'greater'], true],
];

/** ROUNDPS and its kin: the immediate's own rounding mode, that of MXCSR instead, no PE. */
const ROUND_BY_MXCSR = 4;
const ROUND_QUIETLY = 8;

/** The products that the immediate's upper half chooses, summed in pairs, in the lanes that its lower half chooses. */
function dotProduct(cpu: Cpu, i: Instruction, { lane, format }: Shape): void {
  const control = immediateOf(i);
  const b = lanesOf(readVectorOperand(cpu, i, 1), lane);
  const a = lanesOf(readVectorOperand(cpu, i, 0), lane);
  const unit = new SseUnit(cpu);
  let terms = a.map((value, n) => (control & (0x10 << n) ? apply(unit, format, multiply, value, b[n]!) : 0n));
  unit.settle();
  while (terms.length > 1) {
    const { length } = terms;
    terms = Array.from({ length: length / 2 }, (_, n) => apply(unit, format, add, terms[2 * n]!, terms[2 * n + 1]!));
    unit.settle();
  }
  const result = a.map((_, n) => (control & (1 << n) ? terms[0]! : 0n));
  writeVectorOperand(cpu, i, 0, vectorOf(result, lane as Lane));
}

function* helpers(): Generator<[string, HelperTable[string]]> {
  for (const shape of SHAPES) {
    const { suffix, format } = shape;
    for (const [name, operation] of Object.entries(OPERATIONS))
      yield [
        name + suffix,
        (cpu, i) => lanewise(cpu, i, shape, (unit, a, b, n) => apply(unit, format, operation, a[n]!, b[n]!)),
      ];
    yield [
      `cmp${suffix}`,
      (cpu, i) => {
        const [holds, isQuiet] = PREDICATES[immediateOf(i) & 7]!;
        lanewise(cpu, i, shape, (unit, a, b, n) => {
          const [x, y] = [unit.operand(format, a[n]!), unit.operand(format, b[n]!)];
          return unit.compute((env) => (holds.includes(compare(x, y, isQuiet, env)) ? -1n : 0n));
        });
      },
    ];
    yield [
      `round${suffix}`,
      (cpu, i) => {
        const control = immediateOf(i);
        lanewise(cpu, i, shape, (unit, _a, b, n) => {
          const rounding = control & ROUND_BY_MXCSR ? unit.rounding : ((control & 3) as Rounding);
          return unit.compute((env) => {
            const rounded = roundToIntegral(unit.operand(format, b[n]!), env, rounding);
            if (control & ROUND_QUIETLY) env.flags &= ~Flag.PE;
            return pack(format, rounded);
          });
        });
      },
    ];
  }
  for (const shape of PACKED) {
    const { suffix, format, lane } = shape;
    const half = 64 / lane;
    for (const [name, operation] of [
      ['hadd', add],
      ['hsub', subtract],
    ] as const)
      yield [
        name + suffix,
        (cpu, i) =>
          lanewise(cpu, i, shape, (unit, a, b, n) => {
            const from = n < half ? a : b;
            const first = 2 * (n % half);
            return apply(unit, format, operation, from[first]!, from[first + 1]!);
          }),
      ];
    yield [
      `addsub${suffix}`,
      (cpu, i) => lanewise(cpu, i, shape, (unit, a, b, n) => apply(unit, format, n % 2 ? add : subtract, a[n]!, b[n]!)),
    ];
    yield [`dp${suffix}`, (cpu, i) => dotProduct(cpu, i, shape)];
  }
}
export const sseArithmeticHelpers: HelperTable = Object.fromEntries(helpers()) as HelperTable;
