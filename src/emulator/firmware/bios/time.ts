/** INT 08h and INT 70h (timer and clock interrupts), INT 1Ah. IBM PS/2 and PC BIOS Interface Technical Reference. */
import type { Call } from './call.ts';
import { Bda, type DataArea } from './data-area.ts';
import { fail, hex, type Outcome, type Pc, succeed, Unimplemented } from './services.ts';

/** Ticks of a day: 1193182 / 65536 a second. */
export const TICKS_PER_DAY = 0x1800b0;

const [CMOS_INDEX, CMOS_DATA] = [0x70, 0x71];
const Register = { SECONDS: 0, MINUTES: 2, HOURS: 4, DAY: 7, MONTH: 8, YEAR: 9, A: 10, B: 11, C: 12, CENTURY: 0x32 };
const ALARM = { SECONDS: 1, MINUTES: 3, HOURS: 5 };
const UPDATE_IN_PROGRESS = 0x80;
/** Register B: 24 hours; daylight saving time; no updates while it is set; alarm interrupt. */
const RegisterB = { DAYLIGHT: 0x01, SET: 0x80, ALARM: 0x20 };

export class TimeService {
  readonly #pc: Pc;
  readonly #unimplemented: Unimplemented;

  constructor(pc: Pc) {
    this.#pc = pc;
    this.#unimplemented = new Unimplemented(pc.log);
  }

  /** POST: the tick count is that of the time of day. */
  initialise(): void {
    const [hours, minutes, seconds] = [Register.HOURS, Register.MINUTES, Register.SECONDS].map((register) =>
      fromBcd(this.#read(register)),
    ) as [number, number, number];
    const ticks = Math.floor((((hours * 60 + minutes) * 60 + seconds) * 1_193_182) / 65_536);
    this.#pc.data.setDword(Bda.TICKS, ticks % TICKS_PER_DAY);
    this.#pc.data.setByte(Bda.TICK_ROLLOVER, 0);
  }

  /** INT 08h: a tick of counter 0. */
  readonly tick = (): Outcome => {
    const { data } = this.#pc;
    const ticks = data.dword(Bda.TICKS) + 1;
    if (ticks >= TICKS_PER_DAY) data.setByte(Bda.TICK_ROLLOVER, data.byte(Bda.TICK_ROLLOVER) + 1);
    data.setDword(Bda.TICKS, ticks >= TICKS_PER_DAY ? 0 : ticks);
    return 'done';
  };

  /** INT 70h. @returns whether the alarm has rung, which INT 4Ah is called for */
  alarmRang(): boolean {
    const reasons = this.#read(Register.C) & this.#read(Register.B);
    return (reasons & RegisterB.ALARM) !== 0;
  }

  /** INT 1Ah. */
  readonly start = (call: Call): Outcome => {
    const { data } = this.#pc;
    switch (call.ah) {
      case 0x00:
        return readTicks(call, data);
      case 0x01:
        data.setDword(Bda.TICKS, ((call.cx << 16) | call.dx) >>> 0);
        data.setByte(Bda.TICK_ROLLOVER, 0);
        call.ah = 0;
        return succeed(call);
      case 0x02: // read time
        if (this.#updating) return 'spin';
        call.cx = (this.#read(Register.HOURS) << 8) | this.#read(Register.MINUTES);
        call.dx = (this.#read(Register.SECONDS) << 8) | (this.#read(Register.B) & RegisterB.DAYLIGHT);
        call.ah = 0;
        return succeed(call);
      case 0x03: // set time
        this.#whileSet(() => {
          this.#write(Register.HOURS, call.ch);
          this.#write(Register.MINUTES, call.cl);
          this.#write(Register.SECONDS, call.dh);
          this.#write(Register.B, (this.#read(Register.B) & ~RegisterB.DAYLIGHT) | (call.dl & RegisterB.DAYLIGHT));
        });
        call.ah = 0;
        return succeed(call);
      case 0x04: // read date
        if (this.#updating) return 'spin';
        call.cx = (this.#read(Register.CENTURY) << 8) | this.#read(Register.YEAR);
        call.dx = (this.#read(Register.MONTH) << 8) | this.#read(Register.DAY);
        call.ah = 0;
        return succeed(call);
      case 0x05: // set date
        this.#whileSet(() => {
          this.#write(Register.CENTURY, call.ch);
          this.#write(Register.YEAR, call.cl);
          this.#write(Register.MONTH, call.dh);
          this.#write(Register.DAY, call.dl);
        });
        call.ah = 0;
        return succeed(call);
      case 0x06: // set alarm
        return this.#setAlarm(call);
      case 0x07: // cancel alarm
        this.#write(Register.B, this.#read(Register.B) & ~RegisterB.ALARM);
        return succeed(call);
      case 0xb1: // PCI BIOS: there is no PCI bus, and AH stays other than zero
        return fail(call, 0x81);
      default:
        this.#unimplemented.say(`INT 1Ah AH=${hex(call.ah)}`);
        return fail(call, call.ah);
    }
  };

  #setAlarm(call: Call): Outcome {
    const b = this.#read(Register.B);
    if (b & RegisterB.ALARM) return fail(call, call.ah);
    this.#write(ALARM.HOURS, call.ch);
    this.#write(ALARM.MINUTES, call.cl);
    this.#write(ALARM.SECONDS, call.dh);
    // The clock's interrupt, IRQ 8, has to pass the second controller.
    this.#pc.ports.write(0xa1, this.#pc.ports.read(0xa1, 1) & 0xfe, 1);
    this.#write(Register.B, b | RegisterB.ALARM);
    return succeed(call);
  }

  #whileSet(write: () => void): void {
    this.#write(Register.B, this.#read(Register.B) | RegisterB.SET);
    write();
    this.#write(Register.B, this.#read(Register.B) & ~RegisterB.SET);
  }
  get #updating(): boolean {
    return (this.#read(Register.A) & UPDATE_IN_PROGRESS) !== 0;
  }
  #read(register: number): number {
    this.#pc.ports.write(CMOS_INDEX, register, 1);
    return this.#pc.ports.read(CMOS_DATA, 1);
  }
  #write(register: number, value: number): void {
    this.#pc.ports.write(CMOS_INDEX, register, 1);
    this.#pc.ports.write(CMOS_DATA, value, 1);
  }
}

function readTicks(call: Call, data: DataArea): Outcome {
  const ticks = data.dword(Bda.TICKS);
  call.cx = ticks >>> 16;
  call.dx = ticks & 0xffff;
  call.ax = data.byte(Bda.TICK_ROLLOVER);
  data.setByte(Bda.TICK_ROLLOVER, 0);
  return succeed(call);
}

function fromBcd(value: number): number {
  return (value >> 4) * 10 + (value & 0x0f);
}
