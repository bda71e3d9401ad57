/** FADD, FSUB, FMUL, FDIV with their reversed, popping and integer forms; FSQRT and the signs. Intel SDM volume 2. */
import { add, divide, multiply, squareRoot, subtract } from '../../float/arithmetic.ts';
import type { Float } from '../../float/format.ts';
import type { Helper, HelperTable } from '../operands.ts';
import { compute, type Execution } from './execution.ts';
import { memoryNumber } from './loads.ts';

type Operation = typeof add;
const reversed =
  (operation: Operation): Operation =>
  (a, b, format, env) =>
    operation(b, a, format, env);

/** With memory the destination is ST(0), between registers the first operand. */
function arithmetic(operation: Operation, { isInteger = false, pops = false } = {}): Helper {
  return compute((x) => {
    const [first, second] = x.instruction.operands;
    const destination = first?.kind === 'x87' ? first.index : 0;
    const other = second?.kind === 'x87' ? x.st(second.index) : memoryNumber(x, isInteger);
    const own = x.st(destination);
    const value = x.result(() => operation(own, other, x.precision, x.env));
    if (!x.settle()) return;
    x.set(destination, value);
    if (pops) x.pop();
  });
}
function family(name: string, operation: Operation): HelperTable {
  return {
    [`f${name}`]: arithmetic(operation),
    [`f${name}p`]: arithmetic(operation, { pops: true }),
    [`fi${name}`]: arithmetic(operation, { isInteger: true }),
  };
}

/** ST(0) replaced by a function of it. */
export function unary(operation: (a: Float, x: Execution) => Float): Helper {
  return compute((x) => {
    const own = x.st(0);
    const value = x.result(() => operation(own, x));
    if (x.settle()) x.set(0, value);
  });
}
/** ST(0) replaced by a function of it and ST(1). */
export function binary(operation: (a: Float, b: Float, x: Execution) => Float): Helper {
  return compute((x) => {
    const [a, b] = [x.st(0), x.st(1)];
    const value = x.result(() => operation(a, b, x));
    if (x.settle()) x.set(0, value);
  });
}

/** ST(0) with another sign: no encoding is invalid for this. */
function sign(change: (signAndExponent: number) => number): Helper {
  return compute((x) => {
    const own = x.st(0);
    if (!x.settle()) return;
    if (x.hasStackFault) x.set(0, own);
    else {
      const [signAndExponent, significand] = x.encoding(0);
      x.setEncoding(0, [change(signAndExponent), significand]);
    }
  });
}

export const x87Arithmetic: HelperTable = {
  ...family('add', add),
  ...family('sub', subtract),
  ...family('subr', reversed(subtract)),
  ...family('mul', multiply),
  ...family('div', divide),
  ...family('divr', reversed(divide)),
  fsqrt: unary((a, x) => squareRoot(a, x.precision, x.env)),
  fabs: sign((signAndExponent) => signAndExponent & 0x7fff),
  fchs: sign((signAndExponent) => signAndExponent ^ 0x8000),
};
