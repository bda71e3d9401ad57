/** The panel's parts in the page, and how each shows what the machine reports. */

import type { MachineEnd, MachineState, Report } from '../../emulator/worker/client.ts';
import type { Disk } from './disk.ts';
import { GraphicsScreen } from './graphics-screen.ts';
import { drawTimeline } from './mode-timeline.ts';
import type { SourcePlace } from './source-map.ts';
import { drawTextScreen, type ScreenReport } from './text-screen.ts';
import {
  address,
  announcement,
  count,
  diskNote,
  endNote,
  keyboardHint,
  stateWord,
  type Verdict,
  verdict,
} from './words.ts';

export type StatusReport = Extract<Report, { type: 'status' }>;
type FrameReport = Extract<Report, { type: 'frame' }>;
export type Command = 'run' | 'pause' | 'step' | 'reset';

/** Which buttons mean something in a state. */
const meaningful: Record<MachineState, readonly Command[]> = {
  idle: ['run', 'step'],
  loading: [],
  running: ['pause', 'reset'],
  paused: ['run', 'step', 'reset'],
  halted: ['run', 'reset'],
  crashed: ['run', 'reset'],
};

const isTouch = matchMedia('(pointer: coarse)');

/** Characters of the serial log that stay in the page. */
const serialLimit = 64 * 1024;

export class PanelView {
  readonly #host: HTMLElement;
  readonly #parts: ParentNode;
  readonly #page: Document | null;
  readonly #glass: HTMLElement;
  readonly #screen: HTMLElement;
  readonly #graphics: GraphicsScreen;
  readonly #cursor: HTMLElement;
  readonly #serial: HTMLElement;
  readonly #alert: HTMLElement;
  readonly #announcer: HTMLElement;
  #executing: Element | null = null;
  #notice = '';
  #endShown: MachineEnd | null = null;
  #isScripted = false;

  /**
   * @param host the element, which bears the state
   * @param parts where its parts are
   * @param page whose listings show the line that comes next; `null` for none
   */
  constructor(host: HTMLElement, parts: ParentNode, page: Document | null) {
    this.#host = host;
    this.#parts = parts;
    this.#page = page;
    this.#glass = this.part('[data-glass]');
    this.#graphics = new GraphicsScreen(this.part('[data-screen="graphics"]'), this.#glass);
    this.#screen = this.part('[data-screen="text"]');
    this.#cursor = this.part('.cursor');
    this.#serial = this.part('[data-serial]');
    this.#alert = this.part('[role="alert"]');
    this.#announcer = this.part('[role="status"]');
  }

  part<E extends HTMLElement>(selector: string): E {
    const element = this.#parts.querySelector<E>(selector);
    if (!element) throw new Error(`toy-machine lacks its ${selector}`);
    return element;
  }

