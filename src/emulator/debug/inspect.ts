/** Looking into a machine without changing it: registers, memory by linear address, the next instruction. */
import { EXCEPTIONS, type ExceptionReport } from '../cpu/exceptions.ts';
import type { CpuState } from '../cpu/state.ts';
import { decode } from '../isa/decode.ts';
import { format } from '../isa/format.ts';
import { DecodeError } from '../isa/instruction.ts';
import { Paging } from '../mmu/paging.ts';
import type { PhysicalMemory } from '../mmu/physical-memory.ts';

/** The longest instruction: Intel SDM volume 2, section 2.3.11. */
const LONGEST = 15;

/** Registers as text and plain numbers; 64-bit values as 16 hexadecimal digits. */
export interface Registers {
  /** By encoding: rax rcx rdx rbx rsp rbp rsi rdi r8-r15. */
  gpr: string[];
  rip: string;
  rflags: number;
  cr0: string;
  cr2: string;
  cr3: string;
  cr4: string;
  efer: string;
  cs: number;
  ss: number;
  cpl: number;
  /** Disassembly of the next instruction, or why it cannot be read. */
  next: string;
}

/** An exception in words. */
export interface ExceptionInWords {
  /** Such as `#PF page fault`. */
  name: string;
  vector: number;
  errorCode: number | null;
  rip: string;
  /** CR2, for a page fault. */
  address: string | null;
  reason: string;
}

export class Inspector {
  readonly #state: CpuState;
  readonly #memory: PhysicalMemory;
  readonly #paging: Paging;

  constructor(state: CpuState, memory: PhysicalMemory) {
    this.#state = state;
    this.#memory = memory;
    this.#paging = new Paging(state, memory);
  }

  registers(): Registers {
    const state = this.#state;
    const control = (index: number) => digits(state.cr(index));
    return {
      gpr: Array.from({ length: 16 }, (_, i) => digits(state.gpr(i))),
      rip: digits(state.rip),
      rflags: state.rflags,
      cr0: control(0),
      cr2: control(2),
      cr3: control(3),
      cr4: control(4),
      efer: digits(BigInt(state.efer)),
      cs: state.segment('cs').selector,
      ss: state.segment('ss').selector,
      cpl: state.cpl,
      next: this.nextInstruction(),
    };
  }

  /** Memory at a linear address, up to the first byte that is not mapped to RAM. */
  read(linear: bigint, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const at = BigInt.asUintN(64, linear + BigInt(done));
      const part = Math.min(length - done, 4096 - Number(at & 0xfffn));
      const physical = this.#paging.inspect(at)?.physical;
      if (physical === undefined || !this.#memory.contains(physical, part)) return bytes.slice(0, done);
      bytes.set(this.#memory.read(physical, part), done);
      done += part;
    }
    return bytes;
  }

  /** The bytes at the instruction pointer, at most as many as an instruction can have. */
  code(): Uint8Array {
    return this.read(this.#state.segment('cs').base + this.#state.rip, LONGEST);
  }

  /** Disassembly of the instruction at the instruction pointer, or in parentheses why there is none. */
  nextInstruction(symbol?: (address: bigint) => string | undefined): string {
    const code = this.code();
    if (code.length === 0) return '(no memory at rip)';
    try {
      return format(decode(code, 0, this.#state.rip, this.#state.codeSize), { symbol });
    } catch (error) {
      if (error instanceof DecodeError) return `(${error.message})`;
      throw error;
    }
  }
}

export function inWords(report: ExceptionReport): ExceptionInWords {
  const known = EXCEPTIONS[report.vector];
  return {
    name: known ? `${known.mnemonic} ${known.name}` : `vector ${report.vector}`,
    vector: report.vector,
    errorCode: report.errorCode,
    rip: digits(report.rip),
    address: report.address === null ? null : digits(report.address),
    reason: report.reason,
  };
}

/** 16 hexadecimal digits. */
export function digits(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}
export function hexBytes(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
