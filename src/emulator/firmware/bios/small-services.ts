/** INT 11h, 12h, 14h and 17h. IBM PS/2 and PC BIOS Interface Technical Reference. */
import type { Call } from './call.ts';
import { Bda } from './data-area.ts';
import type { Outcome, Pc } from './services.ts';

/** INT 11h: the equipment word. */
export function equipment(pc: Pc): (call: Call) => Outcome {
  return (call) => {
    call.ax = pc.data.word(Bda.EQUIPMENT);
    return 'done';
  };
}

/** INT 12h: KiB of conventional memory. */
export function memorySize(pc: Pc): (call: Call) => Outcome {
  return (call) => {
    call.ax = pc.data.word(Bda.MEMORY_KILOBYTES);
    return 'done';
  };
}

const TIME_OUT = 0x80;
const [LINE_CONTROL, MODEM_CONTROL, LINE_STATUS, MODEM_STATUS] = [3, 4, 5, 6];
const [DATA_READY, TRANSMITTER_EMPTY] = [0x01, 0x20];
const DIVISORS = [1047, 768, 384, 192, 96, 48, 24, 12];

/** INT 14h: AH=00h sets COM ports up, 01h sends, 02h receives, 03h tells the status. */
export function serialPort({ data, ports }: Pc): (call: Call) => Outcome {
  return (call) => {
    const base = call.dx < 4 ? data.word(Bda.COM_PORTS + 2 * call.dx) : 0;
    const status = () => ports.read(base + LINE_STATUS, 1);
    if (base === 0) call.ah = TIME_OUT;
    else if (call.ah === 0x00) {
      // Bits 7-5 the rate, 4-0 parity, stop bits and word length as the UART has them.
      const divisor = DIVISORS[call.al >> 5]!;
      ports.write(base + LINE_CONTROL, 0x80, 1);
      ports.write(base, divisor & 0xff, 1);
      ports.write(base + 1, divisor >> 8, 1);
      ports.write(base + LINE_CONTROL, call.al & 0x1f, 1);
      call.ax = (status() << 8) | ports.read(base + MODEM_STATUS, 1);
    } else if (call.ah === 0x01) {
      if (!(status() & TRANSMITTER_EMPTY)) return 'spin';
      ports.write(base + MODEM_CONTROL, 0x03, 1);
      ports.write(base, call.al, 1);
      call.ah = status() & 0x7f;
    } else if (call.ah === 0x02) {
      // Programs poll with it: a line on which nothing comes is told at once.
      if (status() & DATA_READY) {
        call.al = ports.read(base, 1);
        call.ah = status() & 0x1e;
      } else call.ah = TIME_OUT;
    } else if (call.ah === 0x03) call.ax = (status() << 8) | ports.read(base + MODEM_STATUS, 1);
    return 'done';
  };
}

/** INT 17h: there is no printer, which the time-out says. */
export function printer(call: Call): Outcome {
  call.ah = 0x01;
  return 'done';
}
