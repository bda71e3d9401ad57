/** Virtual time against a wall clock of our own. */
import { describe, expect, it } from 'vitest';
import { INSTRUCTIONS_PER_SECOND } from '../../src/emulator/devices/clock.ts';
import { LARGEST_DEBT, LEAD, Pacer } from '../../src/emulator/worker/pacer.ts';

const perMillisecond = INSTRUCTIONS_PER_SECOND / 1000;

/** Runs a host of some speed for a while, asking once in 4 ms. @returns virtual milliseconds that have passed */
function play(milliseconds: number, instructionsPerMillisecond: number, start = 1000): number {
  const pacer = new Pacer();
  let virtual = 5_000_000;
  pacer.start(start, virtual);
  for (let wall = start; wall <= start + milliseconds; wall += 4) {
    virtual += Math.min(pacer.allowance(wall, virtual), instructionsPerMillisecond * 4);
  }
  return (virtual - 5_000_000) / perMillisecond;
}

describe('a fast host', () => {
  it('runs a virtual second a second, and never further ahead than the lead', () => {
    const passed = play(3000, 10 * perMillisecond);
    expect(passed).toBeGreaterThanOrEqual(3000);
    expect(passed).toBeLessThanOrEqual(3000 + LEAD);
  });

  it('has to wait once the lead is used up', () => {
    const pacer = new Pacer();
    pacer.start(0, 0);
    const lead = pacer.allowance(0, 0);
    expect(lead).toBe(LEAD * perMillisecond);
    expect(pacer.allowance(0, lead)).toBe(0);
    expect(pacer.allowance(1, lead)).toBe(perMillisecond);
  });
});

describe('a slow host', () => {
  it('runs as fast as it can', () => {
    expect(play(1000, perMillisecond / 4)).toBeCloseTo(251, 0);
  });

  it('does not make up for what it has missed', () => {
    const pacer = new Pacer();
    pacer.start(0, 0);
    expect(pacer.allowance(LARGEST_DEBT - 1, 0)).toBe((LARGEST_DEBT - 1 + LEAD) * perMillisecond);
    expect(pacer.allowance(10_000, 0)).toBe(LEAD * perMillisecond);
    expect(pacer.allowance(10_001, LEAD * perMillisecond)).toBe(perMillisecond);
  });
});

describe('the delay until an alarm', () => {
  it('is what the wall clock lacks, and nothing for the past', () => {
    const pacer = new Pacer();
    pacer.start(500, 0);
    expect(pacer.delay(500, 10 * perMillisecond)).toBeCloseTo(10);
    expect(pacer.delay(507, 10 * perMillisecond)).toBeCloseTo(3);
    expect(pacer.delay(520, 10 * perMillisecond)).toBe(0);
  });
});
