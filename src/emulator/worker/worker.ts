/** The machine in its worker: obeys the page's requests, and runs in slices short enough to hear the next one. */

import { KernelError, Machine } from '../machine.ts';
import { Pacer } from './pacer.ts';
import type { MachineState, Report, Request } from './protocol.ts';
import { SerialText } from './serial-text.ts';

/** Length of a slice in milliseconds: what a request may have to wait. */
const slice = 10;
/** Between two pictures of a running machine, in milliseconds. */
const frame = 40;
/** The same for one that is in `hlt` whenever it is looked at. */
const restfulFrame = 100;

const post = (report: Report) => self.postMessage(report);

let machine: Machine | null = null;
let running = false;
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
      machine = await Machine.create({ memoryMiB: request.memoryMiB, serial: (byte) => serial.push(byte) });
      serial.clear();
      machine.loadKernel(new Uint8Array(request.kernel));
      showAll();
      return;
    case 'reset':
      stop();
      serial.clear();
      machine?.reset();
      showAll();
      return;
    case 'run':
      if (!machine || running) return;
      running = true;
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
      machine.step(request.count);
      showAll();
      return;
  }
}

function stop(): void {
  running = false;
  clearTimeout(timer);
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
  const allowance = Math.min(budget, pacer.allowance(start, machine.time));
  const outcome = machine.run(allowance);
  const end = performance.now();
  if (outcome.kind === 'end') {
    stop();
    showAll();
    return;
  }
  if (end - start > slice * 2) budget = Math.max(1000, Math.floor(budget / 2));
  else if (allowance === budget && end - start < slice / 2) budget *= 2;
  if (isFrameDue(machine, end)) showAll();
  schedule(machine, end);
}

/** A machine that sleeps most of the time has little to show, unless it is on its screen. */
function isFrameDue({ instructions, isAsleep }: Machine, now: number): boolean {
  return instructions !== shownInstructions && now - lastFrame >= (isAsleep ? restfulFrame : frame);
}

/** The next slice comes when there is something to do: not before the wall clock has caught up, nor before `hlt` ends. */
function schedule({ isAsleep, nextAlarm, time, instructions }: Machine, now: number): void {
  if (!isAsleep) {
    if (pacer.allowance(now, time) > 0) scheduleNow();
    else scheduleIn(1);
    return;
  }
  // Without an alarm, only a key can wake it.
  let wait = nextAlarm === null ? Number.POSITIVE_INFINITY : pacer.delay(now, nextAlarm);
  if (instructions !== shownInstructions) wait = Math.min(wait, lastFrame + restfulFrame - now);
  if (wait < Number.POSITIVE_INFINITY) scheduleIn(Math.max(1, wait));
}

function showAll(): void {
  lastFrame = performance.now();
  shownInstructions = machine?.instructions ?? -1;
  showScreen();
  showSerial();
  showStatus();
}

function showScreen(): void {
  if (machine?.screenChanged()) post({ type: 'screen', ...machine.textScreen() });
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
    asleep: machine.isAsleep,
    mode: machine.state.mode,
    instructions: machine.instructions,
    registers: machine.snapshot(),
    end: machine.end,
  });
}

function stateOf({ end }: Machine): MachineState {
  if (end) return end.kind === 'triple-fault' || end.kind === 'unsupported' ? 'crashed' : 'halted';
  return running ? 'running' : 'paused';
}
