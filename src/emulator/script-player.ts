/** Keys that are pressed by themselves: at their instants, or when the screen asks for them. */
import type { Machine } from './machine.ts';

export interface ScriptedKeys {
  /** Not before this instant, in instruction times; `null` if the screen alone says when. */
  at: number | null;
  /** A line of the screen has to end with it, on a screen that has changed since the last keys; `null` for any screen. */
  after: string | null;
  /** Characters, and names of keys that have none, as `Machine.typeText` takes them. */
  strokes: readonly string[];
}

/**
 * Whether a text screen shows an awaited text: one of its lines ends with it, trailing blanks aside. So a prompt counts
 * while it waits, and no longer once something stands behind it. A vertical rule ends a line too: beside it stands
 * another part of the screen.
 *
 * @param screen lines of the screen, separated by newlines
 */
export function shows(screen: string, awaited: string): boolean {
  const text = awaited.trimEnd();
  return screen.split(/\n|│/).some((line) => line.trimEnd().endsWith(text));
}

export class ScriptPlayer {
  #keys: readonly ScriptedKeys[];
  #screen = '';

  /** @param keys those with instants in ascending order */
  constructor(keys: readonly ScriptedKeys[]) {
    this.#keys = keys;
  }

  /** How long nothing is due, in instruction times; infinity when nothing will be, or when the screen says. */
  wait({ time }: Machine): number {
    const at = this.#keys[0]?.at ?? time;
    return at > time ? at - time : Number.POSITIVE_INFINITY;
  }

  get isOver(): boolean {
    return this.#keys.length === 0;
  }

  /**
   * The keys to be pressed now.
   * @param looks whether this is an instant at which the screen is looked at
   */
  due(machine: Machine, looks: boolean): readonly string[] | null {
    const [next, ...rest] = this.#keys;
    if (!next || (next.at === null ? !looks : next.at > machine.time)) return null;
    // What the screen shows is no answer yet while the last text is still being typed.
    if (machine.isTyping && next.at !== machine.time) return null;
    if (next.after !== null && !this.#isShown(machine, next.after)) return null;
    this.#keys = rest;
    this.#screen = machine.screenText();
    return next.strokes;
  }

  #isShown(machine: Machine, text: string): boolean {
    const screen = machine.screenText();
    return screen !== this.#screen && shows(screen, text);
  }
}
