/** Scripted input for a guest: each text is typed when the screen shows what it answers to. */
import { shows } from '../../src/emulator/script-player.ts';
import { strokesOf } from '../../src/literate/script.ts';

export interface Keyboard {
  /** @param strokes as of `strokesOf` */
  type(strokes: readonly string[]): Promise<void>;
}

export class Typist {
  readonly #waiting: { after: string; text: string }[];
  readonly #menu: { after: string; text: string } | undefined;
  #menuIsAnswered = false;
  #before = '';

  /** @param menu typed beside the script, as often as the screen asks for it */
  constructor(script: readonly { after: string; text: string }[], menu?: { after: string; text: string }) {
    this.#waiting = [...script];
    this.#menu = menu;
  }

  /** Types the next text if the screen shows what it waits for. */
  async look(screen: string, keyboard: Keyboard): Promise<void> {
    if (this.#menu && shows(screen, this.#menu.after)) {
      // The choice moves through the menu, which changes while it asks.
      if (!this.#menuIsAnswered) await keyboard.type(strokesOf(this.#menu.text));
      this.#menuIsAnswered = true;
      return;
    }
    this.#menuIsAnswered = false;
    const next = this.#waiting[0];
    if (!next || !this.#answered(screen, next.after)) return;
    this.#waiting.shift();
    this.#before = screen;
    await keyboard.type(strokesOf(next.text));
  }

  /** All is typed, and the screen has changed since and shows the text. */
  finished(screen: string, awaited: string): boolean {
    return this.#waiting.length === 0 && this.#answered(screen, awaited);
  }

  #answered(screen: string, awaited: string): boolean {
    return screen !== this.#before && shows(screen, awaited);
  }
}
