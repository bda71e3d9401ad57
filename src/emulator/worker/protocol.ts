/** The messages between the page and the machine in its worker. Plain data only, so that it can be cloned. */

export type MachineState = 'idle' | 'loading' | 'running' | 'paused' | 'halted' | 'crashed';

/** Page to worker. */
export type Request =
  /** Builds a machine and loads a Multiboot2 kernel; answered by `status` (paused at the entry) or `failed`. */
  | { type: 'load'; kernel: ArrayBuffer; memoryMiB: number }
  /** Runs until it halts, crashes or is paused, a virtual second a second at most. */
  | { type: 'run' }
  | { type: 'pause' }
  | { type: 'step'; count: number }
  /** Loads the same kernel again into a machine after power-on. */
  | { type: 'reset' };

export interface RegisterSnapshot {
  /** rax ... r15, rip: hexadecimal, 16 digits. */
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

export interface ExceptionSummary {
  /** e.g. `#PF page fault`. */
  name: string;
  vector: number;
  errorCode: number | null;
  rip: string;
  address: string | null;
  reason: string;
}

/** How a machine came to its end. */
export type MachineEnd =
  /** `hlt` with interrupts off, or with nothing that could wake the processor. */
  | { kind: 'halted' }
  | { kind: 'triple-fault'; chain: ExceptionSummary[] }
  | { kind: 'debug-exit'; code: number }
  | { kind: 'power-off' }
  | { kind: 'reset'; by: string }
  | { kind: 'unsupported'; what: string; rip: string; bytes: string };

/** Worker to page. */
export type Report =
  | {
      type: 'status';
      state: MachineState;
      /** In `hlt`, until an interrupt comes. */
      asleep: boolean;
      mode: 'real' | 'protected' | 'long';
      instructions: number;
      registers: RegisterSnapshot;
      end: MachineEnd | null;
    }
  /** The 80 x 25 text screen whenever it changed: character cells (code page 437 byte, attribute byte). */
  | {
      type: 'screen';
      columns: number;
      rows: number;
      cells: Uint8Array;
      lines: string[];
      cursor: { column: number; row: number } | null;
    }
  | { type: 'serial'; text: string }
  /** A bad kernel file, or a defect of the emulator: one sentence to show. */
  | { type: 'failed'; message: string };
