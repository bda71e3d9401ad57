/** Boots a CD or a disk in Bochs, until a breakpoint or with scripted keys, and tells what stands on its text screen. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { screenText } from '../../scripts/qemu/text-screen.ts';
import { Typist } from '../../scripts/qemu/typist.ts';
import { BOCHS_BIOS, BOCHS_VGA_BIOS } from '../../scripts/setup/tools.ts';
import { RemoteKeyboard } from './rfb.ts';

export interface BochsBoot {
  /** The image of a CD, or of a disk of whole cylinders of 1008 or of 512 sectors, or both: the CD is booted then. */
  medium: { cdrom?: string; disk?: string };
  memoryMiB: number;
  /** Its name for a processor; a Sandy Bridge by default. */
  model?: string;
}

export interface BochsScript {
  /** Typed on the keyboard, each text when the screen shows what it waits for. */
  keys: readonly { after: string; text: string }[];
  /** As for a typist: the text that ends it, and the screen then. */
  until: string;
  screen: string;
}

/** Time runs with instructions, not with the clock on the wall. */
const settings = ({ medium, memoryMiB, model = 'corei7_sandy_bridge_2600k' }: BochsBoot, folder: string): string => `
megs: ${memoryMiB}
cpu: model=${model}, ips=50000000, reset_on_triple_fault=0
romimage: file=${BOCHS_BIOS}
vgaromimage: file=${BOCHS_VGA_BIOS}
${medium.disk ? `ata0-master: type=disk, path=${medium.disk}, mode=flat, ${geometry(medium.disk)}` : ''}
${medium.cdrom ? `ata1-master: type=cdrom, path=${medium.cdrom}, status=inserted` : ''}
boot: ${medium.cdrom ? 'cdrom' : 'disk'}
display_library: rfb, options="timeout=0"
com1: enabled=1, mode=file, dev=${join(folder, 'serial')}
log: ${join(folder, 'log')}
panic: action=fatal
clock: sync=none, time0=1000000000
speaker: enabled=0, mode=none
sound: waveoutdrv=dummy
`;

/** Bochs wants to know one, and no sector beyond it. */
function geometry(disk: string): string {
  const sectors = statSync(disk).size / 512;
  const perTrack = [63, 32].find((each) => sectors % (16 * each) === 0);
  if (!perTrack) throw new Error(`${disk} has ${sectors} sectors, which is no number of cylinders`);
  return `cylinders=${sectors / 16 / perTrack}, heads=16, spt=${perTrack}`;
}

/** A Bochs under its debugger. */
class Bochs {
  readonly #process: ChildProcess;
  readonly ended: Promise<void>;
  said = '';

  /** @param commands a file, since Bochs writes to its standard input too, and a pipe that nobody reads would end it */
  constructor(configuration: string, commands: string) {
    const input = openSync(commands, 'r');
    this.#process = spawn('bochs', ['-q', '-f', configuration], { stdio: [input, 'pipe', 'ignore'] });
    closeSync(input);
    this.#process.stdout?.on('data', (chunk) => {
      this.said += chunk;
    });
    this.ended = new Promise((resolve, reject) => {
      this.#process.once('close', () => resolve()).once('error', reject);
    });
  }
  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }
  /** Back to the debugger, which goes on with its next command. */
  interrupt(): void {
    this.#process.kill('SIGINT');
  }
  kill(): void {
    this.#process.kill('SIGKILL');
  }
}

const dump = (path: string): string => `writemem "${path}" 0xb8000 4000`;

/**
 * @param machine with the linear address of the instruction to stop before (Bochs' debugger cannot stop a processor that rests in
 *   `hlt`), and the physical memory to look at then
 * @param timeout in seconds
 * @returns the screen as in screen.txt, what the guest sent on its serial line, and the memory that was asked for
 * @throws Error with Bochs' last words when the breakpoint is not reached in time
 */
export async function bootInBochs(
  machine: BochsBoot & { breakpoint: bigint; dump?: { address: number; length: number } },
  timeout = 120,
): Promise<{ screen: string; serial: string; memory: Uint8Array }> {
  const folder = mkdtempSync(join(tmpdir(), 'bochs-'));
  const file = (name: string): string => join(folder, name);
  try {
    writeFileSync(file('bochsrc'), settings(machine, folder));
    const at = `0x${machine.breakpoint.toString(16)}`;
    const asked = machine.dump ? `writemem "${file('memory')}" ${machine.dump.address} ${machine.dump.length}\n` : '';
    writeFileSync(file('commands'), `lb ${at}\nc\n${asked}${dump(file('screen'))}\nquit\n`);
    const bochs = new Bochs(file('bochsrc'), file('commands'));
    const killer = setTimeout(() => bochs.kill(), timeout * 1000);
    await bochs.ended;
    clearTimeout(killer);
    if (!existsSync(file('screen'))) throw new Error(`Bochs did not reach ${at}:\n${bochs.said.slice(-2000)}`);
    return {
      screen: screenText(readFileSync(file('screen'))),
      serial: readFileSync(file('serial'), 'latin1'),
      memory: machine.dump ? readFileSync(file('memory')) : new Uint8Array(),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Between two looks at the screen, in milliseconds: each stops the machine. */
const LOOK_EVERY = 400;

/**
 * Boots, and types as the script says.
 * @param timeout in seconds
 * @returns the screen as in screen.txt: the awaited one, or the last when time is up
 * @throws Error with Bochs' last words when it ends by itself
 */
export async function typeInBochs(machine: BochsBoot, script: BochsScript, timeout = 120): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'bochs-'));
  const file = (name: string): string => join(folder, name);
  const most = Math.ceil((timeout * 1000) / LOOK_EVERY);
  writeFileSync(file('bochsrc'), settings(machine, folder));
  const commands = Array.from({ length: most }, (_, look) => `c\n${dump(file(`screen-${look}`))}\n`);
  writeFileSync(file('commands'), `${commands.join('')}quit\n`);
  const bochs = new Bochs(file('bochsrc'), file('commands'));
  const deadline = performance.now() + timeout * 1000;
  const isThere = (path: string): boolean => existsSync(path) && statSync(path).size === 4000;
  /** @returns whether it came to be before time was up */
  async function comesTrue(what: () => boolean): Promise<boolean> {
    while (!what()) {
      if (!bochs.isRunning) throw new Error(`Bochs has ended:\n${bochs.said.slice(-2000)}`);
      if (performance.now() > deadline) return false;
      await sleep(5);
    }
    return true;
  }
  let keyboard: RemoteKeyboard | null = null;
  let screen = '\n';
  try {
    if (!(await comesTrue(() => displayPort(file('log')) !== null))) throw new Error('Bochs has no display');
    keyboard = await RemoteKeyboard.connect(displayPort(file('log'))!);
    const typist = new Typist(script.keys);
    for (let look = 0; look < most; look++) {
      await sleep(LOOK_EVERY);
      bochs.interrupt();
      const path = file(`screen-${look}`);
      if (!(await comesTrue(() => isThere(path)))) return screen;
      screen = screenText(readFileSync(path));
      if (typist.finished(screen, script.until) && screen === script.screen) return screen;
      await typist.look(screen, keyboard);
    }
    return screen;
  } finally {
    keyboard?.close();
    bochs.kill();
    await bochs.ended;
    rmSync(folder, { recursive: true });
  }
}

/** The port of its display, which is the first that was free, out of Bochs' log; `null` before it has one. */
function displayPort(log: string): number | null {
  const port = existsSync(log) ? /port (59\d\d)/.exec(readFileSync(log, 'latin1'))?.[1] : undefined;
  return port === undefined ? null : Number(port);
}
