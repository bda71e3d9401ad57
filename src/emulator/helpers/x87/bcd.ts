/** FBLD and FBSTP: 18 decimal digits, two in a byte, and a sign in the tenth. Intel SDM volume 1, section 4.7. */
import { fromInteger, toInteger } from '../../float/convert.ts';
import { Flag } from '../../float/environment.ts';
import type { HelperTable } from '../operands.ts';
import { compute } from './execution.ts';
import { pushResult } from './loads.ts';
import { readMemory, writableMemory } from './memory.ts';

const DIGITS = 18;
const LIMIT = 10n ** BigInt(DIGITS);
const SIGN = 1n << 79n;
/** What the masked response to an invalid operand stores. */
const INDEFINITE = 0xffffc000000000000000n;

/** Digits above 9 count as what they are, as processors do; the manual leaves it open. */
function decode(bits: bigint): bigint {
  let value = 0n;
  for (let i = DIGITS - 1; i >= 0; i--) value = value * 10n + ((bits >> BigInt(4 * i)) & 15n);
  return value;
}
function encode(value: bigint): bigint {
  let bits = 0n;
  let rest = value;
  for (let i = 0; i < DIGITS; i++, rest /= 10n) bits |= (rest % 10n) << BigInt(4 * i);
  return bits;
}

export const x87Bcd: HelperTable = {
  fbld: compute((x) => {
    const bits = readMemory(x.cpu, x.instruction);
    pushResult(x, { ...fromInteger(decode(bits)), negative: (bits & SIGN) !== 0n });
  }),
  fbstp: compute((x) => {
    const { env } = x;
    const own = x.st(0);
    let value = x.hasStackFault ? null : toInteger(own, 64, env);
    if (value !== null && (value >= LIMIT || value <= -LIMIT)) {
      env.flags = (env.flags & ~Flag.PE) | Flag.IE;
      env.roundedUp = false;
      value = null;
    }
    const write = writableMemory(x.cpu, x.instruction);
    if (!x.settle()) return;
    if (value === null) write(INDEFINITE);
    else write(encode(value < 0n ? -value : value) | (own.negative ? SIGN : 0n));
    x.pop();
  }),
};
