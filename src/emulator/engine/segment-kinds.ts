/** What an access through a segment takes outside 64-bit mode: what decoded records are written for. */

import { SegmentType } from '../cpu/descriptors.ts';
import * as L from '../cpu/layout.ts';
import { SegmentAttribute as Attribute, type CpuState, SegmentIndex } from '../cpu/state.ts';
import { SEGMENTS, type SegmentName } from '../isa/instruction.ts';

export const SegmentKind = {
  /** Offsets are linear addresses. */
  FLAT: 0,
  /** The limit is to be checked and the base to be added. */
  LIMITED: 1,
  /** Rights matter, or it expands down: left to plain TypeScript. */
  OTHER: 2,
} as const;
export type SegmentKind = (typeof SegmentKind)[keyof typeof SegmentKind];

const TYPE = Attribute.P | Attribute.S | SegmentType.CODE | SegmentType.EXPAND_DOWN | SegmentType.WRITABLE;
const WRITABLE_DATA = Attribute.P | Attribute.S | SegmentType.WRITABLE;

export function segmentKind(state: CpuState, name: SegmentName): SegmentKind {
  const { view } = state;
  const index = SegmentIndex[name];
  const type = view.getUint16(L.SEGMENT_ATTRIBUTES + index * 4, true) & TYPE;
  const expandsDown = (type & (SegmentType.CODE | SegmentType.EXPAND_DOWN)) === SegmentType.EXPAND_DOWN;
  // Real mode does not look at rights.
  if (state.mode === 'real' ? expandsDown : type !== WRITABLE_DATA) return SegmentKind.OTHER;
  // 16-bit code gains little from flat segments; so its records serve "unreal" mode too.
  const isFlat =
    state.codeSize === 32 &&
    view.getUint32(L.SEGMENT_LIMIT + index * 4, true) === 0xffffffff &&
    view.getBigUint64(L.SEGMENT_BASE + index * 8, true) === 0n;
  return isFlat ? SegmentKind.FLAT : SegmentKind.LIMITED;
}
/** The kinds of all six, two bits each. */
export function segmentKinds(state: CpuState): number {
  let bits = 0;
  for (const name of SEGMENTS) bits = (bits << 2) | segmentKind(state, name);
  return bits;
}

/** How handlers treat the stack: by a 64-bit or flat 32-bit pointer, or a 16-bit one in a limited segment; `null`: not at all. */
export function stackHandlers(state: CpuState): 16 | 32 | 64 | null {
  if (state.codeSize === 64) return 64;
  const isWide = (state.view.getUint16(L.SEGMENT_ATTRIBUTES + SegmentIndex.ss * 4, true) & Attribute.DB) !== 0;
  const kind = segmentKind(state, 'ss');
  if (isWide) return kind === SegmentKind.FLAT ? 32 : null;
  // A flat segment has limit and base too.
  return kind === SegmentKind.OTHER ? null : 16;
}
