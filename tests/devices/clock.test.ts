import { expect, test } from 'vitest';
import { VirtualClock } from '../../src/emulator/devices/clock.ts';

function clockAt(start = 0) {
  let executed = start;
  const clock = new VirtualClock(() => executed);
  const log: string[] = [];
  return {
    clock,
    log,
    execute: (count: number) => {
      executed += count;
      clock.ringDue();
    },
    alarm: (at: number, name: string) => clock.setAlarm(at, () => log.push(`${name}@${clock.now}`)),
  };
}

test('alarms ring in the order of their time, and of setting at one instant', () => {
  const { alarm, execute, log, clock } = clockAt();
  alarm(30, 'c');
  alarm(10, 'a');
  alarm(30, 'd');
  alarm(20, 'b');
  expect(clock.next).toBe(10);
  execute(9);
  expect(log).toEqual([]);
  execute(1);
  expect(log).toEqual(['a@10']);
  execute(90);
  expect(log).toEqual(['a@10', 'b@100', 'c@100', 'd@100']);
  expect(clock.next).toBeNull();
});

test('a cancelled alarm does not ring, also when another one cancels it while ringing', () => {
  const { clock, execute, alarm, log } = clockAt();
  const second = alarm(20, 'second');
  clock.setAlarm(10, () => second.cancel());
  alarm(5, 'first').cancel();
  execute(50);
  expect(log).toEqual([]);
});

test('an alarm set by a ringing one for now rings at once; a later one waits', () => {
  const { clock, execute, alarm, log } = clockAt();
  clock.setAlarm(10, () => {
    alarm(10, 'now');
    alarm(11, 'later');
  });
  execute(10);
  expect(log).toEqual(['now@10']);
  execute(1);
  expect(log).toEqual(['now@10', 'later@11']);
});

test('sleeping moves time without instructions, and never backwards', () => {
  const { clock, execute, alarm, log } = clockAt(100);
  alarm(150, 'a');
  clock.sleepUntil(150);
  clock.ringDue();
  expect([clock.now, log]).toEqual([150, ['a@150']]);
  clock.sleepUntil(20);
  execute(1);
  expect(clock.now).toBe(151);
});

test('only an alarm that comes before all others calls for an earlier stop', () => {
  const { clock, alarm } = clockAt();
  let calls = 0;
  clock.onEarlierAlarm = () => {
    calls++;
  };
  alarm(100, 'a');
  alarm(200, 'b');
  alarm(100, 'c');
  expect(calls).toBe(1);
  alarm(99, 'd');
  expect(calls).toBe(2);
});
