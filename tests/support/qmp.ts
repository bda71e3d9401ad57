/** A QEMU process and its machine protocol (QMP) over standard input and output. docs/interop/qmp-spec in QEMU's manual. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

interface Reply {
  return?: unknown;
  error?: { desc: string };
  event?: string;
  data?: { reason?: string };
}

export class Qemu {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #waiting: { resolve(value: unknown): void; reject(error: Error): void }[] = [];
  #complaints = '';
  /** Why the guest was shut down or reset, in QMP's words, e.g. `guest-reset`; `null` while it runs. */
  shutdownReason: string | null = null;
  /** Exit code of QEMU itself; `null` while it runs. */
  exitCode: number | null = null;
  readonly exited: Promise<void>;

  private constructor(args: readonly string[]) {
    this.#process = spawn('qemu-system-x86_64', [...args, '-qmp', 'stdio']);
    this.#process.stderr.on('data', (chunk) => {
      this.#complaints += chunk;
    });
    // QEMU may be gone before it has read the last command.
    this.#process.stdin.on('error', () => {});
    createInterface(this.#process.stdout).on('line', (line) => this.#hear(JSON.parse(line) as Reply));
    this.exited = new Promise((resolve) => {
      const end = (code: number | null): void => {
        this.exitCode = code ?? -1;
        for (const { reject } of this.#waiting.splice(0)) reject(this.#gone());
        resolve();
      };
      this.#process.on('close', end);
      this.#process.on('error', (error) => {
        this.#complaints += error.message;
        end(-1);
      });
    });
  }

  static async start(args: readonly string[]): Promise<Qemu> {
    const qemu = new Qemu(args);
    await qemu.execute('qmp_capabilities');
    return qemu;
  }

  /** Sends a command. @throws Error in QEMU's own words when it refuses or has ended. */
  execute(command: string, args: Record<string, unknown> = {}): Promise<unknown> {
    if (this.exitCode !== null) return Promise.reject(this.#gone());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#process.stdin.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    });
  }

  /** A command of the human monitor. @returns what it prints */
  async monitor(line: string): Promise<string> {
    return (await this.execute('human-monitor-command', { 'command-line': line })) as string;
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.exited;
  }

  #hear(reply: Reply): void {
    if (reply.event === 'SHUTDOWN' || reply.event === 'RESET') this.shutdownReason = reply.data?.reason ?? reply.event;
    if ('return' in reply) this.#waiting.shift()?.resolve(reply.return);
    else if (reply.error) this.#waiting.shift()?.reject(new Error(reply.error.desc));
  }
  #gone(): Error {
    return new Error(`QEMU ended with exit code ${this.exitCode}: ${this.#complaints.trim()}`);
  }
}
