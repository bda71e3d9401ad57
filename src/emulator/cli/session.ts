/** One run of `bin/toyvm`: machines from options, the loop that runs them, and what is left at the end. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { SymbolTable } from '../debug/symbols.ts';
import { type EngineName, Machine, type MachineEnd } from '../machine.ts';
import { ScriptPlayer } from '../script-player.ts';
import { writeOutput } from './files.ts';
import { type Divergence, Lockstep } from './lockstep.ts';
import type { SerialTarget } from './option-values.ts';
import type { Options } from './options.ts';
import { makePlan, type Plan } from './plan.ts';
import { screenshot } from './png.ts';
import { endInWords, exceptionInWords, place, stateAsJson } from './report.ts';
import { SerialLine } from './serial-line.ts';
import { Tracer } from './trace.ts';

/** Exit codes; those of isa-debug-exit are odd, so that these are told from them, but for 1. */
export const EXIT = {
  DONE: 0,
  BAD_INPUT: 1,
  TRIPLE_FAULT: 2,
  NOT_IMPLEMENTED: 4,
  ENGINES_DIFFER: 6,
  TEXT_NOT_SEEN: 8,
  TIMED_OUT: 124,
} as const;

/** `--until` looks at the screen after every so many instruction times: the same ones on every engine. */
const LOOK_EVERY = 1_000_000;
/** How long the terminal is waited for at a time, in milliseconds. */
const WAIT = 100;
/** How much each engine runs between two looks at the real clock and the standard input. */
const SLICE: Readonly<Record<EngineName, number>> = { reference: 20_000, interpreter: LOOK_EVERY };

/** @returns the exit code. @throws UsageError or KernelError */
export async function runSession(options: Options): Promise<number> {
  const plan = makePlan(options);
  const line = new SerialLine(serialTarget(options), {
    keepsLog: options.until !== null,
    // A run that is compared has to be the same each time.
    listens: options.engines.length === 1,
  });
  const log = options.logFile === null ? null : openLog(options.logFile);
  const write = (text: string) => {
    if (log === null) process.stderr.write(`${text}\n`);
    else writeSync(log, `${text}\n`);
  };
  try {
    const machines = await Promise.all(
      options.engines.map((engine, i) => createMachine(options, plan, engine, i, line, write)),
    );
    const machine = machines[0]!;
    for (const each of machines) start(each, plan, options);
    const result = await runLoop(options, plan, machines, line, write);
    line.close();
    return finish(options, plan, machine, result);
  } finally {
    plan.save();
    line.close();
    if (log !== null) closeSync(log);
  }
}

/** A kernel that is refused leaves an empty screen, which is what its checkpoint has recorded. */
function start(machine: Machine, plan: Plan, options: Options): void {
  if (plan.kernel === null) {
    machine.powerOn();
    return;
  }
  try {
    const { protocol, commandLine } = options;
    machine.loadKernel(plan.kernel, { protocol, commandLine, modules: plan.modules });
  } catch (error) {
    if (options.screen) process.stdout.write(machine.screenText());
    throw error;
  }
}

/** Where there is no window, the terminal takes the serial port; unless the screen is to be printed there. */
function serialTarget(options: Options): SerialTarget {
  return options.serial ?? { kind: options.screen ? 'null' : 'stdio' };
}

function createMachine(
  options: Options,
  plan: Plan,
  engine: EngineName,
  index: number,
  line: SerialLine,
  write: (text: string) => void,
): Promise<Machine> {
  const isFirst = index === 0;
  return Machine.create({
    memoryMiB: plan.memoryMiB,
    engine,
    ...plan.drives(isFirst),
    bootOrder: options.bootOrder,
    reboots: !options.noReboot,
    display: options.displayMode,
    serial: line.isAbsent ? null : isFirst ? (byte) => line.send(byte) : () => {},
    // A checkpoint runs as in the book's page, which has the device.
    debugExit: options.debugExit ?? (options.checkpoint === null ? null : undefined),
    log: isFirst ? (text) => process.stderr.write(`toyvm: ${text}\n`) : undefined,
    onException: options.log.has('int')
      ? (exception) => write(`int ${place(exception.rip, plan.symbols)}: ${exceptionInWords(exception)}`)
      : undefined,
  });
}

type Result =
  | { kind: 'end'; end: MachineEnd }
  | { kind: 'seen' | 'deadline' | 'timed-out' }
  /** Only a key could wake it, and there is nobody to press one. */
  | { kind: 'waiting' }
  | { kind: 'differ'; divergence: Divergence };

