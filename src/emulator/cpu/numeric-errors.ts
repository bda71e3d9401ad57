/** What the processor's FERR# and IGNNE# pins are wired to. Intel SDM volume 1, section 8.7.2 and appendix D. */

/** The logic around a processor whose x87 exceptions are told as those of a coprocessor are: with CR0.NE clear. */
export interface NumericErrorLogic {
  /** Level of IGNNE#: while it is asserted, instructions are executed although an exception is pending. */
  readonly ignne: boolean;
  /** FERR# has this level from now on. */
  setFerr(asserted: boolean): void;
}

/** FERR# leads nowhere, and IGNNE# is never asserted. */
export const UNCONNECTED: NumericErrorLogic = { ignne: false, setFerr: () => {} };
