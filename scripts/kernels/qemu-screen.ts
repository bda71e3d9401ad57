/** Watches a QEMU that someone else has started, over its machine protocol, until its text screen shows what is awaited. */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { QemuKeyboard } from '../qemu/keyboard.ts';
import { Qmp } from '../qemu/qmp.ts';
import { readTextScreen } from '../qemu/text-screen.ts';
import { Typist } from '../qemu/typist.ts';

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
 * @param options `folder` is for the protocol's socket and the screen's memory; `timeout` is in seconds
 * @param keys scripted input
 * @param awaited when to stop looking
 */
export async function watchQemu(
  command: string,
  parameters: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; folder: string; timeout: number },
  keys: readonly { after: string; text: string }[],
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
  const typist = new Typist(keys);
  const deadline = performance.now() + options.timeout * 1000;
  let qmp: Qmp | null = null;
  try {
    while (!watched.seen && child.exitCode === null && performance.now() < deadline) {
      await sleep(50);
      qmp ??= existsSync(socketPath) ? await Qmp.connect(socketPath) : null;
      if (qmp === null) continue;
      watched.screen = await readTextScreen(qmp, join(options.folder, 'screen'));
      await typist.look(watched.screen, new QemuKeyboard(qmp));
      watched.seen = awaited(watched.screen, watched.output);
    }
    // What the serial port has sent may still be on its way through the pipe.
    await sleep(100);
    return watched;
  } finally {
    await quit(child, qmp);
  }
}

async function quit(child: ChildProcess, qmp: Qmp | null): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  if (qmp) await qmp.execute('quit').catch(() => {});
  else child.kill();
  await Promise.race([ended, sleep(5000)]);
  if (child.exitCode === null) child.kill('SIGKILL');
}