async function runLoop(
  options: Options,
  plan: Plan,
  machines: readonly Machine[],
  line: SerialLine,
  write: (text: string) => void,
): Promise<Result> {
  const machine = machines[0]!;
  const started = performance.now();
  const slice = Math.min(...machines.map(({ engine }) => SLICE[engine]));
  const lockstep = machines.length > 1 ? new Lockstep(machines) : null;
  const steps = [...options.log].some((item) => item !== 'int');
  const tracer = steps ? new Tracer(machine, options.log, plan.symbols, write) : null;
  const script = new ScriptPlayer(plan.keys);
  for (;;) {
    const looks = machine.time % LOOK_EVERY === 0;
    for (let keys = script.due(machine, looks); keys; keys = script.due(machine, looks)) {
      if (lockstep) lockstep.typeText(keys);
      else machine.typeText(keys);
    }
    const nextLook = (Math.floor(machine.time / LOOK_EVERY) + 1) * LOOK_EVERY;
    const stopAt = Math.min(machine.time + slice, nextLook, plan.deadline, machine.time + script.wait(machine));
    const budget = Math.max(0, Math.ceil(stopAt - machine.time));
    const divergence = lockstep?.run(budget);
    if (divergence) {
      // Finding it ran everything again.
      line.discard();
      return { kind: 'differ', divergence };
    }
    if (tracer) tracer.run(budget);
    else if (!lockstep) machine.run(budget);
    line.flush();

    const isLook = machine.time >= nextLook || machine.end !== null || machine.time >= plan.deadline;
    if (options.until !== null && isLook && shows(machine, line, options.until)) return { kind: 'seen' };
    if (machine.end) return { kind: 'end', end: machine.end };
    if (machine.time >= plan.deadline) return { kind: 'deadline' };
    const endless = plan.deadline === Number.POSITIVE_INFINITY;
    const waits = endless && machine.isWaitingForInput && script.isOver && !machine.isTyping;
    if (waits && !line.takesInput) return { kind: 'waiting' };
    if (options.timeout !== null && performance.now() - started >= options.timeout * 1000) return { kind: 'timed-out' };
    // The event loop gets its turn, for typed input and for an output that nobody reads any more; there is no hurry where
    // nothing but a key can wake the guest.
    await (waits ? line.moreInput(WAIT) : new Promise((resolve) => setImmediate(resolve)));
    const input = line.takeInput();
    if (input.length > 0) machine.serialInput(input);
  }
}

function shows(machine: Machine, line: SerialLine, text: string): boolean {
  return line.hasShown(text) || (machine.screenChanged() && machine.screenText().includes(text));
}

function finish(options: Options, plan: Plan, machine: Machine, result: Result): number {
  if (options.stateFile !== null) writeOutput(options.stateFile, stateAsJson(machine));
  if (options.screen) process.stdout.write(machine.screenText());
  if (options.screenshot !== null) writeOutput(options.screenshot, screenshot(machine));
  switch (result.kind) {
    case 'seen':
      return EXIT.DONE;
    case 'timed-out':
      say(`timed out after ${options.timeout} s, ${machine.instructions} instructions`);
      return EXIT.TIMED_OUT;
    case 'deadline':
    case 'waiting':
      return notSeen(options, EXIT.DONE);
    case 'differ':
      sayDivergence(result.divergence, plan.symbols);
      return EXIT.ENGINES_DIFFER;
    case 'end':
      return finishEnd(options, plan, machine, result.end);
  }
}

function finishEnd(options: Options, plan: Plan, machine: Machine, end: MachineEnd): number {
  const words = endInWords(end, machine, plan.symbols);
  if (words) say(words);
  switch (end.kind) {
    case 'halted':
    case 'power-off':
    case 'reset':
      return notSeen(options, EXIT.DONE);
    case 'debug-exit':
      return end.code & 0xff;
    case 'unsupported':
      return EXIT.NOT_IMPLEMENTED;
    case 'triple-fault':
      return options.noReboot ? notSeen(options, EXIT.DONE) : EXIT.TRIPLE_FAULT;
  }
}

function notSeen(options: Options, otherwise: number): number {
  if (options.until === null) return otherwise;
  say(`the run ended before the screen or the serial port showed '${options.until}'`);
  return EXIT.TEXT_NOT_SEEN;
}

function sayDivergence(divergence: Divergence, symbols: SymbolTable): void {
  const { instructions, rip, instruction, differences } = divergence;
  say(
    [
      `the engines differ after instruction ${instructions + 1}, ${instruction}, at ${place(rip, symbols)}`,
      ...differences.map((difference) => `  ${difference}`),
    ].join('\n'),
  );
}

function say(text: string): void {
  process.stderr.write(`toyvm: ${text}\n`);
}

function openLog(path: string): number {
  writeOutput(path, '');
  return openSync(path, 'a');
}
