/** Machine code for the ROM: the few 16-bit instructions that its stubs are made of. Encodings: Intel SDM volume 2. */

export class Assembler {
  readonly #bytes: Uint8Array;
  #at = 0;
  readonly #labels = new Map<string, number>();
  readonly #fixups: { at: number; label: string; size: 1 | 2 }[] = [];

  /** @param bytes what is assembled into; addresses are offsets in it */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Goes on at another address. */
  org(address: number): this {
    this.#at = address;
    return this;
  }
  get here(): number {
    return this.#at;
  }
  label(name: string): this {
    if (this.#labels.has(name)) throw new Error(`label ${name} is defined twice`);
    this.#labels.set(name, this.#at);
    return this;
  }
  /** The address of a label. */
  address(name: string): number {
    const address = this.#labels.get(name);
    if (address === undefined) throw new Error(`label ${name} is not defined`);
    return address;
  }
  bytes(...values: number[]): this {
    this.#bytes.set(values, this.#at);
    this.#at += values.length;
    return this;
  }
  text(value: string): this {
    return this.bytes(...new TextEncoder().encode(value));
  }

  cli = () => this.bytes(0xfa);
  sti = () => this.bytes(0xfb);
  cld = () => this.bytes(0xfc);
  hlt = () => this.bytes(0xf4);
  stc = () => this.bytes(0xf9);
  iret = () => this.bytes(0xcf);
  pushAx = () => this.bytes(0x50);
  popAx = () => this.bytes(0x58);
  pushCx = () => this.bytes(0x51);
  popCx = () => this.bytes(0x59);
  int = (vector: number) => this.bytes(0xcd, vector);
  inAl = (port: number) => this.bytes(0xe4, port);
  outAl = (port: number) => this.bytes(0xe6, port);
  movAl = (value: number) => this.bytes(0xb0, value);
  movAh = (value: number) => this.bytes(0xb4, value);
  movAx = (value: number) => this.bytes(0xb8, value & 0xff, value >> 8);
  movCx = (value: number) => this.bytes(0xb9, value & 0xff, value >> 8);
  movSp = (value: number) => this.bytes(0xbc, value & 0xff, value >> 8);
  movDsAx = () => this.bytes(0x8e, 0xd8);
  movEsAx = () => this.bytes(0x8e, 0xc0);
  movSsAx = () => this.bytes(0x8e, 0xd0);
  jc = (label: string) => this.#short(0x72, label);
  jnc = (label: string) => this.#short(0x73, label);
  jz = (label: string) => this.#short(0x74, label);
  loop = (label: string) => this.#short(0xe2, label);
  jmp = (label: string) => this.#near(0xe9, label);
  jmpFar = (segment: number, offset: number) =>
    this.bytes(0xea, offset & 0xff, offset >> 8, segment & 0xff, segment >> 8);

  #short(opcode: number, label: string): this {
    this.bytes(opcode, 0);
    this.#fixups.push({ at: this.#at - 1, label, size: 1 });
    return this;
  }
  #near(opcode: number, label: string): this {
    this.bytes(opcode, 0, 0);
    this.#fixups.push({ at: this.#at - 2, label, size: 2 });
    return this;
  }

  /** Fills in the distances of jumps. @throws Error for a label that is missing or too far away */
  finish(): void {
    for (const { at, label, size } of this.#fixups) {
      const distance = this.address(label) - (at + size);
      if (size === 1 && (distance < -128 || distance > 127)) throw new Error(`label ${label} is too far away`);
      this.#bytes[at] = distance & 0xff;
      if (size === 2) this.#bytes[at + 1] = (distance >> 8) & 0xff;
    }
  }
}
