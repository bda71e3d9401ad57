/** ROM, memory beside RAM, devices and the A20 gate, as code in real mode meets them. */
import { describe, expect, test } from 'vitest';
import type { Processor } from '../../src/emulator/cpu/processor.ts';
import { createInterpreter } from '../../src/emulator/engine/interpreter.ts';
import { createReference } from '../../src/emulator/engine/reference.ts';
import { type MappedDevice, PhysicalMemory } from '../../src/emulator/mmu/physical-memory.ts';

const RAM = 0x200000;
const FRAMEBUFFER = 0xe0000000;
const FRAMEBUFFER_SIZE = 0x10000;
const DEVICE = 0xfee00000;
const CODE = 0x1000;
const HLT = 0xf4;

/** Counts and remembers accesses; each read has another answer. */
class Recorder implements MappedDevice {
  readonly accesses: string[] = [];
  /** Time at each access. */
  readonly times: number[] = [];
  now = () => 0;
  read(offset: number, bytes: number): bigint {
    this.note(`read ${offset.toString(16)} ${bytes}`);
    return 0x8877665544332200n + BigInt(this.accesses.length);
  }
  write(offset: number, bytes: number, value: bigint): void {
    this.note(`write ${offset.toString(16)} ${bytes} ${value.toString(16)}`);
  }
  private note(access: string): void {
    this.accesses.push(access);
    this.times.push(this.now());
  }
}

interface Subject {
  memory: PhysicalMemory;
  processor: Processor;
  framebuffer: Uint8Array;
  device: Recorder;
  unbacked: string[];
}
async function subject(engine: 'reference' | 'interpreter'): Promise<Subject> {
  const memory = new PhysicalMemory(PhysicalMemory.allocate(RAM, FRAMEBUFFER_SIZE), RAM);
  const framebuffer = memory.mapMemory(FRAMEBUFFER, FRAMEBUFFER_SIZE);
  const device = new Recorder();
  memory.mapDevice(DEVICE, 0x1000, device);
  const unbacked: string[] = [];
  const processor = await { reference: createReference, interpreter: createInterpreter }[engine]({
    memory,
    ports: { read: () => 0, write: (_port, value) => memory.setA20(value !== 0) },
    onUnbacked: (physical, write) => unbacked.push(`${write ? 'write' : 'read'} ${physical.toString(16)}`),
  });
  device.now = () => processor.instructions;
  return { memory, processor, framebuffer, device, unbacked };
}
/** Runs 32-bit code on flat segments until its HLT. */
function run({ memory, processor }: Subject, ...code: (number | number[])[]): void {
  processor.reset();
  const { state } = processor;
  const flat = { base: 0n, limit: 0xffffffff };
  state.setCr(0, 0x11n);
  state.setSegment('cs', { ...flat, selector: 8, attributes: 0xc09b });
  for (const name of ['ds', 'es', 'ss'] as const) state.setSegment(name, { ...flat, selector: 16, attributes: 0xc093 });
  state.rip = BigInt(CODE);
  memory.write(CODE, Uint8Array.from([...code.flat(), HLT]));
  expect(processor.run(1000)).toEqual({ kind: 'halt' });
}
const word = (value: number) => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
const storeEax = (address: number) => [0xa3, ...word(address)];
const loadEax = (address: number) => [0xa1, ...word(address)];
const movEax = (value: number) => [0xb8, ...word(value)];
const eax = ({ processor }: Subject) => Number(processor.state.gpr(0));

