/** Shifts and rotates. Intel SDM volume 1, section 7.3.6; flags as in volume 2, SAL/SAR/SHL/SHR, RCL/RCR/ROL/ROR, SHLD, SHRD. */
import { type I32, type Int, select } from '../wasm/expression.ts';
import { NO, topBit } from './arithmetic.ts';
import type { Emitter, Width } from './emitter.ts';
import { ALL_WIDTHS, define, WORD_WIDTHS } from './registry.ts';

/** Operand and count; the count is an immediate or CL. */
const SHIFT = { widths: ALL_WIDTHS, forms: ['ri', 'mi', 'rr', 'mr'] };

/** The count operand, masked as the processor masks it: to 5 bits, or 6 for 64-bit operands. */
function maskedCount(e: Emitter, n: number): Int {
  return e.keep(
    e
      .read(n, 8)
      .and(e.width === 64 ? 63 : 31)
      .carriedIn(e.width),
  );
}
/** A value of `width` bits sign-extended within its carrier. */
function signed(value: Int, width: Width): Int {
  return width < 32 ? value.shl(32 - width).sar(32 - width) : value;
}

interface Shift {
  shifted(a: Int, count: Int, width: Width): Int;
  /** The last bit shifted out, in bit 0. Never asked for a count of zero. */
  lastOut(a: Int, count: Int, width: Width): Int;
  overflow(a: Int, result: Int, carry: I32, width: Width): I32;
}
function shift({ shifted, lastOut, overflow }: Shift): (e: Emitter) => void {
  return (e) => {
    const a = e.modify(0);
    const count = maskedCount(e, 1);
    const result = e.keep(shifted(a, count, e.width).truncate(e.width));
    e.write(0, result);
    e.when(count.ne(0), () => {
      const carry = e.keep(lastOut(a, count, e.width).toI32().and(1));
      e.setResultFlags(result, carry, overflow(a, result, carry, e.width), NO);
    });
  };
}
define(
  'shl',
  SHIFT,
  shift({
    shifted: (a, count) => a.shl(count),
    // Counts beyond the width of 8- and 16-bit operands shift out zeros.
    lastOut: (a, count, width) => select(count.gtU(width), a.lift(0), a.shr(a.lift(width).sub(count))),
    overflow: (_a, result, carry, width) => topBit(result, width).xor(carry),
  }),
);
define(
  'shr',
  SHIFT,
  shift({
    shifted: (a, count) => a.shr(count),
    lastOut: (a, count) => a.shr(count.sub(1)),
    overflow: (a, _result, _carry, width) => topBit(a, width),
  }),
);
define(
  'sar',
  SHIFT,
  shift({
    shifted: (a, count, width) => signed(a, width).sar(count),
    lastOut: (a, count, width) => signed(a, width).sar(count.sub(1)),
    overflow: () => NO,
  }),
);

define('rol', SHIFT, (e) => {
  const a = e.modify(0);
  const count = maskedCount(e, 1);
  const result = e.keep(rotateLeft(a, count, e.width));
  e.write(0, result);
  e.when(count.ne(0), () => {
    const carry = e.keep(result.toI32().and(1));
    e.setCarryOverflow(carry, topBit(result, e.width).xor(carry));
  });
});
define('ror', SHIFT, (e) => {
  const a = e.modify(0);
  const count = maskedCount(e, 1);
  const result = e.keep(rotateLeft(a, a.lift(0).sub(count), e.width));
  e.write(0, result);
  e.when(count.ne(0), () => {
    const carry = e.keep(topBit(result, e.width));
    e.setCarryOverflow(carry, topBit(result.shl(1), e.width).xor(carry));
  });
});
function rotateLeft(a: Int, count: Int, width: Width): Int {
  if (width >= 32) return a.rotl(count);
  const left = count.and(width - 1);
  const right = a.lift(width).sub(left);
  return a.shl(left).or(a.shr(right)).truncate(width);
}

