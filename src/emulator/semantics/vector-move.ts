/** Moves of MMX and SSE to SSE4.1: whole vectors, parts of them, lanes by number, masks. Intel SDM volume 1, sections 5.4 to 5.10. */
import type { I32, Int } from '../wasm/expression.ts';
import type { Lane } from '../wasm/lanes.ts';
import { constantLanes, splat, type V128 } from '../wasm/vector.ts';
import type { Emitter, Width } from './emitter.ts';
import { define } from './registry.ts';
import { bytesFrom, defineUnary, defineVector, XMM } from './vector.ts';

const WHOLE = ['xx', 'xm', 'mx'];
for (const mnemonic of ['movups', 'movupd', 'movdqu'])
  defineVector(mnemonic, { forms: WHOLE }, (e) => e.writeVector(0, e.readVector(1, 'unaligned'), 'unaligned'));
defineVector('lddqu', { forms: ['xm'] }, (e) => e.writeVector(0, e.readVector(1, 'unaligned')));
for (const mnemonic of ['movaps', 'movapd', 'movdqa', 'movntps', 'movntpd', 'movntdq', 'movntdqa'])
  defineVector(mnemonic, { forms: WHOLE }, (e) => e.writeVector(0, e.readVector(1)));

// The rest of a vector register becomes zero.
defineVector('movd', { widths: [32], forms: ['qr', 'qm', 'xr', 'xm', 'rq', 'mq', 'rx', 'mx'] }, (e) =>
  e.write(0, e.read(1)),
);
defineVector('movq', { forms: ['qr', 'qm', 'xr', 'xm', 'rq', 'mq', 'rx', 'mx', 'xx', 'qq'] }, (e) =>
  e.write(0, e.read(1)),
);
defineVector('movntq', { forms: ['mq'] }, (e) => e.write(0, e.read(1)));
defineVector('movq2dq', { forms: ['xq'] }, (e) => e.write(0, e.read(1)));
defineVector('movdq2q', { forms: ['qx'] }, (e) => e.write(0, e.read(1)));
define('movnti', { widths: [32, 64], forms: ['mr'] }, (e) => e.write(0, e.read(1)));

/** From memory the rest becomes zero, from a register it stays. */
function moveScalar(e: Emitter): void {
  const value = e.read(1);
  if (e.kind(0) === 'x' && e.kind(1) === 'x') e.writeLow(0, value, e.width);
  else e.write(0, value);
}
defineVector('movss', { widths: [32], forms: WHOLE }, moveScalar);
defineVector('movsd', { widths: [64], forms: WHOLE }, moveScalar);

for (const mnemonic of ['movlps', 'movlpd'])
  defineVector(mnemonic, { forms: ['xm', 'mx'] }, (e) => {
    const value = e.read(1);
    if (e.kind(0) === 'x') e.writeLow(0, value, 64);
    else e.write(0, value);
  });
for (const mnemonic of ['movhps', 'movhpd'])
  defineVector(mnemonic, { forms: ['xm', 'mx'] }, (e) => {
    if (e.kind(0) === 'x') e.writeVector(0, e.readVector(0).replace(64, 1, e.read(1)));
    else e.write(0, e.readVector(1).extract(64, 1));
  });
defineVector('movhlps', { forms: ['xx'] }, (e) => e.writeLow(0, e.readVector(1).extract(64, 1), 64));
defineVector('movlhps', { forms: ['xx'] }, (e) => e.writeVector(0, e.readVector(0).replace(64, 1, e.read(1))));

defineUnary('movddup', XMM, (a) => a.shuffle(64, a, [0, 0]));
defineUnary('movsldup', XMM, (a) => a.shuffle(32, a, [0, 0, 2, 2]));
defineUnary('movshdup', XMM, (a) => a.shuffle(32, a, [1, 1, 3, 3]));

const MASKS: [string, Lane, string[]][] = [
  ['movmskps', 32, ['rx']],
  ['movmskpd', 64, ['rx']],
  ['pmovmskb', 8, ['rx', 'rq']],
];
for (const [mnemonic, lane, forms] of MASKS)
  defineVector(mnemonic, { forms }, (e) => e.write(0, e.readVector(1).bitmask(lane), 32));

/** A lane by a number that is known when the instruction is executed. */
function laneAt(a: V128, lane: Lane, index: I32): Int {
  return bytesFrom(a, index.mul(lane / 8)).extract(lane, 0);
}
/** @param width of the general register */
function extract(lane: Lane, width: Width): (e: Emitter) => void {
  return (e) => {
    const index = e.read(2, 8).toI32();
    const lanes = (e.isMmx ? 64 : 128) / lane;
    const value = e.keep(laneAt(e.readVector(1), lane, index.and(lanes - 1)));
    e.write(0, value, e.kind(0) === 'm' ? lane : width);
  };
}
function insert(lane: Lane): (e: Emitter) => void {
  return (e) => {
    const lanes = (e.isMmx ? 64 : 128) / lane;
    const index = e.read(2, 8).toI32();
    const value = e.read(1, lane);
    const numbers = constantLanes(
      lane,
      Array.from({ length: 128 / lane }, (_, i) => i),
    );
    const wanted = index.and(lanes - 1);
    const mask = numbers.eq(lane, splat(lane, lane === 64 ? wanted.toI64() : wanted));
    e.writeVector(0, e.keep(splat(lane, value).select(mask, e.readVector(0))));
  };
}
const TO_GENERAL = ['rxi', 'mxi'];
defineVector('pextrb', { forms: TO_GENERAL }, extract(8, 32));
defineVector('pextrw', { forms: [...TO_GENERAL, 'rqi'] }, extract(16, 32));
defineVector('pextrd', { forms: TO_GENERAL }, extract(32, 32));
defineVector('pextrq', { forms: TO_GENERAL }, extract(64, 64));
defineVector('extractps', { forms: TO_GENERAL }, extract(32, 32));
const FROM_GENERAL = ['xri', 'xmi'];
defineVector('pinsrb', { forms: FROM_GENERAL }, insert(8));
defineVector('pinsrw', { forms: [...FROM_GENERAL, 'qri', 'qmi'] }, insert(16));
defineVector('pinsrd', { forms: FROM_GENERAL }, insert(32));
defineVector('pinsrq', { forms: FROM_GENERAL }, insert(64));
