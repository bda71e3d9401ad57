/** INT 15h/53h: what of Advanced Power Management BIOS Interface 1.2 a real-mode program needs to switch the machine off. */
import type { Call } from './call.ts';
import { Ebda, EXTENDED } from './data-area.ts';
import { fail, hex, type Outcome, type Pc, succeed, Unimplemented } from './services.ts';

const Refusal = {
  DISABLED: 0x01,
  NOT_CONNECTED: 0x03,
  CONNECTED: 0x02,
  NO_DEVICE: 0x09,
  OUT_OF_RANGE: 0x0a,
  NO_PROTECTED: 0x06,
  NO_EVENT: 0x80,
};
const ALL_DEVICES = 0x0001;
const OFF = 0x0003;
/** PM1a control: SLP_EN with the sleep type of S5. */
const [PM1A_CONTROL, SOFT_OFF] = [0x604, 0x2000];

export class AdvancedPowerManagement {
  readonly #pc: Pc;
  readonly #unimplemented: Unimplemented;

  constructor(pc: Pc) {
    this.#pc = pc;
    this.#unimplemented = new Unimplemented(pc.log);
  }

  get #connected(): boolean {
    return this.#pc.data.byte(EXTENDED + Ebda.APM_CONNECTED) !== 0;
  }
  set #connected(value: boolean) {
    this.#pc.data.setByte(EXTENDED + Ebda.APM_CONNECTED, value ? 1 : 0);
  }

  start(call: Call): Outcome {
    switch (call.al) {
      case 0x00: // installation check: version 1.2; 16-bit interface only
        call.ax = 0x0102;
        call.bx = 0x504d;
        call.cx = 0x0000;
        return succeed(call);
      case 0x01: // connect real-mode interface
        if (this.#connected) return fail(call, Refusal.CONNECTED);
        this.#connected = true;
        return succeed(call);
      case 0x02: // connect protected-mode interfaces
      case 0x03:
        return fail(call, Refusal.NO_PROTECTED);
      case 0x04: // disconnect
        if (!this.#connected) return fail(call, Refusal.NOT_CONNECTED);
        this.#connected = false;
        return succeed(call);
      case 0x05: // processor idle: wakes with the next interrupt
        call.carry = false;
        return 'done';
      case 0x06: // processor busy
      case 0x08: // enable power management
      case 0x0f: // engage power management
        return succeed(call);
      case 0x07:
        return this.#setState(call);
      case 0x0a: // power status: on line, no battery
        call.bx = 0x01ff;
        call.cx = 0x80ff;
        call.dx = 0xffff;
        return succeed(call);
      case 0x0b: // no event is pending
        return fail(call, Refusal.NO_EVENT);
      case 0x0e: // driver version
        call.ax = 0x0102;
        return succeed(call);
      default:
        this.#unimplemented.say(`INT 15h AX=53${hex(call.al)}`);
        return fail(call, Refusal.OUT_OF_RANGE);
    }
  }

  #setState(call: Call): Outcome {
    if (!this.#connected) return fail(call, Refusal.NOT_CONNECTED);
    if (call.bx !== ALL_DEVICES) return fail(call, Refusal.NO_DEVICE);
    if (call.cx !== OFF) return fail(call, Refusal.OUT_OF_RANGE);
    this.#pc.ports.write(PM1A_CONTROL, SOFT_OFF, 2);
    return succeed(call);
  }
}
