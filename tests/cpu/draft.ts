/** A case in the making: registers and memory around one encoded instruction. */
import { type Encoding, encode, type HostLimits, operandWidth, rexOf } from './encode.ts';
import type { FpuImage } from './fpu-image.ts';
import * as L from './layout.ts';
import { interesting, type Random } from './random.ts';

export const RAX = 0;
export const RCX = 1;
export const RDX = 2;
export const RBX = 3;
export const RSP = 4;
export const RBP = 5;
export const RSI = 6;
export const RDI = 7;

const mask = (bits: number) => (1n << BigInt(bits)) - 1n;

export function littleEndian(value: bigint, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => Number((value >> BigInt(i * 8)) & 0xffn));
}

export class Draft {
  readonly random: Random;
  readonly host: HostLimits;
  readonly e: Encoding;
  readonly rip: number;
  readonly gpr: bigint[];
  readonly patches: { address: number; data: Uint8Array }[] = [];
  /** Registers whose contents are settled. */
  readonly fixed = new Set<number>();
  /** What the memory operand shall hold; null: whatever is interesting. */
  operand: Uint8Array | null = null;
  /** x87, MMX and SSE state, if the form uses any. */
  fpu: FpuImage | null = null;
  /** Bytes by which the access lies beside the operand's address (bit strings). */
  beside = 0;

  constructor(e: Encoding, rip: number, gpr: bigint[], random: Random, host: HostLimits) {
    this.e = e;
    this.rip = rip;
    this.gpr = gpr;
    this.random = random;
    this.host = host;
  }

  get width(): 8 | 16 | 32 | 64 {
    return operandWidth(this.e);
  }

  /** Sets the low `width` bits of a register; `high` byte registers as the encoding has them. */
  setRegister(index: number, value: bigint, width: number): void {
    const high = width === 8 && index > 3 && index < 8 && rexOf(this.e) === 0;
    const register = high ? index - 4 : index;
    const shift = high ? 8n : 0n;
    const bits = mask(width) << shift;
    const old = this.gpr[register] as bigint;
    this.gpr[register] = (old & ~bits) | ((value << shift) & bits);
    this.fixed.add(register);
  }
  /** Gives the operand in ModRM.rm a value, be it a register or memory. */
  setOperand(value: bigint, width: number): void {
    if (this.e.memory || this.e.rm < 0) this.operand = littleEndian(value, width / 8);
    else this.setRegister(this.e.rm, value, width);
  }
  /** An address-sized register, with rubbish above the address size. */
  setPointer(register: number, address: bigint): void {
    const bits = mask(this.e.addressSize);
    const above = this.e.mode === 64 && this.random.chance(0.5) ? this.random.u64() & ~bits : 0n;
    this.gpr[register] = (address & bits) | above;
    this.fixed.add(register);
  }

  /** A linear address to steer an access to: mostly well inside, often at an edge, sometimes where it must fault. */
  dataAddress(): number {
    const { random } = this;
    const low = this.e.addressSize === 16;
    const start = low ? L.LOW : L.DATA;
    const size = low ? L.PAGE : L.DATA_SIZE;
    const readOnly = start + size;
    const kind = random.below(100);
    if (kind < 50) return start + 0x40 + random.below((size - 0x80) / 16) * 16;
    if (kind < 72) return start + 0x40 + random.below(size - 0x80);
    if (kind < 82) return L.DATA + L.PAGE - random.below(20) - (low ? L.DATA + L.PAGE - start - 0x100 : 0);
    if (kind < 88) return readOnly - random.below(20);
    if (kind < 93) return readOnly + random.below(L.PAGE);
    if (kind < 95) return readOnly + L.PAGE - random.below(20);
    if (kind < 97) return start - random.below(20);
    if (kind < 98) return L.CODE + random.below(L.CODE_SIZE);
    return start + random.below(0x10000) - 0x8000;
  }
  /** For the stack: the same, but mostly aligned and with room on both sides. */
  stackAddress(): number {
    const { random } = this;
    const size = this.e.mode === 64 ? 8 : 4;
    if (random.chance(0.88)) return L.DATA + 0x200 + random.below((L.DATA_SIZE - 0x400) / size) * size;
    const edge = random.pick([L.DATA, L.DATA + L.PAGE, L.READ_ONLY, L.READ_ONLY + L.PAGE, L.DATA - 0x100]);
    return edge + random.below(48) - 24;
  }
  /** Points the stack somewhere and puts bytes on its top. */
  setStack(top: Uint8Array | null = null): void {
    const address = this.stackAddress();
    this.gpr[RSP] = BigInt(address);
    if (this.random.chance(0.01)) this.gpr[RSP] = interesting(this.random) & mask(this.e.mode === 64 ? 64 : 32);
    this.fixed.add(RSP);
    if (top) this.patch(address, top);
  }

