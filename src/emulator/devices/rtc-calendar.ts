/** Registers 0-9 of an MC146818: the time of day, the alarm, and the calendar, in BCD or binary, with 12 or 24 hours. */

const SECONDS = 0;
const SECONDS_ALARM = 1;
const MINUTES = 2;
const MINUTES_ALARM = 3;
const HOURS = 4;
const HOURS_ALARM = 5;
const DAY_OF_WEEK = 6;
const DAY = 7;
const MONTH = 8;
const YEAR = 9;
/** Bit 7 of an hour in 12-hour mode. */
const PM = 0x80;
/** An alarm byte with both top bits set matches anything. */
const ANY = 0xc0;
const MILLISECONDS_PER_DAY = 86_400_000;

export interface Format {
  binary: boolean;
  hours24: boolean;
}
const BCD_24: Format = { binary: false, hours24: true };

export class CalendarRegisters {
  readonly #registers: Uint8Array;
  readonly #century: number;

  /** @param century index of the register with the century, which the chip itself does not have */
  constructor(registers: Uint8Array, century: number) {
    this.#registers = registers;
    this.#century = century;
  }

  /** Sets all to a time, in milliseconds since 1970, in BCD with 24 hours. */
  set(time: number): void {
    this.#write(new Date(time), BCD_24);
    this.#registers[DAY_OF_WEEK] = new Date(time).getUTCDay() + 1;
  }

  /** Lets whole seconds pass. */
  advance(seconds: number, format: Format): void {
    const before = this.#read(format);
    const after = before + seconds * 1000;
    const days = Math.floor(after / MILLISECONDS_PER_DAY) - Math.floor(before / MILLISECONDS_PER_DAY);
    this.#write(new Date(after), format);
    // The chip counts days of the week by themselves.
    const weekday = this.#registers[DAY_OF_WEEK]!;
    if (days > 0) this.#registers[DAY_OF_WEEK] = ((Math.max(weekday, 1) - 1 + days) % 7) + 1;
  }

  /** Whether one of the next seconds is what the alarm is set to. */
  meetsAlarm(seconds: number, format: Format): boolean {
    const r = this.#registers;
    const fits = (alarm: number, value: (at: number) => number) => {
      const wanted = r[alarm]!;
      return (wanted & ANY) === ANY ? () => true : (at: number) => this.#encode(value(at), format) === wanted;
    };
    const second = fits(SECONDS_ALARM, (at) => at % 60);
    const minute = fits(MINUTES_ALARM, (at) => Math.floor(at / 60) % 60);
    const wantedHour = r[HOURS_ALARM]!;
    const anyHour = (wantedHour & ANY) === ANY;
    const start = Math.floor(this.#read(format) / 1000);
    for (let i = 1; i <= seconds; i++) {
      const at = (start + i) % 86_400;
      if (second(at) && minute(at) && (anyHour || this.#encodeHour(Math.floor(at / 3600), format) === wantedHour))
        return true;
    }
    return false;
  }

  #read(format: Format): number {
    const r = this.#registers;
    const value = (index: number) => this.#decode(r[index]!, format);
    const year = this.#decode(r[this.#century]!, BCD_24) * 100 + value(YEAR);
    const hours = r[HOURS]!;
    const hour = format.hours24
      ? this.#decode(hours, format)
      : (this.#decode(hours & ~PM, format) % 12) + (hours & PM ? 12 : 0);
    return Date.UTC(year, value(MONTH) - 1, value(DAY), hour, value(MINUTES), value(SECONDS));
  }
  #write(time: Date, format: Format): void {
    const r = this.#registers;
    r[SECONDS] = this.#encode(time.getUTCSeconds(), format);
    r[MINUTES] = this.#encode(time.getUTCMinutes(), format);
    r[HOURS] = this.#encodeHour(time.getUTCHours(), format);
    r[DAY] = this.#encode(time.getUTCDate(), format);
    r[MONTH] = this.#encode(time.getUTCMonth() + 1, format);
    r[YEAR] = this.#encode(time.getUTCFullYear() % 100, format);
    r[this.#century] = this.#encode(Math.floor(time.getUTCFullYear() / 100), BCD_24);
  }
  #encodeHour(hour: number, format: Format): number {
    if (format.hours24) return this.#encode(hour, format);
    return this.#encode(hour % 12 || 12, format) | (hour >= 12 ? PM : 0);
  }
  #encode(value: number, { binary }: Format): number {
    return binary ? value : (Math.floor(value / 10) << 4) | (value % 10);
  }
  #decode(value: number, { binary }: Format): number {
    return binary ? value : (value >> 4) * 10 + (value & 15);
  }
}
