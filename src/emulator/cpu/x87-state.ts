/** The x87's registers: Intel SDM volume 1, section 8.1 ("x87 FPU execution environment"). Values are raw; `float/` reads them. */
import * as L from './layout.ts';

/** Bits of the status word. IE to PE are those of `Flag` in `float/environment.ts`. */
export const Fsw = {
  EXCEPTIONS: 0x3f,
  /** Stack fault. */
  SF: 0x40,
  /** An unmasked exception is pending. */
  ES: 0x80,
  C0: 0x100,
  C1: 0x200,
  C2: 0x400,
  C3: 0x4000,
  CONDITIONS: 0x4700,
  TOP: 0x3800,
  /** Busy: as ES, on every processor since the 80287. */
  B: 0x8000,
} as const;

/** What FNINIT leaves: all exceptions masked, 64 bits of precision, rounding to nearest. */
const FCW_INIT = 0x37f;
/** Bit 6 reads as 1, bits 7 and 13-15 as 0. */
const FCW_FIXED = 0x40;
const FCW_WRITABLE = 0x1f3f;
const OPCODE_BITS = 0x7ff;

/** Values of the two bits that the full tag word has for each register. */
const Tag = { VALID: 0, ZERO: 1, SPECIAL: 2, EMPTY: 3 } as const;

export class X87State {
  /** Told of each change of FERR#. */
  onFerr: (asserted: boolean) => void = () => {};
  readonly #view: DataView;

  constructor(view: DataView) {
    this.#view = view;
  }

  /** After power-on: Intel SDM volume 3, table 10-1. Unlike FNINIT it leaves all registers in use, and exceptions unmasked. */
  reset(): void {
    this.#view.setUint16(L.FPU_CONTROL, 0x40, true);
    this.status = 0;
    this.tags = 0xff;
    for (let i = 0; i < 8; i++) this.setRegister(i, 0, 0n);
    this.clearPointers();
  }
  /** FNINIT; the data registers keep their contents. */
  initialise(): void {
    this.control = FCW_INIT;
    this.status = 0;
    this.tags = 0;
    this.clearPointers();
  }
  private clearPointers(): void {
    this.opcode = 0;
    this.setCodePointer(0, 0n);
    this.setDataPointer(0, 0n);
  }

  get control(): number {
    return this.#view.getUint16(L.FPU_CONTROL, true);
  }
  /** Writing it may make an exception pending, or no longer so. */
  set control(value: number) {
    this.#view.setUint32(L.FPU_CONTROL, (value & FCW_WRITABLE) | FCW_FIXED, true);
    this.renewSummary();
  }
  get status(): number {
    return this.#view.getUint16(L.FPU_STATUS, true);
  }
  /** ES and B are what the exception flags and their masks say, whatever is written. */
  set status(value: number) {
    this.#view.setUint32(L.FPU_STATUS, value & 0xffff, true);
    this.renewSummary();
  }
  private renewSummary(): void {
    const { status } = this;
    const pending = status & ~this.control & Fsw.EXCEPTIONS ? Fsw.ES | Fsw.B : 0;
    this.#view.setUint32(L.FPU_STATUS, (status & ~(Fsw.ES | Fsw.B)) | pending, true);
    if (!pending) this.ferr = false;
  }
  /** An unmasked exception waits for the next instruction that looks for one. */
  get isPending(): boolean {
    return (this.status & Fsw.ES) !== 0;
  }
  /**
   * FERR#, the pin that tells others of a pending exception. Whoever waits for one asserts it; it is deasserted when none is
   * pending any more.
   */
  get ferr(): boolean {
    return this.#view.getUint32(L.FERR, true) !== 0;
  }
  set ferr(asserted: boolean) {
    if (asserted === this.ferr) return;
    this.#view.setUint32(L.FERR, asserted ? 1 : 0, true);
    this.onFerr(asserted);
  }
  get top(): number {
    return (this.status & Fsw.TOP) >> 11;
  }
  set top(value: number) {
    this.status = (this.status & ~Fsw.TOP) | ((value & 7) << 11);
  }

  /** A bit for each register by its physical number, 1 where it is in use (FXSAVE's abridged form). */
  get tags(): number {
    return this.#view.getUint8(L.FPU_TAGS);
  }
  set tags(value: number) {
    this.#view.setUint32(L.FPU_TAGS, value & 0xff, true);
  }
  /** Two bits for each register, as FNSTENV shows them. Written, nothing but "empty" counts. */
  get tagWord(): number {
    let word = 0;
    for (let i = 0; i < 8; i++) word |= this.tag(i) << (2 * i);
    return word;
  }
  set tagWord(value: number) {
    let tags = 0;
    for (let i = 0; i < 8; i++) if (((value >> (2 * i)) & 3) !== Tag.EMPTY) tags |= 1 << i;
    this.tags = tags;
  }
  private tag(physical: number): number {
    if (!(this.tags & (1 << physical))) return Tag.EMPTY;
    const exponent = this.signAndExponent(physical) & 0x7fff;
    const significand = this.significand(physical);
    if (exponent === 0 && significand === 0n) return Tag.ZERO;
    return exponent === 0 || exponent === 0x7fff || !(significand >> 63n) ? Tag.SPECIAL : Tag.VALID;
  }

  /** Of a register by its physical number. */
  signAndExponent(physical: number): number {
    return this.#view.getUint16(L.ST + physical * 16 + 8, true);
  }
  significand(physical: number): bigint {
    return this.#view.getBigUint64(L.ST + physical * 16, true);
  }
  setRegister(physical: number, signAndExponent: number, significand: bigint): void {
    this.#view.setBigUint64(L.ST + physical * 16, significand, true);
    this.#view.setBigUint64(L.ST + physical * 16 + 8, BigInt(signAndExponent), true);
  }

  /** The low eleven bits of the first two opcode bytes of the last instruction that was no control instruction. */
  get opcode(): number {
    return this.#view.getUint16(L.FPU_OPCODE, true);
  }
  set opcode(value: number) {
    this.#view.setUint32(L.FPU_OPCODE, value & OPCODE_BITS, true);
  }
  /** Offset of that instruction in its code segment. */
  get codePointer(): bigint {
    return this.#view.getBigUint64(L.FPU_CODE_POINTER, true);
  }
  get codeSelector(): number {
    return this.#view.getUint16(L.FPU_CODE_SELECTOR, true);
  }
  setCodePointer(selector: number, offset: bigint): void {
    this.#view.setUint32(L.FPU_CODE_SELECTOR, selector & 0xffff, true);
    this.#view.setBigUint64(L.FPU_CODE_POINTER, offset, true);
  }
  /** Offset of its memory operand in the operand's segment. */
  get dataPointer(): bigint {
    return this.#view.getBigUint64(L.FPU_DATA_POINTER, true);
  }
  get dataSelector(): number {
    return this.#view.getUint16(L.FPU_DATA_SELECTOR, true);
  }
  setDataPointer(selector: number, offset: bigint): void {
    this.#view.setUint32(L.FPU_DATA_SELECTOR, selector & 0xffff, true);
    this.#view.setBigUint64(L.FPU_DATA_POINTER, offset, true);
  }
}
