/**
 * INS and OUTS that meet a page fault at each of their elements, as user code with IOPL 3: what is done is done once, and the port
 * has not been touched for the element that faults. Intel SDM volume 2, "INS" and "OUTS"; volume 3, section 6.5 (faults restart).
 */
import { describe, expect, test } from 'vitest';
import { DF, IF, IOPL } from '../../src/emulator/cpu/flags.ts';
import { RCX, RDI, RDX, RSI } from '../cpu/draft.ts';
import * as L from '../cpu/layout.ts';
import type { EmulatedMachine } from '../cpu/machine.ts';
import { createMachine } from '../cpu/session.ts';

const PORT = 0x1230;
const COUNT = 6n;
const PAGE_FAULT = 14;

/** Counts up with each read, and keeps what is written. */
class CountingPort {
  reads = 0;
  written: number[] = [];
  read = (): number => ++this.reads;
  write = (port: number, value: number): void => void (port === PORT && this.written.push(value));
  reset(): void {
    this.reads = 0;
    this.written = [];
  }
}

interface Shape {
  mode: 64 | 32 | 16;
  addressSize: 16 | 32 | 64;
  bytes: 1 | 2 | 4;
  down: boolean;
}
function* shapes(): Generator<Shape> {
  for (const mode of [64, 32, 16] as const)
    for (const addressSize of mode === 64 ? ([64, 32] as const) : ([32, 16] as const))
      for (const bytes of [1, 2, 4] as const)
        for (const down of [false, true]) yield { mode, addressSize, bytes, down };
}

function run(machine: EmulatedMachine, opcode: number, pointer: number, shape: Shape, done: number) {
  const { mode, addressSize, bytes, down } = shape;
  const isLow = addressSize === 16;
  const start = isLow ? L.LOW : L.DATA;
  // INS meets the read-only page, OUTS the end of memory.
  const end = isLow ? L.LOW + L.PAGE : L.DATA + L.DATA_SIZE;
  const limit = down ? start : end + (opcode === 0x6e ? L.PAGE : 0);
  const first = down ? limit + (done - 1) * bytes : limit - done * bytes;
  const code = [0xf3];
  if (addressSize !== mode) code.push(0x67);
  if (bytes > 1 && (bytes === 2) !== (mode === 16)) code.push(0x66);
  code.push(bytes === 1 ? opcode : opcode + 1);
  const gpr = Array.from({ length: 16 }, () => 0n);
  gpr[RCX] = COUNT;
  gpr[RDX] = BigInt(PORT);
  gpr[pointer] = BigInt(first);
  const rflags = 2 | IF | IOPL | (down ? DF : 0);
  const c = { mode, rip: L.CODE, code: Uint8Array.from(code), gpr, rflags, patches: [], fpu: null };
  const outcome = machine.execute(c, done % 2 ? 'run' : 'step');
  const place = (n: number) => first + (down ? -n : n) * bytes;
  expect(outcome).toMatchObject({ vector: PAGE_FAULT, rip: BigInt(mode === 16 ? 0 : L.CODE) });
  expect(outcome.gpr[RCX]).toBe(COUNT - BigInt(done));
  expect(outcome.gpr[pointer]).toBe(BigInt(place(done)));
  return { outcome, place };
}

/** A byte of memory as the case left it. */
function byteAt(changes: readonly { address: number; value: bigint }[], address: number): number {
  const change = changes.find((c) => c.address === Math.floor(address / 8) * 8);
  const value = change
    ? change.value >> BigInt(8 * (address % 8))
    : BigInt(L.pristineWord(Math.floor(address / 4) * 4)) >> BigInt(8 * (address % 4));
  return Number(value & 0xffn);
}

describe.each(['reference', 'interpreter'] as const)('ports and page faults on the %s', (engine) => {
  test('INS has read the port once for each element that is done', async () => {
    const port = new CountingPort();
    const machine = await createMachine(engine, port);
    for (const shape of shapes())
      for (let done = 0; done < COUNT; done++) {
        port.reset();
        const { outcome, place } = run(machine, 0x6c, RDI, shape, done);
        expect(port.reads).toBe(done);
        for (let n = 0; n < done; n++) {
          const stored = Array.from({ length: shape.bytes }, (_, i) => byteAt(outcome.changes, place(n) + i));
          expect(stored).toEqual([n + 1, 0, 0, 0].slice(0, shape.bytes));
        }
      }
  });
  test('OUTS has written each element that is done, and no other', async () => {
    const port = new CountingPort();
    const machine = await createMachine(engine, port);
    for (const shape of shapes())
      for (let done = 0; done < COUNT; done++) {
        port.reset();
        const { place } = run(machine, 0x6e, RSI, shape, done);
        const expected = Array.from({ length: done }, (_, n) =>
          Array.from({ length: shape.bytes }, (_, i) => byteAt([], place(n) + i) * 2 ** (8 * i)).reduce(
            (a, b) => a + b,
          ),
        );
        expect(port.written.map((value) => value >>> 0)).toEqual(expected);
      }
  });
});
