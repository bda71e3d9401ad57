/**
 * The PC's odd ports: system control ports B (0x61) and A (0x92), the reset control register (0xcf9), and the gate that they and
 * the keyboard controller hold on address line 20. Intel 82371AB PIIX4 data sheet, sections 4.2.5 and 4.3; IBM PS/2 Hardware
 * Interface Technical Reference, "System control ports".
 */
import type { Bus, Device, PortHandler } from './device.ts';
import type { Pit8254 } from './pit8254.ts';

const PORT_B = 0x61;
const PORT_A = 0x92;
const RESET_CONTROL = 0xcf9;

const B_GATE = 0x01;
const B_SPEAKER = 0x02;
/** Parity and channel checks switched off. */
const B_CHECKS_OFF = 0x0c;
const B_REFRESH = 0x10;
const B_OUTPUT = 0x20;
/** Memory is refreshed once in so many ticks of the timer. */
const TICKS_PER_REFRESH = 18;

const A_RESET = 0x01;
const A_A20 = 0x02;
const RESET_KIND = 0x02;
const RESET_NOW = 0x04;

/** Who asked for a reset. */
export type ResetSource = 'keyboard controller' | 'port 0x92' | 'port 0xcf9';

/** Address line 20 is masked unless one of its inputs asks for it. */
export class A20Gate {
  readonly #onChange: (enabled: boolean) => void;
  #inputs = { keyboard: true, portA: true };

  constructor(onChange: (enabled: boolean) => void) {
    this.#onChange = onChange;
  }
  get enabled(): boolean {
    return this.#inputs.keyboard || this.#inputs.portA;
  }
  set(input: 'keyboard' | 'portA', enabled: boolean): void {
    this.#inputs[input] = enabled;
    this.#onChange(this.enabled);
  }
}

export class SystemPorts implements Device, PortHandler {
  readonly name = 'system control ports';
  readonly #pit: Pit8254;
  readonly #a20: A20Gate;
  readonly #reset: (source: ResetSource) => void;
  #portB = 0;
  #portA = A_A20;
  #resetControl = 0;

  constructor(pit: Pit8254, a20: A20Gate, reset: (source: ResetSource) => void) {
    this.#pit = pit;
    this.#a20 = a20;
    this.#reset = reset;
  }

  plugIn(bus: Bus): void {
    for (const port of [PORT_B, PORT_A, RESET_CONTROL]) bus.claimPorts(port, 1, this.name, this);
  }
  /** As a BIOS leaves them: speaker off, A20 open. */
  reset(): void {
    this.#portB = 0;
    this.#portA = A_A20;
    this.#resetControl = 0;
    this.#a20.set('portA', true);
  }

  read(port: number): number {
    if (port === PORT_A) return this.#portA;
    if (port === RESET_CONTROL) return this.#resetControl;
    const refresh = Math.floor(this.#pit.ticks / TICKS_PER_REFRESH) & 1;
    return this.#portB | (refresh ? B_REFRESH : 0) | (this.#pit.speaker ? B_OUTPUT : 0);
  }
  write(port: number, value: number): void {
    switch (port) {
      case PORT_B:
        this.#portB = value & (B_GATE | B_SPEAKER | B_CHECKS_OFF);
        this.#pit.speakerGate = (value & B_GATE) !== 0;
        return;
      case PORT_A: {
        const rises = (value & ~this.#portA & A_RESET) !== 0;
        this.#portA = value & (A_RESET | A_A20);
        this.#a20.set('portA', (value & A_A20) !== 0);
        if (rises) this.#reset('port 0x92');
        return;
      }
      default:
        this.#resetControl = value & RESET_KIND;
        if (value & RESET_NOW) this.#reset('port 0xcf9');
    }
  }
}
