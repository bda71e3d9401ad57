/** x87, MMX and SSE state in and out of both sides, by instructions whose outcome the manual spells out. */
import { describe, expect, it } from 'vitest';
import { IF } from '../../src/emulator/cpu/flags.ts';
import { ST } from '../../src/emulator/cpu/layout.ts';
import { fpuDifferences } from './fpu-compare.ts';
import { FpuImage, Status } from './fpu-image.ts';
import * as L from './layout.ts';
import { type Case, type Outcome, runNatively, unavailable } from './native.ts';
import { Random } from './random.ts';
import { createMachine } from './session.ts';
import { packedValue } from './sse-values.ts';
import { extendedOrZero } from './x87-values.ts';

const reason = unavailable();
const EXACT = { fpu: new Uint8Array(L.FPU_BYTES), isApproximate: false, topIsOpen: false };
const ONE = { significand: 1n << 63n, signExponent: 0x3fff };
const TWO = { significand: 1n << 63n, signExponent: 0x4000 };
const THREE = { significand: 3n << 62n, signExponent: 0x4000 };

function caseOf(bytes: number[], image: FpuImage, mode: 64 | 32 | 16 = 64): Case {
  const gpr = Array.from({ length: 16 }, () => BigInt(L.DATA));
  const code = Uint8Array.from(bytes);
  return { mode, rip: L.CODE + 0x800, code, gpr, rflags: 2 | IF, patches: [], fpu: image.bytes };
}
const run = (...args: Parameters<typeof caseOf>) => runNatively([caseOf(...args)])[0] as Outcome;
const after = (o: Outcome) => new FpuImage(o.fpu as Uint8Array);

/** Every field holds something else. */
function anyImage(seed: number): FpuImage {
  const random = new Random(seed, 0);
  const image = new FpuImage();
  image.control = 0xb7f;
  image.status = (random.below(8) << 11) | Status.C3 | Status.C0 | 0x21;
  image.tags = random.below(256);
  image.opcode = random.below(0x800);
  image.codePointer = BigInt(random.u32());
  image.dataPointer = BigInt(random.u32());
  image.mxcsr = 0x7fa1;
  for (let i = 0; i < 8; i++) image.setSt(i, extendedOrZero(random));
  for (let i = 0; i < 16; i++) image.setXmm(i, packedValue(random));
  return image;
}

