/** Shifts of MMX and SSE2. Intel SDM volume 2, PSLLW/PSLLD/PSLLQ and those after it. */
import { type I32, i32, select } from '../wasm/expression.ts';
import type { Lane, LaneShift } from '../wasm/lanes.ts';
import { selectVector, splat } from '../wasm/vector.ts';
import type { Emitter } from './emitter.ts';
import { bytesFrom, defineVector, IOTA, ZEROS } from './vector.ts';

const COUNTS = ['qq', 'qm', 'qi', 'xx', 'xm', 'xi'];

/** The count operand: all 64 bits of it count, those of a vector above them do not. */
function isBelow(e: Emitter, lane: Lane): { count: I32; fits: I32 } {
  if (e.kind(1) === 'i') {
    const count = e.read(1, 8).toI32();
    return { count, fits: count.ltU(lane) };
  }
  const whole = e.keep(e.readVector(1).extract(64, 0));
  return { count: whole.toI32(), fits: whole.ltU(lane) };
}

const SHIFTS: readonly [string, LaneShift, Lane][] = [
  ['psllw', 'shl', 16],
  ['pslld', 'shl', 32],
  ['psllq', 'shl', 64],
  ['psrlw', 'shr', 16],
  ['psrld', 'shr', 32],
  ['psrlq', 'shr', 64],
  ['psraw', 'sar', 16],
  ['psrad', 'sar', 32],
];
for (const [mnemonic, name, lane] of SHIFTS)
  defineVector(mnemonic, { forms: COUNTS, loadStep: true }, (e) => {
    const a = e.readVector(0);
    const { count, fits } = isBelow(e, lane);
    const shifted =
      name === 'sar'
        ? a.shift(name, lane, select(fits, count, i32(lane - 1)))
        : selectVector(fits, a.shift(name, lane, count), ZEROS);
    e.writeVector(0, e.keep(shifted));
  });

// By whole bytes.
defineVector('psrldq', { forms: ['xi'] }, (e) =>
  e.writeVector(0, e.keep(bytesFrom(e.readVector(0), e.read(1, 8).toI32()))),
);
defineVector('pslldq', { forms: ['xi'] }, (e) => {
  const count = e.read(1, 8).toI32();
  const indices = IOTA.sub(8, splat(8, select(count.gtU(16), i32(16), count)));
  e.writeVector(0, e.keep(e.readVector(0).swizzle(indices)));
});
