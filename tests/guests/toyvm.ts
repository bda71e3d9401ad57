/** bin/toyvm as a process that runs for minutes, and the discs that it boots. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FOLDER } from './packages.ts';

const TOYVM = join(import.meta.dirname, '../../bin/toyvm');

export interface Run {
  serial: string;
  screen: string;
  status: number | null;
  instructions: number;
  seconds: number;
}

export function toyvm(...args: string[]): Run {
  const folder = mkdtempSync(join(FOLDER, 'run-'));
  const [serial, state] = [join(folder, 'serial.txt'), join(folder, 'state.json')];
  const started = performance.now();
  const { status, stdout } = spawnSync(TOYVM, [...args, '-serial', `file:${serial}`, '--screen', '--state', state], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return {
    serial: readFileSync(serial, 'utf8').replaceAll('\r', ''),
    screen: stdout,
    status,
    instructions: (JSON.parse(readFileSync(state, 'utf8')) as { instructions: number }).instructions,
    seconds: (performance.now() - started) / 1000,
  };
}

/** A disc that GRUB boots. @param menu the lines of its only entry, with the files at `/` */
export function grubDisc(name: string, menu: readonly string[], files: readonly string[]): string {
  const folder = join(FOLDER, 'discs', name);
  mkdirSync(join(folder, 'boot/grub'), { recursive: true });
  for (const file of files) copyFileSync(file, join(folder, basename(file)));
  const entry = `set timeout=0\nmenuentry guest {\n${menu.join('\n')}\n}\n`;
  writeFileSync(join(folder, 'boot/grub/grub.cfg'), entry);
  const disc = `${folder}.iso`;
  execFileSync('grub-mkrescue', ['-d', '/usr/lib/grub/i386-pc', '-o', disc, folder], { stdio: 'ignore' });
  return disc;
}
