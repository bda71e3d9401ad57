/** A machine's memory and registers without its processor: what a loader fills. */
import { CpuState } from '../../src/emulator/cpu/state.ts';
import type { BootTarget } from '../../src/emulator/firmware/boot-target.ts';
import { PhysicalMemory } from '../../src/emulator/mmu/physical-memory.ts';

export function bootTarget(mebibytes = 4): BootTarget {
  const size = mebibytes * 0x100000;
  const memory = new PhysicalMemory(PhysicalMemory.allocate(size), size);
  const state = new CpuState(memory.memory);
  state.reset();
  return { memory, state, textMode: { address: 0xb8000, columns: 80, rows: 25 } };
}

/** Back to power-on. */
export function clear({ memory, state }: BootTarget): void {
  memory.bytes.fill(0);
  state.reset();
}
