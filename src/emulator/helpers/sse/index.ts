/** All helpers of MMX and SSE. */
import type { HelperTable } from '../operands.ts';
import { sseApproximationHelpers } from './approximate.ts';
import { sseArithmeticHelpers } from './arithmetic.ts';
import { sseCompareHelpers } from './compare.ts';
import { sseConvertHelpers } from './convert.ts';
import { vectorHelpers } from './integer.ts';
import { stringCompareHelpers } from './string-compare.ts';

export const sseHelpers: HelperTable = {
  ...vectorHelpers,
  ...stringCompareHelpers,
  ...sseArithmeticHelpers,
  ...sseCompareHelpers,
  ...sseConvertHelpers,
  ...sseApproximationHelpers,
};
