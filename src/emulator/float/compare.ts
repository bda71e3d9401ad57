/** Comparison, and the minimum and maximum that SSE makes of it. */
import { noteDenormal } from './arithmetic.ts';
import { type Environment, Flag } from './environment.ts';
import type { Float } from './format.ts';

export type Relation = 'less' | 'equal' | 'greater' | 'unordered';

/**
 * How `a` stands to `b`. IE for a signalling NaN, and for a quiet one as well unless `isQuiet` (FUCOM, UCOMISD, CMPEQPD...);
 * DE for a denormal where neither is a NaN.
 */
export function compare(a: Float, b: Float, isQuiet: boolean, env: Environment): Relation {
  env.roundedUp = false;
  const first = unorderedKind(a);
  const second = unorderedKind(b);
  if (first !== 'none' || second !== 'none') {
    if (!isQuiet || first === 'invalid' || second === 'invalid') env.flags |= Flag.IE;
    return 'unordered';
  }
  noteDenormal(env, a, b);
  if (a.kind === 'zero' && b.kind === 'zero') return 'equal';
  if (a.kind === 'zero') return b.negative ? 'greater' : 'less';
  if (b.kind === 'zero' || a.negative !== b.negative) return a.negative ? 'less' : 'greater';
  const difference = compareMagnitudes(a, b);
  if (difference === 0) return 'equal';
  return difference < 0 !== a.negative ? 'less' : 'greater';
}
function unorderedKind({ kind }: Float): 'none' | 'quiet' | 'invalid' {
  if (kind === 'quiet') return 'quiet';
  return kind === 'signalling' || kind === 'unsupported' ? 'invalid' : 'none';
}
/** Neither of them zero or a NaN. */
function compareMagnitudes(a: Float, b: Float): number {
  if (a.kind === 'infinity' || b.kind === 'infinity')
    return Number(a.kind === 'infinity') - Number(b.kind === 'infinity');
  if (a.exponent !== b.exponent) return a.exponent - b.exponent;
  return a.significand < b.significand ? -1 : Number(a.significand > b.significand);
}

/** MINSS and its kin: the first operand only if it is less; for a NaN (with IE) and for two zeros the second, unchanged. */
export function minimum(a: Float, b: Float, env: Environment): Float {
  return compare(a, b, false, env) === 'less' ? a : b;
}
/** MAXSS and its kin. */
export function maximum(a: Float, b: Float, env: Environment): Float {
  return compare(a, b, false, env) === 'greater' ? a : b;
}
