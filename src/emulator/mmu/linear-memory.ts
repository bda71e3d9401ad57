/** Memory by linear address, as plain TypeScript reads and writes it: for helpers, exception delivery and the reference engine. */
import { GuestException, Vector } from '../cpu/exceptions.ts';
import { type CpuState, Cr0, Efer } from '../cpu/state.ts';
import { type Access, Paging } from './paging.ts';
import type { PhysicalMemory } from './physical-memory.ts';

export type Bytes = 1 | 2 | 4 | 8;
/**
 * Who makes an access: the program at its own privilege, or at a level that it is about to enter (0-3); or the processor itself, to
 * descriptor tables and TSS, whatever the level.
 */
export type Privilege = 'current' | 'supervisor' | number;

export class LinearMemory {
  readonly paging: Paging;
  readonly physical: PhysicalMemory;
  /** An address that nothing answers was used; reads give all ones, writes vanish. */
  onUnbacked: (physical: number, write: boolean) => void = () => {};
  /** Bytes were stored: engines drop what they decoded there. */
  onStore: (physical: number, length: number) => void = () => {};
  /** Told of each access of the program to data, while a breakpoint waits for one. */
  onAccess: ((linear: bigint, bytes: number, write: boolean) => void) | null = null;
  private readonly state: CpuState;

  constructor(state: CpuState, physical: PhysicalMemory) {
    this.state = state;
    this.physical = physical;
    this.paging = new Paging(state, physical);
  }

  /**
   * @param boundary what the access is to be aligned to, where that is checked
   * @returns an unsigned value
   * @throws GuestException
   */
  read(linear: bigint, bytes: Bytes, privilege: Privilege = 'current', boundary: number = bytes): bigint {
    if (privilege === 'current') {
      this.onAccess?.(linear, bytes, false);
      this.checkAlignment(linear, boundary);
    }
    const access = this.access(false, privilege);
    if (within(linear, bytes)) return this.readPhysical(this.paging.translate(linear, access), bytes);
    let value = 0n;
    for (const [physical, length, shift] of this.split(linear, bytes, access, privilege))
      for (let i = 0; i < length; i++) value |= this.readPhysical(physical + i, 1) << BigInt(8 * (shift + i));
    return value;
  }
  /** 128 bits, by halves. @throws GuestException */
  read128(linear: bigint): bigint {
    this.pieces(linear, 16, 'current', 16);
    return this.read(linear, 8) | (this.read(this.wrap(linear + 8n, 'current'), 8) << 64n);
  }
  /** Likewise. @throws GuestException with nothing written */
  write128(linear: bigint, value: bigint): void {
    this.checkWrite(linear, 16, 'current', 16);
    this.write(linear, 8, BigInt.asUintN(64, value));
    this.write(this.wrap(linear + 8n, 'current'), 8, value >> 64n);
  }
  /** @throws GuestException with nothing written. */
  write(linear: bigint, bytes: Bytes, value: bigint, privilege: Privilege = 'current', boundary: number = bytes): void {
    if (privilege === 'current') this.onAccess?.(linear, bytes, true);
    for (const [physical, length, shift] of this.checkWrite(linear, bytes, privilege, boundary))
      this.storePart(physical, length, value >> BigInt(8 * shift));
  }
  /** The physical pieces of a writable range: address, length, offset of the piece. @throws GuestException */
  checkWrite(
    linear: bigint,
    bytes: number,
    privilege: Privilege = 'current',
    boundary = ownBoundary(bytes),
  ): [number, number, number][] {
    if (privilege === 'current') this.checkAlignment(linear, boundary);
    return this.split(linear, bytes, this.access(true, privilege), privilege);
  }
  /**
   * Whether accesses of the program have to be aligned (Intel SDM volume 3, section 6.15, "Interrupt 17"): at level 3, those of 2,
   * 4, 8 and 16 bytes to their size, and what is larger or of an odd size to what its instruction says. Engines send every
   * access here then.
   */
  get checksAlignment(): boolean {
    const { state } = this;
    return state.isAcSet && (state.cr0 & Cr0.AM) !== 0 && state.cpl === 3;
  }
  /** @throws GuestException #AC(0) */
  private checkAlignment(linear: bigint, boundary: number): void {
    if ((linear & BigInt(boundary - 1)) === 0n || !this.checksAlignment) return;
    this.paging.checkCanonical(linear);
    const reason = `0x${linear.toString(16)} is not aligned to ${boundary} bytes`;
    throw new GuestException(Vector.AC, reason, { errorCode: 0 });
  }

