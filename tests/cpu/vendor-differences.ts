/**
 * What processors that are not Intel's do otherwise, seen on AMD's and left out there. The emulator follows Intel's manual,
 * and was compared with an Intel processor in all of these.
 */
import { ARITHMETIC, RF } from '../../src/emulator/cpu/flags.ts';
import { RSP } from '../../src/emulator/cpu/layout.ts';
import * as L from './layout.ts';
import { type Case, host, type Outcome } from './native.ts';

/** Is the whole outcome another by design? */
export function differsByVendor(c: Case, mnemonic: string, native: Outcome, emulated: Outcome): boolean {
  return (
    host().vendor !== 'GenuineIntel' && (isOther(c, mnemonic, native, emulated) || entersUpperHalf(c, native, emulated))
  );
}
function isOther(c: Case, mnemonic: string, native: Outcome, emulated: Outcome): boolean {
  switch (mnemonic) {
    // A trap after the instruction everywhere; virtual machines on AMD's processors see it before.
    case 'int1':
      return native.vector === 1 && emulated.vector === 1;
    // LOCK makes CR8 of CR0 (APM volume 3, "MOV CRn"); VERR and VERW tolerate it.
    case 'mov-cr':
    case 'verr':
    case 'verw':
      return c.code.subarray(0, 15).includes(0xf0);
    // MOVSXD to 16 bits reads 32 (APM volume 3) or 16 (SDM volume 2).
    case 'movsx':
      return c.code.includes(0x63) && [14, 17].includes(native.vector) && emulated.vector !== native.vector;
    // There are no far pointers of 80 bits (APM volume 3, "JMP (Far)"), and the offset of 32-bit code has to have 32 bits,
    // where Intel's processors cut it.
    case 'far-jmp':
    case 'far-call':
      // Of which width the stack pointer is in a far call between 64-bit and 32-bit code APM volume 3 does not say.
      if (mnemonic === 'far-call' && c.mode === 64 && !staysIn32Bits(c.gpr[RSP] as bigint)) return true;
      return isWideFarPointer(c, native, emulated);
    case 'load-far':
    case 'retf':
    case 'iret':
      return isWideFarPointer(c, native, emulated);
    // A pushed selector fills its slot, or 16 bits of it: see `undefined-flags.ts`.
    case 'push-segment':
      return native.vector === 14 && native.cr2 % BigInt(L.PAGE) === 0n && native.rip !== emulated.rip;
    default:
      return false;
  }
}
function isWideFarPointer({ mode, code }: Case, native: Outcome, emulated: Outcome): boolean {
  const hasRexW = code.some((byte) => (byte & 0xf8) === 0x48);
  return mode === 64 && hasRexW && native.vector === 13 && emulated.vector !== 13;
}
/** Whether two values of 8 bytes can be pushed without leaving the first 4 GiB. */
function staysIn32Bits(stackPointer: bigint): boolean {
  return stackPointer >= 16n && stackPointer >> 32n === 0n;
}
/**
 * An effective address that is not canonical, and is once the base of FS or GS has been added. The manuals look at the sum alone
 * (SDM volume 1, section 3.3.7.1; APM volume 2, section 5.3.1); AMD's processors refuse what is added to as well.
 */
function entersUpperHalf({ mode, code }: Case, native: Outcome, emulated: Outcome): boolean {
  const above = emulated.cr2 - UPPER_HALF;
  return (
    mode === 64 &&
    (code.includes(0x64) || code.includes(0x65)) &&
    (native.vector === 12 || native.vector === 13) &&
    native.errorCode === 0 &&
    emulated.vector === 14 &&
    above >= 0n &&
    above < BigInt(Math.max(L.FS_BASE, L.GS_BASE))
  );
}
const UPPER_HALF = 0xffff800000000000n;

/**
 * RFLAGS that mean something else: between two elements of a repeated string instruction AMD's processors do not set RF for
 * a trap, and CMPS and SCAS leave the arithmetic flags for the end.
 */
export function flagsByVendor(mnemonic: string, incomplete: boolean): number {
  if (host().vendor === 'GenuineIntel' || !incomplete) return 0;
  if (/^(cmps|scas)$/.test(mnemonic)) return RF | ARITHMETIC;
  return /^(movs|stos|lods|ins|outs)$/.test(mnemonic) ? RF : 0;
}
