/**
 * Condition codes as WebAssembly expressions, one function for each lazy form of the flags (`cpu/flags.ts`). Intel SDM
 * volume 1, appendix B.
 */
import { CF, OF, PF, SF, ZF } from '../cpu/flags.ts';
import { type I32, type I64, i32 } from '../wasm/expression.ts';

/** Conditions that the result alone decides, in every lazy kind but packed; `null` for the others. */
export function conditionOfResult(result: I64, cc: number): I32 | null {
  switch (cc) {
    case 4:
      return result.eqz();
    case 5:
      return result.ne(0);
    case 8:
      return result.ltS(0);
    case 9:
      return result.geS(0);
    case 10:
      return parity(result);
    case 11:
      return parity(result).eqz();
    default:
      return null;
  }
}
/** PF: 1 if the low byte has an even number of ones. */
export function parity(result: I64): I32 {
  return result.toI32().and(0xff).popcnt().and(1).eqz();
}
/** Conditions on a - b. */
export function conditionOfDifference(a: I64, b: I64, result: I64, cc: number): I32 {
  const overflow = () => a.xor(b).and(a.xor(result)).ltS(0);
  switch (cc) {
    case 0:
      return overflow();
    case 1:
      return overflow().eqz();
    case 2:
      return a.ltU(b);
    case 3:
      return a.geU(b);
    case 6:
      return a.leU(b);
    case 7:
      return a.gtU(b);
    case 12:
      return a.ltS(b);
    case 13:
      return a.geS(b);
    case 14:
      return a.leS(b);
    case 15:
      return a.gtS(b);
    default:
      throw new Error(`condition ${cc} follows from the result alone`);
  }
}
/** Conditions with CF = OF = 0. */
export function conditionOfLogic(result: I64, cc: number): I32 {
  switch (cc) {
    case 0:
    case 2:
      return i32(0);
    case 1:
    case 3:
      return i32(1);
    case 6:
      return result.eqz();
    case 7:
      return result.ne(0);
    case 12:
      return result.ltS(0);
    case 13:
      return result.geS(0);
    case 14:
      return result.leS(0);
    case 15:
      return result.gtS(0);
    default:
      throw new Error(`condition ${cc} follows from the result alone`);
  }
}
export function conditionOfPacked(packed: I32, cc: number): I32 {
  const bit = (flag: number) => packed.shr(Math.log2(flag)).and(1);
  const less = () => bit(SF).xor(bit(OF));
  const holds = [
    () => bit(OF),
    () => bit(CF),
    () => bit(ZF),
    () => bit(CF).or(bit(ZF)),
    () => bit(SF),
    () => bit(PF),
    less,
    () => less().or(bit(ZF)),
  ][cc >> 1]!();
  return cc & 1 ? holds.eqz() : holds;
}
