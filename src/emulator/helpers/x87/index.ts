/** The x87 instructions, D8 to DF and FWAIT, by mnemonic. */
import type { HelperTable } from '../operands.ts';
import { x87Arithmetic } from './arithmetic.ts';
import { x87Bcd } from './bcd.ts';
import { x87Comparison } from './comparison.ts';
import { x87Constants } from './constants.ts';
import { x87Control } from './control.ts';
import { x87Environment } from './environment.ts';
import { x87Exponents } from './exponents.ts';
import { x87Loads } from './loads.ts';
import { x87Transcendental } from './transcendental.ts';

export const x87Helpers: HelperTable = {
  ...x87Loads,
  ...x87Arithmetic,
  ...x87Exponents,
  ...x87Comparison,
  ...x87Constants,
  ...x87Transcendental,
  ...x87Bcd,
  ...x87Control,
  ...x87Environment,
};
