/** The machine in its worker: obeys the page's requests, and runs in slices short enough to hear the next one. */

import { KernelError, type Machine, type MemoryDisk } from '../machine.ts';
import type { ScriptedKeys } from '../script-player.ts';
import { ScriptPlayer } from '../script-player.ts';
import { assemble, cutPower, writtenSectors } from './assemble.ts';
import { modeHistory } from './mode-history.ts';
import { Pacer } from './pacer.ts';
import type { MachineState, Report, Request } from './protocol.ts';
import { SerialText } from './serial-text.ts';

/** Length of a slice in milliseconds: what a request may have to wait. */
const slice = 10;
/** Between two pictures of a running machine, in milliseconds. */
const frame = 40;
/** The same for one that is in `hlt` whenever it is looked at. */
const restfulFrame = 100;
/** Between two reports of what stands on the disk. */
const diskPause = 300;

const post = (report: Report, transfer: Transferable[] = []) => self.postMessage(report, { transfer });

let machine: Machine | null = null;
let disk: MemoryDisk | null = null;
/** Written to since the page was told. */
let diskChanged = false;
let diskTimer: ReturnType<typeof setTimeout> | undefined;
const keysDown = new Set<string>();
let running = false;
/** What is pressed by itself after power-on, until the reader takes the keyboard. */
let keys: readonly ScriptedKeys[] = [];
let script = new ScriptPlayer([]);
/** The text that is being typed may be the script's. */
let scriptTypes = false;
/** Linear addresses before which it stops; empty for none. */
let targets: ReadonlySet<bigint> = new Set();
/** Instruction times of a slice: follows the speed of the host. */
let budget = 50_000;
let lastFrame = 0;
let shownInstructions = -1;
const serial = new SerialText();
const pacer = new Pacer();

// A message to oneself: unlike a timer of zero length it is never held back, and the page's requests come in between.
const nextSlice = new MessageChannel();
let slicePosted = false;
nextSlice.port1.onmessage = () => {
  slicePosted = false;
  guarded(runSlice);
};
/** Until the machine has something to do again. */
let timer: ReturnType<typeof setTimeout> | undefined;

self.onmessage = (event: MessageEvent<Request>) => guarded(() => obey(event.data));

/** One request after another: building a machine is asynchronous. */
let queue: Promise<void> = Promise.resolve();

function guarded(action: () => void | Promise<void>): void {
  queue = queue.then(action).catch((error: unknown) => {
    stop();
    const words = error instanceof Error ? error.message : String(error);
    post({ type: 'failed', message: error instanceof KernelError ? words : `The emulator failed: ${words}` });
  });
}

async function obey(request: Request): Promise<void> {
  switch (request.type) {
    case 'load':
      stop();
      serial.clear();
      ({ machine, disk } = await assemble(request.setup, (byte) => serial.push(byte)));
      if (disk) disk.onChange = noteDiskChange;
      keys = request.setup.keys;
      script = new ScriptPlayer(keys);
      showAll();
      return;
    case 'reset':
      stop();
      serial.clear();
      keysDown.clear();
      machine?.reset();
      script = new ScriptPlayer(keys);
      showAll();
      return;
    case 'run':
      if (!machine || running) return;
      running = true;
      targets = new Set((request.to ?? []).map((address) => BigInt(`0x${address}`)));
      pacer.start(performance.now(), machine.time);
      showStatus();
      scheduleNow();
      return;
    case 'pause':
      if (!running) return;
      stop();
      showAll();
      return;
    case 'step':
      if (!machine || running) return;
      playScript(machine);
      machine.step(request.count);
      showAll();
      return;
    case 'key':
      endScript();
      if (running) key(request.code, request.down);
      return;
    case 'take-keyboard':
      endScript();
      return;
    case 'release-keys':
      for (const code of [...keysDown]) key(code, false);
      return;
    case 'type':
      endScript();
      if (running) type(request.text);
      return;
    case 'pull-plug':
      if (!machine) return;
      stop();
      pullPlug(machine);
      return;
  }
}

function pullPlug(of: Machine): void {
  const cut = cutPower(of, disk);
  showDisk();
  post({ type: 'unplugged', ...cut });
}

function stop(): void {
  running = false;
  clearTimeout(timer);
}

function key(code: string, down: boolean): void {
  try {
    if (down) machine?.keyDown(code);
    else machine?.keyUp(code);
  } catch (error) {
    // The reader's keyboard may have keys that a PC's of 1987 has not.
    if (error instanceof RangeError) return;
    throw error;
  }
  if (down) keysDown.add(code);
  else keysDown.delete(code);
  wake();
}

