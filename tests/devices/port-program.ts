/**
 * The same port programs on QEMU's devices and on ours: every byte read has to be the same. A guest carries the program,
 * keeps what it reads in memory, and shows it on the screen at the end.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { expect } from 'vitest';
import { Machine } from '../../src/emulator/machine.ts';
import { join, u8, u32 } from '../firmware/elf-builder.ts';
import { asm, guest } from '../firmware/guest.ts';
import { boot } from '../support/qemu.ts';

export type Op =
  | { port: number; write: number }
  | { port: number /** Bits that are compared. */; mask?: number | undefined }
  /** Reads until one of some bits is set, or for long enough that it never will be. */
  | { port: number; awaits: number };

/** Where reads are kept; twenty-five lines of forty bytes can be shown. */
const KEPT = 0x200000;
export const MOST_READS = 1000;
const MOST_WAITS = 2_000_000;

export const out = (port: number, write: number): Op => ({ port, write });
export const read = (port: number, mask?: number): Op => ({ port, mask });
export const until = (port: number, awaits: number): Op => ({ port, awaits });
/** Registers of an index/data pair. */
export const indexed = (port: number, index: number): Op[] => [out(port, index), read(port + 1)];

function program(ops: Op[]): { kernel: Uint8Array; reads: number } {
  let reads = 0;
  const code = ops.map((op) => {
    if ('write' in op) return asm.out(op.port, op.write);
    // mov ecx; mov dx, in al; again: in al, dx; test al; loope again
    if ('awaits' in op) return join(u8(0xb9), u32(MOST_WAITS), asm.in(op.port), u8(0xec, 0xa8, op.awaits, 0xe1, 0xfb));
    const mask = op.mask ?? 0xff;
    return join(asm.in(op.port), u8(0x24, mask), asm.storeAl(KEPT + reads++));
  });
  if (reads > MOST_READS) throw new Error(`${reads} reads do not fit the screen`);
  const show = join(asm.clear, asm.cursor(0), u8(0xbb), u32(KEPT), asm.showMemory(reads));
  return { kernel: guest(asm.cli, ...code, show, asm.hlt), reads };
}

export async function compare(ops: Op[]): Promise<void> {
  const { kernel, reads } = program(ops);
  const folder = mkdtempSync(joinPath(tmpdir(), 'ports-'));
  const path = joinPath(folder, 'ports.elf');
  writeFileSync(path, kernel);
  const qemu = await boot({ kernel: path });
  rmSync(folder, { recursive: true });
  expect(qemu.end).toEqual({ kind: 'halted' });
  const machine = await Machine.create({ memoryMiB: 64 });
  machine.loadKernel(kernel, { protocol: 'pvh' });
  machine.run(100_000_000);
  expect(machine.end).toEqual({ kind: 'halted' });
  const bytes = (screen: string) => screen.replaceAll('\n', '').match(/../g) ?? [];
  const [theirs, ours] = [bytes(qemu.screen), bytes(machine.screenText())];
  expect(ours).toHaveLength(reads);
  if (theirs.join() === ours.join()) return;
  const first = ours.findIndex((byte, i) => byte !== theirs[i]);
  const at = ops.flatMap((op, i) => ('write' in op || 'awaits' in op ? [] : [i]))[first]!;
  const text = (op: Op) => ('write' in op ? `${op.port.toString(16)}=${op.write.toString(16)}` : op.port.toString(16));
  expect.fail(
    `read ${first} of ${text(ops[at]!)}: ${ours[first]}, QEMU ${theirs[first]}; before it: ${ops
      .slice(Math.max(0, at - 24), at)
      .map(text)
      .join(' ')}`,
  );
}

/** xorshift32. */
export function generator(): (below: number) => number {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
  console.log(`seed ${seed} (SEED=${seed} repeats it)`);
  let x = seed | 1;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}
