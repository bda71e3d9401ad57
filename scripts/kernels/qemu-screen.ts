/** Watches a QEMU that someone else has started, over its machine protocol, until its text screen shows what is awaited. */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CODE_PAGE_437 } from '../../src/emulator/devices/code-page-437.ts';

const COLUMNS = 80;
const ROWS = 25;

export interface Watched {
  /** The text screen when it was last looked at, as `screen.txt` holds one. */
  screen: string;
  /** What the command has written to its standard output: the serial port, with `-serial stdio`. */
  output: string;
  /** The command's standard error. */
  errors: string;
  /** Whether the awaited screen has appeared. */
  seen: boolean;
}

/**
 * Runs a command that starts QEMU, without a window.
 *
 * @param parameters those of the command; QEMU's options for this purpose are added at their end
 * @param folder for the protocol's socket and the screen's memory
 * @param awaited when to stop looking: the screen has to hold this text
 * @param timeout in seconds
 */
export async function watchQemu(
  command: string,
  parameters: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; folder: string; timeout: number },
  awaited: (screen: string, output: string) => boolean,
): Promise<Watched> {
  const socketPath = join(options.folder, 'qmp');
  const added = ['-display', 'none', '-qmp', `unix:${socketPath},server=on,wait=off`];
  const child = spawn(command, [...parameters, ...added], { cwd: options.cwd, env: options.env });
  const watched: Watched = { screen: '\n', output: '', errors: '', seen: false };
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    watched.output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    watched.errors += text;
  });
  const deadline = performance.now() + options.timeout * 1000;
  let protocol: Protocol | null = null;
  try {
    while (!watched.seen && child.exitCode === null && performance.now() < deadline) {
      await sleep(50);
      protocol ??= existsSync(socketPath) ? await Protocol.connect(socketPath) : null;
      if (protocol === null) continue;
      watched.screen = await readScreen(protocol, join(options.folder, 'screen'));
      watched.seen = awaited(watched.screen, watched.output);
    }
    // What the serial port has sent may still be on its way through the pipe.
    await sleep(100);
    return watched;
  } finally {
    await quit(child, protocol);
  }
}

async function quit(child: ChildProcess, protocol: Protocol | null): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  if (protocol) protocol.send('quit');
  else child.kill();
  await Promise.race([ended, sleep(5000)]);
  if (child.exitCode === null) child.kill('SIGKILL');
}

async function readScreen(protocol: Protocol, file: string): Promise<string> {
  await protocol.execute('pmemsave', { val: 0xb8000, size: COLUMNS * ROWS * 2, filename: file });
  const cells = readFileSync(file);
  const lines = Array.from({ length: ROWS }, (_, row) =>
    Array.from({ length: COLUMNS }, (_, column) => CODE_PAGE_437[cells[(row * COLUMNS + column) * 2]!])
      .join('')
      .trimEnd(),
  );
  return `${lines.join('\n').trimEnd()}\n`;
}

/** QEMU's machine protocol: one JSON object a line, in both directions. */
class Protocol {
  readonly #socket: Socket;
  readonly #closed: Promise<never>;
  #rest = '';
  #waiting: ((reply: { error?: { desc: string } }) => void)[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8').on('data', (text: string) => this.#receive(text));
    // The end is told once, to whoever waits for a reply then.
    this.#closed = new Promise((_, reject) => socket.once('close', () => reject(new Error('QEMU has ended'))));
    this.#closed.catch(() => {});
    socket.on('error', () => {});
  }

  static async connect(path: string): Promise<Protocol> {
    const socket = createConnection(path);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    const protocol = new Protocol(socket);
    await protocol.execute('qmp_capabilities');
    return protocol;
  }

  send(command: string): void {
    this.#socket.write(`${JSON.stringify({ execute: command })}\n`);
  }

  async execute(command: string, parameters: object = {}): Promise<void> {
    const reply = new Promise<{ error?: { desc: string } }>((resolve) => this.#waiting.push(resolve));
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: parameters })}\n`);
    const { error } = await Promise.race([reply, this.#closed]);
    if (error) throw new Error(`QEMU: ${command}: ${error.desc}`);
  }

  #receive(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) {
      if (line.trim() === '') continue;
      const message = JSON.parse(line) as { return?: unknown; error?: { desc: string } };
      if ('return' in message || 'error' in message) this.#waiting.shift()?.(message);
    }
  }
}
