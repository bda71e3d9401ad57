import { expect, test } from 'vitest';
import { PortBus } from '../../src/emulator/devices/bus.ts';
import type { PortHandler, PortWidth } from '../../src/emulator/devices/device.ts';

/** A chip that notes each access and answers with the port's low byte in every byte. */
class Recorder implements PortHandler {
  readonly widest: PortWidth;
  readonly seen: string[] = [];
  constructor(widest: PortWidth) {
    this.widest = widest;
  }
  read(port: number, width: PortWidth): number {
    this.seen.push(`r${width} ${port.toString(16)}`);
    return port & 0xff;
  }
  write(port: number, value: number, width: PortWidth): void {
    this.seen.push(`w${width} ${port.toString(16)}=${value.toString(16)}`);
  }
}

test('a wide access to a narrow chip becomes byte cycles at ascending ports, low byte first', () => {
  const bus = new PortBus();
  const chip = new Recorder(1);
  bus.claimPorts(0x3d4, 4, 'chip', chip);
  bus.write(0x3d4, 0x12345678, 4);
  expect(bus.read(0x3d4, 2)).toBe(0xd5d4);
  expect(chip.seen).toEqual(['w1 3d4=78', 'w1 3d5=56', 'w1 3d6=34', 'w1 3d7=12', 'r1 3d4', 'r1 3d5']);
});

test('a wide chip gets a wide access whole, unless it reaches past its ports', () => {
  const log: string[] = [];
  const bus = new PortBus((line) => log.push(line));
  const chip = new Recorder(4);
  bus.claimPorts(0xf4, 4, 'chip', chip);
  bus.write(0xf4, 0xdeadbeef, 4);
  bus.write(0xf7, 0xaabb, 2);
  expect(chip.seen).toEqual(['w4 f4=deadbeef', 'w1 f7=bb']);
  expect(log).toEqual(['write to port 0xf8 (coprocessor): no device is there']);
});

test('a port that nothing claims floats, and is named once for each direction', () => {
  const log: string[] = [];
  const bus = new PortBus((line) => log.push(line));
  expect([bus.read(0x60, 1), bus.read(0x60, 1), bus.read(0x1234, 2), bus.read(0xfffe, 4)]).toEqual([
    0xff, 0xff, 0xffff, 0xffffffff,
  ]);
  bus.write(0x60, 0, 1);
  expect(log.slice(0, 3)).toEqual([
    'read from port 0x60 (keyboard controller data): no device is there',
    'read from port 0x1234: no device is there',
    'read from port 0x1235: no device is there',
  ]);
  expect(log.at(-1)).toBe('write to port 0x60 (keyboard controller data): no device is there');
  bus.reset();
  bus.read(0x60, 1);
  expect(log.at(-1)).toMatch('read from port 0x60');
});

test('two devices cannot claim one port', () => {
  const bus = new PortBus();
  bus.claimPorts(0x3f8, 8, 'COM1', new Recorder(1));
  expect(() => bus.claimPorts(0x3f0, 9, 'floppy', new Recorder(1))).toThrow('floppy: port 0x3f8 is claimed by COM1');
  // Nothing was claimed by the failed attempt.
  bus.claimPorts(0x3f0, 8, 'floppy', new Recorder(1));
  expect(() => bus.claimPorts(0xffff, 2, 'high', new Recorder(1))).toThrow(RangeError);
});
