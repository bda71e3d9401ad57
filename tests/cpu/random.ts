/** Seeded random numbers: case `n` of seed `s` is the same on every machine, whatever was drawn before it. */

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  /** @param seed any integer up to 2^53; @param stream the case number. */
  constructor(seed: number, stream: number) {
    this.#a = seed >>> 0;
    this.#b = Math.floor(seed / 0x1_0000_0000) >>> 0;
    this.#c = stream >>> 0;
    for (let i = 0; i < 12; i++) this.u32();
  }

  /** Chris Doty-Humphrey's sfc32: 128 bits of state, with a counter in it. */
  u32(): number {
    const t = (((this.#a + this.#b) | 0) + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t;
    this.#c |= 0;
    return t >>> 0;
  }
  u64(): bigint {
    return (BigInt(this.u32()) << 32n) | BigInt(this.u32());
  }
  /** 0 to n - 1. */
  below(n: number): number {
    return Math.floor((this.u32() / 0x1_0000_0000) * n);
  }
  /** True with probability p. */
  chance(p: number): boolean {
    return this.u32() < p * 0x1_0000_0000;
  }
  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }
}

/** Edges of each width, small numbers, powers of two and their neighbours, or anything: where arithmetic goes wrong. */
export function interesting(random: Random): bigint {
  const kind = random.below(16);
  if (kind < 2) return BigInt(random.below(4));
  if (kind < 3) return BigInt.asUintN(64, -BigInt(random.below(4) + 1));
  if (kind < 6) {
    const edge = 1n << BigInt(random.pick([7, 8, 15, 16, 31, 32, 63, 64]));
    return BigInt.asUintN(64, edge + BigInt(random.below(3) - 1));
  }
  if (kind < 8) {
    const power = 1n << BigInt(random.below(64));
    return BigInt.asUintN(64, (random.chance(0.5) ? power : -power) + BigInt(random.below(3) - 1));
  }
  if (kind < 9) return BigInt(random.below(256));
  if (kind < 10) return BigInt.asUintN(64, -BigInt(random.below(0x10000)));
  if (kind < 12) return BigInt(random.u32());
  if (kind < 13) return BigInt.asUintN(64, BigInt(random.u32() | 0));
  return random.u64();
}