function type(text: string): void {
  try {
    machine?.typeText(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    post({ type: 'untypable', message: error.message });
  }
  wake();
}

function playScript(of: Machine): void {
  const strokes = script.due(of, true);
  if (!strokes) return;
  scriptTypes = true;
  of.typeText(strokes);
}

/** Who takes the keyboard has it alone. */
function endScript(): void {
  if (script.isOver && !scriptTypes) return;
  script = new ScriptPlayer([]);
  scriptTypes = false;
  machine?.stopTyping();
  showStatus();
}

/** Something has come in: a machine in `hlt` goes on, and what it answers is shown at once. */
function wake(): void {
  lastFrame = 0;
  if (running) scheduleNow();
}

function noteDiskChange(): void {
  diskChanged = true;
  diskTimer ??= setTimeout(() => guarded(showDisk), diskPause);
}

function scheduleNow(): void {
  clearTimeout(timer);
  if (slicePosted) return;
  slicePosted = true;
  nextSlice.port2.postMessage(null);
}

function scheduleIn(milliseconds: number): void {
  clearTimeout(timer);
  timer = setTimeout(() => guarded(runSlice), milliseconds);
}

function runSlice(): void {
  if (!machine || !running) return;
  const start = performance.now();
  playScript(machine);
  const allowance = Math.min(budget, pacer.allowance(start, machine.time));
  // The script's instants are met exactly: the run is the recorded one then.
  const isThere = allowance > 0 && runUpTo(machine, Math.min(allowance, script.wait(machine)));
  const end = performance.now();
  if (isThere) {
    stop();
    showAll();
    return;
  }
  if (end - start > slice * 2) budget = Math.max(1000, Math.floor(budget / 2));
  else if (allowance === budget && end - start < slice / 2) budget *= 2;
  if (isFrameDue(machine, end)) showAll();
  schedule(machine, end);
}

/** @returns whether the run is over */
function runUpTo(of: Machine, allowance: number): boolean {
  if (targets.size === 0) return of.run(allowance).kind === 'end';
  const { kind } = of.runTo(targets, allowance);
  // A slice may end where the run does: the next one would begin with that very instruction.
  return kind === 'end' || kind === 'breakpoint' || (!of.isAsleep && targets.has(nextAddress(of)));
}

function nextAddress({ state }: Machine): bigint {
  return state.codeAddress(state.rip);
}

/** A machine that sleeps most of the time has little to show, unless it is on its screen. */
function isFrameDue({ instructions, isAsleep }: Machine, now: number): boolean {
  return instructions !== shownInstructions && now - lastFrame >= (isAsleep ? restfulFrame : frame);
}

/** The next slice comes when there is something to do: not before the wall clock has caught up, nor before `hlt` ends. */
function schedule({ isAsleep, isWaitingForInput, nextAlarm, time, instructions }: Machine, now: number): void {
  if (!isAsleep) {
    if (pacer.allowance(now, time) > 0) scheduleNow();
    else scheduleIn(1);
    return;
  }
  let wait = isWaitingForInput || nextAlarm === null ? Number.POSITIVE_INFINITY : pacer.delay(now, nextAlarm);
  if (instructions !== shownInstructions) wait = Math.min(wait, lastFrame + restfulFrame - now);
  if (wait < Number.POSITIVE_INFINITY) scheduleIn(Math.max(1, wait));
}

/** With a machine that stands still, the disk is shown too. */
function showAll(): void {
  lastFrame = performance.now();
  shownInstructions = machine?.instructions ?? -1;
  showScreen();
  showFrame();
  showSerial();
  if (!running) showDisk();
  showStatus();
}

function showScreen(): void {
  if (machine?.screenChanged()) post({ type: 'screen', ...machine.textScreen() });
}

function showFrame(): void {
  if (!machine?.frameChanged()) return;
  const frame = machine.frame();
  post({ type: 'frame', frame }, frame ? [frame.rgba.buffer] : []);
}

function showDisk(): void {
  clearTimeout(diskTimer);
  diskTimer = undefined;
  if (!disk || !diskChanged) return;
  diskChanged = false;
  post({ type: 'disk', written: writtenSectors(disk) });
}

function showSerial(): void {
  const text = serial.take();
  if (text) post({ type: 'serial', text });
}

function showStatus(): void {
  if (!machine) return;
  post({
    type: 'status',
    state: stateOf(machine),
    sleep: machine.isWaitingForInput ? 'key' : machine.isAsleep ? 'interrupt' : null,
    mode: machine.state.mode,
    modes: modeHistory(machine.modeChanges),
    address: nextAddress(machine).toString(16).padStart(16, '0'),
    instructions: machine.instructions,
    registers: machine.snapshot(),
    isScripted: !script.isOver || (scriptTypes && machine.isTyping),
    end: machine.end,
  });
}

function stateOf({ end }: Machine): MachineState {
  if (end) return end.kind === 'triple-fault' || end.kind === 'unsupported' ? 'crashed' : 'halted';
  return running ? 'running' : 'paused';
}
