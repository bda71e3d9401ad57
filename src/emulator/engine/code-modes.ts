/** Numbers for all of the processor's state, besides its bytes and addresses, that the meaning of decoded code depends on. */
import * as L from '../cpu/layout.ts';
import { isFlat } from '../cpu/segmentation.ts';
import { type CpuState, SegmentAttribute, SegmentIndex } from '../cpu/state.ts';
import { SEGMENTS } from '../isa/instruction.ts';

export class CodeModes {
  private readonly state: CpuState;
  private readonly numbers = new Map<string, number>();

  constructor(state: CpuState) {
    this.state = state;
  }

  /** The number of the mode that the segment registers make. */
  current(): number {
    const key = this.key();
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.numbers.size + 1;
      this.numbers.set(key, number);
    }
    return number;
  }

  private key(): string {
    const { state } = this;
    const level = state.cpl === 3 ? 'user' : 'supervisor';
    if (state.codeSize === 64) return level;
    const flat = SEGMENTS.map((name) => (isFlat(state.segment(name)) ? name : '-')).join();
    const limit = state.view.getUint32(L.SEGMENT_LIMIT + SegmentIndex.cs * 4, true);
    const stack = state.segment('ss').attributes & SegmentAttribute.DB ? 32 : 16;
    // The base tells what offset an address of code is.
    return `${level} ${state.mode} ${state.codeSize} ${stack} ${state.codeAddress(0n)} ${limit} ${flat}`;
  }
}