  /** Likewise, of a readable range. @throws GuestException */
  pieces(
    linear: bigint,
    bytes: number,
    privilege: Privilege = 'current',
    boundary = ownBoundary(bytes),
  ): [number, number, number][] {
    if (privilege === 'current') this.checkAlignment(linear, boundary);
    return this.split(linear, bytes, this.access(false, privilege), privilege);
  }
  private split(linear: bigint, bytes: number, access: Access, privilege: Privilege): [number, number, number][] {
    if (within(linear, bytes)) return [[this.paging.translate(linear, access), bytes, 0]];
    const split = 4096 - Number(linear & 0xfffn);
    const second = this.wrap(linear + BigInt(split), privilege);
    this.paging.checkCanonical(second);
    // Where the second page faults, the first one is not marked either.
    this.paging.check(linear, access);
    this.paging.check(second, access);
    return [
      [this.paging.translate(linear, access), split, 0],
      [this.paging.translate(second, access), bytes - split, split],
    ];
  }

  readPhysical(address: number, bytes: Bytes): bigint {
    const { view } = this.state;
    const host = this.physical.locate(address, bytes);
    if (host < 0) return this.readUnbacked(address, bytes);
    switch (bytes) {
      case 1:
        return BigInt(view.getUint8(host));
      case 2:
        return BigInt(view.getUint16(host, true));
      case 4:
        return BigInt(view.getUint32(host, true));
      case 8:
        return view.getBigUint64(host, true);
    }
  }
  private readUnbacked(address: number, bytes: Bytes): bigint {
    const answer = this.physical.readDevice(address, bytes);
    if (answer !== null) return answer;
    this.onUnbacked(address, false);
    return (1n << BigInt(8 * bytes)) - 1n;
  }
  private storePart(address: number, length: number, value: bigint): void {
    const host = this.physical.locate(address, length);
    if (host < 0) {
      if (!this.physical.writeDevice(address, length, value)) this.onUnbacked(address, true);
      return;
    }
    if (!this.physical.isWritable(address)) return;
    this.onStore(address, length);
    const { view } = this.state;
    switch (length) {
      case 1:
        view.setUint8(host, Number(value & 0xffn));
        break;
      case 2:
        view.setUint16(host, Number(value & 0xffffn), true);
        break;
      case 4:
        view.setUint32(host, Number(value & 0xffffffffn), true);
        break;
      case 8:
        view.setBigUint64(host, value, true);
        break;
      default:
        // Parts of what crosses a page.
        for (let i = 0; i < length; i++) view.setUint8(host + i, Number((value >> BigInt(8 * i)) & 0xffn));
    }
  }
  /** A program outside 64-bit mode has linear addresses of 32 bits; descriptor tables may lie anywhere in long mode. */
  private wrap(linear: bigint, privilege: Privilege): bigint {
    const isLong = privilege === 'current' ? this.state.codeSize === 64 : (this.state.efer & Efer.LMA) !== 0;
    return BigInt.asUintN(isLong ? 64 : 32, linear);
  }
  private access(write: boolean, privilege: Privilege): Access {
    const level = privilege === 'current' ? this.state.cpl : privilege;
    return { write, execute: false, user: level === 3, implicit: privilege === 'supervisor' };
  }
}

function within(linear: bigint, bytes: number): boolean {
  return Number(linear & 0xfffn) + bytes <= 4096;
}
/** What an access is aligned to if nothing else is said: blocks to nothing. */
function ownBoundary(bytes: number): number {
  return bytes <= 8 ? bytes : 1;
}
