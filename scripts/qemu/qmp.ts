/** QEMU's machine protocol, one JSON object a line in both directions: docs/interop/qmp-spec in QEMU's manual. */
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

export interface QmpEvent {
  event: string;
  data?: { reason?: string };
}
type Message = { return: unknown } | { error: { desc: string } } | QmpEvent | { QMP: unknown };

export class Qmp {
  readonly #to: Writable;
  readonly #waiting: { resolve(value: unknown): void; reject(error: Error): void }[] = [];
  #open = true;
  onEvent: (event: QmpEvent) => void = () => {};

  /** Speaks over a socket, or over the standard input and output of a QEMU started with `-qmp stdio`. */
  constructor(from: Readable, to: Writable) {
    this.#to = to;
    // QEMU may be gone before it has read the last command.
    for (const stream of [from, to]) stream.on('error', () => {});
    createInterface(from)
      .on('error', () => {})
      .on('line', (line) => this.#hear(JSON.parse(line) as Message))
      .on('close', () => {
        this.#open = false;
        for (const { reject } of this.#waiting.splice(0)) reject(new Error('QEMU has ended'));
      });
  }

  /** @param path socket of a QEMU started with `-qmp unix:PATH,server=on,wait=off` */
  static async connect(path: string): Promise<Qmp> {
    const socket = createConnection(path);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    const qmp = new Qmp(socket, socket);
    await qmp.execute('qmp_capabilities');
    return qmp;
  }

  /** Sends a command. @throws Error in QEMU's own words when it refuses, or when it has ended */
  execute(command: string, args: Record<string, unknown> = {}): Promise<unknown> {
    if (!this.#open) return Promise.reject(new Error('QEMU has ended'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#to.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    });
  }

  /** A command of the human monitor. @returns what it prints */
  async monitor(line: string): Promise<string> {
    return (await this.execute('human-monitor-command', { 'command-line': line })) as string;
  }

  #hear(message: Message): void {
    if ('event' in message) this.onEvent(message);
    else if ('return' in message) this.#waiting.shift()?.resolve(message.return);
    else if ('error' in message) this.#waiting.shift()?.reject(new Error(message.error.desc));
  }
}
