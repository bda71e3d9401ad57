/** A page of the book and its machines: brings them to life, and connects them with the text around. */

import { ToyMachine } from './toy-machine.ts';

customElements.define('toy-machine', ToyMachine);

/** The buttons of `Experiment.astro`: each boots its variant in the page's machine. */
for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-boots]')) {
  button.hidden = false;
  button.addEventListener('click', () => {
    const machine = document.querySelector<ToyMachine>('toy-machine');
    machine?.boot(button.dataset.boots ?? '', button.dataset.title ?? null);
  });
}
