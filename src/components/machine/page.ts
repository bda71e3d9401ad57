/** A page of the book and its machines: brings them to life, and connects them with the text around. */

import { makeLinesRunnable } from './listing-lines.ts';
import { ToyMachine } from './toy-machine.ts';

customElements.define('toy-machine', ToyMachine);

const machine = () => document.querySelector<ToyMachine>('toy-machine');

/** The buttons of `Experiment.astro`: each boots its variant in the page's machine. */
const experiments = [...document.querySelectorAll<HTMLButtonElement>('button[data-boots]')];
for (const button of experiments) {
  button.hidden = false;
  button.addEventListener('click', () => machine()?.boot(button.dataset.boots ?? '', button.dataset.title ?? null));
}

if (machine()) {
  makeLinesRunnable(({ listing, line, experiment }) => {
    const title = experiments.find((button) => button.dataset.boots === experiment)?.dataset.title ?? experiment ?? '';
    machine()?.runTo(listing, line, experiment === null ? null : { checkpoint: experiment, title });
  });
}
