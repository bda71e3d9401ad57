/** Preparations for x87 instructions whose operands, drawn at random, would mostly end in one of a few ways. */
import type { Draft } from './draft.ts';
import { littleEndian, RAX, RDX } from './draft.ts';
import { FpuImage } from './fpu-image.ts';
import { FPU_BYTES } from './layout.ts';
import type { Random } from './random.ts';
import { fillX87 } from './x87-values.ts';

const BIAS = 0x3fff;

/** Gives ST(i) an exponent, the number of its leading bit, with the integer bit that belongs to it. */
function setExponent(d: Draft, i: number, exponent: number): void {
  const { fpu } = d;
  if (!fpu) return;
  const { significand, signExponent } = fpu.st(i);
  fpu.setSt(i, { significand: significand | (1n << 63n), signExponent: (signExponent & 0x8000) | (exponent + BIAS) });
}
/** Lets ST(i) be in use. */
function occupy(d: Draft, i: number): void {
  if (d.fpu) d.fpu.tags |= 1 << ((d.fpu.top + i) & 7);
}
/** Lets ST(0) be zero, infinite, a NaN, unsupported, or a number whose exponent is at most `most`. */
function keepBelow(d: Draft, most: number): void {
  const { random, fpu } = d;
  if (!fpu) return;
  const biased = fpu.st(0).signExponent & 0x7fff;
  const isLarge = biased > BIAS + most && biased !== 0x7fff;
  if (!isLarge && random.chance(0.3)) return;
  if (random.chance(0.9)) occupy(d, 0);
  setExponent(d, 0, most - (random.chance(0.7) ? random.below(8) : random.below(90)));
}
const mostly = (d: Draft, then: (random: Random) => void) => {
  if (d.random.chance(0.8)) then(d.random);
};

/** A bit of MXCSR that AMD's processors have and Intel's have not. */
const MISALIGNED = 0x20000;

/** An image of FXSAVE for FXRSTOR, or with the header behind it for XRSTOR: such as can be loaded, mostly. */
function area(d: Draft, hasHeader: boolean): void {
  const { random } = d;
  const image = new FpuImage(new Uint8Array(FPU_BYTES).map(() => random.below(256)));
  fillX87(image, d);
  // Hosts that keep the pointers for exceptions alone load none.
  image.bytes.fill(0, 6, 24);
  image.mxcsr = random.chance(0.9) ? random.below(0x10000) : random.u32() & ~MISALIGNED;
  const header = new Uint8Array(64);
  header[0] = random.below(4);
  if (random.chance(0.1)) header[random.pick([7, 8, 14, 16, 23])] = random.pick([1, 0x40]);
  d.operand = hasHeader ? Uint8Array.from([...image.bytes, ...header]) : image.bytes;
}
/** Which components XSAVE and XRSTOR shall move. */
function chooseComponents(d: Draft): void {
  d.setRegister(RAX, BigInt(d.random.below(4)), 32);
  d.setRegister(RDX, 0n, 32);
  d.fixed.add(RAX);
  d.fixed.add(RDX);
}

export const X87_SETUPS: Readonly<Record<string, (draft: Draft) => void>> = {
  'area-save': () => {},
  'area-load': (d) => area(d, false),
  'area-xsave': chooseComponents,
  'area-xrstor': (d) => {
    area(d, true);
    chooseComponents(d);
  },
  'x87-scale': (d) =>
    mostly(d, (random) => {
      occupy(d, 0);
      occupy(d, 1);
      setExponent(d, 1, random.below(17) - 1);
    }),
  // F2XM1 and FYL2XP1: beyond these numbers the result is undefined.
  'x87-small': (d) => keepBelow(d, -1),
  'x87-smaller': (d) => keepBelow(d, -2),
  'x87-angle': (d) =>
    mostly(d, (random) => {
      occupy(d, 0);
      setExponent(d, 0, random.chance(0.7) ? random.below(12) - 6 : random.below(140) - 74);
    }),
  'x87-integer': (d) =>
    mostly(d, (random) => {
      occupy(d, 0);
      setExponent(
        d,
        0,
        random.chance(0.5) ? random.below(66) - 2 : random.pick([13, 14, 15, 29, 30, 31, 58, 59, 60, 62, 63]),
      );
    }),
  'x87-decimal': (d) =>
    mostly(d, (random) => {
      const digits = Array.from({ length: 9 }, () => random.below(10) * 16 + random.below(10));
      const kept = random.below(10);
      const bytes = Uint8Array.from([...digits.map((digit, i) => (i < kept ? digit : 0)), random.below(256)]);
      d.operand = random.chance(0.9) ? bytes : littleEndian(random.u64(), 16);
    }),
};
