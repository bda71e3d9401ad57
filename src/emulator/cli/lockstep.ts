/** Runs one kernel on several engines at once and finds the first instruction after which they differ. */
import { differences } from '../debug/compare.ts';
import type { Machine } from '../machine.ts';

/** How many instructions run between two comparisons, until the first difference is looked for. */
const STRIDE = 10_000;
/** Memory is compared this often while single instructions are stepped. */
const MEMORY_STRIDE = 100;

export interface Divergence {
  /** Instructions executed when all were still the same. */
  instructions: number;
  /** What was executed next. */
  rip: string;
  instruction: string;
  /** What differs after it: `name: value / value`. */
  differences: string[];
}

export class Lockstep {
  readonly #first: Machine;
  readonly #others: readonly Machine[];
  readonly #input: { at: number; keys: readonly string[] }[] = [];

  /** @param machines at the same instant of the same run */
  constructor(machines: readonly Machine[]) {
    const [first, ...others] = machines;
    if (!first || others.length === 0) throw new Error('lockstep needs at least two machines');
    this.#first = first;
    this.#others = others;
  }

  /** Runs all machines for a number of instruction times, or to their end. @returns the first difference */
  run(budget: number): Divergence | null {
    const first = this.#first;
    const deadline = first.time + budget;
    while (first.time < deadline && !first.end) {
      const from = first.time;
      const stride = Math.min(STRIDE, deadline - from);
      for (const machine of this.#all()) machine.run(stride);
      const found = this.#differences(true);
      if (found.length > 0) return this.#find(from, stride, found);
    }
    return null;
  }

  /** Types the same on every machine's keyboard. */
  typeText(keys: readonly string[]): void {
    this.#input.push({ at: this.#first.time, keys });
    for (const machine of this.#all()) machine.typeText(keys);
  }

  #all(): Machine[] {
    return [this.#first, ...this.#others];
  }

  /**
   * Runs everything again up to the last common instant, and single instructions from there.
   * @param asRun the differences that were found when the stride was run as a whole
   */
  #find(from: number, stride: number, asRun: string[]): Divergence {
    for (const machine of this.#all()) {
      machine.reset();
      for (const { at, keys } of this.#input) {
        machine.run(at - machine.time);
        machine.typeText(keys);
      }
      machine.run(from - machine.time);
    }
    const start = this.#position();
    for (let i = 1; i <= stride && !this.#first.end; i++) {
      const before = this.#position();
      for (const machine of this.#all()) machine.step();
      const found = this.#differences(i % MEMORY_STRIDE === 0 || i === stride);
      if (found.length > 0) return { ...before, differences: found };
    }
    return {
      ...start,
      differences: [`when run, not when stepped, within the ${stride} instructions from there:`, ...asRun],
    };
  }

  #position(): Omit<Divergence, 'differences'> {
    const { instructions } = this.#first;
    const { rip, next } = this.#first.snapshot();
    return { instructions, rip, instruction: next };
  }

  #differences(withMemory: boolean): string[] {
    const a = this.#first;
    for (const b of this.#others) {
      const found = differences(a.state, b.state);
      if (a.instructions !== b.instructions) found.push(`instructions: ${a.instructions} / ${b.instructions}`);
      const [endOfA, endOfB] = [JSON.stringify(a.end), JSON.stringify(b.end)];
      if (endOfA !== endOfB) found.push(`end: ${endOfA} / ${endOfB}`);
      if (withMemory) found.push(...memoryDifference(a, b));
      if (found.length > 0) return [`${a.engine} / ${b.engine}`, ...found];
    }
    return [];
  }
}

function memoryDifference(a: Machine, b: Machine): string[] {
  const [x, y] = [a.memory.bytes, b.memory.bytes];
  if (Buffer.compare(x, y) === 0) return [];
  const at = x.findIndex((byte, i) => byte !== y[i]);
  const hex = (value: number) => `0x${value.toString(16)}`;
  return [`memory at ${hex(at)}: ${hex(x[at]!)} / ${hex(y[at]!)}`];
}
