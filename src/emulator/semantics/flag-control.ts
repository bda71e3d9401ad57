/** Instructions on the flags themselves. Intel SDM volume 1, section 7.3.14. */
import { AF, CF, OF, PF, SF, ZF } from '../cpu/flags.ts';
import { RAX } from '../cpu/layout.ts';
import { i32 } from '../wasm/expression.ts';
import { ANY_WIDTH, define } from './registry.ts';

const PLAIN = { widths: ANY_WIDTH, forms: [''] };
/** What LAHF and SAHF move: SF, ZF, AF, PF and CF, with bit 1 read as one. */
const LOW_FLAGS = SF | ZF | AF | PF | CF;
const AH_SHIFT = 8;

define('clc', PLAIN, (e) => e.setPackedFlags(e.keep(e.packedFlags().and(~CF))));
define('stc', PLAIN, (e) => e.setPackedFlags(e.keep(e.packedFlags().or(CF))));
define('cmc', PLAIN, (e) => e.setPackedFlags(e.keep(e.packedFlags().xor(CF))));
define('cld', PLAIN, (e) => e.setDirection(0));
define('std', PLAIN, (e) => e.setDirection(1));
define('lahf', PLAIN, (e) => {
  const ah = e.packedFlags().and(LOW_FLAGS).or(2).shl(AH_SHIFT);
  e.setRegister(RAX, e.keep(e.register(RAX, 16).and(i32(0xff)).or(ah)), 16);
});
define('sahf', PLAIN, (e) => {
  const ah = e.register(RAX, 16).toI32().shr(AH_SHIFT).and(LOW_FLAGS);
  e.setPackedFlags(e.keep(e.packedFlags().and(OF).or(ah)));
});
