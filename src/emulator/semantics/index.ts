/** All descriptions of instructions: importing this registers them. */
import './arithmetic.ts';
import './bit-fields.ts';
import './bits.ts';
import './control.ts';
import './flag-control.ts';
import './float-arithmetic.ts';
import './float-compare.ts';
import './float-convert.ts';
import './logic.ts';
import './move.ts';
import './multiply.ts';
import './shift.ts';
import './stack.ts';
import './string.ts';
import './vector-arithmetic.ts';
import './vector-move.ts';
import './vector-shift.ts';
import './vector-shuffle.ts';
import './vector-system.ts';

export type { Alignment, Emitter, Place, Width } from './emitter.ts';
export { DEFINITIONS, type Definition } from './registry.ts';
