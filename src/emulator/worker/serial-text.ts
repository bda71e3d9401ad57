/** The bytes of a serial line as text, a piece at a time. */

export class SerialText {
  #bytes: number[] = [];
  /** A character may be cut between two pieces. */
  #decoder = new TextDecoder();

  push(byte: number): void {
    this.#bytes.push(byte);
  }

  /** What has come in since it was last asked; empty if nothing has, or only the beginning of a character. */
  take(): string {
    if (this.#bytes.length === 0) return '';
    const text = this.#decoder.decode(new Uint8Array(this.#bytes), { stream: true });
    this.#bytes = [];
    return text;
  }

  clear(): void {
    this.#bytes = [];
    this.#decoder = new TextDecoder();
  }
}
