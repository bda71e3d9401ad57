/** What the manual leaves open about MMX and SSE, or AMD's processors do otherwise: left out on every host. */
import { FpuImage } from './fpu-image.ts';
import type { GeneratedCase } from './generate.ts';
import type { Case, Outcome } from './native.ts';

const [MF, AC] = [16, 17];
const isFault = ({ vector }: Outcome) => vector >= 12 && vector <= 14;

/** Is the whole outcome left open? @param mnemonic of the instruction that ended the case */
export function isOpenInSse(c: Case, mnemonic: string, host: Outcome, emulated: Outcome): boolean {
  if (hasMisalignedMode(host)) return true;
  // SDM volume 2, MOVDQU: whether an address that is not aligned raises #AC is left to the processor.
  const [theirs, ours] = [host, emulated].map(({ vector, rip }) => (vector === AC ? rip : null));
  if (ANY_ALIGNMENT.test(mnemonic) && theirs !== ours) return true;
  switch (mnemonic) {
    // Nor does the manual say whether the places of components are touched that are not asked for.
    case 'xsave':
    case 'xsaveopt':
    case 'xrstor':
      return !asksForAll(c) && (isFault(host) !== isFault(emulated) || host.rip !== emulated.rip);
    // SDM volume 2, MASKMOVQ and MASKMOVDQU: with a mask of zeros, faults may or may not be signalled.
    case 'maskmovq':
    case 'maskmovdqu':
      return isFault(host) !== isFault(emulated);
    // SDM volume 2: a transition to MMX, which waits for x87 exceptions; AMD's processors make none for a source in memory.
    case 'cvtpi2ps':
      return host.vector === MF || emulated.vector === MF;
    default:
      return false;
  }
}
const ANY_ALIGNMENT = /^(movups|movupd|movdqu|lddqu|pcmp[ei]str[im])$/;
/** x87 and SSE, in EDX:EAX. */
function asksForAll({ gpr }: Case): boolean {
  return ((gpr[0] as bigint) & 3n) === 3n;
}

/** AMD's processors have a bit in MXCSR that lets vectors be misaligned (APM volume 2, section 11.4.2); it is reserved elsewhere. */
function hasMisalignedMode({ fpu }: Outcome): boolean {
  return fpu !== null && new FpuImage(fpu).mxcsr > 0xffff;
}

/**
 * Is it open whether the x87 registers have been taken over by MMX? So it is where the store of MASKMOVQ faults or the result of
 * a conversion to an mmx register raises an exception (AMD's processors have taken over by then, and the manual does not say),
 * and for CVTPI2PS from memory, as above.
 */
export function isTakeOverOpen({ instructions }: GeneratedCase, { vector }: Outcome): boolean {
  return instructions.some(
    ({ form, memory }) =>
      (vector > 3 && /^(maskmovq|cvt.*pi)/.test(form.mnemonic)) || (form.mnemonic === 'cvtpi2ps' && memory !== null),
  );
}
