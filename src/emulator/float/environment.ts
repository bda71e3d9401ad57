/** How results are rounded, which exceptions are masked, and what an operation reports: the common part of FCW and MXCSR. */
import type { Float } from './format.ts';

/** Exceptions, at their bits of the x87 status word and of MXCSR (Intel SDM volume 1, section 4.9.1). */
export const Flag = { IE: 1, DE: 2, ZE: 4, OE: 8, UE: 16, PE: 32 } as const;
export const ALL_FLAGS = 63;
/** Found before an operation is carried out: where one of these is not masked, there is no result, nor a later flag. */
export const BEFORE_RESULT = Flag.IE | Flag.DE | Flag.ZE;

/** As the RC fields encode it. */
export const Rounding = { NEAREST: 0, DOWN: 1, UP: 2, ZERO: 3 } as const;
export type Rounding = (typeof Rounding)[keyof typeof Rounding];

/** Which of two operands, at least one of them a NaN, becomes the result (quieted afterwards). */
export type NanRule = (a: Float, b: Float) => Float;

export interface Environment {
  rounding: Rounding;
  /**
   * The flags whose exceptions are masked. Where overflow or underflow is not, results carry an exponent changed by the
   * format's `rebias`, as the x87 delivers them to registers; SSE delivers none, so it may ignore what it is given.
   */
  masked: number;
  /** MXCSR.FZ: a result that is tiny becomes zero, if underflow is masked. */
  flushToZero: boolean;
  nanRule: NanRule;
  /** Out: what the operation raised; start each with 0. */
  flags: number;
  /** Out: rounding made the magnitude larger (the x87's C1). */
  roundedUp: boolean;
}

export function environment(rounding: Rounding, masked: number, nanRule: NanRule, flushToZero = false): Environment {
  return { rounding, masked, flushToZero, nanRule, flags: 0, roundedUp: false };
}
/** An exception that leaves no result has been found. */
export function hasNoResult(env: Environment): boolean {
  return (env.flags & ~env.masked & BEFORE_RESULT) !== 0;
}

const isNan = ({ kind }: Float) => kind === 'quiet' || kind === 'signalling';

/** Intel SDM volume 1, table 4-7, "SSE/SSE2/...": the first operand, if it is a NaN. */
export const sseNan: NanRule = (a, b) => (isNan(a) ? a : b);

/** The same table, "x87 FPU": a quiet NaN before a signalling one, then the larger significand, then the positive one. */
export const x87Nan: NanRule = (a, b) => {
  if (!isNan(a)) return b;
  if (!isNan(b)) return a;
  if (a.kind !== b.kind) return a.kind === 'quiet' ? a : b;
  if (a.significand !== b.significand) return a.significand > b.significand ? a : b;
  return a.negative ? b : a;
};
