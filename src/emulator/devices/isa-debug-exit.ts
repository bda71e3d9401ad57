/**
 * QEMU's isa-debug-exit: a write ends the run with the exit code `(value << 1) | 1`.
 * QEMU 7.2, hw/misc/debugexit.c; its defaults are port 0x501, two bytes wide.
 */
import type { Bus, Device, PortHandler, PortWidth } from './device.ts';

export interface DebugExitOptions {
  /** First port. */
  port: number;
  /** Number of ports, and the widest access they take: 1, 2 or 4. */
  size: PortWidth;
}

export class IsaDebugExit implements Device, PortHandler {
  readonly name = 'isa-debug-exit';
  readonly widest: PortWidth;
  readonly #port: number;
  readonly #exit: (code: number) => void;

  /** @param exit is told the exit code; a process keeps its low 8 bits. */
  constructor(options: DebugExitOptions, exit: (code: number) => void) {
    this.#port = options.port;
    this.widest = options.size;
    this.#exit = exit;
  }

  plugIn(bus: Bus): void {
    bus.claimPorts(this.#port, this.widest, this.name, this);
  }
  reset(): void {}

  read(): number {
    return 0;
  }
  write(_port: number, value: number): void {
    this.#exit(((value << 1) | 1) >>> 0);
  }
}
