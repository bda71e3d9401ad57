/** Near transfers of control. Intel SDM volume 1, section 7.3.8. */
import { RCX } from '../cpu/layout.ts';
import type { Emitter } from './emitter.ts';
import { ANY_WIDTH, define, WORD_WIDTHS } from './registry.ts';
import { peek } from './stack.ts';

const STACK = { widths: WORD_WIDTHS, stack: true } as const;

define('jmp', { widths: ANY_WIDTH, forms: ['j'] }, (e) => e.jump());
define('jmp.indirect', { widths: WORD_WIDTHS, forms: ['r', 'm'], jumpsAnywhere: true }, (e) =>
  e.jumpTo(e.read(0), () => {}),
);
define('jcc', { widths: ANY_WIDTH, forms: ['j'], conditional: true }, (e) => e.jumpIf(e.condition(e.conditionCode)));

define('call', { ...STACK, forms: ['j'] }, (e) => {
  const top = e.keep(e.stackPointer(-e.width / 8));
  const place = e.placeStack(e.width, top);
  e.jump(() => {
    e.store(place, e.nextAddress().truncate(e.width));
    e.setStackPointer(top);
  });
});
define('call.indirect', { ...STACK, forms: ['r', 'm'], jumpsAnywhere: true }, (e) => {
  const target = e.read(0);
  const top = e.keep(e.stackPointer(-e.width / 8));
  const place = e.placeStack(e.width, top);
  e.jumpTo(target, () => {
    e.store(place, e.nextAddress().truncate(e.width));
    e.setStackPointer(top);
  });
});
define('ret', { ...STACK, forms: [''], jumpsAnywhere: true }, (e) => {
  const { value, popped } = peek(e);
  e.jumpTo(value, () => e.setStackPointer(popped));
});
define('ret.release', { ...STACK, forms: ['i'], jumpsAnywhere: true }, (e) => {
  const { value, popped } = peek(e);
  const released = e.keep(popped.add(e.read(0, 16).toI64()));
  e.jumpTo(value, () => e.setStackPointer(released));
});

// LOOP and its kin count in rCX as wide as an address.
function loop(extra: (e: Emitter) => ReturnType<Emitter['condition']> | null): (e: Emitter) => void {
  return (e) => {
    const old = e.stringPointer(RCX);
    const again = e.keep(old.ne(1));
    const also = extra(e);
    e.jumpIf(also ? e.keep(again.and(also)) : again, () => e.setStringPointer(RCX, e.keep(old.sub(1))));
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
