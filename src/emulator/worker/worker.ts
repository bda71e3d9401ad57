/** The machine in its worker: obeys the page's requests, and runs in slices short enough to hear the next one. */

import { KernelError, Machine } from '../machine.ts';
import type { MachineState, Report, Request } from './protocol.ts';

/** Length of a slice in milliseconds: what a request may have to wait. */
const slice = 10;
/** Between two pictures of a running machine, in milliseconds. */
const frame = 40;

const post = (report: Report) => self.postMessage(report);

let machine: Machine | null = null;
let running = false;
let until = Number.POSITIVE_INFINITY;
/** Instructions of a slice: follows the speed of the host. */
let budget = 50_000;
let lastFrame = 0;
let serial: number[] = [];
/** A character may be cut between two reports. */
let decoder = new TextDecoder();

// A message to oneself: unlike a timer of zero length it is never held back, and the page's requests come in between.
const nextSlice = new MessageChannel();
nextSlice.port1.onmessage = () => guarded(runSlice);

self.onmessage = (event: MessageEvent<Request>) => guarded(() => obey(event.data));

/** One request after another: building a machine is asynchronous. */
let queue: Promise<void> = Promise.resolve();

function guarded(action: () => void | Promise<void>): void {
  queue = queue.then(action).catch((error: unknown) => {
    running = false;
    const words = error instanceof Error ? error.message : String(error);
    post({ type: 'failed', message: error instanceof KernelError ? words : `The emulator failed: ${words}` });
  });
}

async function obey(request: Request): Promise<void> {
  switch (request.type) {
    case 'load':
      running = false;
      machine = await Machine.create({ memoryMiB: request.memoryMiB, serial: (byte) => serial.push(byte) });
      clearSerial();
      machine.loadKernel(new Uint8Array(request.kernel));
      showAll();
      return;
    case 'reset':
      running = false;
      clearSerial();
      machine?.reset();
      showAll();
      return;
    case 'run':
      if (!machine || running) return;
      running = true;
      until = request.until ?? Number.POSITIVE_INFINITY;
      showStatus();
      nextSlice.port2.postMessage(null);
      return;
    case 'pause':
      if (!running) return;
      running = false;
      showAll();
      return;
    case 'step':
      if (!machine || running) return;
      machine.step(request.count);
      showAll();
      return;
  }
}

function runSlice(): void {
  if (!machine || !running) return;
  const start = performance.now();
  const stop = machine.run(Math.max(0, Math.min(budget, until - machine.instructions)));
  const took = performance.now() - start;
  if (took < slice / 2) budget *= 2;
  else if (took > slice * 2) budget = Math.max(1000, Math.floor(budget / 2));
  if (stop.kind === 'end' || machine.instructions >= until) {
    running = false;
    showAll();
    return;
  }
  if (start - lastFrame >= frame) {
    lastFrame = start;
    showAll();
  }
  nextSlice.port2.postMessage(null);
}

function showAll(): void {
  showScreen();
  showSerial();
  showStatus();
}

function showScreen(): void {
  if (machine?.screenChanged()) post({ type: 'screen', ...machine.textScreen() });
}

function showSerial(): void {
  if (serial.length === 0) return;
  const text = decoder.decode(new Uint8Array(serial), { stream: true });
  serial = [];
  if (text) post({ type: 'serial', text });
}

function clearSerial(): void {
  serial = [];
  decoder = new TextDecoder();
}

function showStatus(): void {
  if (!machine) return;
  post({
    type: 'status',
    state: stateOf(machine),
    mode: machine.state.mode,
    instructions: machine.instructions,
    registers: machine.snapshot(),
    end: machine.end,
  });
}

function stateOf({ end }: Machine): MachineState {
  if (end) return end.kind === 'halted' || end.kind === 'debug-exit' ? 'halted' : 'crashed';
  return running ? 'running' : 'paused';
}
