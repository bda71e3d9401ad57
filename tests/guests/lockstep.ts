/**
 * The two engines on a compiled guest, compared after every instruction.
 *
 *     node tests/guests/lockstep.ts COUNT@INSTANT... --kernel FILE [--initrd FILE] [--append TEXT] [-m MIB]
 *
 * For each COUNT@INSTANT, in order of time, COUNT instructions from that instant on (in instruction times) are compared. At
 * instant 0 that is a machine with the reference engine beside one with the interpreter. To get far into a large guest the
 * reference engine would need hours; so at later ones two interpreters have run up to there, and one of them goes on by
 * evaluating each instruction, which is all that the reference engine does.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Cpu } from '../../src/emulator/cpu/cpu.ts';
import { differences } from '../../src/emulator/debug/compare.ts';
import { type EngineName, Machine } from '../../src/emulator/machine.ts';

/** RAM is compared after every so many instructions. */
const MEMORY_STRIDE = 50_000;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    kernel: { type: 'string', default: '' },
    initrd: { type: 'string' },
    append: { type: 'string', default: '' },
    m: { type: 'string', short: 'm', default: '256' },
  },
});
const kernel = readFileSync(values.kernel);
const modules = values.initrd === undefined ? [] : [{ content: readFileSync(values.initrd), commandLine: '' }];

interface Guest {
  machine: Machine;
  cpu: Cpu;
}

/** A machine, with its processor, which it otherwise keeps to itself. */
async function start(engine: EngineName): Promise<Guest> {
  const { reset } = Cpu.prototype;
  const made: Cpu[] = [];
  Cpu.prototype.reset = function (this: Cpu) {
    made.push(this);
    reset.call(this);
  };
  const machine = await Machine.create({ memoryMiB: Number(values.m), engine, serial: () => {} });
  Cpu.prototype.reset = reset;
  machine.loadKernel(kernel, { commandLine: values.append, modules });
  return { machine, cpu: made[0]! };
}

/** @throws Error at the first difference */
function compare(a: Machine, b: Machine, count: number): void {
  const from = a.instructions;
  const started = performance.now();
  const places = new Set<bigint>();
  const modes = new Set<string>();
  for (let i = 1; i <= count && a.end === null; i++) {
    const { rip, mode, cpl } = a.state;
    places.add(rip);
    modes.add(`${mode} mode, level ${cpl}`);
    a.step();
    b.step();
    const found = differences(a.state, b.state);
    if (a.instructions !== b.instructions) found.push(`instructions: ${a.instructions} / ${b.instructions}`);
    if (a.time !== b.time) found.push(`time: ${a.time} / ${b.time}`);
    if (i % MEMORY_STRIDE === 0 && Buffer.compare(a.memory.bytes, b.memory.bytes) !== 0) found.push('RAM');
    if (found.length > 0)
      throw new Error(`after instruction ${a.instructions} at 0x${rip.toString(16)}: ${found.join(', ')}`);
  }
  const seconds = Math.round((performance.now() - started) / 1000);
  const executed = a.instructions - from;
  console.log(`from ${from}: ${executed} instructions at ${places.size} addresses agree, ${seconds} s`);
  console.log(`  ${[...modes].join('; ')}`);
}

let late: [Guest, Guest] | null = null;
for (const window of positionals) {
  const [count, instant] = window.split('@').map(Number);
  if (!count || instant === undefined) throw new Error(`${window}: expected COUNT@INSTANT`);
  if (instant === 0) {
    compare((await start('interpreter')).machine, (await start('reference')).machine, count);
    continue;
  }
  late ??= [await start('interpreter'), await start('interpreter')];
  const [a, b] = late;
  for (const { machine } of late) machine.run(Math.max(0, instant - machine.time));
  const { isWatching } = b.cpu.debug;
  b.cpu.debug.isWatching = () => true;
  compare(a.machine, b.machine, count);
  b.cpu.debug.isWatching = isWatching;
}
