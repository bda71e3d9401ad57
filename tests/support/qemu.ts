/** Boots a kernel in QEMU and tells how it ended and what stands on its text screen. */
import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { QemuKeyboard } from '../../scripts/qemu/keyboard.ts';
import { Qmp } from '../../scripts/qemu/qmp.ts';
import { readTextScreen } from '../../scripts/qemu/text-screen.ts';
import { Typist } from '../../scripts/qemu/typist.ts';
import { OVMF } from '../../scripts/setup/tools.ts';

export interface Boot {
  /** An ELF with a PVH note, loaded by QEMU itself. */
  kernel?: string;
  /** A CD image; booted first, if there is a disk too. */
  cdrom?: string;
  /** A raw disk image; what the guest writes to it is lost. Beside a kernel or a CD, which are booted then, a disk to use. */
  disk?: string;
  firmware?: 'bios' | 'uefi';
  memoryMiB?: number;
  /** QEMU's -cpu; by default its own, which is AMD's. */
  cpu?: string | undefined;
  /** Plugs in isa-debug-exit at port 0xf4. */
  debugExit?: boolean;
  /** A reset boots again, and is not the guest's end; nor is a triple fault then, by which SeaBIOS asks for one. */
  restarts?: boolean;
  /** Reads what stands for the screen; by default the text screen. */
  readScreen?: ScreenReader;
  /** Puts a value into RSP when this address is reached first; needs gdb. */
  stackPointer?: { at: string; value: number };
  /** Typed on the keyboard, each text when the screen shows what it waits for. */
  keys?: readonly { after: string; text: string }[];
  /** Typed beside those whenever the screen asks for it: a boot menu's question comes again after each restart. */
  menu?: { after: string; text: string };
}

/**
 * @param scratch a file that QEMU may write
 * @param serial what the guest has sent so far
 * @returns a text as in screen.txt
 */
export type ScreenReader = (qmp: Qmp, scratch: string, serial: () => string) => Promise<string>;

export type End =
  /** `hlt` with interrupts off: nothing will ever wake it. */
  | { kind: 'halted' }
  | { kind: 'triple-fault' }
  /** A reset or power-off that the guest asked for. */
  | { kind: 'shutdown'; reason: string }
  | { kind: 'debug-exit'; code: number }
  /** `until` held. */
  | { kind: 'until' }
  | { kind: 'time-out' };

export interface Observation {
  end: End;
  /** As in screen.txt: trailing blanks and trailing empty lines removed, one final newline. */
  screen: string;
  serial: string;
  /** `info registers` of QEMU's monitor at the end; empty when QEMU itself has ended. */
  registers: string;
}

/** A QEMU process and the line to it. */
class Qemu {
  readonly qmp: Qmp;
  readonly #process: ChildProcessWithoutNullStreams;
  #complaints = '';
  /** Why the guest was shut down, in QMP's words, e.g. `guest-reset`; `null` while it runs. */
  shutdownReason: string | null = null;
  readonly exited: Promise<void>;

  constructor(args: readonly string[]) {
    this.#process = spawn('qemu-system-x86_64', [...args, '-qmp', 'stdio']);
    this.qmp = new Qmp(this.#process.stdout, this.#process.stdin);
    this.qmp.onEvent = ({ event, data }) => {
      if (event === 'SHUTDOWN') this.shutdownReason = data?.reason ?? event;
    };
    this.#process.stderr.on('data', (chunk) => {
      this.#complaints += chunk;
    });
    this.exited = new Promise((resolve) => {
      this.#process.on('close', () => resolve());
      this.#process.on('error', (error) => {
        this.#complaints += error.message;
        resolve();
      });
    });
  }
  /** Of QEMU itself; `null` while it runs. */
  get exitCode(): number | null {
    return this.#process.exitCode;
  }
  get complaints(): string {
    return this.#complaints.trim();
  }
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.exited;
  }
}

/**
 * Boots and watches until the guest has ended, by itself or because `until` holds.
 * @param timeout in seconds, against a guest that neither ends nor shows what is awaited
 */
