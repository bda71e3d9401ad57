/** `<toy-machine checkpoint="NN-name">`: a PC in the page. The markup it brings to life is `Machine.astro`'s. */

import { MachineClient, type MachineState, type Report } from '../../emulator/worker/client.ts';
import type { BootInfo } from '../../literate/checkpoint-info.ts';
import { strokesOf } from '../../literate/script.ts';
import { CheckpointError } from './checkpoint.ts';
import { Disk } from './disk.ts';
import { KeyboardCapture, type KeySink } from './keyboard-capture.ts';
import { type Command, PanelView } from './panel-view.ts';
import { createWorker, fetchCheckpoint } from './platform.ts';
import { addressesOf, locate } from './source-map.ts';
import { leaveTurn, takeTurn } from './turn.ts';
import { powerCutNote } from './words.ts';

/** What to do with a machine that stands still. */
type Task = (client: MachineClient) => void;

export class ToyMachine extends HTMLElement {
  #view!: PanelView;
  #keyboard!: KeyboardCapture;
  #client: MachineClient | null = null;
  #disk: Disk | null = null;
  #info: BootInfo | null = null;
  /** The checkpoint in the machine: the panel's own, or an experiment's. */
  #checkpoint = '';
  /** To be done once the machine stands at its start. */
  #task: Task | null = null;
  /** Counts loads, so that an answer to an earlier one is known as late. */
  #attempt = 0;
  #upgraded = false;

  connectedCallback(): void {
    if (this.#upgraded) return;
    this.#upgraded = true;
    this.#checkpoint = this.getAttribute('checkpoint') ?? '';
    this.#view = new PanelView(this, this.parts, this.page);
    this.#view.switchOn();
    const view = this.#view;
    this.#connectKeyboard();
    this.#connectDisk();
    this.#setState('idle');
    for (const button of this.parts.querySelectorAll<HTMLButtonElement>('button[data-command]')) {
      const { command, count } = button.dataset;
      button.addEventListener('click', () => this.#command(command as Command, Number(count ?? 1)));
    }
    view.part('[data-home]').addEventListener('click', () => this.boot(this.getAttribute('checkpoint') ?? '', null));
    view.part('[data-sheet]').addEventListener('click', () => this.#openSheet(!this.hasAttribute('data-open')));
    this.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.hasAttribute('data-open')) {
        this.#openSheet(false);
        view.part('[data-sheet]').focus();
      }
    });
  }

  disconnectedCallback(): void {
    leaveTurn(this);
    this.#switchOff();
  }

  /** Where the panel's parts are. */
  protected get parts(): ParentNode {
    return this;
  }
  /** The page whose listings the machine lights up; `null` for one that is no page of the book. */
  protected get page(): Document | null {
    return document;
  }

  get isRunning(): boolean {
    return this.#state === 'running';
  }
  pause(): void {
    this.#task = null;
    this.#client?.pause();
  }
  /** Goes on after `pause`. */
  resume(): void {
    if (this.#state === 'paused') this.#client?.run();
  }

  /**
   * Boots another kernel in this panel.
   * @param title of the experiment; `null` for the panel's own checkpoint
   */
  boot(checkpoint: string, title: string | null): void {
    this.#exchange(checkpoint, title);
    this.#start((client) => client.run());
  }

  /**
   * Runs until the code of a line of the book comes next.
   * @param variant the experiment that the line belongs to; `null` for one of the chapter's own
   */
  runTo(listing: string, line: number, variant: { checkpoint: string; title: string } | null): void {
    if (variant && variant.checkpoint !== this.#checkpoint) this.#exchange(variant.checkpoint, variant.title);
    const isRunning = this.isRunning;
    this.#start((client) => {
      const addresses = this.#info ? addressesOf(this.#info, listing, line) : [];
      if (addresses.length) client.runTo(addresses);
      else this.#view.notice('The kernel in the machine has no code for that line.');
    });
    if (isRunning) this.#client?.pause();
  }

