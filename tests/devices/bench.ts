/** A chip on a bench: its ports, and a clock that goes where it is told. */
import { PortBus } from '../../src/emulator/devices/bus.ts';
import { VirtualClock } from '../../src/emulator/devices/clock.ts';
import type { Device } from '../../src/emulator/devices/device.ts';

export class Bench {
  readonly bus: PortBus;
  readonly clock: VirtualClock;
  readonly log: string[] = [];

  constructor() {
    this.bus = new PortBus((line) => this.log.push(line));
    this.clock = new VirtualClock(() => 0);
  }
  /** Plugs chips in and powers them on. */
  with(...devices: Device[]): this {
    for (const device of devices) device.plugIn(this.bus, this.clock);
    for (const device of devices) device.powerOn ? device.powerOn() : device.reset();
    return this;
  }
  out(port: number, value: number): void {
    this.bus.write(port, value, 1);
  }
  in(port: number): number {
    return this.bus.read(port, 1);
  }
  /** Lets time pass until an instant, ringing what is due on the way. */
  goTo(time: number): void {
    for (;;) {
      this.clock.ringDue();
      if (this.clock.now >= time) return;
      this.clock.sleepUntil(Math.min(time, this.clock.next ?? time));
    }
  }
  pass(time: number): void {
    this.goTo(this.clock.now + time);
  }
}
