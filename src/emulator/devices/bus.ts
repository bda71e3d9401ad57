/**
 * The I/O port space: 65,536 byte-wide ports, claimed by devices. Intel SDM volume 1, chapter 19 (input/output).
 *
 * A port that nothing claims floats: reads give all ones, writes go nowhere, as on a PC. The first read and the first
 * write of each such port are reported.
 */
import type { PortSpace } from '../cpu/processor.ts';
import type { Bus, Log, PortHandler, PortWidth } from './device.ts';
import { portName } from './port-names.ts';

interface Claim {
  first: number;
  last: number;
  owner: string;
  handler: PortHandler;
}

/** Two devices want the same port. */
export class PortConflict extends Error {}

export class PortBus implements Bus, PortSpace {
  readonly #claims = new Map<number, Claim>();
  readonly #reported = new Set<string>();
  readonly #log: Log;

  constructor(log: Log = () => {}) {
    this.#log = log;
  }

  claimPorts(first: number, count: number, owner: string, handler: PortHandler): void {
    const last = first + count - 1;
    if (!Number.isInteger(first) || !Number.isInteger(count) || first < 0 || count < 1 || last > 0xffff)
      throw new RangeError(`${owner}: ports from ${hex(first)}, ${count} of them, are not in 0x0-0xffff`);
    for (let port = first; port <= last; port++) {
      const other = this.#claims.get(port);
      if (other) throw new PortConflict(`${owner}: port ${hex(port)} is claimed by ${other.owner}`);
    }
    const claim = { first, last, owner, handler };
    for (let port = first; port <= last; port++) this.#claims.set(port, claim);
  }

  read(port: number, width: PortWidth): number {
    const claim = this.#whole(port, width);
    if (claim) return claim.handler.read(port, width) >>> 0;
    let value = 0;
    for (let i = 0; i < width; i++) value |= this.#readByte(port + i) << (8 * i);
    return value >>> 0;
  }

  write(port: number, value: number, width: PortWidth): void {
    const claim = this.#whole(port, width);
    if (claim) claim.handler.write(port, width === 4 ? value >>> 0 : value & (width === 2 ? 0xffff : 0xff), width);
    else for (let i = 0; i < width; i++) this.#writeByte(port + i, (value >>> (8 * i)) & 0xff);
  }

  /** Forgets which floating ports were reported. */
  reset(): void {
    this.#reported.clear();
  }

  /** The claim that takes this access in one cycle. */
  #whole(port: number, width: PortWidth): Claim | undefined {
    const claim = this.#claims.get(port);
    return claim && width <= (claim.handler.widest ?? 1) && port + width - 1 <= claim.last ? claim : undefined;
  }

  #readByte(port: number): number {
    const claim = this.#claims.get(port);
    if (claim) return claim.handler.read(port, 1) & 0xff;
    this.#report('read from', port);
    return 0xff;
  }
  #writeByte(port: number, value: number): void {
    const claim = this.#claims.get(port);
    if (claim) claim.handler.write(port, value, 1);
    else this.#report('write to', port);
  }

  #report(access: string, port: number): void {
    const key = `${access} ${port}`;
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    const name = portName(port);
    this.#log(`${access} port ${hex(port)}${name ? ` (${name})` : ''}: no device is there`);
  }
}

function hex(port: number): string {
  return `0x${port.toString(16)}`;
}
