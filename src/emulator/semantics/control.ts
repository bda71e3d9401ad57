/** Near transfers of control. Intel SDM volume 1, section 7.3.8. */
import { RCX } from '../cpu/layout.ts';
import type { Emitter } from './emitter.ts';
import { ANY_WIDTH, define, WORD_WIDTHS } from './registry.ts';
import { peek, push } from './stack.ts';

const STACK = { widths: WORD_WIDTHS, stack: true } as const;

define('jmp', { widths: ANY_WIDTH, forms: ['j'] }, (e) => e.jump());
define('jmp.indirect', { widths: WORD_WIDTHS, forms: ['r', 'm'] }, (e) => e.jumpTo(e.read(0), () => {}));
define('jcc', { widths: ANY_WIDTH, forms: ['j'], conditional: true }, (e) => e.jumpIf(e.condition(e.conditionCode)));

define('call', { ...STACK, forms: ['j'] }, (e) => {
  push(e, e.nextAddress().truncate(e.width));
  e.jump();
});
define('call.indirect', { ...STACK, forms: ['r', 'm'] }, (e) => {
  const target = e.read(0);
  const top = e.keep(e.stackPointer(-e.width / 8));
  const place = e.placeStack(e.width, top);
  e.jumpTo(target, () => {
    e.store(place, e.nextAddress().truncate(e.width));
    e.setStackPointer(top);
  });
});
define('ret', { ...STACK, forms: [''] }, (e) => {
  const { value, popped } = peek(e);
  e.jumpTo(value, () => e.setStackPointer(popped));
});
define('ret.release', { ...STACK, forms: ['i'] }, (e) => {
  const { value, popped } = peek(e);
  const released = e.keep(popped.add(e.read(0, 16).toI64()));
  e.jumpTo(value, () => e.setStackPointer(released));
});

// LOOP and its kin count in rCX as wide as an address.
function loop(extra: (e: Emitter) => ReturnType<Emitter['condition']> | null): (e: Emitter) => void {
  return (e) => {
    const count = e.keep(e.stringPointer(RCX).sub(1));
    e.setStringPointer(RCX, count);
    const again = e.keep(e.stringPointer(RCX).ne(0));
    const also = extra(e);
    e.jumpIf(also ? again.and(also) : again);
  };
}
const ZERO = 4;
define(
  'loop',
  { widths: ANY_WIDTH, forms: ['j'] },
  loop(() => null),
);
define(
  'loope',
  { widths: ANY_WIDTH, forms: ['j'] },
  loop((e) => e.condition(ZERO)),
);
define(
  'loopne',
  { widths: ANY_WIDTH, forms: ['j'] },
  loop((e) => e.condition(ZERO ^ 1)),
);
define('jcxz', { widths: ANY_WIDTH, forms: ['j'] }, (e) => e.jumpIf(e.stringPointer(RCX).eqz()));
