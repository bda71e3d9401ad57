/** The types of `public/checkpoints/<id>/info.json`: what the site, the command line and the tests know of a checkpoint. */

/**
 * How a recorded run ends. A kernel that goes on for ever is recorded when it waits for input (`waiting`, in `hlt` with
 * interrupts on), or busy for ever (`running`).
 */
export type RecordedEnd =
  | 'halted'
  | 'waiting'
  | 'running'
  | 'triple-fault'
  | 'debug-exit'
  | 'power-off'
  | 'reset'
  | 'rejected';

export interface CheckpointInfo {
  /** `NN-name`; also the folder's name. */
  id: string;
  title: string;
  /** Slug of the chapter that declares it, e.g. `03-bootloader`. */
  chapter: string;
  /** The healthy checkpoint that this experiment varies; `null` for a chapter's own checkpoint. */
  experimentOf: string | null;
  kernel: { bytes: number; sha256: string };
  /** The disk image, before compression, and what makes it; `null` for a checkpoint without one. */
  disk: { bytes: number; sha256: string; script: 'disk.sh' | 'iso.sh' } | null;
  run: {
    /** RAM of the machine in MiB. */
    memoryMiB: number;
    /** `disk`: from power-on, by the image in `disk.img.gz`. */
    boot: 'kernel' | 'disk';
    /**
     * Scripted input: text typed on the keyboard at an instant of virtual time, which is when the screen has shown
     * `after`. On other machines only `after` says when.
     */
    keys: { at: number; after: string; text: string }[];
    /** The text that the recorded instant of a kernel without end waits for. */
    until: string | null;
    /** The recorded instant in virtual time: instructions executed, and those slept through, when `screen.txt` was taken. */
    time: number;
    /** Instructions executed until then, and how the run ended. */
    instructions: number;
    end: RecordedEnd;
    /** Why the loader has refused the kernel, in one sentence; only with the end `rejected`. */
    rejection?: string;
  };
  /**
   * Function symbols and the labels of assembly, ascending by address; addresses are hexadecimal without prefix, since
   * JSON has no 64-bit integers.
   */
  symbols: { name: string; address: string; size: number }[];
  /** Tangled source files, in the order of the project tree. */
  files: SourceFile[];
  /**
   * Ascending rows `[address (hex), length in bytes, index into files, line (1-based)]`. Code that has been inlined from
   * a library counts for the project's line that uses it; code of libraries has no row.
   */
  lineMap: [string, number, number, number][];
}

/** What a machine panel knows of what it boots: a checkpoint's info.json, or that of an image with kernels of its own. */
export interface BootInfo extends Pick<CheckpointInfo, 'id' | 'symbols' | 'files' | 'lineMap'> {
  kernel: CheckpointInfo['kernel'] | null;
  disk: { bytes: number; sha256: string } | null;
  run: Pick<CheckpointInfo['run'], 'memoryMiB' | 'boot' | 'keys'>;
}

export interface SourceFile {
  /** Relative to the Cargo project, e.g. `src/main.rs`. */
  path: string;
  /** One entry per source line: where that line stands in the book. */
  lines: {
    chapter: string /** anchor of the listing on the chapter's page */;
    listing: string /** 1-based line in that listing */;
    line: number;
  }[];
}
