/**
 * RDRAND and RDSEED. Intel SDM volume 1, sections 7.3.17.1 and 7.3.17.2.
 *
 * The same input gives the same run: the numbers come from a generator that a reset starts anew, and whose state is part of the
 * processor's. They pass for random, and are no secret. There is one at every request, so CF is always set.
 */
import type { Cpu } from '../cpu/cpu.ts';
import { ARITHMETIC, CF } from '../cpu/flags.ts';
import * as L from '../cpu/layout.ts';
import { type Helper, type HelperTable, writeOperand } from './operands.ts';

const cut = (value: bigint) => BigInt.asUintN(64, value);

/** SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014): a counter, and its bits mixed. */
function next(cpu: Cpu): bigint {
  const count = cut(cpu.state.u64(L.RANDOM) + 0x9e3779b97f4a7c15n);
  cpu.state.setU64(L.RANDOM, count);
  let mixed = cut((count ^ (count >> 30n)) * 0xbf58476d1ce4e5b9n);
  mixed = cut((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
  return mixed ^ (mixed >> 31n);
}
/** `writeOperand` cuts the number to the width of the register. */
const random: Helper = (cpu, i) => {
  writeOperand(cpu, i, 0, next(cpu));
  cpu.state.rflags = (cpu.state.rflags & ~ARITHMETIC) | CF;
};

export const randomNumberHelpers: HelperTable = { rdrand: random, rdseed: random };
