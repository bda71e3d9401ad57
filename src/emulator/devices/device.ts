/** What a device may know of the machine around it: the I/O port space and the clock. */

/** Access width of a port instruction in bytes. */
export type PortWidth = 1 | 2 | 4;

export interface PortHandler {
  /** @returns an unsigned value of `width` bytes. */
  read(port: number, width: PortWidth): number;
  write(port: number, value: number, width: PortWidth): void;
}

export interface Bus {
  /** Claims `count` ports from `first` on. @throws if one is claimed already. */
  claimPorts(first: number, count: number, owner: string, handler: PortHandler): void;
}

/** Virtual time: it advances with executed instructions alone. */
export interface Clock {
  /** Instructions executed since power-on. */
  readonly instructions: number;
  /** Calls back once, when at least `at` instructions have been executed. */
  setAlarm(at: number, ring: () => void): Alarm;
}
export interface Alarm {
  cancel(): void;
}

/** One chip: claims its ports when plugged in, and goes to its power-on state on reset. */
export interface Device {
  readonly name: string;
  plugIn(bus: Bus, clock: Clock): void;
  reset(): void;
}
