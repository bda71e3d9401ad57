import { expect, test } from 'vitest';
import { PortBus } from '../../src/emulator/devices/bus.ts';
import { IsaDebugExit } from '../../src/emulator/devices/isa-debug-exit.ts';

test.each([
  [0, 1],
  [1, 3],
  [0x10, 0x21],
  [0xffffffff, 0xffffffff],
])('writing %i exits with %i', (value, code) => {
  const bus = new PortBus();
  const codes: number[] = [];
  new IsaDebugExit({ port: 0xf4, size: 4 }, (c) => codes.push(c)).plugIn(bus);
  bus.write(0xf4, value, 4);
  expect(codes).toEqual([code]);
  expect(bus.read(0xf4, 4)).toBe(0);
});

test('the port and its size can be chosen', () => {
  const bus = new PortBus();
  const codes: number[] = [];
  new IsaDebugExit({ port: 0x501, size: 1 }, (c) => codes.push(c)).plugIn(bus);
  bus.write(0x501, 0x105, 2);
  expect(codes).toEqual([0x0b]);
});
