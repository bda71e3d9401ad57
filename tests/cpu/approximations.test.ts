/**
 * RCPPS and RSQRTPS, whose bits are the processor's own: host and emulator keep the manual's bound, and agree on what is no
 * approximation. Intel SDM volume 2, "RCPPS" and "RSQRTPS".
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { single } from './float-values.ts';
import { FpuImage } from './fpu-image.ts';
import * as L from './layout.ts';
import type { EmulatedMachine } from './machine.ts';
import { type Case, runNatively, unavailable } from './native.ts';
import { Random } from './random.ts';
import { createMachine } from './session.ts';

const reason = unavailable();
const SEED = Date.now() % 1_000_000_007;
const CASES = 500;
const BOUND = 1.5 * 2 ** -12;
const SMALLEST_NORMAL = 2 ** -126;

const lanes = (vector: bigint) => [0n, 32n, 64n, 96n].map((at) => Number((vector >> at) & 0xffffffffn));
const number = (bits: number) => new Float32Array(Uint32Array.of(bits).buffer)[0] as number;

/** Not so for zeros, denormals and NaNs, infinities, and results that would be denormal: those are exact. */
function isApproximated(x: number, wanted: number): boolean {
  const isOrdinary = Number.isFinite(wanted) && Number.isFinite(x) && Math.abs(x) >= SMALLEST_NORMAL;
  return isOrdinary && Math.abs(wanted) > SMALLEST_NORMAL * (1 - BOUND);
}
/** What is within the bound of the smallest normal number may count as tiny, and become zero. */
function isNearlyTiny(wanted: number): boolean {
  return Math.abs(wanted) < SMALLEST_NORMAL * (1 + BOUND);
}

const INSTRUCTIONS: [name: string, opcode: number[], exact: (x: number) => number][] = [
  ['rcpps', [0x0f, 0x53, 0xc1], (x) => 1 / x],
  ['rcpss', [0xf3, 0x0f, 0x53, 0xc1], (x) => 1 / x],
  ['rsqrtps', [0x0f, 0x52, 0xc1], (x) => 1 / Math.sqrt(x)],
  ['rsqrtss', [0xf3, 0x0f, 0x52, 0xc1], (x) => 1 / Math.sqrt(x)],
];

describe.skipIf(reason)(`approximations, seed ${SEED}${reason ? ` (skipped: ${reason})` : ''}`, () => {
  let machine: EmulatedMachine;
  beforeAll(async () => {
    machine = await createMachine('interpreter');
  });

  it.each(INSTRUCTIONS)('%s', (_name, code, exact) => {
    const random = new Random(SEED, code.length);
    const vector = () => [0n, 32n, 64n, 96n].reduce((value, at) => value | (single(random) << at), 0n);
    const cases = Array.from({ length: CASES }, (): Case => {
      const image = new FpuImage();
      // Rounding and the treatment of denormals change nothing.
      image.mxcsr = 0x1f80 | (random.u32() & 0xe07f);
      image.setXmm(0, vector());
      image.setXmm(1, vector());
      const gpr = Array.from({ length: 16 }, () => 0n);
      const rip = L.CODE + 0x800;
      return { mode: 64, rip, code: Uint8Array.from(code), gpr, rflags: 0x202, patches: [], fpu: image.bytes };
    });
    const outcomes = runNatively(cases);
    cases.forEach((c, i) => {
      const before = new FpuImage(c.fpu as Uint8Array);
      const host = new FpuImage(outcomes[i]?.fpu as Uint8Array);
      const ours = new FpuImage(machine.execute(c, 'run').fpu as Uint8Array);
      expect(host.mxcsr).toBe(before.mxcsr);
      expect(ours.mxcsr).toBe(before.mxcsr);
      lanes(ours.xmm(0)).forEach((bits, lane) => {
        const theirs = lanes(host.xmm(0))[lane] as number;
        const x = number(lanes(before.xmm(1))[lane] as number);
        const wanted = exact(x);
        const isChanged = code.length === 3 || lane === 0;
        if (!isChanged || !isApproximated(x, wanted)) expect(bits, `${x}`).toBe(theirs);
        else if (!isNearlyTiny(wanted))
          for (const found of [bits, theirs])
            expect(Math.abs(number(found) / wanted - 1), `${x}: ${number(found)}`).toBeLessThanOrEqual(BOUND);
      });
    });
  });
});
