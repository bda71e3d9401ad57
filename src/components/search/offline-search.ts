/** `<offline-search>`: a dialog over the index that `scripts/build-offline.ts` writes. */

import { findPassages, type Match, type Passage } from './find-passages.ts';

declare global {
  var bookPassages: Passage[] | undefined;
}

class OfflineSearch extends HTMLElement {
  connectedCallback(): void {
    const opener = this.querySelector<HTMLButtonElement>('.open')!;
    const input = this.querySelector('input')!;
    opener.hidden = false;
    opener.addEventListener('click', () => void this.#open());
    input.addEventListener('input', () => this.#show(input.value));
    document.addEventListener('keydown', (event) => {
      if (event.key === 'k' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        void this.#open();
      }
    });
  }

  async #open(): Promise<void> {
    this.querySelector('dialog')!.showModal();
    this.querySelector('input')!.focus();
    if (!globalThis.bookPassages) await this.#loadIndex();
    this.#show(this.querySelector('input')!.value);
  }

  #loadIndex(): Promise<void> {
    return new Promise((resolve) => {
      const script = document.createElement('script');
      script.src = this.dataset.passages ?? '';
      script.onload = () => resolve();
      script.onerror = () => {
        this.#say(`The search index (${script.src}) is missing.`);
        resolve();
      };
      document.head.append(script);
    });
  }

  #show(query: string): void {
    const matches = findPassages(globalThis.bookPassages ?? [], query);
    if (globalThis.bookPassages) this.#say(query.trim() ? `${matches.length} found` : '');
    this.querySelector('ul')!.replaceChildren(...matches.map((match) => this.#item(match)));
  }

  #say(words: string): void {
    this.querySelector('.found')!.textContent = words;
  }

  #item({ passage, excerpt }: Match): HTMLLIElement {
    const item = document.createElement('li');
    const link = document.createElement('a');
    const root = (this.dataset.passages ?? '').replace(/search-index\.js$/, '');
    link.href = root + passage.url;
    link.textContent = passage.section ? `${passage.page}: ${passage.section}` : passage.page;
    link.addEventListener('click', () => this.querySelector('dialog')!.close());
    const words = document.createElement('p');
    words.textContent = excerpt;
    item.append(link, words);
    return item;
  }
}

customElements.define('offline-search', OfflineSearch);
