/** The far end of the guest's serial line: the terminal, a file, or nothing. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { writeOutput } from './files.ts';
import type { SerialTarget } from './option-values.ts';

const CONTROL_C = 3;
/** As a shell reports a process that SIGINT ended. */
const INTERRUPTED = 130;

export class SerialLine {
  readonly #target: SerialTarget;
  readonly #file: number | null;
  readonly #keepsLog: boolean;
  readonly #listens: boolean;
  #pending: number[] = [];
  #log = '';
  readonly #decoder = new TextDecoder();
  #input: Uint8Array[] = [];
  #onInput: () => void = () => {};
  #isOpen = true;
  /** Standard input has ended. */
  #isOver = false;

  /**
   * @param use `keepsLog`: whether `hasShown` will be asked; `listens`: whether standard input is typed at the guest
   * @throws UsageError if the file cannot be written
   */
  constructor(target: SerialTarget, use: { keepsLog: boolean; listens: boolean }) {
    this.#target = target;
    this.#keepsLog = use.keepsLog;
    this.#listens = use.listens && target.kind === 'stdio';
    if (target.kind === 'file') {
      writeOutput(target.path, '');
      this.#file = openSync(target.path, 'a');
    } else this.#file = null;
    if (this.#listens) this.#listen();
  }

  /** The machine has no serial port. */
  get isAbsent(): boolean {
    return this.#target.kind === 'none';
  }
  get takesInput(): boolean {
    return this.#listens && !this.#isOver;
  }

  /** A byte from the guest; it leaves with the next `flush`. */
  send(byte: number): void {
    this.#pending.push(byte);
  }
  flush(): void {
    if (this.#pending.length === 0) return;
    const bytes = Uint8Array.from(this.#pending);
    this.#pending = [];
    if (this.#keepsLog) this.#log += this.#decoder.decode(bytes, { stream: true });
    if (this.#file !== null) writeSync(this.#file, bytes);
    else if (this.#target.kind === 'stdio') process.stdout.write(bytes);
  }
  /** Drops what was sent since the last `flush`. */
  discard(): void {
    this.#pending = [];
  }
  /** Whether the guest has sent this text. */
  hasShown(text: string): boolean {
    return this.#log.includes(text);
  }
  /** What was typed since the last call. */
  takeInput(): Uint8Array {
    const input = Buffer.concat(this.#input);
    this.#input = [];
    return input;
  }
  /** Resolves when something was typed, or after some milliseconds. */
  moreInput(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#onInput = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#input.length > 0 || this.#isOver) this.#onInput();
    });
  }
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.flush();
    if (this.#file !== null) closeSync(this.#file);
    if (this.#listens) {
      if (process.stdin.isTTY) process.stdin.setRawMode(false);
      process.stdin.destroy();
    }
  }

  /** The guest echoes what it wants to echo, so a terminal hands over single keys. */
  #listen(): void {
    const { stdin } = process;
    if (stdin.isTTY) stdin.setRawMode(true);
    stdin.on('error', () => {});
    stdin.on('data', (chunk: Buffer) => {
      if (stdin.isTTY && chunk.includes(CONTROL_C)) {
        this.close();
        process.exit(INTERRUPTED);
      }
      this.#input.push(chunk);
      this.#onInput();
    });
    stdin.on('end', () => {
      this.#isOver = true;
      this.#onInput();
    });
  }
}
