/** Names for addresses: function symbols, from an ELF file or from the `info.json` of a checkpoint. */

export interface FunctionSymbol {
  name: string;
  address: bigint;
  /** In bytes; 0 where the file does not tell. */
  size: number;
}

export class SymbolTable {
  readonly #symbols: FunctionSymbol[];

  constructor(symbols: readonly FunctionSymbol[]) {
    this.#symbols = [...symbols].sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
  }

  /** The function that holds an address, as `name` or `name+0x12`; `undefined` outside every function. */
  name(address: bigint): string | undefined {
    let low = 0;
    let high = this.#symbols.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#symbols[middle]!.address <= address) low = middle + 1;
      else high = middle;
    }
    const symbol = this.#symbols[low - 1];
    if (!symbol) return undefined;
    const offset = address - symbol.address;
    if (offset === 0n) return symbol.name;
    // A symbol without a size (assembly) reaches to the next one.
    if (symbol.size > 0 && offset >= BigInt(symbol.size)) return undefined;
    return `${symbol.name}+0x${offset.toString(16)}`;
  }
}
