/**
 * What stands at a port of a PC, for messages about ports that nothing claims.
 * IBM PC AT Technical Reference (1984), section 1, "I/O address map"; PCI Local Bus 3.0, section 3.2.2.3.2.
 */
const NAMES: readonly [first: number, last: number, name: string][] = [
  [0x00, 0x0f, 'DMA controller 1'],
  [0x20, 0x21, 'interrupt controller 1 (PIC)'],
  [0x40, 0x43, 'interval timer (PIT)'],
  [0x60, 0x60, 'keyboard controller data'],
  [0x61, 0x61, 'system control port B'],
  [0x64, 0x64, 'keyboard controller command'],
  [0x70, 0x71, 'real-time clock (CMOS)'],
  [0x80, 0x80, 'POST code'],
  [0x81, 0x8f, 'DMA page registers'],
  [0x92, 0x92, 'system control port A (fast A20)'],
  [0xa0, 0xa1, 'interrupt controller 2 (PIC)'],
  [0xb2, 0xb3, 'power management'],
  [0xc0, 0xdf, 'DMA controller 2'],
  [0xe9, 0xe9, 'debug console'],
  [0xf0, 0xff, 'coprocessor'],
  [0x170, 0x177, 'secondary ATA'],
  [0x1ce, 0x1d0, 'Bochs display interface'],
  [0x1f0, 0x1f7, 'primary ATA'],
  [0x201, 0x201, 'game port'],
  [0x278, 0x27f, 'parallel port LPT2'],
  [0x2e8, 0x2ef, 'serial port COM4'],
  [0x2f8, 0x2ff, 'serial port COM2'],
  [0x376, 0x376, 'secondary ATA control'],
  [0x378, 0x37f, 'parallel port LPT1'],
  [0x3b0, 0x3bb, 'monochrome display'],
  [0x3c0, 0x3df, 'VGA'],
  [0x3e8, 0x3ef, 'serial port COM3'],
  [0x3f0, 0x3f5, 'floppy controller'],
  [0x3f6, 0x3f6, 'primary ATA control'],
  [0x3f7, 0x3f7, 'floppy controller'],
  [0x3f8, 0x3ff, 'serial port COM1'],
  [0x501, 0x502, 'debug exit'],
  [0x510, 0x51b, 'QEMU firmware configuration'],
  [0x604, 0x605, 'power management'],
  [0xcf8, 0xcfb, 'PCI configuration address'],
  [0xcfc, 0xcff, 'PCI configuration data'],
];

/** The usual owner of a port in a PC, or `null`. */
export function portName(port: number): string | null {
  return NAMES.find(([first, last]) => port >= first && port <= last)?.[2] ?? null;
}
