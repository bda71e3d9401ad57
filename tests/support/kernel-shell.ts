/** Chapter 11's kernel on a disk of one's own, and its shell by the keyboard. */
import type { EngineName } from '../../src/emulator/machine.ts';
import { Machine, MemoryDisk } from '../../src/emulator/machine.ts';

const PROMPT = 'toy> ';
const SLICE = 50_000;
/** A hand takes more than that for a letter. */
const TYPING_SLICE = 1_000_000;
/** Virtual time after which a command, or the way to the first prompt, has gone wrong. */
const PATIENCE = 5e9;

export class KernelShell {
  readonly disk: MemoryDisk;
  readonly machine: Machine;
  /** Whether the kernel has written to the disk since `watch`. */
  #hasWritten = false;
  #serial: { text: string };

  static async on(image: Uint8Array, memoryMiB: number, engine: EngineName = 'interpreter'): Promise<KernelShell> {
    const disk = new MemoryDisk(image);
    const serial = { text: '' };
    const machine = await Machine.create({
      memoryMiB,
      engine,
      disks: [disk],
      serial: (byte) => {
        serial.text += String.fromCharCode(byte);
      },
    });
    return new KernelShell(machine, disk, serial);
  }

  private constructor(machine: Machine, disk: MemoryDisk, serial: { text: string }) {
    this.machine = machine;
    this.disk = disk;
    this.#serial = serial;
    disk.onChange = () => {
      this.#hasWritten = true;
    };
  }

  /** What the kernel has said on its serial line since the last `powerOn` or `type`. */
  get said(): string {
    return this.#serial.text.replaceAll('\r', '');
  }

  powerOn(): void {
    this.#serial.text = '';
    this.#hasWritten = false;
    this.machine.powerOn();
  }

  /** Runs to a prompt. @returns what the kernel has said before it */
  toPrompt(): string {
    this.#until(() => this.#serial.text.endsWith(PROMPT));
    return this.said.slice(0, -PROMPT.length);
  }

  /** Types a command up to its Enter, which comes as soon as the machine runs on. */
  type(command: string): void {
    this.machine.typeText(command);
    this.#until(() => !this.machine.isTyping && this.said.endsWith(command), TYPING_SLICE);
    this.#serial.text = '';
    this.#hasWritten = false;
    this.machine.keyDown('Enter');
    this.machine.keyUp('Enter');
  }

  /** @returns what a command prints */
  run(command: string): string {
    this.type(command);
    return this.toPrompt().replace(/^\n/, '');
  }

  /** Runs until something is written to the disk, or, where nothing is, to the prompt. */
  toFirstWrite(): void {
    this.#until(() => this.#hasWritten || this.#serial.text.endsWith(PROMPT));
  }

  /** The power goes, and of each write that was not flushed, `survives` tells whether it is on the disk. */
  cutPower(survives: () => boolean): void {
    this.machine.pullPlug(survives);
  }

  #until(isThere: () => boolean, slice = SLICE): void {
    const deadline = this.machine.time + PATIENCE;
    while (!isThere()) {
      if (this.machine.end !== null || this.machine.time > deadline)
        throw new Error(`the kernel has not come to its prompt:\n${this.machine.screenText()}`);
      this.machine.run(slice);
    }
  }
}
