/** Runs a machine instruction by instruction and logs what `-d` asks for. */
import { digits, hexBytes } from '../debug/inspect.ts';
import type { SymbolTable } from '../debug/symbols.ts';
import { decode } from '../isa/decode.ts';
import type { Machine } from '../machine.ts';
import type { LogItem } from './options.ts';
import { registerDump } from './report.ts';

export class Tracer {
  readonly #machine: Machine;
  readonly #items: ReadonlySet<LogItem>;
  readonly #symbols: SymbolTable;
  readonly #write: (line: string) => void;
  /** Instructions that `in_asm` has shown: address and bytes. */
  readonly #shown = new Set<string>();

  constructor(machine: Machine, items: ReadonlySet<LogItem>, symbols: SymbolTable, write: (line: string) => void) {
    this.#machine = machine;
    this.#items = items;
    this.#symbols = symbols;
    this.#write = write;
    if (items.has('cpu_reset')) write(`CPU reset\n${registerDump(machine)}`);
  }

  /** As `Machine.run`, one instruction at a time. */
  run(budget: number): void {
    const machine = this.#machine;
    const deadline = machine.time + budget;
    while (machine.time < deadline && !machine.end) {
      if (!machine.isAsleep) this.#before();
      machine.step();
    }
    if (machine.end?.kind === 'triple-fault' && this.#items.has('cpu_reset'))
      this.#write(`Triple fault\n${registerDump(machine)}`);
  }

  #before(): void {
    const listing = this.#items.has('in_asm');
    const tracing = this.#items.has('exec');
    if (!listing && !tracing) return;
    const { state, inspector } = this.#machine;
    const rip = digits(state.rip);
    const name = this.#symbols.name(state.rip);
    if (listing) {
      const key = `${rip} ${hexBytes(inspector.code())}`;
      if (!this.#shown.has(key)) {
        this.#shown.add(key);
        const text = inspector.nextInstruction((address) => this.#symbols.name(address));
        this.#write(`0x${rip}: ${this.#bytes().padEnd(32)}${text}${name ? `  ; ${name}` : ''}`);
      }
    }
    if (tracing) this.#write(`exec ${this.#machine.instructions} 0x${rip}${name ? ` ${name}` : ''}`);
  }

  #bytes(): string {
    const { state, inspector } = this.#machine;
    const code = inspector.code();
    try {
      return hexBytes(decode(code, 0, state.rip, state.codeSize).bytes);
    } catch {
      return hexBytes(code);
    }
  }
}
