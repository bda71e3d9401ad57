/** The messages between the page and the machine in its worker. Plain data only, so that it can be cloned. */

import type { CpuMode } from '../cpu/state.ts';
import type { ExceptionInWords, Registers } from '../debug/inspect.ts';
import type { TextScreen } from '../devices/vga-text.ts';
import type { ScriptedKeys } from '../script-player.ts';

export type { CpuMode, ExceptionInWords, Registers, TextScreen };

export type MachineState = 'idle' | 'loading' | 'running' | 'paused' | 'halted' | 'crashed';

/** Sectors of a disk, ascending, each with its 512 bytes. */
export interface Sectors {
  numbers: Uint32Array<ArrayBuffer>;
  data: Uint8Array<ArrayBuffer>;
}

/** What a machine is built from. */
export interface MachineSetup {
  memoryMiB: number;
  /** `kernel`: by the loader, without firmware. `disk`: from power-on, by the BIOS and the disk's boot sector. */
  boot: 'kernel' | 'disk';
  /** `null` for what boots from a disk with a kernel of its own. */
  kernel: ArrayBuffer | null;
  /** A hard disk: its image, and the sectors that have been written since. */
  disk: { image: ArrayBuffer; written: Sectors } | null;
  /** Pressed by themselves, each time the machine is switched on. */
  keys: ScriptedKeys[];
}

/** Page to worker. */
export type Request =
  /** Builds a machine and switches it on; answered by `status` (paused at the first instruction) or `failed`. */
  | { type: 'load'; setup: MachineSetup }
  /**
   * Runs until it halts, crashes or is paused, a virtual second a second at most; and no further than to an instruction
   * at one of the linear addresses `to` (hexadecimal), which is the next then.
   */
  | { type: 'run'; to?: string[] }
  | { type: 'pause' }
  | { type: 'step'; count: number }
  /** Switches the same machine off and on again. */
  | { type: 'reset' }
  /** A key of the keyboard by its `KeyboardEvent.code`; one that the keyboard has not is none. */
  | { type: 'key'; code: string; down: boolean }
  | { type: 'release-keys' }
  /** Somebody else is going to type: the script ends, in the middle of a word if need be. */
  | { type: 'take-keyboard' }
  | { type: 'type'; text: string }
  /** Cuts the power; answered by `disk`, if there is one, and `unplugged`. */
  | { type: 'pull-plug' };

/** How a machine came to its end. */
export type MachineEnd =
  /** `hlt` with interrupts off, or with nothing that could wake the processor. */
  | { kind: 'halted' }
  | { kind: 'triple-fault'; chain: ExceptionInWords[] }
  | { kind: 'debug-exit'; code: number }
  | { kind: 'power-off' }
  | { kind: 'reset'; by: string }
  | { kind: 'unsupported'; what: string; rip: string; bytes: string };

export interface ModeChange {
  mode: CpuMode;
  /** Instructions executed before. */
  instructions: number;
}

/** The processor's modes since power-on. A loader that calls the BIOS changes them by the thousand: the middle is left out. */
export interface ModeHistory {
  first: ModeChange[];
  /** How many changes stand between. */
  skipped: number;
  last: ModeChange[];
}

/** Worker to page. */
export type Report =
  | {
      type: 'status';
      state: MachineState;
      /** In `hlt`: until any interrupt comes, or until one comes that only a key can cause. */
      sleep: null | 'interrupt' | 'key';
      mode: CpuMode;
      modes: ModeHistory;
      /** Linear address of the next instruction, 16 hexadecimal digits. */
      address: string;
      instructions: number;
      registers: Registers;
      /** Keys are being pressed by the script, or will be. */
      isScripted: boolean;
      end: MachineEnd | null;
    }
  /** The text screen whenever it changed. */
  | ({ type: 'screen' } & TextScreen)
  | { type: 'serial'; text: string }
  /** The picture of a graphics mode whenever it changed, four bytes a pixel: red, green, blue, 255; `null` for text mode. */
  | { type: 'frame'; frame: { width: number; height: number; rgba: Uint8ClampedArray<ArrayBuffer> } | null }
  /** All sectors that differ from the image, some time after one was written and whenever the machine stops. */
  | { type: 'disk'; written: Sectors }
  /** The power is off; so many writes had not been flushed, and so many of them had got to the disk all the same. */
  | { type: 'unplugged'; unflushed: number; survived: number }
  /** A text that the keyboard cannot type: one sentence. Nothing of it was typed. */
  | { type: 'untypable'; message: string }
  /** A bad kernel file, or a defect of the emulator: one sentence to show. */
  | { type: 'failed'; message: string };
