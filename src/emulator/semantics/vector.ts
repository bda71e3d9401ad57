/** What descriptions of MMX and SSE instructions share. */
import { FPU_STATUS, FPU_TAGS } from '../cpu/layout.ts';
import { Fsw } from '../cpu/x87-state.ts';
import { type I32, i32 } from '../wasm/expression.ts';
import type { Lane } from '../wasm/lanes.ts';
import { constantLanes, splat, type V128, v128 } from '../wasm/vector.ts';
import type { Emitter } from './emitter.ts';
import { ANY_WIDTH, type Definition, define } from './registry.ts';

/** Of mmx and of xmm registers. */
export const MMX_AND_XMM = ['qq', 'qm', 'xx', 'xm'] as const;
export const XMM = ['xx', 'xm'] as const;
export const XMM_IMMEDIATE = ['xxi', 'xmi'] as const;
/** The immediate behind two vectors. */
export const MMX_AND_XMM_IMMEDIATE = ['qqi', 'qmi', 'xxi', 'xmi'] as const;

type Shape = Omit<Definition, 'mnemonic' | 'describe' | 'widths'> & Partial<Pick<Definition, 'widths'>>;

/** Likewise; with mmx registers an instruction does first and last what all such do (Intel SDM volume 1, section 9.5.1). */
export function defineVector(mnemonic: string, shape: Shape, describe: (e: Emitter) => void): void {
  define(mnemonic, { widths: ANY_WIDTH, ...shape }, (e) => {
    if (e.isMmx) e.leavePendingX87Exception();
    describe(e);
    if (e.isMmx) takeOverX87(e);
  });
}
/** @param tags a bit for each x87 register that counts as full afterwards */
export function takeOverX87(e: Emitter, tags = 0xff): void {
  e.setState32(FPU_STATUS, e.state32(FPU_STATUS).and(~Fsw.TOP));
  e.setState32(FPU_TAGS, i32(tags));
}

/** A result of the destination's old contents and the source. Sources in memory are loaded by a step. */
export function defineBinary(
  mnemonic: string,
  forms: readonly string[],
  compute: (a: V128, b: V128, e: Emitter) => V128,
): void {
  defineVector(mnemonic, { forms, loadStep: true }, (e) => {
    const a = e.readVector(0);
    const b = e.readVector(1);
    e.writeVector(0, e.keep(compute(a, b, e)));
  });
}
/** A result of the source alone. */
export function defineUnary(mnemonic: string, forms: readonly string[], compute: (a: V128, e: Emitter) => V128): void {
  defineVector(mnemonic, { forms, loadStep: true }, (e) => e.writeVector(0, e.keep(compute(e.readVector(1), e))));
}

export const ZEROS = v128(0n);
/** The number of each byte. */
export const IOTA = constantLanes(
  8,
  Array.from({ length: 16 }, (_, i) => i),
);
/** The same constant in all lanes. */
export function everyLane(lane: Lane, value: number): V128 {
  return constantLanes(lane, new Array(128 / lane).fill(value));
}
/** Lanes with the lower half's numbers of `low` and `high`: two mmx registers in one vector. */
export function joinHalves(low: V128, high: V128): V128 {
  return low.shuffle(64, high, [0, 2]);
}
/** The bytes of `a` that begin at byte `start`, zeros behind the last one. */
export function bytesFrom(a: V128, start: I32): V128 {
  return a.swizzle(IOTA.lanewise('addSatU', 8, splat(8, start)));
}
/** All ones in the lanes whose bits of an immediate are set. */
export function laneMask(lane: Lane, bits: I32): V128 {
  const single = constantLanes(
    lane,
    Array.from({ length: 128 / lane }, (_, i) => 2 ** i),
  );
  const all = lane === 64 ? splat(64, bits.toI64()) : splat(lane, bits);
  return all.and(single).eq(lane, single);
}
