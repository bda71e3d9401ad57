/** A checkpoint's machine in the emulator, and its recorded run. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type EngineName, Machine, MemoryDisk } from '../../src/emulator/machine.ts';
import { strokesOf } from '../../src/literate/script.ts';
import type { Checkpoint } from './checkpoints.ts';

export interface CheckpointMachine {
  machine: Machine;
  /** What the guest has sent on its serial line so far. */
  serial(): string;
}

/** Switched on, by way of the checkpoint's own boot path. @throws KernelError for a kernel that the loader refuses */
export async function startCheckpoint(
  { kernel, disk, info }: Checkpoint,
  engine: EngineName = 'interpreter',
): Promise<CheckpointMachine> {
  let serial = '';
  const machine = await Machine.create({
    memoryMiB: info.run.memoryMiB,
    engine,
    disks: disk ? [new MemoryDisk(new Uint8Array(gunzipSync(readFileSync(disk))))] : [],
    serial: (byte) => {
      serial += String.fromCharCode(byte);
    },
  });
  if (info.run.boot === 'disk') machine.powerOn();
  else machine.loadKernel(readFileSync(kernel));
  return { machine, serial: () => serial };
}

/** The scripted input, given to machines of one checkpoint at its recorded instants. */
export class RecordedKeys {
  readonly #waiting: { at: number; text: string }[];

  constructor({ info }: Checkpoint) {
    this.#waiting = info.run.keys.map(({ at, text }) => ({ at, text }));
  }

  /** When the next text is due. */
  get next(): number {
    return this.#waiting[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Types what is due. The machines have to stand at the same instant. */
  type(...machines: Machine[]): void {
    while (machines.length > 0 && this.next <= machines[0]!.time) {
      const strokes = strokesOf(this.#waiting.shift()!.text);
      for (const machine of machines) machine.typeText(strokes);
    }
  }
}
