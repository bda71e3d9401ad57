/** Packing, unpacking, shuffling, blending, widening. Intel SDM volume 1, sections 5.4 to 5.10. */
import { CF, ZF } from '../cpu/flags.ts';
import type { I32 } from '../wasm/expression.ts';
import type { Lane } from '../wasm/lanes.ts';
import { constantLanes, type Signedness, splat, type V128 } from '../wasm/vector.ts';
import type { Emitter } from './emitter.ts';
import {
  bytesFrom,
  defineBinary,
  defineUnary,
  defineVector,
  everyLane,
  IOTA,
  joinHalves,
  laneMask,
  MMX_AND_XMM,
  MMX_AND_XMM_IMMEDIATE,
  XMM,
  XMM_IMMEDIATE,
  ZEROS,
} from './vector.ts';

const PACKS: readonly [string, 16 | 32, Signedness, readonly string[]][] = [
  ['packsswb', 16, 's', MMX_AND_XMM],
  ['packuswb', 16, 'u', MMX_AND_XMM],
  ['packssdw', 32, 's', MMX_AND_XMM],
  ['packusdw', 32, 'u', XMM],
];
for (const [mnemonic, lane, to, forms] of PACKS)
  defineBinary(mnemonic, forms, (a, b, e) =>
    e.isMmx ? joinHalves(a, b).narrow(lane, to, ZEROS) : a.narrow(lane, to, b),
  );

/** Lanes of `a` and `b` in turns, from lane `first` on. */
function interleave(a: V128, b: V128, lane: Lane, first: number): V128 {
  const lanes = 128 / lane;
  const numbers = Array.from({ length: lanes }, (_, i) => first + (i >> 1) + (i & 1 ? lanes : 0));
  return a.shuffle(lane, b, numbers);
}
const UNPACKS: readonly [string, string, Lane, readonly string[]][] = [
  ['punpcklbw', 'punpckhbw', 8, MMX_AND_XMM],
  ['punpcklwd', 'punpckhwd', 16, MMX_AND_XMM],
  ['punpckldq', 'punpckhdq', 32, MMX_AND_XMM],
  ['punpcklqdq', 'punpckhqdq', 64, XMM],
  ['unpcklps', 'unpckhps', 32, XMM],
  ['unpcklpd', 'unpckhpd', 64, XMM],
];
for (const [low, high, lane, forms] of UNPACKS) {
  defineBinary(low, forms, (a, b) => interleave(a, b, lane, 0));
  defineBinary(high, forms, (a, b, e) => interleave(a, b, lane, (e.isMmx ? 32 : 64) / lane));
}

// An index with its top bit set gives zero: so does any beyond 15 in WebAssembly.
defineBinary('pshufb', MMX_AND_XMM, (a, b, e) => a.swizzle(b.and(everyLane(8, e.isMmx ? 0x87 : 0x8f))));

/**
 * Byte indices of four lanes, each chosen by two bits of an immediate.
 * @param first byte of the first lane to choose from
 */
