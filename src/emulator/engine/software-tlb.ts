/** The slow side of the interpreter's memory accesses: fills its software TLB, and does what cannot be done in place. */
import type { Cpu } from '../cpu/cpu.ts';
import * as L from '../cpu/layout.ts';
import { Cr4 } from '../cpu/state.ts';
import type { CodeCache } from './code-cache.ts';
import { LiveTable } from './live-table.ts';
import { DELEGATED } from './reference-emitter.ts';

const PAGE = 4096;
const WRITE_BOUNCE = L.BOUNCE + L.BOUNCE_SIZE / 2;

/** A store that goes through the bounce buffer: physical address, length, offset in the buffer. */
type Piece = [number, number, number];

export class SoftwareTlb {
  private readonly cpu: Cpu;
  private readonly code: CodeCache;
  private readonly table: LiveTable;
  private pending: Piece[] = [];

  constructor(cpu: Cpu, code: CodeCache) {
    this.cpu = cpu;
    this.code = code;
    this.table = new LiveTable(cpu.state.bytes.buffer, { at: L.TLB, entries: L.TLB_ENTRIES, bytes: L.TLB_ENTRY });
    code.onCodePage = () => this.table.forgetAside();
  }

  flush(): void {
    this.table.clear();
  }
  /** Which accesses are made from now on: at level 3, at a lower one, or at that with RFLAGS.AC and SMAP. They may do different things. */
  enterPrivilege(): void {
    const { state } = this.cpu;
    this.table.select(state.cpl === 3 ? 1 : state.cr4 & Cr4.SMAP && state.isAcSet ? 2 : 0);
  }

  /**
   * Where in the shared memory an access can be made.
   * @throws GuestException, or DELEGATED for an access to a device
   */
  translate(linear: bigint, bytes: number, write: boolean): number {
    const { cpu } = this;
    const memory = cpu.linear.physical;
    const offset = Number(linear & 0xfffn);
    if (offset + bytes > PAGE) return write ? this.bounceStore(linear, bytes) : this.bounceLoad(linear, bytes);
    const physical = cpu.linear.paging.translate(linear, {
      write,
      execute: false,
      user: cpu.state.cpl === 3,
      implicit: false,
    });
    const page = physical - offset;
    const host = memory.locate(page, PAGE);
    if (host < 0) return write ? this.bounceStore(linear, bytes) : this.bounceLoad(linear, bytes);
    if (write && !memory.isWritable(page)) return this.bounceStore(linear, bytes);
    const granules = write ? this.code.granuleMap(page) : null;
    this.fill(linear, host, write, granules);
    if (granules !== null) return this.bounceStore(linear, bytes);
    return host + offset;
  }

  /** Finishes the store that `translate` sent to the bounce buffer. */
  commitStore(): void {
    const { physical: memory } = this.cpu.linear;
    const { bytes } = this.cpu.state;
    for (const [address, length, offset] of this.pending) {
      const host = memory.locate(address, length);
      if (host < 0) {
        this.cpu.linear.onUnbacked(address, true);
        continue;
      }
      if (!memory.isWritable(address)) continue;
      // What stores the bytes that are there leaves the code as it is: programs patch an instruction again and again alike.
      if (areEqual(bytes, host, WRITE_BOUNCE + offset, length)) continue;
      bytes.copyWithin(host, WRITE_BOUNCE + offset, WRITE_BOUNCE + offset + length);
      this.code.invalidate(address, length);
    }
    this.pending = [];
  }

  /**
   * @param host offset of the page in the shared memory
   * @param granules its granule map if it holds code
   */
  private fill(linear: bigint, host: number, write: boolean, granules: number | null): void {
    const { view } = this.cpu.state;
    const low = Number(linear & 0xffffffffn);
    const entry = this.table.use((low >>> 12) & (L.TLB_ENTRIES - 1));
    const tag = BigInt.asIntN(64, linear & ~0xfffn);
    view.setBigInt64(entry, tag, true);
    view.setBigInt64(entry + 8, write && granules === null ? tag : -1n, true);
    view.setInt32(entry + 20, granules ?? 0, true);
    view.setBigInt64(entry + 24, granules ? tag : -1n, true);
    view.setInt32(entry + 16, (host - (low & ~0xfff)) | 0, true);
  }
  private bounceLoad(linear: bigint, bytes: number): number {
    for (const [address] of this.cpu.linear.pieces(linear, bytes)) this.leaveDevices(address);
    if (bytes === 16) {
      const value = this.cpu.linear.read128(linear);
      this.cpu.state.view.setBigUint64(L.BOUNCE, BigInt.asUintN(64, value), true);
      this.cpu.state.view.setBigUint64(L.BOUNCE + 8, value >> 64n, true);
      return L.BOUNCE;
    }
    const value = this.cpu.linear.read(linear, bytes as 1 | 2 | 4 | 8);
    this.cpu.state.view.setBigUint64(L.BOUNCE, value, true);
    return L.BOUNCE;
  }
  /** The buffer starts with what is there now, for read-modify-write. */
  private bounceStore(linear: bigint, bytes: number): number {
    this.pending = this.cpu.linear.checkWrite(linear, bytes);
    const { physical: memory } = this.cpu.linear;
    const { bytes: state } = this.cpu.state;
    for (const [address, length, offset] of this.pending) {
      const at = WRITE_BOUNCE + offset;
      const host = memory.locate(address, length);
      if (host >= 0) state.copyWithin(at, host, host + length);
      else state.fill(0xff, at, at + length);
      this.leaveDevices(address);
    }
    return WRITE_BOUNCE;
  }
  /** A device acts at once, sees exact time and may stop the machine: its instruction is evaluated outside. */
  private leaveDevices(address: number): void {
    if (this.cpu.linear.physical.hasDevice(address)) throw DELEGATED;
  }
}

function areEqual(bytes: Uint8Array, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
}
