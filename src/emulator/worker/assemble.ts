/** A machine as the page orders it, and its disk. */

import { KernelError, Machine, MemoryDisk } from '../machine.ts';
import type { MachineSetup, Sectors } from './protocol.ts';

const sectorSize = 512;

export interface Assembled {
  machine: Machine;
  disk: MemoryDisk | null;
}

/** @throws KernelError for a kernel that no loader takes */
export async function assemble(setup: MachineSetup, serial: (byte: number) => void): Promise<Assembled> {
  const disk = setup.disk && new MemoryDisk(new Uint8Array(setup.disk.image));
  if (disk && setup.disk) disk.restore(unpack(setup.disk.written));
  const machine = await Machine.create({ memoryMiB: setup.memoryMiB, serial, disks: disk ? [disk] : [] });
  if (setup.boot === 'disk') machine.powerOn();
  else if (setup.kernel) machine.loadKernel(new Uint8Array(setup.kernel));
  else throw new KernelError('there is neither a kernel to load nor a disk to boot from');
  return { machine, disk };
}

export function writtenSectors(disk: MemoryDisk): Sectors {
  const changes = disk.changedSectors();
  const data = new Uint8Array(changes.length * sectorSize);
  for (const [index, change] of changes.entries()) data.set(change.data, index * sectorSize);
  return { numbers: Uint32Array.from(changes, ({ sector }) => sector), data };
}

function unpack({ numbers, data }: Sectors): { sector: number; data: Uint8Array }[] {
  return Array.from(numbers, (sector, index) => ({
    sector,
    data: data.subarray(index * sectorSize, (index + 1) * sectorSize),
  }));
}

/**
 * What a power cut leaves: a drive writes its cache in an order of its own, and how far it had got is chance.
 * @returns how many writes had not been flushed, and how many of those got to the disk
 */
export function cutPower(machine: Machine, disk: MemoryDisk | null): { unflushed: number; survived: number } {
  const unflushed = disk?.unflushed.length ?? 0;
  let survived = 0;
  machine.pullPlug(() => {
    const survives = Math.random() < 0.5;
    if (survives) survived++;
    return survives;
  });
  return { unflushed, survived };
}
