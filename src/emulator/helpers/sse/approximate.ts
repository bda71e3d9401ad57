/**
 * RCPPS, RCPSS, RSQRTPS, RSQRTSS. The manual asks for a relative error of at most 1.5 * 2 ** -12 and leaves the bits to the
 * processor; here it is the exact value cut to 13 bits, which is within 2 ** -12. No exceptions, and MXCSR changes nothing.
 * Intel SDM volume 2, RCPPS and RSQRTPS.
 */
import type { Cpu } from '../../cpu/cpu.ts';
import { divide, squareRoot } from '../../float/arithmetic.ts';
import { fromInteger } from '../../float/convert.ts';
import { ALL_FLAGS, type Environment, environment, Rounding, sseNan } from '../../float/environment.ts';
import { BINARY32, denormalAsZero, type Float, type Format, pack, unpack } from '../../float/format.ts';
import type { Instruction } from '../../isa/instruction.ts';
import { lanesOf, vectorOf } from '../../wasm/lanes.ts';
import type { HelperTable } from '../operands.ts';
import { readVectorOperand, writeVectorOperand } from './operands.ts';

const SHORT: Format = { ...BINARY32, precision: 13 };
/** More than enough before the last rounding. */
const LONG: Format = { ...BINARY32, precision: 40, minExponent: -1000, maxExponent: 1000 };
const ONE = fromInteger(1n);

const reciprocal = (a: Float, env: Environment) => divide(ONE, a, SHORT, env);
const reciprocalRoot = (a: Float, env: Environment) => divide(ONE, squareRoot(a, LONG, env), SHORT, env);

/** Denormals count as zero, and results that would be denormal become zero. */
function approximate(bits: bigint, compute: (a: Float, env: Environment) => Float): bigint {
  const env = environment(Rounding.ZERO, ALL_FLAGS, sseNan, true);
  return pack(BINARY32, compute(denormalAsZero(unpack(BINARY32, bits)), env));
}
function helper(compute: (a: Float, env: Environment) => Float, isScalar: boolean): HelperTable[string] {
  return (cpu: Cpu, i: Instruction) => {
    const source = lanesOf(readVectorOperand(cpu, i, 1), 32);
    const old = lanesOf(readVectorOperand(cpu, i, 0), 32);
    const result = source.map((lane, n) => (isScalar && n > 0 ? old[n]! : approximate(lane, compute)));
    writeVectorOperand(cpu, i, 0, vectorOf(result, 32));
  };
}

export const sseApproximationHelpers: HelperTable = {
  rcpps: helper(reciprocal, false),
  rcpss: helper(reciprocal, true),
  rsqrtps: helper(reciprocalRoot, false),
  rsqrtss: helper(reciprocalRoot, true),
};
