/** The runner itself, by instructions whose outcome the manual spells out: a harness that cannot fail proves nothing. */
import { describe, expect, it } from 'vitest';
import { AF, CF, IF, OF, PF, RF, SF, ZF } from '../../src/emulator/cpu/flags.ts';
import * as L from './layout.ts';
import { type Case, type Outcome, runNatively, unavailable } from './native.ts';

const reason = unavailable();
const START = L.CODE + 0x800;

function outcome(bytes: number[], change: Partial<Case> & { set?: Record<number, bigint> } = {}): Outcome {
  const gpr = Array.from({ length: 16 }, (_, i) => change.set?.[i] ?? BigInt(i) * 0x0101_0101_0101_0101n);
  const { set: _, ...rest } = change;
  const code = Uint8Array.from(bytes);
  return runNatively([
    { mode: 64, rip: START, code, gpr, rflags: 2 | IF, patches: [], fpu: null, ...rest },
  ])[0] as Outcome;
}

describe.skipIf(reason)(`the native runner${reason ? ` (skipped: ${reason})` : ''}`, () => {
  it('shows results, flags and the next instruction', () => {
    // add al, bl: 7f + 01 = 80h, with OF, SF and AF.
    const o = outcome([0x00, 0xd8], { set: { 0: 0x7fn, 3: 1n } });
    expect(o).toMatchObject({ vector: 3, rip: BigInt(START + 3), changes: [] });
    expect(o.gpr[0]).toBe(0x80n);
    expect(o.rflags).toBe(2 | IF | OF | SF | AF);
    expect(o.gpr[15]).toBe(0x0f0f_0f0f_0f0f_0f0fn);
  });
  it('starts with the flags of the case', () => {
    // sbb eax, eax with carry: all ones.
    const o = outcome([0x19, 0xc0], { rflags: 2 | IF | CF, set: { 0: 5n } });
    expect(o.gpr[0]).toBe(0xffffffffn);
    expect(o.rflags).toBe(2 | IF | CF | SF | PF | AF);
  });
  it('shows memory that changed, against the patches, and puts it back', () => {
    const address = L.DATA + L.PAGE - 4;
    // mov [rax], rbx across the page boundary
    const data = new Uint8Array(8);
    const c = { set: { 0: BigInt(address), 3: 0n }, patches: [{ address, data }] };
    expect(outcome([0x48, 0x89, 0x18], c).changes).toEqual([]);
    const [first, second] = outcome([0x48, 0x89, 0x18], {
      ...c,
      set: { 0: BigInt(address), 3: 0x1122334455667788n },
    }).changes;
    expect(first?.address).toBe(address - 4);
    expect((first?.value ?? 0n) >> 32n).toBe(0x55667788n);
    expect(second?.address).toBe(address + 4);
    expect((second?.value ?? 0n) & 0xffffffffn).toBe(0x11223344n);
    // mov rax, [rax]
    const word = BigInt(L.pristineWord(L.DATA)) | (BigInt(L.pristineWord(L.DATA + 4)) << 32n);
    expect(outcome([0x48, 0x8b, 0x00], { set: { 0: BigInt(L.DATA) } }).gpr[0]).toBe(word);
  });
  it('tells a page fault with its address and error code', () => {
    const read = outcome([0x8b, 0x00], { set: { 0: BigInt(L.DATA - 2) } });
    expect(read).toMatchObject({ vector: 14, errorCode: 4, cr2: BigInt(L.DATA - 2), rip: BigInt(START) });
    expect(read.rflags & RF).toBe(RF);
    const write = outcome([0x89, 0x00], { set: { 0: BigInt(L.READ_ONLY) } });
    expect(write).toMatchObject({ vector: 14, errorCode: 7, cr2: BigInt(L.READ_ONLY) });
    const fetch = outcome([0xff, 0xe0], { set: { 0: BigInt(L.DATA) } });
    expect(fetch).toMatchObject({ vector: 14, errorCode: 0x15, cr2: BigInt(L.DATA), rip: BigInt(L.DATA) });
  });
  it('tells the other exceptions of user code', () => {
    expect(outcome([0xf7, 0xf1], { set: { 1: 0n } }).vector).toBe(0); // div ecx
    expect(outcome([0x0f, 0x0b]).vector).toBe(6); // ud2
    expect(outcome([0xf4])).toMatchObject({ vector: 13, errorCode: 0 }); // hlt
    expect(outcome([0xcd, 0x21])).toMatchObject({ vector: 13, errorCode: 0x21 * 8 + 2 }); // int 21h
    expect(outcome([0x8b, 0x00], { set: { 0: 1n << 62n } })).toMatchObject({ vector: 13, errorCode: 0 });
    expect(outcome([0x50], { set: { 4: 1n << 62n } })).toMatchObject({ vector: 12, errorCode: 0 }); // push rax
  });
  it('runs 32-bit and 16-bit code, with segments of the LDT', () => {
    // 40h: inc eax, inc ax; a REX prefix in 64-bit mode
    const set = { 0: 0xffffn };
    expect(outcome([0x40], { mode: 32, set })).toMatchObject({ vector: 3, rip: BigInt(START + 2) });
    expect(outcome([0x40], { mode: 32, set }).gpr[0]).toBe(0x10000n);
    const o = outcome([0x40], { mode: 16, set });
    expect(o.gpr[0]).toBe(0n);
    expect(o.rip).toBe(BigInt(START + 2 - L.CODE));
    expect(o.rflags & ZF).toBe(ZF);
    // mov eax, gs:[ecx]: within and just past the limit
    const limit = BigInt(L.LOCAL_DESCRIPTORS[1]?.limit ?? 0);
    expect(outcome([0x65, 0x8b, 0x01], { mode: 32, set: { 1: limit - 3n } }).vector).toBe(3);
    expect(outcome([0x65, 0x8b, 0x01], { mode: 32, set: { 1: limit - 2n } }).vector).toBe(13);
  });
  it('gets over an instruction that never ends', () => {
    expect(outcome([0xeb, 0xfe]).vector).toBe(-1);
    expect(outcome([0x90]).vector).toBe(3);
  });
});
