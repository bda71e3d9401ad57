/**
 * The registers of the Bochs display interface, which QEMU's VGA has too. QEMU, docs/specs/standard-vga and bochs-display:
 * an index and a data port of 16 bits, and a linear framebuffer in memory.
 */

export const INDEX_PORT = 0x1ce;
export const DATA_PORT = 0x1cf;

/** Registers. */
export const [ID, WIDTH, HEIGHT, BITS_PER_PIXEL, ENABLE, BANK, VIRTUAL_WIDTH, VIRTUAL_HEIGHT, X_OFFSET, Y_OFFSET] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
] as const;
/** Reads the size of video memory in units of 64 KiB. */
export const MEMORY_64K = 10;

/** Bits of ENABLE. */
export const ENABLED = 0x01;
/** The registers read as the largest values that they take. */
export const CAPABILITIES = 0x02;
export const LINEAR = 0x40;
/** Enabling leaves video memory as it is. */
export const KEEP_MEMORY = 0x80;

/** Physical address of the framebuffer: where QEMU's `pc` has it. */
export const FRAMEBUFFER = 0xfd000000;
/** Size of video memory in bytes. */
export const VIDEO_MEMORY_SIZE = 0x800000;
