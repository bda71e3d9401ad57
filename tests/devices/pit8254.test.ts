/** The 8254 against its data sheet's waveforms (order number 231164-005, figures 15 to 20), and its clock against arithmetic. */
import { describe, expect, test } from 'vitest';
import { INSTRUCTIONS_PER_SECOND } from '../../src/emulator/devices/clock.ts';
import { Oscillator } from '../../src/emulator/devices/oscillator.ts';
import { PitCounter } from '../../src/emulator/devices/pit-counter.ts';
import { PIT_HERTZ, Pit8254 } from '../../src/emulator/devices/pit8254.ts';
import { Bench } from './bench.ts';

const LSB = 0x10;
const BOTH = 0x30;

/** OUT as H and L, one letter a tick. */
function wave(counter: PitCounter, from: number, ticks: number): string {
  return Array.from({ length: ticks }, (_, i) => (counter.output(from + i) ? 'H' : 'L')).join('');
}
/** What the counting element shows, with least significant bytes alone. */
function counts(counter: PitCounter, from: number, ticks: number): number[] {
  return Array.from({ length: ticks }, (_, i) => counter.read(from + i));
}
/** A counter with a control word and a count written at tick 0: the count is loaded at tick 1. */
function counterOf(mode: number, count: number, access = LSB): PitCounter {
  const counter = new PitCounter();
  counter.control(0, access | (mode << 1));
  counter.write(0, count & 0xff);
  if (access === BOTH) counter.write(0, count >> 8);
  return counter;
}

describe('mode 0, interrupt on terminal count', () => {
  test('OUT is low until N + 1 ticks after the count, and the count goes on', () => {
    expect(wave(counterOf(0, 4), 0, 9)).toBe('LLLLLHHHH');
    expect(counts(counterOf(0, 4), 1, 7)).toEqual([4, 3, 2, 1, 0, 0xff, 0xfe]);
  });
  test('GATE holds the count, and not OUT', () => {
    const counter = counterOf(0, 3);
    expect(counter.output(2)).toBe(false);
    counter.setGate(2, false);
    expect(counts(counter, 3, 3)).toEqual([2, 2, 2]);
    counter.setGate(6, true);
    expect(counts(counter, 6, 3)).toEqual([2, 1, 0]);
    expect(counter.output(8)).toBe(true);
  });
  test('a new count begins anew; its first byte of two takes OUT low', () => {
    const counter = counterOf(0, 2, BOTH);
    expect(counter.output(3)).toBe(true);
    counter.write(4, 3);
    expect(counter.output(4)).toBe(false);
    counter.write(5, 0);
    expect(wave(counter, 5, 6)).toBe('LLLLHH');
  });
});

describe('mode 1, one-shot', () => {
  test('a rising edge of GATE starts it, and again', () => {
    const counter = counterOf(1, 3);
    counter.setGate(0, false);
    expect(wave(counter, 0, 5)).toBe('HHHHH');
    counter.setGate(5, true);
    expect(wave(counter, 5, 6)).toBe('HLLLHH');
    counter.setGate(12, false);
    counter.setGate(13, true);
    counter.output(15);
    counter.setGate(15, false);
    counter.setGate(15, true);
    expect(wave(counter, 15, 6)).toBe('LLLLHH');
  });
});

describe('mode 2, rate generator', () => {
  test('OUT is low for the last tick of each period', () => {
    expect(wave(counterOf(2, 3), 0, 11)).toBe('HHHLHHLHHLH');
    expect(counts(counterOf(2, 3), 1, 7)).toEqual([3, 2, 1, 3, 2, 1, 3]);
  });
  test('a new count waits for the end of the period', () => {
    const counter = counterOf(2, 4);
    expect(counter.read(2)).toBe(3);
    counter.write(2, 3);
    expect(counts(counter, 3, 8)).toEqual([2, 1, 3, 2, 1, 3, 2, 1]);
  });
  test('GATE low stops it with OUT high; its rising edge starts a period', () => {
    const counter = counterOf(2, 3);
    expect(counter.output(3)).toBe(false);
    counter.setGate(3, false);
    expect(wave(counter, 3, 3)).toBe('HHH');
    counter.setGate(6, true);
    expect(wave(counter, 6, 7)).toBe('HHHLHHL');
  });
});