  #exchange(checkpoint: string, title: string | null): void {
    this.#client?.dispose();
    this.#client = null;
    this.#checkpoint = checkpoint;
    this.#view.variant(title);
  }

  #connectKeyboard(): void {
    const view = this.#view;
    const machine = this;
    const sink: KeySink = {
      get takesKeys() {
        return machine.isRunning;
      },
      key: (code, down) => this.#client?.key(code, down),
      releaseKeys: () => this.#client?.releaseKeys(),
      type: (text) => this.#client?.type(text),
    };
    const glass = view.part('[data-glass]');
    this.#keyboard = new KeyboardCapture(glass, sink, (captured) => {
      if (captured) this.#client?.takeKeyboard();
      view.captured(captured);
    });
    const keys = view.part('[data-keys]');
    const show = async (shown: boolean) => {
      if (shown && !keys.hasChildNodes()) {
        const { ScreenKeyboard } = await import('./screen-keyboard.ts');
        new ScreenKeyboard(keys, sink);
      }
      view.keys(shown);
    };
    view.part('[data-keys-toggle]').addEventListener('click', () => void show(keys.hidden === true));
    glass.addEventListener('pointerup', (event) => {
      if (event.pointerType === 'touch' && this.isRunning) void show(true);
    });
  }

  #connectDisk(): void {
    this.#view.part('[data-disk-reset]').addEventListener('click', () => {
      // What the machine remembers of the disk would be wrong.
      this.#switchOff();
      const disk = this.#disk;
      void disk?.reset().then(() => this.#view.disk(disk));
    });
    this.#view.part('[data-disk-download]').addEventListener('click', () => {
      if (this.#disk) save(this.#disk.download(), `${this.#checkpoint}.img`);
    });
    this.#view.part('[data-unplug]').addEventListener('click', () => this.#client?.pullPlug());
  }

  get #state(): MachineState {
    return this.dataset.state as MachineState;
  }

  #setState(state: MachineState): void {
    this.#view.state(state);
    if (state !== 'running') this.#keyboard.release();
  }

  #command(command: Command, count: number): void {
    if (!this.#view.allows(command)) return;
    switch (command) {
      case 'run':
        this.#start((client) => client.run());
        break;
      case 'pause':
        this.pause();
        break;
      case 'step':
        this.#start((client) => client.step(count));
        break;
      case 'reset':
        this.#task = null;
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
    this.#setState('idle');
  }

  #start(task: Task): void {
    takeTurn(this);
    this.#openSheet(true);
    this.#task = task;
    if (!this.#client) void this.#load();
    else if (this.#state === 'paused') this.#carryOut();
    else if (this.#state !== 'running') this.#client.reset();
  }

  #carryOut(): void {
    const task = this.#task;
    this.#task = null;
    if (this.#client) task?.(this.#client);
  }

  async #load(): Promise<void> {
    const attempt = ++this.#attempt;
    this.#view.clear();
    this.#setState('loading');
    try {
      const checkpoint = await fetchCheckpoint(this.dataset.checkpoints ?? '', this.#checkpoint);
      const disk = await Disk.of(checkpoint);
      if (attempt !== this.#attempt) return;
      const { kernel, info } = checkpoint;
      this.#info = info;
      this.#disk = disk;
      this.#view.disk(disk);
      const client = new MachineClient(createWorker(), {
        report: (report) => {
          if (client === this.#client) this.#receive(report);
        },
        lost: (message) => {
          if (client === this.#client) this.#fail(message, 'crashed');
        },
      });
      this.#client = client;
      const { memoryMiB, boot } = info.run;
      const keys = info.run.keys.map(({ at, after, text }) => ({ at, after, strokes: strokesOf(text) }));
      client.load({ memoryMiB, boot, kernel, disk: disk?.contents ?? null, keys });
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
          report.state === 'running' || !this.#info ? null : locate(this.#info, report.address),
        );
        if (report.state !== 'running') this.#keyboard.release();
        if (report.state === 'paused') this.#carryOut();
        break;
      case 'frame':
        this.#view.frame(report.frame);
        break;
      case 'disk':
        this.#disk?.update(report.written);
        this.#view.disk(this.#disk);
        break;
      case 'unplugged':
        this.#switchOff();
        this.#view.notice(powerCutNote(report.unflushed, report.survived));
        break;
      case 'untypable':
        this.#view.notice(report.message);
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
    this.#task = null;
    this.#setState(state);
    this.#view.alert(message);
  }

  #openSheet(open: boolean): void {
    this.toggleAttribute('data-open', open);
    this.#view.part('[data-sheet]').setAttribute('aria-expanded', String(open));
  }
}

function save(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
