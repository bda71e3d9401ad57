/** What a machine is asked for, and what it tells of itself. */
import type { CpuMode } from './cpu/state.ts';
import type { ExceptionInWords } from './debug/inspect.ts';
import type { BlockDevice } from './devices/block-device.ts';
import type { Log } from './devices/device.ts';
import type { DebugExitOptions } from './devices/isa-debug-exit.ts';
import type { ResetSource } from './devices/system-ports.ts';
import type { BootDevice } from './firmware/bios/services.ts';
import type { BootModule } from './firmware/boot-target.ts';
import type { BootProtocol } from './firmware/kernel.ts';

export type EngineName = 'reference' | 'interpreter';
export const ENGINES: readonly EngineName[] = ['reference', 'interpreter'];

export interface MachineOptions {
  /** RAM in MiB: 1 to 3584. */
  memoryMiB?: number;
  engine?: EngineName;
  /** Receives each byte that the guest sends on the first serial port; `null` for a machine without one. */
  serial?: ((byte: number) => void) | null;
  /** isa-debug-exit; `null` for none. */
  debugExit?: DebugExitOptions | null;
  /** Time of day at power-on, UTC, as a date or in milliseconds since 1970. Without one, midnight of 1 January 2026 in every run. */
  rtc?: Date | number;
  /** Hard disks, at most two: 80h and 81h of the BIOS, device 0 and 1 of the primary IDE channel. */
  disks?: readonly BlockDevice[];
  /** A disc in the CD-ROM drive on the secondary IDE channel. */
  cdrom?: BlockDevice | null;
  /** A floppy. The BIOS reads and writes it; there is no floppy controller for kernels. */
  floppy?: BlockDevice | null;
  /** What `powerOn` boots from, in the order in which it is tried. */
  bootOrder?: readonly BootDevice[];
  /** Whether a reset that the guest asks for starts the BIOS again, as it does by default; without, it is the machine's end. */
  reboots?: boolean;
  /**
   * What the display is in when a kernel is loaded: the text mode that a BIOS leaves, or, as under UEFI, a framebuffer of this
   * size (at most 1280 x 1024).
   */
  display?: DisplayMode;
  /** Receives each exception before it is delivered. */
  onException?: ((exception: ExceptionInWords) => void) | undefined;
  /** Receives each interrupt from a device before it is delivered. */
  onInterrupt?: ((interrupt: InterruptInWords) => void) | undefined;
  /** Receives one line for each thing that the guest asked of the hardware and that is not there. */
  log?: Log;
}

export type DisplayMode = 'text' | { width: number; height: number; bpp: 32 };

/** An interrupt from outside the processor. */
export interface InterruptInWords {
  vector: number;
  /** Of the instruction that it comes before, as 16 hexadecimal digits. */
  rip: string;
  isNmi: boolean;
}

export interface KernelOptions {
  protocol?: BootProtocol | 'auto';
  commandLine?: string;
  /** Files beside the kernel, in this order. */
  modules?: readonly BootModule[];
}

/** How a machine came to its end. */
export type MachineEnd =
  /** `hlt`, or an x87 exception told by FERR#, with interrupts off or every one masked that could wake the processor. */
  | { kind: 'halted' }
  /** The exceptions that led to it, oldest first. */
  | { kind: 'triple-fault'; chain: ExceptionInWords[] }
  /** A write to isa-debug-exit: `(value << 1) | 1`. */
  | { kind: 'debug-exit'; code: number }
  /** The guest switched the machine off. */
  | { kind: 'power-off' }
  /** The guest asked for a reset, and the machine has nothing that it could boot again from by itself. */
  | { kind: 'reset'; by: ResetSource }
  /** Something the emulator does not implement; `rip` as 16 hexadecimal digits, `bytes` in hexadecimal. */
  | { kind: 'unsupported'; what: string; rip: string; bytes: string };

export type MachineStop =
  | { kind: 'budget' }
  /** In `hlt`, where only a key or the serial line can wake it; told by a `run` without a budget alone. */
  | { kind: 'waiting' }
  /** The next instruction is one that `runTo` was to stop before. */
  | { kind: 'breakpoint' }
  | { kind: 'end'; end: MachineEnd };

/** The processor's mode from an instruction on. */
export interface ModeChange {
  mode: CpuMode;
  /** Instructions executed before. */
  instructions: number;
}
