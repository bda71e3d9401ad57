/**
 * The reader's keyboard on its way into the machine: by a click on the screen or Enter on it, and until Ctrl and Alt are
 * held together, or the focus leaves.
 */

export interface KeySink {
  /** Whether anything would become of a key now. */
  readonly takesKeys: boolean;
  /** @param code as in `KeyboardEvent.code` */
  key(code: string, down: boolean): void;
  releaseKeys(): void;
  type(text: string): void;
}

const controls = new Set(['ControlLeft', 'ControlRight']);
/** The left one alone: where the right one is AltGr, a browser reports Ctrl with it. */
const alt = 'AltLeft';

export class KeyboardCapture {
  readonly #screen: HTMLElement;
  readonly #sink: KeySink;
  readonly #changed: (captured: boolean) => void;
  readonly #held = new Set<string>();
  #captured = false;

  /** @param screen the element that is focused while the machine has the keyboard */
  constructor(screen: HTMLElement, sink: KeySink, changed: (captured: boolean) => void) {
    this.#screen = screen;
    this.#sink = sink;
    this.#changed = changed;
    screen.addEventListener('click', () => {
      // Who has just marked text wants to copy it.
      if (document.getSelection()?.isCollapsed !== false) this.capture();
    });
    screen.addEventListener('keydown', (event) => this.#down(event));
    screen.addEventListener('keyup', (event) => this.#up(event));
    screen.addEventListener('blur', () => this.release());
    screen.addEventListener('paste', (event) => this.#paste(event));
  }

  get captured(): boolean {
    return this.#captured;
  }

  capture(): void {
    if (this.#captured || !this.#sink.takesKeys) return;
    this.#captured = true;
    this.#screen.focus({ preventScroll: true });
    this.#changed(true);
  }

  release(): void {
    if (!this.#captured) return;
    this.#captured = false;
    this.#letGo();
    this.#changed(false);
  }

  #down(event: KeyboardEvent): void {
    if (!this.#captured) {
      if (event.key !== 'Enter' || event.target !== this.#screen) return;
      event.preventDefault();
      this.capture();
      return;
    }
    if (isPaste(event)) {
      // The browser answers with a `paste`; the machine is not to see the keys that asked for it.
      this.#letGo();
      return;
    }
    // The system's own combinations stay the system's; an input method composes what has no key.
    if (event.metaKey || event.isComposing || event.code === '') return;
    event.preventDefault();
    event.stopPropagation();
    // The machine's keyboard repeats by itself.
    if (event.repeat) return;
    this.#held.add(event.code);
    if (this.#held.has(alt) && [...controls].some((code) => this.#held.has(code))) {
      this.release();
      return;
    }
    this.#sink.key(event.code, true);
  }

  #up(event: KeyboardEvent): void {
    if (!this.#captured || !this.#held.delete(event.code)) return;
    event.preventDefault();
    this.#sink.key(event.code, false);
  }

  #paste(event: ClipboardEvent): void {
    const text = event.clipboardData?.getData('text/plain');
    if (!this.#captured || !text) return;
    event.preventDefault();
    this.#sink.type(text.replaceAll('\r\n', '\n'));
  }

  #letGo(): void {
    this.#held.clear();
    this.#sink.releaseKeys();
  }
}

/** As in a terminal, where Ctrl+V belongs to the program: Ctrl+Shift+V, or a Mac's Command+V. */
function isPaste({ code, ctrlKey, shiftKey, metaKey }: KeyboardEvent): boolean {
  return code === 'KeyV' && (metaKey || (ctrlKey && shiftKey));
}
