/**
 * `npm run bench`: compiled guests of 64 bits and of 32 in the interpreter and in QEMU (TCG), one after the other on the same machine.
 *
 * Instructions are the interpreter's exact count. QEMU's time is that of its process, less the process of a guest that does
 * nothing; the interpreter's is that of `run`, with nothing decoded yet. Each is the best of three: the rest is noise.
 * `npm run bench -- NAME ...` runs some guests alone: `sha256`, `sha256/32`.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { findCommand } from '../scripts/setup/tools.ts';
import { Machine } from '../src/emulator/machine.ts';
import { buildGuests, buildGuests32 } from './build.ts';

const ROUNDS = 3;
const MEMORY_MIB = 64;
/** What isa-debug-exit makes of the guests' 0. */
const SUCCESS = 1;

interface Run {
  seconds: number;
  /** What the guest printed: the same on both, or one of them computes wrongly. */
  result: string;
}

async function inToyvm(kernel: Uint8Array): Promise<Run & { instructions: number }> {
  let result = '';
  const machine = await Machine.create({
    memoryMiB: MEMORY_MIB,
    serial: (byte) => {
      result += String.fromCharCode(byte);
    },
  });
  machine.loadKernel(kernel);
  const start = performance.now();
  const stop = machine.run();
  const seconds = (performance.now() - start) / 1000;
  if (stop.kind !== 'end' || stop.end.kind !== 'debug-exit' || stop.end.code !== SUCCESS)
    throw new Error(`the guest did not end well: ${JSON.stringify(stop)} ${result}`);
  return { seconds, result, instructions: machine.instructions };
}

function inQemu(path: string): Run {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(
    'qemu-system-x86_64',
    [
      ...['-accel', 'tcg', '-m', String(MEMORY_MIB), '-display', 'none', '-nic', 'none', '-serial', 'stdio'],
      ...['-device', 'isa-debug-exit,iobase=0xf4,iosize=0x04', '-kernel', path],
    ],
    { encoding: 'utf8' },
  );
  const seconds = (performance.now() - start) / 1000;
  if (status !== SUCCESS) throw new Error(`QEMU ended with ${status}: ${stdout} ${stderr}`);
  return { seconds, result: stdout };
}

const fastest = <T extends Run>(runs: T[]): T => runs.reduce((best, run) => (run.seconds < best.seconds ? run : best));

if (!findCommand('qemu-system-x86_64')) {
  console.error('npm run bench compares with QEMU: qemu-system-x86_64 is not on this machine');
  process.exit(1);
}
const guests = new Map([
  ...buildGuests(),
  ...[...buildGuests32()].map(([name, path]): [string, string] => [`${name}/32`, path]),
]);
const idle = fastest(Array.from({ length: ROUNDS }, () => inQemu(guests.get('empty')!))).seconds;
const wanted = process.argv.slice(2);
const names = [...guests.keys()].filter(
  (name) => !name.startsWith('empty') && (wanted.length === 0 || wanted.includes(name)),
);

const row = (...cells: string[]): void =>
  console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(10) : cell.padStart(16))).join(''));
console.log(`QEMU's start and end take ${idle.toFixed(2)} s, which are not counted.\n`);
row('guest', 'instructions', 'toyvm s', 'toyvm MIPS', 'QEMU s', 'QEMU MIPS', 'time / QEMU');

const ratios = { '64 bits': [] as number[], '32 bits': [] as number[] };
for (const name of names) {
  const path = guests.get(name)!;
  const kernel = readFileSync(path);
  const ours: Awaited<ReturnType<typeof inToyvm>>[] = [];
  const theirs: Run[] = [];
  // Taken in turns, so that a load from elsewhere meets both.
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await inToyvm(kernel));
    theirs.push(inQemu(path));
  }
  const [toyvm, qemu] = [fastest(ours), fastest(theirs)];
  if (toyvm.result !== qemu.result) throw new Error(`${name}: toyvm says ${toyvm.result}, QEMU ${qemu.result}`);
  const qemuSeconds = qemu.seconds - idle;
  const ratio = toyvm.seconds / qemuSeconds;
  ratios[name.endsWith('/32') ? '32 bits' : '64 bits'].push(ratio);
  const mips = (seconds: number): string => (toyvm.instructions / seconds / 1e6).toFixed(0);
  row(
    name,
    toyvm.instructions.toLocaleString('en'),
    toyvm.seconds.toFixed(2),
    mips(toyvm.seconds),
    qemuSeconds.toFixed(2),
    mips(qemuSeconds),
    ratio.toFixed(2),
  );
}
const mean = (list: number[]): string =>
  Math.exp(list.reduce((sum, ratio) => sum + Math.log(ratio), 0) / list.length).toFixed(2);
console.log(`\ngeometric mean: ${mean(Object.values(ratios).flat())} times QEMU's time`);
for (const [bits, list] of Object.entries(ratios)) if (list.length > 0) console.log(`of ${bits}: ${mean(list)}`);