export async function boot(
  machine: Boot,
  until: (screen: string, serial: string, typed: Typist) => boolean = () => false,
  timeout = 60,
): Promise<Observation> {
  const folder = mkdtempSync(join(tmpdir(), 'qemu-'));
  const file = (name: string): string => join(folder, name);
  const [memory, serialLog, resetLog, debuggerSocket] = [file('screen'), file('serial'), file('resets'), file('gdb')];
  const reboot = machine.restarts ? 'reset' : 'shutdown';
  const qemu = new Qemu([
    ...['-accel', 'tcg', '-m', String(machine.memoryMiB ?? 64), '-display', 'none', '-nic', 'none', '-no-user-config'],
    ...['-serial', `file:${serialLog}`, '-d', 'cpu_reset', '-D', resetLog],
    // A triple fault leaves the machine as it was, to be looked at.
    ...['-action', `reboot=${reboot},shutdown=${machine.debugExit ? 'poweroff' : 'pause'}`],
    ...(machine.cpu ? ['-cpu', machine.cpu] : []),
    ...(machine.kernel ? ['-kernel', machine.kernel] : []),
    ...(machine.cdrom ? ['-cdrom', machine.cdrom, '-boot', 'd'] : []),
    ...(machine.disk ? ['-drive', `format=raw,snapshot=on,file=${machine.disk}`] : []),
    ...(machine.firmware === 'uefi' ? ['-bios', OVMF] : []),
    ...(machine.stackPointer ? ['-S', '-gdb', `unix:${debuggerSocket},server=on,wait=off`] : []),
    ...(machine.debugExit ? ['-device', 'isa-debug-exit,iobase=0xf4,iosize=0x04'] : []),
  ]);
  const seen: Observation = { end: { kind: 'time-out' }, screen: '\n', serial: '', registers: '' };
  const keyboard = new QemuKeyboard(qemu.qmp);
  const typist = new Typist(machine.keys ?? [], machine.menu);
  const readScreen: ScreenReader = machine.readScreen ?? readTextScreen;
  const readSerial = (): string => readFileSync(serialLog, 'latin1');
  const deadline = performance.now() + timeout * 1000;
  try {
    await qemu.qmp.execute('qmp_capabilities');
    if (machine.stackPointer) await setStackPointer(debuggerSocket, machine.stackPointer);
    while (performance.now() < deadline) {
      // What is true of these three, taken in this order, is true of the end that they show.
      const ended = qemu.shutdownReason;
      seen.registers = await qemu.qmp.monitor('info registers');
      seen.screen = await readScreen(qemu.qmp, memory, readSerial);
      seen.serial = readSerial();
      if (ended) {
        const tripleFault = readFileSync(resetLog, 'latin1').includes('Triple fault');
        seen.end = tripleFault ? { kind: 'triple-fault' } : { kind: 'shutdown', reason: ended };
      } else if (haltedForGood(seen.registers)) seen.end = { kind: 'halted' };
      else if (until(seen.screen, seen.serial, typist)) seen.end = { kind: 'until' };
      if (seen.end.kind !== 'time-out') return seen;
      await typist.look(seen.screen, keyboard);
      await sleep(20);
    }
    return seen;
  } catch (error) {
    await Promise.race([qemu.exited, sleep(1000)]);
    // isa-debug-exit ends QEMU with an odd code, (value << 1) | 1.
    const { exitCode, complaints } = qemu;
    if (!machine.debugExit || exitCode === null || exitCode % 2 === 0 || complaints)
      throw new Error(`QEMU, exit code ${exitCode}: ${complaints || error}`);
    seen.end = { kind: 'debug-exit', code: exitCode };
    seen.serial = readSerial();
    return seen;
  } finally {
    await qemu.kill();
    rmSync(folder, { recursive: true });
  }
}

/** Lets the guest run to an address, writes RSP there and lets it go. */
async function setStackPointer(socket: string, { at, value }: { at: string; value: number }): Promise<void> {
  const commands = [`target remote ${socket}`, `hbreak *${at}`, 'continue', `set $rsp = ${value}`, 'detach'];
  const args = ['-nx', '-batch', '-ex', 'set architecture i386:x86-64', ...commands.flatMap((each) => ['-ex', each])];
  await promisify(execFile)('gdb', args, { timeout: 60_000 });
}

function haltedForGood(registers: string): boolean {
  const flags = /(?:RFL|EFL)=([0-9a-f]+)/.exec(registers);
  return flags !== null && !(Number.parseInt(flags[1]!, 16) & 0x200) && /\bHLT=1\b/.test(registers);
}
