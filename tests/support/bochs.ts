/** Boots a CD or a disk in Bochs until a breakpoint, and tells what stands on its text screen. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { screenText } from '../../scripts/qemu/text-screen.ts';
import { BOCHS_BIOS, BOCHS_VGA_BIOS } from '../../scripts/setup/tools.ts';

export interface BochsBoot {
  /** The image of a CD, or of a disk of 1008 sectors: one cylinder of 16 heads. */
  medium: { cdrom: string } | { disk: string };
  memoryMiB: number;
  /** Linear address of the instruction to stop before. Bochs' debugger cannot stop a processor that rests in `hlt`. */
  breakpoint: bigint;
  /** Its name for a processor; a Sandy Bridge by default. */
  model?: string;
  /** Physical memory to look at when it is reached. */
  dump?: { address: number; length: number };
}

/** Time runs with instructions, not with the clock on the wall. */
const settings = ({ medium, memoryMiB, model = 'corei7_sandy_bridge_2600k' }: BochsBoot, folder: string): string => `
megs: ${memoryMiB}
cpu: model=${model}, ips=50000000, reset_on_triple_fault=0
romimage: file=${BOCHS_BIOS}
vgaromimage: file=${BOCHS_VGA_BIOS}
${
  'cdrom' in medium
    ? `ata0-master: type=cdrom, path=${medium.cdrom}, status=inserted\nboot: cdrom`
    : `ata0-master: type=disk, path=${medium.disk}, mode=flat, cylinders=1, heads=16, spt=63\nboot: disk`
}
display_library: rfb, options="timeout=0"
com1: enabled=1, mode=file, dev=${join(folder, 'serial')}
log: ${join(folder, 'log')}
panic: action=fatal
clock: sync=none, time0=1000000000
speaker: enabled=0, mode=none
sound: waveoutdrv=dummy
`;

/**
 * @param timeout in seconds
 * @returns the screen as in screen.txt, what the guest sent on its serial line, and the memory that was asked for
 * @throws Error with Bochs' last words when the breakpoint is not reached in time
 */
export async function bootInBochs(
  machine: BochsBoot,
  timeout = 120,
): Promise<{ screen: string; serial: string; memory: Uint8Array }> {
  const folder = mkdtempSync(join(tmpdir(), 'bochs-'));
  const file = (name: string): string => join(folder, name);
  try {
    writeFileSync(file('bochsrc'), settings(machine, folder));
    const at = `0x${machine.breakpoint.toString(16)}`;
    const dump = machine.dump ? `writemem "${file('memory')}" ${machine.dump.address} ${machine.dump.length}\n` : '';
    writeFileSync(file('commands'), `lb ${at}\nc\n${dump}writemem "${file('screen')}" 0xb8000 4000\nquit\n`);
    // A file, since Bochs writes to its standard input too, and a pipe that nobody reads would end it.
    const commands = openSync(file('commands'), 'r');
    const bochs = spawn('bochs', ['-q', '-f', file('bochsrc')], { stdio: [commands, 'pipe', 'ignore'] });
    closeSync(commands);
    let said = '';
    bochs.stdout?.on('data', (chunk) => {
      said += chunk;
    });
    const killer = setTimeout(() => bochs.kill('SIGKILL'), timeout * 1000);
    await new Promise((resolve, reject) => bochs.once('close', resolve).once('error', reject));
    clearTimeout(killer);
    if (!existsSync(file('screen'))) throw new Error(`Bochs did not reach ${at}:\n${said.slice(-2000)}`);
    return {
      screen: screenText(readFileSync(file('screen'))),
      serial: readFileSync(file('serial'), 'latin1'),
      memory: machine.dump ? readFileSync(file('memory')) : new Uint8Array(),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
