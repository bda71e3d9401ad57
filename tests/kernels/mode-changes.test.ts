/** Chapter 4's road from power-on: real, protected, long, each change at the instruction that the chapter names. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { Machine, MemoryDisk } from '../../src/emulator/machine.ts';
import { unpackProject } from '../../src/literate/source-zip.ts';
import { checkpoints } from '../support/checkpoints.ts';

const { kernel, info, screen } = checkpoints().find(({ id }) => id === '04-protected-mode')!;
const folder = join(kernel, '..');
const sources = unpackProject(readFileSync(join(folder, 'source.zip')));

/** `path: text` of the source line that an address comes from. */
function sourceAt(address: bigint): string | null {
  const row = info.lineMap.find(([start, length]) => {
    const first = BigInt(`0x${start}`);
    return address >= first && address < first + BigInt(length);
  });
  if (!row) return null;
  const { path } = info.files[row[2]]!;
  const text = new Map(sources).get(path)!.split('\n')[row[3] - 1]!.trim();
  return `${path}: ${text}`;
}

async function poweredOn() {
  const image = gunzipSync(readFileSync(join(folder, 'disk.img.gz')));
  const machine = await Machine.create({ memoryMiB: info.run.memoryMiB, disks: [new MemoryDisk(image)] });
  machine.powerOn();
  return machine;
}

test('from power-on to the last line', async () => {
  const whole = await poweredOn();
  whole.run(info.run.instructions);
  expect(whole.screenText()).toBe(screen);
  expect(whole.modeChanges.map(({ mode }) => mode)).toEqual(['real', 'protected', 'long']);

  // Once more, and stop before each instruction that changes the mode.
  const machine = await poweredOn();
  const places = whole.modeChanges.slice(1).map(({ mode, instructions }) => {
    machine.run(instructions - 1 - machine.instructions);
    const place = sourceAt(machine.state.codeAddress(machine.state.rip));
    machine.step();
    expect(machine.state.mode).toBe(mode);
    return [mode, place];
  });
  expect(places).toEqual([
    ['protected', 'boot/sector.s: mov cr0, eax'],
    ['long', 'src/boot.s: mov cr0, eax'],
  ]);
});