describe.skipIf(reason)(`x87 and SSE state${reason ? ` (skipped: ${reason})` : ''}`, () => {
  it.each([64, 32, 16] as const)('passes through %i-bit code of the host that leaves it alone', (mode) => {
    for (let seed = 0; seed < 40; seed++) {
      const image = anyImage(seed);
      const o = run([0x90], image, mode);
      expect(o.vector).toBe(3);
      expect(fpuDifferences(EXACT, image.bytes, o.fpu as Uint8Array)).toEqual([]);
    }
  });
  it.each(['reference', 'interpreter'] as const)('passes through the %s, ST(i) relative to the top', async (engine) => {
    const machine = await createMachine(engine);
    for (let seed = 0; seed < 40; seed++) {
      const image = anyImage(seed);
      const o = machine.execute(caseOf([0x90], image), 'run');
      expect(fpuDifferences(EXACT, image.bytes, o.fpu as Uint8Array)).toEqual([]);
      const { opcode, codePointer, dataPointer } = image;
      expect(after(o)).toMatchObject({ opcode, codePointer, dataPointer });
      const { view } = machine.processor.state;
      expect(view.getBigUint64(ST + image.top * 16, true)).toBe(image.st(0).significand);
    }
  });
  it('shows each difference by name', () => {
    const image = anyImage(1);
    const other = new FpuImage(image.bytes.slice());
    other.setXmm(11, image.xmm(11) ^ 1n);
    other.setSt(2, { ...image.st(2), signExponent: image.st(2).signExponent ^ 0x8000 });
    other.status ^= Status.C1;
    const found = fpuDifferences(EXACT, image.bytes, other.bytes);
    expect(found.map((line) => line.split(':')[0])).toEqual(['x87 status word', 'st(2)', 'xmm11']);
    const undefinedBits = new FpuImage(new Uint8Array(L.FPU_BYTES));
    undefinedBits.status = Status.C1;
    expect(fpuDifferences({ ...EXACT, fpu: undefinedBits.bytes }, image.bytes, other.bytes)).toHaveLength(2);
  });
  it('is none where the case has none', () => {
    expect(runNatively([{ ...caseOf([0x90], new FpuImage()), fpu: null }])[0]?.fpu).toBeNull();
  });
  it('x87: results, tags and the top of the stack', () => {
    const image = new FpuImage();
    image.status = 5 << 11;
    image.tags = 0b0110_0000;
    image.setSt(0, ONE);
    image.setSt(1, TWO);
    const sum = after(run([0xd8, 0xc1], image)); // fadd st0, st1
    expect(sum.st(0)).toEqual(THREE);
    expect(sum).toMatchObject({ top: 5, tags: 0b0110_0000 });
    const popped = after(run([0xde, 0xc1], image, 32)); // faddp st1, st0
    expect(popped.st(0)).toEqual(THREE);
    expect(popped).toMatchObject({ top: 6, tags: 0b0100_0000 });
  });
  it('x87: the pointers of an instruction that raises an unmasked exception, and #MF at the next one', () => {
    const image = new FpuImage();
    image.control = 0x37f & ~4;
    image.tags = 3;
    image.setSt(0, ONE);
    // fdiv dword [rbx], which holds 0; nop; fwait
    const c = { ...caseOf([0xd8, 0x33, 0x90, 0x9b], image), patches: [{ address: L.DATA, data: new Uint8Array(4) }] };
    const o = runNatively([c])[0] as Outcome;
    expect(o).toMatchObject({ vector: 16, rip: BigInt(L.CODE + 0x803) });
    const pointers = { opcode: 0x33, codePointer: BigInt(L.CODE + 0x800), dataPointer: BigInt(L.DATA) };
    expect(after(o)).toMatchObject({ status: Status.ES | Status.B | 4, ...pointers });
    expect(after(o).st(0)).toEqual(ONE);
  });
  it('MMX: mm registers by their own number, all in use afterwards', () => {
    const image = new FpuImage();
    image.status = 3 << 11;
    image.setMm(0, 0x00ff_7f80_0102_0304n);
    image.setMm(1, 0x0001_0180_1010_1010n);
    const sum = after(run([0x0f, 0xfc, 0xc1], image)); // paddb mm0, mm1
    expect(sum).toMatchObject({ top: 0, tags: 0xff });
    expect(sum.mm(0)).toBe(0x0000_8000_1112_1314n);
    expect(sum.mm(1)).toBe(0x0001_0180_1010_1010n);
  });
  it('SSE: results, flags of MXCSR, #XM, and #GP for an operand that is not aligned', () => {
    const image = new FpuImage();
    image.setXmm(15, 0x3f800000_40000000_40400000_3f800000n);
    image.setXmm(1, 0x3f800000_3f800000_00000000_40000000n);
    const divide = [0x44, 0x0f, 0x5e, 0xf9]; // divps xmm15, xmm1
    const quotient = after(run(divide, image));
    expect(quotient.xmm(15)).toBe(0x3f800000_40000000_7f800000_3f000000n);
    expect(quotient.mxcsr).toBe(0x1f84);
    image.mxcsr = 0x1f80 & ~0x200;
    const raised = run(divide, image);
    expect(raised).toMatchObject({ vector: 19, rip: BigInt(L.CODE + 0x800) });
    expect(after(raised).xmm(15)).toBe(image.xmm(15));
    expect(after(raised).mxcsr).toBe(0x1d84);
    // movaps xmm0, [rbx + 8]
    expect(run([0x0f, 0x28, 0x43, 0x08], image)).toMatchObject({ vector: 13, errorCode: 0 });
  });
});