  /** Puts bytes into memory, as far as it is writable there. */
  patch(address: number, data: Uint8Array): void {
    for (const area of L.WRITABLE) {
      if (area.start === L.LOW && !this.host.low) continue;
      const from = Math.max(address, area.start);
      const to = Math.min(address + data.length, area.start + area.size);
      if (from < to && this.patches.length < L.MAX_PATCHES)
        this.patches.push({ address: from, data: data.slice(from - address, Math.min(to - address, L.PATCH_BYTES)) });
    }
  }

  /** A place for a jump to land: int3 in the code pages mostly, otherwise somewhere that faults. */
  codeTarget(): bigint {
    const { random } = this;
    const kind = random.below(20);
    if (kind < 16) return BigInt(L.CODE + random.below(0x780));
    if (kind < 17) return BigInt(L.DATA + random.below(L.DATA_SIZE));
    if (kind < 18) return BigInt(random.u32());
    if (kind < 19) return BigInt(L.CODE + L.CODE_SIZE + random.below(64));
    // A target that is not canonical faults at the branch on Intel's processors, at the target on AMD's.
    return this.host.intel ? interesting(random) : BigInt(random.u32());
  }

  /** Base of the segment that the memory operand is relative to. */
  segmentBase(): number {
    const { segment, mode } = this.e;
    if (segment === 5) return mode === 64 ? L.GS_BASE : (L.LOCAL_DESCRIPTORS[1]?.base as number);
    if (segment === 4) return mode === 64 ? L.FS_BASE : (L.LOCAL_DESCRIPTORS[0]?.base as number);
    return 0;
  }

  /** Makes the memory operand's effective address lead to a linear address, if the free registers or the displacement can. */
  steer(linear: number): void {
    const m = this.e.memory;
    if (!m) return;
    const size = this.e.addressSize;
    const address = BigInt(linear - this.segmentBase() - this.beside);
    const value = (register: number) => (register < 0 ? 0n : (this.gpr[register] as bigint));
    const free = (register: number) => register >= 0 && !this.fixed.has(register);
    const displacement = BigInt(m.displacement);
    if (m.ripRelative) this.setDisplacement(address - BigInt(this.rip + encode(this.e).length));
    else if (m.base === m.index && m.base >= 0) {
      if (m.displacementBytes >= 2) this.setDisplacement(address - value(m.base) * BigInt(1 + m.scale));
    } else if (free(m.base)) this.setPointer(m.base, address - displacement - value(m.index) * BigInt(m.scale));
    else if (free(m.index)) {
      const rest = address - displacement - value(m.base);
      // The scale may leave a remainder: the address is then a few bytes off, which is as good.
      this.setPointer(m.index, BigInt.asUintN(size, rest) / BigInt(m.scale));
    } else if (m.displacementBytes >= 2)
      this.setDisplacement(address - value(m.base) - value(m.index) * BigInt(m.scale));
  }
  private setDisplacement(value: bigint): void {
    const m = this.e.memory;
    if (m) m.displacement = Number(BigInt.asIntN(m.displacementBytes === 2 ? 16 : 32, value));
  }
  /** Linear address of the memory operand as it stands; null if it is not below 2^32. */
  linearOperand(): number | null {
    const m = this.e.memory;
    if (!m) return null;
    let address = BigInt(m.displacement);
    if (m.ripRelative) address += BigInt(this.rip + encode(this.e).length);
    if (m.base >= 0) address += this.gpr[m.base] as bigint;
    if (m.index >= 0) address += (this.gpr[m.index] as bigint) * BigInt(m.scale);
    const linear = BigInt.asUintN(this.e.addressSize, address) + BigInt(this.segmentBase() + this.beside);
    return linear >= 0n && linear < 0x1_0000_0000n ? Number(linear) : null;
  }
}
