/** All descriptions of instructions: importing this registers them. */
import './arithmetic.ts';
import './bit-fields.ts';
import './bits.ts';
import './control.ts';
import './flag-control.ts';
import './logic.ts';
import './move.ts';
import './multiply.ts';
import './shift.ts';
import './stack.ts';
import './string.ts';

export type { Emitter, Place, Width } from './emitter.ts';
export { DEFINITIONS, type Definition } from './registry.ts';
