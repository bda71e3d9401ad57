/** Boots a kernel in QEMU and tells how it ended and what stands on its text screen. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { OVMF } from '../../scripts/setup/tools.ts';
import { CODE_PAGE_437 } from '../../src/emulator/devices/code-page-437.ts';
import { Qemu } from './qmp.ts';

export interface Boot {
  /** An ELF with a PVH note, loaded by QEMU itself. */
  kernel?: string;
  /** A CD image. */
  cdrom?: string;
  firmware?: 'bios' | 'uefi';
  memoryMiB?: number;
  /** Plugs in isa-debug-exit at port 0xf4. */
  debugExit?: boolean;
  /** Puts a value into RSP when this address is reached first; needs gdb. */
  stackPointer?: { at: string; value: number };
}

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

/** The text screen in screen.txt's form, from 80 x 25 cells of character and attribute. */
export function screenText(cells: Uint8Array): string {
  const lines: string[] = [];
  for (let row = 0; row < 25; row++) {
    let line = '';
    for (let column = 0; column < 80; column++) line += CODE_PAGE_437[cells[(row * 80 + column) * 2]!];
    lines.push(line.trimEnd());
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

/**
 * Boots and watches until the guest has ended, by itself or because `until` holds.
 * @param timeout in seconds, against a guest that neither ends nor shows what is awaited
 */
export async function boot(
  machine: Boot,
  until: (screen: string, serial: string) => boolean = () => false,
  timeout = 60,
): Promise<Observation> {
  const folder = mkdtempSync(join(tmpdir(), 'qemu-'));
  const file = (name: string): string => join(folder, name);
  const [memory, serialLog, resetLog, debuggerSocket] = [file('screen'), file('serial'), file('resets'), file('gdb')];
  const qemu = await Qemu.start([
    ...['-accel', 'tcg', '-m', String(machine.memoryMiB ?? 64), '-display', 'none', '-nic', 'none', '-no-user-config'],
    ...['-serial', `file:${serialLog}`, '-d', 'cpu_reset', '-D', resetLog],
    // A triple fault leaves the machine as it was, to be looked at.
    ...['-action', 'reboot=shutdown,shutdown=pause'],
    ...(machine.kernel ? ['-kernel', machine.kernel] : []),
    ...(machine.cdrom ? ['-cdrom', machine.cdrom] : []),
    ...(machine.firmware === 'uefi' ? ['-bios', OVMF] : []),
    ...(machine.stackPointer ? ['-S', '-gdb', `unix:${debuggerSocket},server=on,wait=off`] : []),
    ...(machine.debugExit ? ['-device', 'isa-debug-exit,iobase=0xf4,iosize=0x04'] : []),
  ]);
  const seen: Observation = { end: { kind: 'time-out' }, screen: '\n', serial: '', registers: '' };
  const deadline = performance.now() + timeout * 1000;
  try {
    if (machine.stackPointer) await setStackPointer(debuggerSocket, machine.stackPointer);
    while (performance.now() < deadline) {
      // What is true of these three, taken in this order, is true of the end that they show.
      const ended = qemu.shutdownReason;
      seen.registers = await qemu.monitor('info registers');
      await qemu.execute('pmemsave', { val: 0xb8000, size: 4000, filename: memory });
      seen.screen = screenText(readFileSync(memory));
      seen.serial = readFileSync(serialLog, 'latin1');
      if (ended) {
        const tripleFault = readFileSync(resetLog, 'latin1').includes('Triple fault');
        seen.end = tripleFault ? { kind: 'triple-fault' } : { kind: 'shutdown', reason: ended };
        return seen;
      }
      if (haltedForGood(seen.registers)) seen.end = { kind: 'halted' };
      else if (until(seen.screen, seen.serial)) seen.end = { kind: 'until' };
      if (seen.end.kind !== 'time-out') return seen;
      await sleep(20);
    }
    return seen;
  } catch (error) {
    await Promise.race([qemu.exited, sleep(1000)]);
    // isa-debug-exit ends QEMU with an odd code, (value << 1) | 1.
    if (!machine.debugExit || qemu.exitCode === null || qemu.exitCode % 2 === 0) throw error;
    seen.end = { kind: 'debug-exit', code: qemu.exitCode };
    seen.serial = readFileSync(serialLog, 'latin1');
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
