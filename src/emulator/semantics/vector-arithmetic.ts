/** Integer arithmetic of MMX and SSE2 to SSE4.2 on lanes. Intel SDM volume 1, sections 9.4 and 12.6 to 12.12. */
import type { Lane, LaneBinary } from '../wasm/lanes.ts';
import { constantLanes, type V128 } from '../wasm/vector.ts';
import type { Emitter } from './emitter.ts';
import { defineBinary, defineUnary, everyLane, joinHalves, MMX_AND_XMM, XMM, ZEROS } from './vector.ts';

/** Instructions that are one operator of WebAssembly, lane by lane. */
const LANEWISE: readonly [string, LaneBinary, Lane][] = [
  ['paddb', 'add', 8],
  ['paddw', 'add', 16],
  ['paddd', 'add', 32],
  ['paddq', 'add', 64],
  ['psubb', 'sub', 8],
  ['psubw', 'sub', 16],
  ['psubd', 'sub', 32],
  ['psubq', 'sub', 64],
  ['paddsb', 'addSatS', 8],
  ['paddsw', 'addSatS', 16],
  ['paddusb', 'addSatU', 8],
  ['paddusw', 'addSatU', 16],
  ['psubsb', 'subSatS', 8],
  ['psubsw', 'subSatS', 16],
  ['psubusb', 'subSatU', 8],
  ['psubusw', 'subSatU', 16],
  ['pmullw', 'mul', 16],
  ['pavgb', 'averageU', 8],
  ['pavgw', 'averageU', 16],
  ['pminub', 'minU', 8],
  ['pminsw', 'minS', 16],
  ['pmaxub', 'maxU', 8],
  ['pmaxsw', 'maxS', 16],
  ['pcmpeqb', 'eq', 8],
  ['pcmpeqw', 'eq', 16],
  ['pcmpeqd', 'eq', 32],
  ['pcmpgtb', 'gtS', 8],
  ['pcmpgtw', 'gtS', 16],
  ['pcmpgtd', 'gtS', 32],
];
const LANEWISE_XMM: readonly [string, LaneBinary, Lane][] = [
  ['pmulld', 'mul', 32],
  ['pminsb', 'minS', 8],
  ['pminsd', 'minS', 32],
  ['pminuw', 'minU', 16],
  ['pminud', 'minU', 32],
  ['pmaxsb', 'maxS', 8],
  ['pmaxsd', 'maxS', 32],
  ['pmaxuw', 'maxU', 16],
  ['pmaxud', 'maxU', 32],
  ['pcmpeqq', 'eq', 64],
  ['pcmpgtq', 'gtS', 64],
];
for (const [mnemonic, name, lane] of LANEWISE) defineBinary(mnemonic, MMX_AND_XMM, (a, b) => a.lanewise(name, lane, b));
for (const [mnemonic, name, lane] of LANEWISE_XMM) defineBinary(mnemonic, XMM, (a, b) => a.lanewise(name, lane, b));

/** Exactly those bits that a bitwise operator gives, whatever the lanes are. */
const BITWISE: Record<string, (a: V128, b: V128) => V128> = {
  and: (a, b) => a.and(b),
  andn: (a, b) => b.andNot(a),
  or: (a, b) => a.or(b),
  xor: (a, b) => a.xor(b),
};
for (const [name, compute] of Object.entries(BITWISE)) {
  defineBinary(`p${name}`, MMX_AND_XMM, compute);
  for (const type of ['ps', 'pd']) defineBinary(`${name}${type}`, XMM, compute);
}

for (const [suffix, lane] of [
  ['b', 8],
  ['w', 16],
  ['d', 32],
] as const) {
  defineUnary(`pabs${suffix}`, MMX_AND_XMM, (a) => a.abs(lane));
  // Negated where the source is negative, zero where it is zero.
  defineBinary(`psign${suffix}`, MMX_AND_XMM, (a, b, e) => {
    const negative = e.keep(b.shift('sar', lane, lane - 1));
    return a.xor(negative).sub(lane, negative).andNot(b.eq(lane, ZEROS));
  });
}

// Products of 16-bit lanes: one half of each, or a rounded part.
const ODD_WORDS = [1, 3, 5, 7, 9, 11, 13, 15];
const EVEN_WORDS = [0, 2, 4, 6, 8, 10, 12, 14];
for (const [mnemonic, as] of [
  ['pmulhw', 's'],
  ['pmulhuw', 'u'],
] as const)
  defineBinary(mnemonic, MMX_AND_XMM, (a, b) =>
    a.multiply('low', 16, as, b).shuffle(16, a.multiply('high', 16, as, b), ODD_WORDS),
  );
defineBinary('pmulhrsw', MMX_AND_XMM, (a, b) => {
  const one = everyLane(32, 1);
  const [low, high] = (['low', 'high'] as const).map((half) =>
    a.multiply(half, 16, 's', b).shift('shr', 32, 14).add(32, one).shift('shr', 32, 1),
  ) as [V128, V128];
  return low.shuffle(16, high, EVEN_WORDS);
});
for (const [mnemonic, as, forms] of [
  ['pmuludq', 'u', MMX_AND_XMM],
  ['pmuldq', 's', XMM],
] as const)
  defineBinary(mnemonic, forms, (a, b) => {
    const evens = (v: V128) => v.shuffle(32, v, [0, 2, 0, 2]);
    return evens(a).multiply('low', 32, as, evens(b));
  });
defineBinary('pmaddwd', MMX_AND_XMM, (a, b) => a.dot(b));
// Unsigned times signed bytes fit into 16 bits; their sums are saturated.
defineBinary('pmaddubsw', MMX_AND_XMM, (a, b, e) => {
  const [low, high] = (['low', 'high'] as const).map((half) =>
    e.keep(a.extend(half, 8, 'u').lanewise('mul', 16, b.extend(half, 8, 's'))),
  ) as [V128, V128];
  return low.shuffle(16, high, EVEN_WORDS).lanewise('addSatS', 16, low.shuffle(16, high, ODD_WORDS));
});
defineBinary('psadbw', MMX_AND_XMM, (a, b, e) => {
  const differences = a.lanewise('subSatU', 8, b).or(b.lanewise('subSatU', 8, a));
  const sums = e.keep(differences.addPairs(8).addPairs(16));
  const low = constantLanes(32, [0xffffffff, 0, 0xffffffff, 0]);
  return sums.and(low).add(64, sums.shift('shr', 64, 32));
});

/** Neighbouring lanes of the destination, then of the source: the even and the odd ones. */
function neighbours(e: Emitter, a: V128, b: V128, lane: 16 | 32): [V128, V128] {
  const evens = Array.from({ length: 128 / lane }, (_, i) => 2 * i);
  const odds = evens.map((i) => i + 1);
  if (!e.isMmx) return [a.shuffle(lane, b, evens), a.shuffle(lane, b, odds)];
  const both = e.keep(joinHalves(a, b));
  return [both.shuffle(lane, ZEROS, evens), both.shuffle(lane, ZEROS, odds)];
}
const HORIZONTAL: readonly [string, LaneBinary, 16 | 32][] = [
  ['phaddw', 'add', 16],
  ['phaddd', 'add', 32],
  ['phaddsw', 'addSatS', 16],
  ['phsubw', 'sub', 16],
  ['phsubd', 'sub', 32],
  ['phsubsw', 'subSatS', 16],
];
for (const [mnemonic, name, lane] of HORIZONTAL)
  defineBinary(mnemonic, MMX_AND_XMM, (a, b, e) => {
    const [evens, odds] = neighbours(e, a, b, lane);
    return evens.lanewise(name, lane, odds);
  });
