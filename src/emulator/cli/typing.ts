/** Keys that are typed by themselves: those of a checkpoint at their instants, those of `--keys` when the screen asks for them. */
import { shows, strokesOf } from '../../literate/script.ts';
import type { Machine } from '../machine.ts';

export interface Key {
  /** In instruction times; `null` where the screen says when. */
  at: number | null;
  /** A line of the screen has to end with it, on a screen that has changed since the last text was typed; `null` at once. */
  after: string | null;
  text: string;
}

export class Typing {
  #keys: readonly Key[];
  #screen = '';

  /** @param keys those with instants in ascending order */
  constructor(keys: readonly Key[]) {
    this.#keys = keys;
  }

  /** When the next key is due; infinity when there is none, or when the screen says. */
  get next(): number {
    return this.#keys[0]?.at ?? Number.POSITIVE_INFINITY;
  }
  get isOver(): boolean {
    return this.#keys.length === 0;
  }

  /**
   * The text that is to be typed now.
   * @param looks whether this is an instant at which the screen is looked at
   */
  due(machine: Machine, looks: boolean): readonly string[] | null {
    const [key, ...rest] = this.#keys;
    if (!key) return null;
    if (key.at !== null ? key.at > machine.time : !looks || machine.isTyping || !this.#isAwaited(machine, key.after))
      return null;
    this.#keys = rest;
    this.#screen = machine.screenText();
    return strokesOf(key.text);
  }

  #isAwaited(machine: Machine, after: string | null): boolean {
    if (after === null) return true;
    const screen = machine.screenText();
    return screen !== this.#screen && shows(screen, after);
  }
}