// Through-carry rotates turn width + 1 bits. All widths work in 64 bits, but for 64-bit operands the carry has no room
// there: the two parts are put together by shifts whose counts stay below 64.
define('rcl', SHIFT, (e) => rotateThroughCarry(e, 'left'));
define('rcr', SHIFT, (e) => rotateThroughCarry(e, 'right'));
function rotateThroughCarry(e: Emitter, direction: 'left' | 'right'): void {
  const { width } = e;
  const a = e.modify(0);
  const masked = maskedCount(e, 1);
  const carryIn = e.keep(e.carry());
  const count = e.keep(width < 32 ? masked.remU(width + 1) : masked);
  const value = e.keep(a.toI64());
  const wideCount = e.keep(count.toI64());
  const wideCarry = e.keep(carryIn.toI64());
  // For a count of 1 to width: `rest` bits go round through the carry.
  const rest = e.keep(wideCount.lift(width).sub(wideCount));
  const high =
    direction === 'left'
      ? value.shl(wideCount).or(wideCarry.shl(wideCount.sub(1)))
      : value.shr(wideCount).or(wideCarry.shl(rest));
  const low =
    direction === 'left'
      ? select(wideCount.gtU(1), value.shr(rest.add(1)), value.lift(0))
      : select(wideCount.gtU(1), value.shl(rest.add(1)), value.lift(0));
  const turned = e.keep(count.ne(0));
  const result = e.keep(select(turned, high.or(low), value).truncate(width));
  e.write(0, result);
  e.when(turned, () => {
    const out = direction === 'left' ? value.shr(rest) : value.shr(wideCount.sub(1));
    const carry = e.keep(out.toI32().and(1));
    const overflow =
      direction === 'left' ? topBit(result, width).xor(carry) : topBit(result, width).xor(topBit(result.shl(1), width));
    e.setCarryOverflow(carry, overflow);
  });
}

/** Destination, register that supplies the bits, count (immediate or CL). */
const DOUBLE = { widths: WORD_WIDTHS, forms: ['rri', 'mri', 'rrr', 'mrr'] };

interface DoubleShift {
  /** In the direction of the shift, and against it. */
  along(a: Int, count: Int): Int;
  against(a: Int, count: Int): Int;
  /** The last bit shifted out of a value, in bit 0. Never asked for a count of zero. */
  lastOut(a: Int, count: Int, width: Width): Int;
}
function doubleShift({ along, against, lastOut }: DoubleShift): (e: Emitter) => void {
  return (e) => {
    const { width } = e;
    const a = e.modify(0);
    const b = e.read(1);
    const count = maskedCount(e, 2);
    const shifted = along(a, count).or(against(b, a.lift(width).sub(count)));
    // Counts above 16 with 16-bit operands are undefined: like current processors, take bits from the destination again.
    const beyond = count.gtU(16);
    const again = along(b, count.sub(16)).or(against(a, a.lift(32).sub(count)));
    const result = e.keep(
      (width === 16 ? select(beyond, again, shifted) : select(count.eqz(), a, shifted)).truncate(width),
    );
    e.write(0, result);
    e.when(count.ne(0), () => {
      const out = lastOut(a, count, width);
      const carry = width === 16 ? select(beyond, lastOut(b, count.sub(16), width), out) : out;
      e.setResultFlags(result, e.keep(carry.toI32().and(1)), topBit(a.xor(result), width), NO);
    });
  };
}
define(
  'shld',
  DOUBLE,
  doubleShift({
    along: (a, count) => a.shl(count),
    against: (a, count) => a.shr(count),
    lastOut: (a, count, width) => a.shr(a.lift(width).sub(count)),
  }),
);
define(
  'shrd',
  DOUBLE,
  doubleShift({
    along: (a, count) => a.shr(count),
    against: (a, count) => a.shl(count),
    lastOut: (a, count) => a.shr(count.sub(1)),
  }),
);
