/** What QEMU's controllers cannot judge, or only by chance: the data sheet (order number 231468-003) has the word. */
import { beforeEach, expect, test } from 'vitest';
import { PicPair } from '../../src/emulator/devices/pic-pair.ts';
import { Bench } from './bench.ts';

const MASTER = 0x20;
const SLAVE = 0xa0;

let bench: Bench;
let pic: PicPair;

beforeEach(() => {
  bench = new Bench();
  pic = new PicPair((line) => bench.log.push(line));
  bench.with(pic);
  initialise(MASTER, 0x20, 4, 1);
  initialise(SLAVE, 0x28, 2, 1);
});
function initialise(port: number, base: number, icw3: number, icw4: number): void {
  bench.out(port, 0x11);
  for (const word of [base, icw3, icw4, 0]) bench.out(port + 1, word);
}
const pulse = (irq: number) => {
  pic.setLine(irq, true);
  pic.setLine(irq, false);
};
const inService = (port: number) => {
  bench.out(port, 0x0b);
  return bench.in(port);
};
/** Vectors in the order in which they are acknowledged, each ended by a non-specific end of interrupt. */
function served(): number[] {
  const vectors: number[] = [];
  while (pic.requested) {
    vectors.push(pic.acknowledge());
    if (vectors.at(-1)! >= 0x28) bench.out(SLAVE, 0x20);
    bench.out(MASTER, 0x20);
  }
  return vectors;
}

test('after power-on the vectors are the BIOS’s, and nothing is requested', () => {
  const fresh = new PicPair();
  new Bench().with(fresh);
  expect(fresh.requested).toBe(false);
  fresh.setLine(1, true);
  expect(fresh.acknowledge()).toBe(9);
  fresh.setLine(8, true);
  expect([0, 1, 2, 3, 4, 6, 8, 9, 14].map((irq) => fresh.canReach(irq))).toEqual([
    ...[true, false, false, false, false, false, false, false, false],
  ]);
});

test('fifteen lines, by priority: the slave’s come in the place of line 2', () => {
  for (const irq of [15, 7, 3, 8, 1, 12, 0]) pulse(irq);
  expect(served()).toEqual([0x20, 0x21, 0x28, 0x2c, 0x2f, 0x23, 0x27]);
});

test('a request that has gone at its acknowledgement gives the vector of input 7, with nothing in service', () => {
  bench.out(0x4d0, 0x20);
  pic.setLine(5, true);
  expect(pic.requested).toBe(true);
  pic.setLine(5, false);
  expect([pic.requested, pic.acknowledge(), inService(MASTER)]).toEqual([false, 0x27, 0]);
});

test('a level-triggered line requests again for as long as it is high', () => {
  bench.out(0x4d0, 0x20);
  pic.setLine(5, true);
  expect(pic.acknowledge()).toBe(0x25);
  expect(pic.requested).toBe(false);
  bench.out(MASTER, 0x20);
  expect(pic.acknowledge()).toBe(0x25);
  pic.setLine(5, false);
  bench.out(MASTER, 0x20);
  expect(pic.requested).toBe(false);
});

test('the lines of timer, keyboard, cascade, clock and coprocessor are edges always', () => {
  bench.out(0x4d0, 0xff);
  bench.out(0x4d1, 0xff);
  expect([bench.in(0x4d0), bench.in(0x4d1)]).toEqual([0xf8, 0xde]);
});

test('initialisation wants a new edge, and ends what is in service', () => {
  pic.setLine(3, true);
  pic.acknowledge();
  pic.setLine(4, true);
  initialise(MASTER, 0x20, 4, 1);
  expect([pic.requested, inService(MASTER)]).toEqual([false, 0]);
  pic.setLine(4, true);
  expect(pic.requested).toBe(false);
  pic.setLine(4, false);
  pic.setLine(4, true);
  expect(pic.acknowledge()).toBe(0x24);
});

test('special mask mode: a masked line in service lets lower ones through, and keeps its place at an end of interrupt', () => {
  pulse(3);
  pic.acknowledge();
  pulse(6);
  expect(pic.requested).toBe(false);
  bench.out(MASTER + 1, 1 << 3);
  bench.out(MASTER, 0x68);
  expect(pic.acknowledge()).toBe(0x26);
  bench.out(MASTER, 0x20);
  expect(inService(MASTER)).toBe(1 << 3);
  bench.out(MASTER, 0x63);
  expect(inService(MASTER)).toBe(0);
});

test('special fully nested mode: the slave may ask again while it is served', () => {
  pulse(14);
  expect(pic.acknowledge()).toBe(0x2e);
  pulse(9);
  expect(pic.requested).toBe(false);
  initialise(MASTER, 0x20, 4, 0x11);
  initialise(SLAVE, 0x28, 2, 1);
  pulse(14);
  expect(pic.acknowledge()).toBe(0x2e);
  pulse(9);
  expect([pic.requested, pic.acknowledge()]).toEqual([true, 0x29]);
});

test('rotation in automatic end of interrupt: who was served is last', () => {
  initialise(MASTER, 0x20, 4, 3);
  bench.out(MASTER, 0x80);
  for (const irq of [0, 1, 3]) pulse(irq);
  expect([pic.acknowledge(), pic.acknowledge()]).toEqual([0x20, 0x21]);
  for (const irq of [0, 1]) pulse(irq);
  expect([pic.acknowledge(), pic.acknowledge(), pic.acknowledge()]).toEqual([0x23, 0x20, 0x21]);
  expect([pic.requested, inService(MASTER)]).toEqual([false, 0]);
});

test('what a PC’s wiring leaves no room for is named', () => {
  bench.out(MASTER, 0x13);
  bench.out(MASTER + 1, 0x20);
  bench.out(MASTER + 1, 0);
  expect(bench.log).toEqual([
    'master 8259A: ICW1 with SNGL = 1: a PC has two controllers',
    'master 8259A: ICW4 asks for the interrupts of an 8080: not implemented',
  ]);
});