  /** Turns the page's recorded picture into a machine that is switched off; the picture stays for print. */
  switchOn(): void {
    const recorded = this.#screen.cloneNode(true) as HTMLElement;
    recorded.removeAttribute('data-screen');
    recorded.classList.add('recorded');
    recorded.setAttribute('aria-hidden', 'true');
    this.#screen.before(recorded);
    this.#screen.replaceChildren();
    for (const part of this.#parts.querySelectorAll<HTMLElement>('[data-live]')) part.hidden = false;
    this.#glass.tabIndex = 0;
  }

  /** @param sleep what a machine in `hlt` waits for */
  state(state: MachineState, instructions = 0, sleep: StatusReport['sleep'] = null): void {
    if (this.#host.dataset.state !== state || state === 'paused') {
      this.#notice = '';
      this.#announcer.textContent = announcement(state, instructions);
    }
    this.#host.dataset.state = state;
    this.#field('state', stateWord(state, sleep));
    this.#hint();
    for (const button of this.#parts.querySelectorAll<HTMLButtonElement>('button[data-command]')) {
      // Not `disabled`: a button that takes the focus away from under the reader's finger is no help to a keyboard.
      button.setAttribute('aria-disabled', String(!this.allows(button.dataset.command as Command)));
    }
  }

  allows(command: Command): boolean {
    return meaningful[this.#host.dataset.state as MachineState].includes(command);
  }

  clear(): void {
    this.#screen.replaceChildren();
    this.#cursor.hidden = true;
    this.#graphics.draw(null);
    this.#serial.textContent = '';
    for (const name of ['mode', 'rip', 'instructions', 'place', 'next', 'note']) this.#field(name, '');
    drawTimeline(this.part('[data-modes]'), { first: [], skipped: 0, last: [] });
    this.alert(null);
    this.#light(null);
  }

  clearSerial(): void {
    this.#serial.textContent = '';
  }

  screen(report: ScreenReport): void {
    drawTextScreen(this.#screen, report);
    this.#cursor.hidden = report.cursor === null;
    const { cursorLines, colours } = report;
    const place = {
      column: report.cursor?.column ?? 0,
      row: report.cursor?.row ?? 0,
      'first-line': cursorLines.first,
      lines: cursorLines.last - cursorLines.first + 1,
    };
    for (const [name, value] of Object.entries(place)) this.#cursor.style.setProperty(`--${name}`, String(value));
    for (const [index, colour] of colours.entries()) {
      this.#glass.style.setProperty(`--vga-${index}`, `#${colour.toString(16).padStart(6, '0')}`);
    }
  }

  frame(frame: FrameReport['frame']): void {
    this.#graphics.draw(frame);
  }

  serial(text: string): void {
    const log = this.#serial;
    const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
    log.textContent = ((log.textContent ?? '') + text).slice(-serialLimit);
    if (atEnd) log.scrollTop = log.scrollHeight;
  }

  /** @param place of rip in the book, where it is known and the machine stands still */
  status(report: StatusReport, place: SourcePlace | null): void {
    const { registers, end } = report;
    this.#field('mode', report.mode);
    drawTimeline(this.part('[data-modes]'), report.modes);
    this.#field('rip', address(registers.rip));
    this.#field('instructions', count(report.instructions));
    this.#field('next', report.state === 'paused' ? registers.next : '');
    this.#field('note', endNote(end) || this.#notice);
    this.#place(place);
    this.#isScripted = report.isScripted;
    this.state(report.state, report.instructions, report.sleep);
    if (end && end !== this.#endShown) this.alert(verdict(end, registers.rip));
    else if (!end) this.alert(null);
    this.#endShown = end;
  }

  alert(message: Verdict | string | null): void {
    this.#endShown = null;
    if (message === null) {
      this.#alert.replaceChildren();
      return;
    }
    const { title, text, chain } =
      typeof message === 'string' ? { title: 'The machine cannot start', text: message, chain: [] } : message;
    const parts = [element('strong', title), withAddresses('p', text)];
    if (chain.length) {
      const list = document.createElement('ol');
      list.append(...chain.map((sentence) => withAddresses('li', sentence)));
      parts.push(list);
    }
    this.#alert.replaceChildren(...parts);
  }

  /** @param title of the experiment whose kernel is in the machine; `null` for the chapter's own */
  variant(title: string | null): void {
    this.part('[data-variant]').hidden = title === null;
    this.part('[data-variant-title]').textContent = title ?? '';
  }

  /** Frames the screen while it has the reader's keyboard, and says how to get that back. */
  captured(captured: boolean): void {
    this.#host.toggleAttribute('data-captured', captured);
    // Screen readers keep the keys for themselves, but for an application.
    this.#glass.role = captured ? 'application' : 'group';
    this.#hint();
  }

  /** Shows or hides the keyboard on the screen. */
  keys(shown: boolean): void {
    this.part('[data-keys]').hidden = !shown;
    this.part('[data-keys-toggle]').ariaExpanded = String(shown);
    this.#hint();
  }

  #hint(): void {
    const captured = this.#host.hasAttribute('data-captured');
    const isOffered = this.#host.dataset.state === 'running' && this.part('[data-keys]').hidden;
    const hint = isOffered ? keyboardHint(captured, isTouch.matches, this.#isScripted) : '';
    const element = this.part('[data-keyboard-hint]');
    if (element.textContent !== hint) element.textContent = hint;
  }

  /** @param disk as it stands; `null` for a machine without one */
  disk(disk: Disk | null): void {
    this.part('[data-disk]').hidden = disk === null;
    if (disk) this.#field('disk', diskNote(disk.bytes, disk.writtenSectors, disk.isLasting));
  }

  /** Something to know that is no fault of the machine's; it stands until the machine does something else. */
  notice(text: string): void {
    this.#notice = text;
    this.#field('note', text);
    this.#announcer.textContent = text;
  }

  #place(place: SourcePlace | null): void {
    const symbol = place?.symbol ?? '';
    const source = place?.source;
    const lit = source ? this.#lineOf(source.listing, source.listingLine) : null;
    const field = this.part('[data-field="place"]');
    field.replaceChildren(symbol);
    if (source) {
      const words = `${source.path}:${source.line}`;
      if (lit) {
        const link = element('a', words) as HTMLAnchorElement;
        link.href = `#${source.listing}`;
        field.append(symbol ? ' · ' : '', link);
      } else {
        field.append(symbol ? ' · ' : '', words);
      }
    }
    this.#light(lit);
  }

  #lineOf(listing: string, line: number): Element | null {
    return this.#page?.getElementById(listing)?.querySelector(`[data-line="${line}"]`) ?? null;
  }

  #light(line: Element | null): void {
    this.#executing?.classList.remove('executing');
    line?.classList.add('executing');
    this.#executing = line;
  }

  #field(name: string, text: string): void {
    const field = this.part(`[data-field="${name}"]`);
    if (field.textContent !== text) field.textContent = text;
  }
}

function element(tag: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

/** Text whose hexadecimal numbers are set as code: in a text face their digits would run together. */
function withAddresses(tag: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.append(...text.split(/(0x[0-9a-f]+)/).map((part, index) => (index % 2 ? element('code', part) : part)));
  return made;
}
