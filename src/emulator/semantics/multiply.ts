/** Multiplication and division. Intel SDM volume 2, MUL, IMUL, DIV, IDIV. */
import { RAX, RDX } from '../cpu/layout.ts';
import type { I32, I64, Int } from '../wasm/expression.ts';
import { NO } from './arithmetic.ts';
import type { Emitter } from './emitter.ts';
import { ALL_WIDTHS, define, UNARY_FORMS, WORD_WIDTHS } from './registry.ts';

const DIVIDE_ERROR = 0;
const UNARY = { widths: ALL_WIDTHS, forms: UNARY_FORMS };

/** Upper 64 bits of the unsigned product, from 32-bit halves. */
export function multiplyHighUnsigned(e: Emitter, a: I64, b: I64): I64 {
  const half = (value: I64) => ({ low: e.keep(value.and(a.lift(0xffffffffn))), high: e.keep(value.shr(32)) });
  const x = half(a);
  const y = half(b);
  const middle = e.keep(x.high.mul(y.low).add(x.low.mul(y.low).shr(32)));
  const other = e.keep(x.low.mul(y.high).add(middle.and(a.lift(0xffffffffn))));
  return x.high.mul(y.high).add(middle.shr(32)).add(other.shr(32));
}
function multiplyHighSigned(e: Emitter, a: I64, b: I64): I64 {
  const correction = a.sar(63).and(b).add(b.sar(63).and(a));
  return multiplyHighUnsigned(e, a, b).sub(correction);
}
/** Both halves of the double-width product, and whether the upper half says more than the lower. */
export function product(e: Emitter, a: Int, b: Int, isSigned: boolean): { low: Int; high: Int; overflow: I32 } {
  if (e.width === 64) {
    const x = a.toI64();
    const y = b.toI64();
    const low = e.keep(x.mul(y));
    const high = e.keep(isSigned ? multiplyHighSigned(e, x, y) : multiplyHighUnsigned(e, x, y));
    return { low, high, overflow: isSigned ? high.ne(low.sar(63)) : high.ne(0) };
  }
  const extend = (value: Int) => (isSigned ? value.signExtend(e.width) : value.toI64());
  const whole = e.keep(extend(a).mul(extend(b)));
  const low = e.keep(whole.truncate(e.width));
  const high = e.keep(whole.shr(e.width).truncate(e.width));
  return { low, high, overflow: isSigned ? low.signExtend(e.width).ne(whole) : high.eqz().eqz() };
}
function widening(isSigned: boolean): (e: Emitter) => void {
  return (e) => {
    const { low, high, overflow } = product(e, e.register(RAX, e.width), e.read(0), isSigned);
    const carry = e.keep(overflow);
    setPair(e, low, high);
    e.setResultFlags(low, carry, carry, NO);
  };
}
/** Low and high half to AL and AH, or rAX and rDX. */
function setPair(e: Emitter, low: Int, high: Int): void {
  if (e.width === 8) {
    e.setRegister(RAX, low.or(high.shl(8)), 16);
  } else {
    e.setRegister(RAX, low, e.width);
    e.setRegister(RDX, high, e.width);
  }
}
define('mul', UNARY, widening(false));

/** One operand: widening. Two or three: the product, cut to the operand size, in the first. */
define('imul', UNARY, widening(true));
define('imul2', { widths: WORD_WIDTHS, forms: ['rr', 'rm'] }, (e) => truncating(e, e.read(0), e.read(1)));
define('imul3', { widths: WORD_WIDTHS, forms: ['rri', 'rmi'] }, (e) => truncating(e, e.read(1), e.read(2)));
function truncating(e: Emitter, a: Int, b: Int): void {
  const { low, overflow } = product(e, a, b, true);
  const carry = e.keep(overflow);
  e.write(0, low);
  e.setResultFlags(low, carry, carry, NO);
}

define('div', UNARY, (e) => {
  const divisor = e.read(0);
  e.when(divisor.eqz(), () => e.raise(DIVIDE_ERROR));
  if (e.width === 64) {
    e.when(e.register(RDX, 64).ne(0), () => e.delegate());
    const dividend = e.keep(e.register(RAX, 64));
    setPair(e, e.keep(dividend.divU(divisor)), e.keep(dividend.remU(divisor)));
    return;
  }
  const dividend = e.keep(pair(e));
  const wide = e.keep(divisor.toI64());
  const quotient = e.keep(dividend.divU(wide));
  e.when(quotient.shr(e.width).ne(0), () => e.raise(DIVIDE_ERROR));
  setPair(e, quotient.truncate(e.width), e.keep(dividend.remU(wide).truncate(e.width)));
});
define('idiv', UNARY, (e) => {
  const divisor = e.read(0);
  e.when(divisor.eqz(), () => e.raise(DIVIDE_ERROR));
  const wide = e.keep(divisor.signExtend(e.width));
  if (e.width === 64) {
    const dividend = e.keep(e.register(RAX, 64).toI64());
    // A dividend that needs rDX, or the one quotient that does not fit.
    const needsHigh = e.register(RDX, 64).toI64().ne(dividend.sar(63));
    const smallest = dividend.lift(1n << 63n);
    e.when(needsHigh.or(dividend.eq(smallest).and(wide.eq(-1))), () => e.delegate());
    setPair(e, e.keep(dividend.divS(wide)), e.keep(dividend.remS(wide)));
    return;
  }
  const dividend = e.keep(pair(e).signExtend(2 * e.width));
  // WebAssembly traps on the one 64-bit quotient that overflows.
  e.when(dividend.eq(dividend.lift(1n << 63n)).and(wide.eq(-1)), () => e.raise(DIVIDE_ERROR));
  const quotient = e.keep(dividend.divS(wide));
  e.when(quotient.signExtend(e.width).ne(quotient), () => e.raise(DIVIDE_ERROR));
  setPair(e, quotient.truncate(e.width), e.keep(dividend.remS(wide).truncate(e.width)));
});
/** AX, DX:AX or EDX:EAX as one number, zero-dividend. */
function pair(e: Emitter): I64 {
  if (e.width === 8) return e.register(RAX, 16).toI64();
  return e.register(RAX, e.width).toI64().or(e.register(RDX, e.width).toI64().shl(e.width));
}
