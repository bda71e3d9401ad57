/** Someone who types a text on a keyboard, at a steady pace of virtual time, and waits for a machine that does not keep up. */
import { INSTRUCTIONS_PER_SECOND } from './clock.ts';
import type { Alarm, Clock } from './device.ts';
import type { Ps2Keyboard } from './ps2-keyboard.ts';
import { isKey } from './scan-codes.ts';
import { type Stroke, strokeFor } from './us-layout.ts';

/** From one movement of a finger to the next: about 17 strokes a second. */
const PACE = (INSTRUCTIONS_PER_SECOND * 3) / 100;
const KEYBOARD_IRQ = 1;
const SHIFT = 'ShiftLeft';

interface Movement {
  code: string;
  down: boolean;
  /** The first of a character. */
  isFirst: boolean;
}

export class Typist {
  readonly #keyboard: Ps2Keyboard;
  readonly #clock: Clock;
  #movements: Movement[] = [];
  #alarm: Alarm | null = null;

  constructor(keyboard: Ps2Keyboard, clock: Clock) {
    this.#keyboard = keyboard;
    this.#clock = clock;
    keyboard.onDrained = () => this.#next();
  }

  /**
   * Queues a text, or a list of characters and of keys without one, named as in the `code` of the web's keyboard events.
   * @throws RangeError for a character that the US layout has not, or for no key; nothing is typed then
   */
  type(text: string | readonly string[]): void {
    const strokes = [...text].map((item) => ([...item].length === 1 ? strokeFor(item) : namedKey(item)));
    for (const { code, shift } of strokes) {
      if (shift) this.#movements.push({ code: SHIFT, down: true, isFirst: true });
      this.#movements.push({ code, down: true, isFirst: !shift }, { code, down: false, isFirst: false });
      if (shift) this.#movements.push({ code: SHIFT, down: false, isFirst: false });
    }
    this.#next();
  }
  /** Whether there is text that is not typed yet. */
  get isTyping(): boolean {
    return this.#movements.length > 0;
  }
  /** Types the character under way to its end, so that no key stays down, and forgets the rest. */
  finish(): void {
    const rest = this.#movements.findIndex(({ isFirst }) => isFirst);
    if (rest >= 0) this.#movements.length = rest;
  }
  /** Forgets what is left. */
  stop(): void {
    this.#movements = [];
    this.#alarm?.cancel();
    this.#alarm = null;
  }

  /** A character begins when the keyboard has sent everything, and is not held up then: a key that stays down repeats. */
  #next(): void {
    if (this.#alarm || this.#mustWait) return;
    const move = () => {
      this.#alarm = null;
      // Someone else may have used the keyboard meanwhile.
      if (this.#mustWait) return;
      const { code, down } = this.#movements.shift()!;
      if (down) this.#keyboard.keyDown(code);
      else this.#keyboard.keyUp(code);
      this.#next();
    };
    this.#alarm = this.#clock.setAlarm(this.#clock.now + PACE, move, KEYBOARD_IRQ);
  }
  get #mustWait(): boolean {
    const next = this.#movements[0];
    return next === undefined || (next.isFirst && this.#keyboard.hasData);
  }
}

function namedKey(code: string): Stroke {
  if (!isKey(code)) throw new RangeError(`the keyboard has no key ${code}`);
  return { code, shift: false };
}
