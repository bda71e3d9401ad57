/** Interrupt requests that no program has taken: masked, as the PC/AT's BIOS does, so that they do not come again. */
import type { Pc } from './services.ts';

const [PIC1, PIC2] = [0x20, 0xa0];
const READ_IN_SERVICE = 0x0b;
const END_OF_INTERRUPT = 0x20;

/** @param second whether the request came through the second controller */
export function unexpectedInterrupt({ ports, log }: Pc, second: boolean): void {
  const controller = second ? PIC2 : PIC1;
  ports.write(controller, READ_IN_SERVICE, 1);
  const inService = ports.read(controller, 1);
  // Nothing in service: the request was gone again, and gets no end of interrupt from this controller.
  if (inService !== 0) {
    const level = 31 - Math.clz32(inService & -inService);
    ports.write(controller + 1, ports.read(controller + 1, 1) | (1 << level), 1);
    ports.write(controller, END_OF_INTERRUPT, 1);
    log(`BIOS: nobody handles IRQ ${second ? level + 8 : level}: masked`);
  }
  if (second) ports.write(PIC1, END_OF_INTERRUPT, 1);
}
