/** What a device may know of the machine around it: the I/O port space and the clock. */

/** Access width of a port instruction in bytes. */
export type PortWidth = 1 | 2 | 4;

export interface PortHandler {
  /**
   * The widest access that the chip takes in one cycle; 1 if absent. The bus splits wider ones into byte cycles at
   * ascending ports, as the ISA bus does for an 8-bit card.
   */
  readonly widest?: PortWidth;
  /** @returns an unsigned value of `width` bytes. */
  read(port: number, width: PortWidth): number;
  write(port: number, value: number, width: PortWidth): void;
}

export interface Bus {
  /** Claims `count` ports from `first` on. @throws PortConflict if one is claimed already. */
  claimPorts(first: number, count: number, owner: string, handler: PortHandler): void;
}

/** Virtual time: it advances with executed instructions, and jumps to the next alarm while `hlt` waits for one. */
export interface Clock {
  /** Instruction times since power-on: the instructions executed, plus those that `hlt` slept through. */
  readonly now: number;
  /**
   * Calls back once, when `now` has reached `at`; alarms of one instant ring in the order they were set.
   * @param irq the interrupt line that the alarm may raise, at once or by what follows from it: a processor that waits in `hlt`
   *   is woken by time only if some alarm has a line that reaches it
   */
  setAlarm(at: number, ring: () => void, irq?: number): Alarm;
}
export interface Alarm {
  cancel(): void;
}

/** One line for whoever wants to know what the guest asked of the machine and did not get. */
export type Log = (line: string) => void;

/** One chip: claims its ports when plugged in, and goes to its power-on state on reset. */
export interface Device {
  readonly name: string;
  plugIn(bus: Bus, clock: Clock): void;
  reset(): void;
  /** Power-on, for a chip that keeps through a reset what it loses without power; in place of `reset`. */
  powerOn?(): void;
}
