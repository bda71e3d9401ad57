/** FLD1, FLDZ, FLDPI and their kin: rounded as RC says since the 80387, without telling. Intel SDM volume 2, FLD1. */
import { environment, Flag, Rounding } from '../../float/environment.ts';
import { EXTENDED, type Float, finite, zero } from '../../float/format.ts';
import { round } from '../../float/round.ts';
import { BITS, LN2, LN10, ONE, PI } from '../../float/series.ts';
import type { Helper, HelperTable } from '../operands.ts';
import { compute } from './execution.ts';
import { pushResult } from './loads.ts';

function constant(value: (rounding: Rounding) => Float): Helper {
  return compute((x) => pushResult(x, value(x.env.rounding)));
}
/** A fixed-point number. */
function irrational(fixed: bigint): Helper {
  const values = Object.values(Rounding).map((rounding) => {
    const env = environment(rounding, Flag.PE, (a) => a);
    return round(false, fixed, -BITS, EXTENDED, env);
  });
  return constant((rounding) => values[rounding]!);
}
const ratio = (a: bigint, b: bigint) => (a << BigInt(BITS)) / b;

export const x87Constants: HelperTable = {
  fld1: constant(() => finite(false, 0, 1n << 63n)),
  fldz: constant(() => zero(false)),
  fldl2t: irrational(ratio(LN10, LN2)),
  fldl2e: irrational(ratio(ONE, LN2)),
  fldpi: irrational(PI),
  fldlg2: irrational(ratio(LN2, LN10)),
  fldln2: irrational(LN2),
};
