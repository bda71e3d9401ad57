/**
 * Registers, bits and times of the ATA interface. ATA/ATAPI-6 (T13/1410D revision 3b), cited below by its clauses.
 */
import { INSTRUCTIONS_PER_SECOND } from '../clock.ts';

/** Offsets in the command block, clause 7. */
export const DATA = 0;
/** Read: Error; written: Features. */
export const ERROR = 1;
export const FEATURES = 1;
export const SECTOR_COUNT = 2;
export const LBA_LOW = 3;
export const LBA_MID = 4;
export const LBA_HIGH = 5;
export const DEVICE = 6;
/** Read: Status; written: Command. */
export const STATUS = 7;
export const COMMAND = 7;

/** Status register, clause 7.15. */
export const Status = {
  ERR: 0x01,
  /** Name of ERR for a PACKET command. */
  CHK: 0x01,
  DRQ: 0x08,
  /** Device seek complete: of ATA-3, and still what drives show when idle. */
  DSC: 0x10,
  DF: 0x20,
  DRDY: 0x40,
  BSY: 0x80,
} as const;

/** Error register, clause 7.9. */
export const AtaError = { ABRT: 0x04, IDNF: 0x10 } as const;

/** Device register, clause 7.7. */
export const DEV = 0x10;
export const LBA = 0x40;

/** Device control register, clause 7.8. */
export const Control = { NIEN: 0x02, SRST: 0x04, HOB: 0x80 } as const;

const microseconds = (n: number) => (n * INSTRUCTIONS_PER_SECOND) / 1e6;

/** How long things take, in instruction times: a solid-state disk of the time when PIO was in use. */
export const Duration = {
  /** From the command to the first data, or to its end where it has none. */
  COMMAND: microseconds(100),
  /** Each further sector of 512 bytes: some 50 MB/s. */
  SECTOR: microseconds(10),
  FLUSH: microseconds(1000),
  RESET: microseconds(2000),
} as const;