describe.each(['reference', 'interpreter'] as const)('physical addresses on the %s', (engine) => {
  test('memory beside RAM is as good as RAM, also where an access crosses pages', async () => {
    const machine = await subject(engine);
    run(
      machine,
      movEax(0x12345678),
      storeEax(FRAMEBUFFER),
      storeEax(FRAMEBUFFER + 0xffe),
      loadEax(FRAMEBUFFER + 0x1000),
    );
    expect([...machine.framebuffer.subarray(0, 5)]).toEqual([0x78, 0x56, 0x34, 0x12, 0]);
    expect(eax(machine)).toBe(0x1234);
    expect(machine.unbacked).toEqual([]);
  });
  test('code runs in memory beside RAM, and is seen when it changes itself', async () => {
    const machine = await subject(engine);
    // mov byte [+6], 7; mov al, 1; hlt, of which the second becomes mov al, 7
    machine.framebuffer.set([0xc6, 0x05, ...word(FRAMEBUFFER + 8), 7, 0xb0, 1, HLT]);
    run(machine, [0xe9, ...word((FRAMEBUFFER - CODE - 5) | 0)]);
    expect(eax(machine) & 0xff).toBe(7);
  });
  test('stores to ROM vanish, loads and code do not', async () => {
    const machine = await subject(engine);
    machine.memory.write(0xff000, Uint8Array.of(1, 2, 3, 4, 0xb0, 9, HLT));
    machine.memory.setReadOnly([{ start: 0xf0000, size: 0x10000 }]);
    run(machine, movEax(-1), storeEax(0xff000), storeEax(0xeffff), [0x80, 0x05, ...word(0xff001), 1], loadEax(0xff000));
    expect(eax(machine)).toBe(0x04030201);
    expect([...machine.memory.read(0xeffff, 2)]).toEqual([0xff, 0]);
    run(machine, [0xe9, ...word(0xff004 - CODE - 5)]);
    expect(eax(machine) & 0xff).toBe(9);
    machine.memory.setReadOnly([]);
    run(machine, movEax(-1), storeEax(0xff000), loadEax(0xff000));
    expect(eax(machine) >>> 0).toBe(0xffffffff);
  });
  test('the reset vector is the last of the first MiB', async () => {
    const machine = await subject(engine);
    machine.memory.write(0xffff0, Uint8Array.of(0xb0, 0x42, HLT));
    machine.memory.setReadOnly([{ start: 0xc0000, size: 0x40000 }], true);
    machine.processor.reset();
    expect(machine.processor.run(10)).toEqual({ kind: 'halt' });
    expect(eax(machine) & 0xff).toBe(0x42);
    expect(machine.unbacked).toEqual([]);
  });
  test('a device sees each access once, at its exact time', async () => {
    const machine = await subject(engine);
    run(
      machine,
      loadEax(DEVICE + 0x20),
      storeEax(DEVICE + 0xb0),
      [0x66, 0x83, 0x05, ...word(DEVICE + 4), 1], // add word [device + 4], 1
      [0x8a, 0x0d, ...word(DEVICE + 9)], // mov cl, [device + 9]
      storeEax(DEVICE - 2),
    );
    expect(machine.device.accesses).toEqual([
      'read 20 4',
      'write b0 4 44332201',
      'read 4 2',
      'write 4 2 2204',
      'read 9 1',
      'write 0 2 4433',
    ]);
    expect(machine.device.times).toEqual([0, 1, 2, 2, 3, 4]);
    expect(machine.unbacked).toEqual([`write ${(DEVICE - 2).toString(16)}`]);
  });
  test('a closed A20 gate folds odd MiB onto even ones at once, for data, code and page tables', async () => {
    const machine = await subject(engine);
    const gate = (open: boolean) => [0xb0, open ? 1 : 0, 0xe6, 0x92];
    const low = new DataView(machine.memory.bytes.buffer, machine.memory.bytes.byteOffset);
    run(machine, movEax(5), storeEax(0x4000), movEax(6), storeEax(0x104000), gate(false), loadEax(0x104000));
    expect(machine.memory.a20).toBe(false);
    expect(eax(machine)).toBe(5);
    run(machine, gate(false), movEax(7), storeEax(0x104000), gate(true), loadEax(0x104000));
    expect(eax(machine)).toBe(6);
    expect(low.getUint32(0x4000, true)).toBe(7);
    // The same code at 1 MiB and 0: below it another.
    machine.memory.write(0x101800, Uint8Array.of(...movEax(11), HLT));
    machine.memory.write(0x1800, Uint8Array.of(...movEax(22), HLT));
    run(machine, [0xe9, ...word(0x101800 - CODE - 5)]);
    expect(eax(machine)).toBe(11);
    run(machine, gate(false), [0xe9, ...word(0x101800 - CODE - 9)]);
    expect(eax(machine)).toBe(22);
    machine.memory.setA20(true);
  });
  test('what is mapped twice, or nowhere allocated, is refused', async () => {
    const { memory } = await subject(engine);
    expect(() => memory.mapDevice(FRAMEBUFFER, 0x1000, new Recorder())).toThrow(RangeError);
    expect(() => memory.mapDevice(0x1000, 0x1000, new Recorder())).toThrow(RangeError);
    expect(() => memory.mapMemory(0xf0000000, 0x10000)).toThrow(RangeError);
    expect(() => memory.mapDevice(0xf0000800, 0x1000, new Recorder())).toThrow(RangeError);
  });
});