function chosenBytes(order: I32, lane: 16 | 32, first = 0): V128 {
  const field = (i: number) =>
    order
      .shr(2 * i)
      .and(3)
      .shl(8 * i);
  // A field a byte, then that byte for each byte of its lane.
  const fields = splat(32, field(0).or(field(1)).or(field(2)).or(field(3)));
  const size = lane / 8;
  const spread = constantLanes(
    8,
    Array.from({ length: 16 }, (_, i) => Math.floor(i / size) & 3),
  );
  const within = constantLanes(
    8,
    Array.from({ length: 16 }, (_, i) => (i % size) + first),
  );
  return fields.swizzle(spread).shift('shl', 8, Math.log2(size)).add(8, within);
}
function immediate(e: Emitter): I32 {
  return e.read(2, 8).toI32();
}
defineVector('pshufd', { forms: XMM_IMMEDIATE, loadStep: true }, (e) =>
  e.writeVector(0, e.keep(e.readVector(1).swizzle(chosenBytes(immediate(e), 32)))),
);
defineVector('pshufw', { forms: ['qqi', 'qmi'], loadStep: true }, (e) =>
  e.writeVector(0, e.keep(e.readVector(1).swizzle(chosenBytes(immediate(e), 16)))),
);
defineVector('pshuflw', { forms: XMM_IMMEDIATE, loadStep: true }, (e) => {
  const a = e.readVector(1);
  e.writeVector(0, e.keep(a.swizzle(chosenBytes(immediate(e), 16)).shuffle(64, a, [0, 3])));
});
defineVector('pshufhw', { forms: XMM_IMMEDIATE, loadStep: true }, (e) => {
  const a = e.readVector(1);
  e.writeVector(0, e.keep(a.shuffle(64, a.swizzle(chosenBytes(immediate(e), 16, 8)), [0, 2])));
});
defineVector('shufps', { forms: XMM_IMMEDIATE, loadStep: true }, (e) => {
  const bytes = e.keep(chosenBytes(immediate(e), 32));
  const [a, b] = [e.readVector(0).swizzle(bytes), e.readVector(1).swizzle(bytes)];
  e.writeVector(0, e.keep(a.shuffle(64, b, [0, 3])));
});
defineVector('shufpd', { forms: XMM_IMMEDIATE, loadStep: true }, (e) => {
  const order = immediate(e);
  const [a, b] = [e.readVector(0), e.readVector(1)];
  const low = bytesFrom(a, order.and(1).shl(3));
  const high = bytesFrom(b, order.and(2).shl(2));
  e.writeVector(0, e.keep(joinHalves(low, high)));
});
// The source lies below the destination, and the window moves up.
defineVector('palignr', { forms: MMX_AND_XMM_IMMEDIATE, loadStep: true }, (e) => {
  const start = immediate(e);
  const [a, b] = [e.readVector(0), e.readVector(1)];
  if (e.isMmx) e.writeVector(0, e.keep(bytesFrom(joinHalves(b, a), start)));
  else {
    const indices = e.keep(IOTA.lanewise('addSatU', 8, splat(8, start)));
    e.writeVector(0, e.keep(b.swizzle(indices).or(a.swizzle(indices.sub(8, everyLane(8, 16))))));
  }
});

const BLENDS: readonly [string, Lane][] = [
  ['pblendw', 16],
  ['blendps', 32],
  ['blendpd', 64],
];
for (const [mnemonic, lane] of BLENDS)
  defineVector(mnemonic, { forms: XMM_IMMEDIATE, loadStep: true }, (e) =>
    e.writeVector(0, e.keep(e.readVector(1).select(laneMask(lane, immediate(e)), e.readVector(0)))),
  );
const VARIABLE_BLENDS: readonly [string, Lane][] = [
  ['pblendvb', 8],
  ['blendvps', 32],
  ['blendvpd', 64],
];
for (const [mnemonic, lane] of VARIABLE_BLENDS)
  defineVector(mnemonic, { forms: ['xxx', 'xmx'], loadStep: true }, (e) => {
    const mask = e.readVector(2).shift('sar', lane, lane - 1);
    e.writeVector(0, e.keep(e.readVector(1).select(mask, e.readVector(0))));
  });
// From memory the source has one lane, whatever the immediate chooses.
defineVector('insertps', { forms: XMM_IMMEDIATE }, (e) => {
  const order = immediate(e);
  const source =
    e.kind(1) === 'm' ? e.read(1, 32).toI32() : bytesFrom(e.readVector(1), order.shr(6).shl(2)).extract(32, 0);
  const place = constantLanes(32, [0, 1, 2, 3]).eq(32, splat(32, order.shr(4).and(3)));
  const inserted = splat(32, source).select(place, e.readVector(0));
  e.writeVector(0, e.keep(inserted.andNot(laneMask(32, order.and(15)))));
});

/** pmovsx and pmovzx: the widths in the name. */
const EXTENSIONS: readonly [string, 8 | 16 | 32, number][] = [
  ['bw', 8, 1],
  ['bd', 8, 2],
  ['bq', 8, 3],
  ['wd', 16, 1],
  ['wq', 16, 2],
  ['dq', 32, 1],
];
for (const [suffix, lane, doublings] of EXTENSIONS)
  for (const [name, from] of [
    ['pmovsx', 's'],
    ['pmovzx', 'u'],
  ] as const)
    defineUnary(name + suffix, XMM, (a) => {
      let wide = a;
      for (let i = 0; i < doublings; i++) wide = wide.extend('low', (lane << i) as 8 | 16 | 32, from);
      return wide;
    });

defineVector('ptest', { forms: XMM, loadStep: true }, (e) => {
  const [a, b] = [e.readVector(0), e.readVector(1)];
  const isZero = a.and(b).anyTrue().eqz();
  const isCovered = b.andNot(a).anyTrue().eqz();
  e.setPackedFlags(e.keep(isZero.mul(ZF).or(isCovered.mul(CF))));
});
