/** The MC146818 against its data sheet: calendar, formats, alarm, the three interrupts, and the update flag. */
import { expect, test } from 'vitest';
import { INSTRUCTIONS_PER_SECOND as SECOND } from '../../src/emulator/devices/clock.ts';
import { Rtc } from '../../src/emulator/devices/rtc.ts';
import { Bench } from './bench.ts';

class ClockBench extends Bench {
  readonly edges: number[] = [];
  #level = false;

  static at(time: number): ClockBench {
    const bench = new ClockBench();
    const interrupt = (level: boolean) => {
      if (level && !bench.#level) bench.edges.push(bench.clock.now);
      bench.#level = level;
    };
    return bench.with(new Rtc({ time, memorySize: 64 << 20, interrupt }));
  }
  read(index: number): number {
    this.out(0x70, index);
    return this.in(0x71);
  }
  write(index: number, value: number): void {
    this.out(0x70, index);
    this.out(0x71, value);
  }
  /** Year, month, day, hour, minute, second and day of the week as they stand in the registers. */
  time(): number[] {
    return [0x32, 9, 8, 7, 4, 2, 0, 6].map((index) => this.read(index));
  }
}

test('the calendar turns over', () => {
  const bench = ClockBench.at(Date.UTC(1999, 11, 31, 23, 59, 58));
  expect(bench.time()).toEqual([0x19, 0x99, 0x12, 0x31, 0x23, 0x59, 0x58, 6]);
  bench.pass(3 * SECOND);
  expect(bench.time()).toEqual([0x20, 0x00, 0x01, 0x01, 0x00, 0x00, 0x01, 7]);
});

test('29 February comes every four years', () => {
  for (const [year, day] of [
    [2024, 0x29],
    [2023, 0x01],
    [2000, 0x29],
  ] as const) {
    const bench = ClockBench.at(Date.UTC(year, 1, 28, 23, 59, 59));
    bench.pass(SECOND);
    expect(bench.read(7)).toBe(day);
  }
});

test('binary, and twelve hours with PM in bit 7', () => {
  const bench = ClockBench.at(Date.UTC(2026, 0, 1));
  bench.write(0x0b, 0x84);
  for (const [index, value] of [
    [0, 59],
    [2, 59],
    [4, 0x80 | 11],
    [6, 1],
    [7, 31],
    [8, 12],
    [9, 30],
  ] as const)
    bench.write(index, value);
  bench.write(0x0b, 0x04);
  bench.pass(SECOND);
  expect([0, 2, 4, 7, 8, 9].map((index) => bench.read(index))).toEqual([0, 0, 12, 1, 1, 31]);
  bench.pass(12 * 3600 * SECOND);
  expect(bench.read(4)).toBe(0x80 | 12);
});

test('SET stops the updates', () => {
  const bench = ClockBench.at(Date.UTC(2026, 0, 1));
  bench.write(0x0b, 0x82);
  bench.pass(10 * SECOND);
  expect(bench.read(0)).toBe(0);
  bench.write(0x0b, 0x02);
  bench.pass(10 * SECOND);
  expect(bench.read(0)).toBe(0x10);
});

test('the update flag rises 2,228 microseconds before the second', () => {
  const bench = ClockBench.at(Date.UTC(2026, 0, 1));
  bench.goTo(SECOND - 222_801);
  expect(bench.read(0x0a)).toBe(0x26);
  bench.goTo(SECOND - 222_800);
  expect(bench.read(0x0a)).toBe(0xa6);
  bench.goTo(SECOND);
  expect(bench.read(0x0a)).toBe(0x26);
});

test('the alarm interrupts once a day at its time, and whenever its bytes say any', () => {
  const bench = ClockBench.at(Date.UTC(2026, 0, 1, 6, 29, 30));
  for (const [index, value] of [
    [1, 0x00],
    [3, 0x30],
    [5, 0x06],
  ] as const)
    bench.write(index, value);
  bench.write(0x0b, 0x22);
  bench.goTo(86_400 * SECOND);
  expect(bench.edges).toEqual([30 * SECOND]);
  // The periodic flag is set at its rate all the time.
  expect(bench.read(0x0c)).toBe(0x80 | 0x40 | 0x20 | 0x10);
  expect(bench.read(0x0c)).toBe(0);
  bench.goTo(2 * 86_400 * SECOND);
  expect(bench.edges).toEqual([30 * SECOND, (86_400 + 30) * SECOND]);
  bench.read(0x0c);
  bench.write(5, 0xff);
  bench.write(3, 0xc0);
  bench.goTo((2 * 86_400 + 60) * SECOND);
  expect(bench.edges).toHaveLength(3);
});

test('the alarm’s flag is set without its interrupt too', () => {
  const bench = ClockBench.at(Date.UTC(2026, 0, 1));
  bench.read(0x0c);
  bench.write(1, 0x05);
  bench.write(3, 0xff);
  bench.write(5, 0xff);
  bench.pass(4 * SECOND);
  expect(bench.read(0x0c) & 0x20).toBe(0);
  bench.pass(SECOND);
  expect(bench.read(0x0c) & 0x20).toBe(0x20);
  expect(bench.edges).toEqual([]);
});

test('the periodic interrupt keeps its rate, one edge for each time that its flag is read', () => {
  const bench = ClockBench.at(Date.UTC(2026, 0, 1));
  bench.write(0x0b, 0x42);
  for (let i = 0; i < 1024; i++) {
    bench.goTo(Math.ceil(((i + 1) * SECOND) / 1024));
    expect(bench.read(0x0c) & 0xc0).toBe(0xc0);
  }
  expect(bench.edges).toHaveLength(1024);
  expect(bench.edges.at(-1)).toBe(SECOND);
  bench.pass(SECOND);
  expect(bench.edges).toHaveLength(1025);
});

test('the update-ended interrupt comes with each second, and SET ends it', () => {
  const bench = ClockBench.at(Date.UTC(2026, 0, 1));
  bench.write(0x0b, 0x12);
  for (let i = 1; i <= 3; i++) {
    bench.goTo(i * SECOND);
    bench.read(0x0c);
  }
  expect(bench.edges).toEqual([SECOND, 2 * SECOND, 3 * SECOND]);
  bench.write(0x0b, 0x92);
  expect(bench.read(0x0b)).toBe(0x82);
});

test('a reset keeps time and memory, and ends the interrupts', () => {
  const bench = new ClockBench();
  const rtc = new Rtc({ time: Date.UTC(2026, 4, 5, 6, 7, 8), memorySize: 64 << 20 });
  bench.with(rtc);
  bench.write(0x50, 0x77);
  bench.write(0x0b, 0x72);
  bench.pass(5 * SECOND);
  rtc.reset();
  expect([bench.read(0x50), bench.read(0x0b), bench.read(0)]).toEqual([0x77, 0x02, 0x13]);
});
