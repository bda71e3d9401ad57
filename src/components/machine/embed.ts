/**
 * `embed.js`: one script that gives any page `<toy-machine checkpoint="...">`. The panel lives in a shadow root, and the
 * rest comes from where the script came from.
 */

import checkpoints from 'embed:checkpoints';
import font from 'embed:font';
import markup from 'embed:markup';
import styles from 'embed:styles';
import { originTitle } from './origin.ts';
import { ToyMachine } from './toy-machine.ts';

export interface EmbeddedCheckpoint {
  title: string;
  /** Its chapter's number and slug. */
  number: number;
  chapter: string;
}

const script = document.currentScript;
if (!(script instanceof HTMLScriptElement) || !script.src) {
  throw new Error('embed.js is a classic script: load it by <script src="…/embed.js"></script>, not as a module.');
}
/** Where the book stands. */
const home = new URL('.', script.src).href;

/** A font cannot be declared inside of a shadow root. */
function addFont(): void {
  const bytes = Uint8Array.from(atob(font), (byte) => byte.charCodeAt(0));
  document.fonts.add(new FontFace('Toy Machine Text', bytes, { display: 'block' }));
}

const night = matchMedia('(prefers-color-scheme: dark)');

class EmbeddedMachine extends ToyMachine {
  static readonly observedAttributes = ['theme'];
  readonly #shadow = this.attachShadow({ mode: 'open' });
  readonly #chooseTheme = () => {
    const wish = this.getAttribute('theme');
    const dark = wish === 'dark' || (wish !== 'light' && night.matches);
    this.dataset.theme = dark ? 'dark' : 'light';
  };

  protected override get parts(): ParentNode {
    return this.#shadow;
  }
  protected override get page(): null {
    return null;
  }

  override connectedCallback(): void {
    night.addEventListener('change', this.#chooseTheme);
    this.#chooseTheme();
    if (!this.#shadow.hasChildNodes()) this.#furnish();
    super.connectedCallback();
  }
  override disconnectedCallback(): void {
    night.removeEventListener('change', this.#chooseTheme);
    super.disconnectedCallback();
  }
  attributeChangedCallback(): void {
    this.#chooseTheme();
  }

  #furnish(): void {
    const id = this.getAttribute('checkpoint') ?? '';
    this.dataset.checkpoints = `${home}checkpoints/`;
    this.#shadow.innerHTML = `<style>${styles}</style>${markup}`;
    const known = checkpoints[id];
    this.#write('[data-plate-label]', known?.title ?? 'A toy machine');
    this.#write('[data-screen="text"]', '');
    const origin = this.#shadow.querySelector<HTMLAnchorElement>('[data-origin]');
    if (origin && known) {
      origin.href = `${home}chapters/${known.chapter}/`;
      origin.textContent = originTitle(known.number);
    }
  }

  #write(selector: string, text: string): void {
    const element = this.#shadow.querySelector(selector);
    if (element) element.textContent = text;
  }
}

// A page may hold the script twice.
if (!customElements.get('toy-machine')) {
  addFont();
  customElements.define('toy-machine', EmbeddedMachine);
}
