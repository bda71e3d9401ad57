/** The page's end of the line to the machine in its worker: typed requests out, typed reports in. */

import type { MachineSetup, Report, Request } from './protocol.ts';

export type {
  ExceptionInWords,
  MachineEnd,
  MachineSetup,
  MachineState,
  ModeHistory,
  Registers,
  Report,
  Sectors,
} from './protocol.ts';

/** What the client needs of a `Worker`; a `MessagePort` pair or a test's recording fits as well. */
export interface WorkerPort {
  postMessage(message: Request, transfer: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'error' | 'messageerror', listener: (event: { message?: string }) => void): void;
  terminate(): void;
}

export interface MachineListener {
  report(report: Report): void;
  /** The worker itself could not be started, or died: one sentence. */
  lost(message: string): void;
}

export class MachineClient {
  readonly #port: WorkerPort;

  constructor(port: WorkerPort, listener: MachineListener) {
    this.#port = port;
    port.addEventListener('message', (event) => listener.report(event.data as Report));
    const lost = (event: { message?: string }) => {
      listener.lost(
        event.message
          ? `The emulator’s worker stopped: ${event.message}`
          : 'The emulator’s worker could not be started.',
      );
    };
    port.addEventListener('error', lost);
    port.addEventListener('messageerror', lost);
  }

  /** Builds a machine and switches it on. */
  load(setup: MachineSetup): void {
    this.#send({ type: 'load', setup });
  }

  run(): void {
    this.#send({ type: 'run' });
  }

  /**
   * Runs at least one instruction, and then until the next one is at one of these addresses.
   * @param addresses linear ones, hexadecimal digits
   */
  runTo(addresses: string[]): void {
    this.#send({ type: 'run', to: addresses });
  }

  pause(): void {
    this.#send({ type: 'pause' });
  }

  /** @param count instructions, at least 1 */
  step(count = 1): void {
    this.#send({ type: 'step', count });
  }

  reset(): void {
    this.#send({ type: 'reset' });
  }

  /**
   * A key of the machine's keyboard goes down or up.
   * @param code as in `KeyboardEvent.code`
   */
  key(code: string, down: boolean): void {
    this.#send({ type: 'key', code, down });
  }

  /** Every key that is down goes up. */
  releaseKeys(): void {
    this.#send({ type: 'release-keys' });
  }

  /** Somebody else is going to type: the script ends. */
  takeKeyboard(): void {
    this.#send({ type: 'take-keyboard' });
  }

  /** Types a text on the machine's keyboard, one key after another. */
  type(text: string): void {
    this.#send({ type: 'type', text });
  }

  pullPlug(): void {
    this.#send({ type: 'pull-plug' });
  }

  /** Ends the worker; no report follows. */
  dispose(): void {
    this.#port.terminate();
  }

  #send(request: Request): void {
    this.#port.postMessage(request, []);
  }
}
