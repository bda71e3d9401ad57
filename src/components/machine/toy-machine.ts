/** `<toy-machine checkpoint="NN-name">`: a PC in the page. The markup it brings to life is `Machine.astro`'s. */

import { MachineClient, type MachineState, type Report } from '../../emulator/worker/client.ts';
import type { CheckpointInfo } from '../../literate/checkpoint-info.ts';
import { CheckpointError } from './checkpoint.ts';
import { type Command, PanelView } from './panel-view.ts';
import { createWorker, fetchCheckpoint } from './platform.ts';
import { locate } from './source-map.ts';

/** What to do once the kernel is loaded. */
type Intent = 'run' | 'step' | 'rest';

export class ToyMachine extends HTMLElement {
  /** The one machine that may run. */
  static #active: ToyMachine | null = null;

  #view!: PanelView;
  #client: MachineClient | null = null;
  #info: CheckpointInfo | null = null;
  /** The checkpoint in the machine: the panel's own, or an experiment's. */
  #checkpoint = '';
  #intent: Intent = 'rest';
  /** Counts loads, so that an answer to an earlier one is known as late. */
  #attempt = 0;
  #upgraded = false;

  connectedCallback(): void {
    if (this.#upgraded) return;
    this.#upgraded = true;
    this.#checkpoint = this.getAttribute('checkpoint') ?? '';
    this.#view = new PanelView(this);
    this.#view.switchOn();
    this.#view.state('idle');
    for (const button of this.querySelectorAll<HTMLButtonElement>('button[data-command]')) {
      button.addEventListener('click', () => this.#command(button.dataset.command as Command));
    }
    this.#view
      .part('[data-home]')
      .addEventListener('click', () => this.boot(this.getAttribute('checkpoint') ?? '', null));
    this.#view.part('[data-sheet]').addEventListener('click', () => this.#openSheet(!this.hasAttribute('data-open')));
    this.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.hasAttribute('data-open')) {
        this.#openSheet(false);
        this.#view.part('[data-sheet]').focus();
      }
    });
  }

  disconnectedCallback(): void {
    if (ToyMachine.#active === this) ToyMachine.#active = null;
    this.#switchOff();
  }

  /**
   * Boots another kernel in this panel.
   * @param title of the experiment; `null` for the panel's own checkpoint
   */
  boot(checkpoint: string, title: string | null): void {
    this.#client?.dispose();
    this.#client = null;
    this.#checkpoint = checkpoint;
    this.#view.variant(title);
    this.#start('run');
  }

  get #state(): MachineState {
    return this.dataset.state as MachineState;
  }

  #command(command: Command): void {
    if (!this.#view.allows(command)) return;
    switch (command) {
      case 'run':
        this.#start('run');
        break;
      case 'pause':
        this.#client?.pause();
        break;
      case 'step':
        this.#start('step');
        break;
      case 'reset':
        this.#intent = 'rest';
        if (this.#client) this.#client.reset();
        else this.#switchOff();
        break;
    }
  }

  #switchOff(): void {
    this.#attempt++;
    this.#client?.dispose();
    this.#client = null;
    this.#view.clear();
    this.#view.state('idle');
  }

  #start(intent: Intent): void {
    this.#takeTurn();
    this.#openSheet(true);
    this.#intent = intent;
    if (!this.#client) void this.#load();
    else if (this.#state === 'paused') this.#carryOut();
    else this.#client.reset();
  }

  /** One machine at a time: the one that runs is paused. */
  #takeTurn(): void {
    const active = ToyMachine.#active;
    if (active && active !== this) {
      active.#intent = 'rest';
      if (active.#state === 'running') active.#client?.pause();
    }
    ToyMachine.#active = this;
  }

  #carryOut(): void {
    const intent = this.#intent;
    this.#intent = 'rest';
    if (intent === 'run') this.#client?.run();
    else if (intent === 'step') this.#client?.step();
  }

  async #load(): Promise<void> {
    const attempt = ++this.#attempt;
    this.#view.clear();
    this.#view.state('loading');
    try {
      const { kernel, info } = await fetchCheckpoint(this.dataset.checkpoints ?? '', this.#checkpoint);
      if (attempt !== this.#attempt) return;
      this.#info = info;
      const client = new MachineClient(createWorker(), {
        report: (report) => {
          if (client === this.#client) this.#receive(report);
        },
        lost: (message) => {
          if (client === this.#client) this.#fail(message, 'crashed');
        },
      });
      this.#client = client;
      client.load(kernel, info.run.memoryMiB);
    } catch (error) {
      if (attempt !== this.#attempt) return;
      if (!(error instanceof CheckpointError)) console.error(error);
      this.#fail(error instanceof CheckpointError ? error.message : 'This browser cannot start the emulator.', 'idle');
    }
  }

  #receive(report: Report): void {
    switch (report.type) {
      case 'screen':
        this.#view.screen(report);
        break;
      case 'serial':
        this.#view.serial(report.text);
        break;
      case 'status':
        if (report.state === 'paused' && report.instructions === 0 && !report.end) this.#view.clearSerial();
        this.#view.status(
          report,
          report.state === 'running' || !this.#info ? null : locate(this.#info, report.registers.rip),
        );
        if (report.state === 'paused') this.#carryOut();
        break;
      case 'failed':
        this.#fail(report.message, 'crashed');
        break;
    }
  }

  /** The next Run starts from the beginning, with a new worker. */
  #fail(message: string, state: 'idle' | 'crashed'): void {
    this.#client?.dispose();
    this.#client = null;
    this.#intent = 'rest';
    this.#view.state(state);
    this.#view.alert(message);
  }

  #openSheet(open: boolean): void {
    this.toggleAttribute('data-open', open);
    this.#view.part('[data-sheet]').setAttribute('aria-expanded', String(open));
  }
}

customElements.define('toy-machine', ToyMachine);

/** The buttons of `Experiment.astro`: each boots its variant in the page's machine. */
for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-boots]')) {
  button.hidden = false;
  button.addEventListener('click', () => {
    const machine = document.querySelector<ToyMachine>('toy-machine');
    machine?.boot(button.dataset.boots ?? '', button.dataset.title ?? null);
  });
}