describe('mode 3, square wave', () => {
  test('an even count is halved, and counted by two', () => {
    expect(wave(counterOf(3, 4), 0, 10)).toBe('HHHLLHHLLH');
    expect(counts(counterOf(3, 4), 1, 5)).toEqual([4, 2, 4, 2, 4]);
  });
  test('an odd count is high for one tick more', () => {
    expect(wave(counterOf(3, 5), 0, 12)).toBe('HHHHLLHHHLLH');
    expect(counts(counterOf(3, 5), 1, 6)).toEqual([4, 2, 0, 4, 2, 4]);
  });
  test('a new count waits for the end of the half period', () => {
    const counter = counterOf(3, 8);
    counter.output(2);
    counter.write(2, 4);
    expect(wave(counter, 2, 9)).toBe('HHHLLHHLL');
  });
});

describe('modes 4 and 5, strobes', () => {
  test('OUT is low for one tick, N + 1 ticks after the count', () => {
    expect(wave(counterOf(4, 3), 0, 9)).toBe('HHHHLHHHH');
  });
  test('by a rising edge of GATE', () => {
    const counter = counterOf(5, 3);
    counter.setGate(0, false);
    expect(wave(counter, 0, 4)).toBe('HHHH');
    counter.setGate(4, true);
    expect(wave(counter, 4, 8)).toBe('HHHHLHHH');
  });
});

describe('reading', () => {
  test('a latched count stays until both bytes are read', () => {
    const counter = counterOf(0, 0x1234, BOTH);
    counter.latchCount(5);
    counter.latchCount(9);
    expect([counter.read(20), counter.read(30)]).toEqual([0x30, 0x12]);
    expect([counter.read(40), counter.read(40)]).toEqual([0x0d, 0x12]);
  });
  test('the status tells OUT, whether the count is loaded, and the control word', () => {
    const counter = counterOf(2, 10);
    counter.latchStatus(0);
    expect(counter.read(0)).toBe(0x80 | 0x40 | LSB | 4);
    counter.latchStatus(1);
    expect(counter.read(1)).toBe(0x80 | LSB | 4);
  });
  test('BCD counts in decimal', () => {
    const counter = new PitCounter();
    counter.control(0, BOTH | 1);
    counter.write(0, 0x00);
    counter.write(0, 0x10);
    counter.latchCount(2);
    expect([counter.read(2), counter.read(2)]).toEqual([0x99, 0x09]);
  });
});

test('ticks and instants agree, without drift', () => {
  const oscillator = new Oscillator(PIT_HERTZ);
  for (const seconds of [1, 3600, 86_400 * 365])
    expect(oscillator.ticksAt(seconds * INSTRUCTIONS_PER_SECOND)).toBe(seconds * PIT_HERTZ);
  for (let tick = 0; tick < 1e12; tick = tick * 3 + 1) {
    const at = oscillator.timeOf(tick);
    expect([oscillator.ticksAt(at), oscillator.ticksAt(at - 1)]).toEqual([tick, tick - 1]);
    expect(BigInt(at)).toBe((BigInt(tick) * 100_000_000n + 1_193_181n) / 1_193_182n);
  }
});

test('counter 0 interrupts as often as it should in a long run', () => {
  let rises = 0;
  let last = true;
  const bench = new Bench().with(
    new Pit8254((level) => {
      if (level && !last) rises++;
      last = level;
    }),
  );
  bench.out(0x43, 0x34);
  bench.out(0x40, 11931 & 0xff);
  bench.out(0x40, 11931 >> 8);
  bench.goTo(60 * INSTRUCTIONS_PER_SECOND);
  expect(rises).toBe(Math.floor((60 * PIT_HERTZ - 1) / 11931));
});
