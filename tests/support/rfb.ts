/** A remote keyboard by the RFB protocol, version 3.3 (RFC 6143, which also has later ones): all that Bochs' display needs. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { strokeFor } from '../../src/emulator/devices/us-layout.ts';
import type { NamedKey } from '../../src/literate/script.ts';

/** X11's numbers of the keys that are no characters (keysymdef.h). */
const KEYSYMS: Readonly<Record<NamedKey, number>> = {
  Home: 0xff50,
  ArrowLeft: 0xff51,
  ArrowUp: 0xff52,
  ArrowRight: 0xff53,
  ArrowDown: 0xff54,
  PageUp: 0xff55,
  PageDown: 0xff56,
  End: 0xff57,
  Escape: 0xff1b,
  Delete: 0xffff,
};
const CONTROL: Readonly<Record<string, number>> = { '\b': 0xff08, '\t': 0xff09, '\n': 0xff0d };
const SHIFT = 0xffe1;

/** In milliseconds: a key that comes before the guest has taken the ones before may be lost. */
const PACE = 60;
/** How often a display is asked that does not answer. */
const PATIENCE = 100;

export class RemoteKeyboard {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** @throws Error when nobody speaks RFB there, or a password is wanted */
  static async connect(port: number): Promise<RemoteKeyboard> {
    const socket = await reach(port);
    const heard = new Listener(socket);
    const version = (await heard.take(12)).toString('latin1');
    if (!version.startsWith('RFB ')) throw new Error(`port ${port} speaks no RFB: ${version}`);
    socket.write('RFB 003.003\n');
    const security = (await heard.take(4)).readUInt32BE();
    if (security !== 1) throw new Error(`RFB with security type ${security}`);
    // Shared; what follows, the display's format and all pictures, is of no interest.
    socket.write(Buffer.of(1));
    return new RemoteKeyboard(socket);
  }

  /** @param strokes characters of a US keyboard, and names of keys */
  async type(strokes: readonly string[]): Promise<void> {
    for (const stroke of strokes) {
      const keysym = KEYSYMS[stroke as NamedKey] ?? CONTROL[stroke] ?? stroke.charCodeAt(0);
      const shift = stroke.length === 1 && strokeFor(stroke).shift;
      if (shift) this.#key(SHIFT, true);
      this.#key(keysym, true);
      this.#key(keysym, false);
      if (shift) this.#key(SHIFT, false);
      await sleep(PACE);
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #key(keysym: number, down: boolean): void {
    const message = Buffer.alloc(8);
    message[0] = 4;
    message[1] = Number(down);
    message.writeUInt32BE(keysym, 4);
    this.#socket.write(message);
  }
}

/** A display may tell its port a moment before it listens. */
async function reach(port: number): Promise<Socket> {
  for (let tries = 0; ; tries++) {
    const socket = connect(port, '127.0.0.1');
    const failure = await new Promise<Error | null>((resolve) =>
      socket.once('connect', () => resolve(null)).once('error', resolve),
    );
    if (failure === null) return socket;
    if (tries >= PATIENCE) throw failure;
    await sleep(PACE);
  }
}

class Listener {
  #bytes = Buffer.alloc(0);
  #failure: Error | null = null;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes.subarray(0, 64), chunk]);
      this.#wake();
    });
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the display has closed the connection')));
  }

  async take(count: number): Promise<Buffer> {
    while (this.#bytes.length < count) {
      if (this.#failure) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }
}
