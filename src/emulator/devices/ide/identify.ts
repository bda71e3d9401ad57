/** The 256 words that IDENTIFY DEVICE and IDENTIFY PACKET DEVICE return: ATA/ATAPI-6, clauses 8.15.8 and 8.16.8. */

export class IdentifyBlock {
  readonly bytes = new Uint8Array(512);
  readonly #view = new DataView(this.bytes.buffer);

  word(index: number, value: number): this {
    this.#view.setUint16(index * 2, value, true);
    return this;
  }
  /** Words of ascending indexes. */
  words(first: number, ...values: number[]): this {
    values.forEach((value, i) => {
      this.word(first + i, value);
    });
    return this;
  }
  /** 32 bits in two words, the low one first. */
  double(index: number, value: number): this {
    this.#view.setUint32(index * 2, value >>> 0, true);
    return this;
  }
  /** ASCII, filled up with blanks; the first character of each pair stands in the high byte. */
  text(index: number, words: number, value: string): this {
    const padded = value.padEnd(words * 2).slice(0, words * 2);
    for (let i = 0; i < words; i++)
      this.word(index + i, (padded.charCodeAt(2 * i) << 8) | padded.charCodeAt(2 * i + 1));
    return this;
  }
  /** Signature and checksum in the last word: all 512 bytes add up to zero. */
  seal(): Uint8Array {
    this.bytes[510] = 0xa5;
    this.bytes[511] = 0;
    this.bytes[511] = -this.bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
    return this.bytes;
  }
}

/** Words 10-46: serial number, firmware revision, model. */
export function names(block: IdentifyBlock, serial: string, model: string): IdentifyBlock {
  return block.text(10, 10, serial).text(23, 4, '1.0').text(27, 20, model);
}

/** Words 49-88 that both kinds share: LBA, PIO modes to 4, no DMA; ATA/ATAPI-4 to 6. */
export function commonCapabilities(block: IdentifyBlock): IdentifyBlock {
  return block
    .word(49, 0x0a00) // LBA and IORDY
    .word(53, 0x0003) // words 54-58 and 64-70 hold
    .word(64, 0x0003) // PIO modes 3 and 4
    .words(65, 0, 0, 120, 120) // no DMA; 120 ns a PIO cycle
    .word(80, 0x0070);
}
