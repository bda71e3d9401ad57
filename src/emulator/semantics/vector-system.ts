/** EMMS, the control and status register of SSE, hints of its age. Intel SDM volume 1, sections 9.4.10 and 10.2.3. */
import { MXCSR } from '../cpu/layout.ts';
import { ANY_WIDTH, define } from './registry.ts';
import { takeOverX87 } from './vector.ts';

define('emms', { widths: ANY_WIDTH, forms: [''] }, (e) => {
  e.leavePendingX87Exception();
  takeOverX87(e, 0);
});

/** All bits that MXCSR has; FXSAVE tells them too, as MXCSR_MASK. */
const MXCSR_BITS = 0xffff;
define('stmxcsr', { widths: [32], forms: ['m'] }, (e) => e.write(0, e.state32(MXCSR)));
define('ldmxcsr', { widths: [32], forms: ['m'] }, (e) => {
  const value = e.keep(e.read(0).toI32());
  // Reserved bits raise #GP(0), as the helper says.
  e.when(value.and(~MXCSR_BITS), () => e.delegate());
  e.setState32(MXCSR, value);
});
