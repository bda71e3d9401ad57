/**
 * Instructions that write cache lines back: there is no cache, so they check their address and do nothing. Intel SDM volume 2,
 * "CLFLUSH": as a load does, as far as faults go.
 */
import type { Helper, HelperTable } from './operands.ts';
import { linearAddress, memoryOperand } from './operands.ts';

const flush: Helper = (cpu, i) => {
  cpu.linear.pieces(linearAddress(cpu, i, memoryOperand(i), 1, false), 1);
};

export const cacheHelpers: HelperTable = { clflush: flush, clflushopt: flush, clwb: flush };
