/** Says in words how a machine ended, and writes registers as text and JSON. */
import { architecturalState } from '../debug/compare.ts';
import type { ExceptionInWords } from '../debug/inspect.ts';
import type { SymbolTable } from '../debug/symbols.ts';
import type { Machine, MachineEnd } from '../machine.ts';

/** The end in one or more lines; `null` where there is nothing to say. */
export function endInWords(end: MachineEnd, machine: Machine, symbols: SymbolTable): string | null {
  switch (end.kind) {
    case 'halted':
    case 'debug-exit':
    case 'power-off':
      return null;
    case 'reset':
      return `the guest reset the machine (${end.by})`;
    case 'triple-fault': {
      const where = place(end.chain[0]?.rip ?? '', symbols);
      const chain = end.chain.map((exception, i) => `  ${i + 1}. ${exceptionInWords(exception)}`);
      return [
        `triple fault at ${where} after ${machine.instructions} instructions: the processor shut down`,
        ...chain,
      ].join('\n');
    }
    case 'unsupported':
      return `not implemented: ${end.what}, at ${place(end.rip, symbols)}, bytes ${end.bytes}`;
  }
}

export function exceptionInWords({ name, errorCode, reason }: ExceptionInWords): string {
  const code = errorCode === null ? '' : `, error code 0x${errorCode.toString(16)}`;
  return `${name}${code}: ${reason}`;
}

/** An address with the function that it lies in. */
export function place(rip: string, symbols: SymbolTable): string {
  const name = rip === '' ? undefined : symbols.name(BigInt(`0x${rip}`));
  return `rip 0x${rip}${name ? ` (${name})` : ''}`;
}

/** One register to a line, as `name  value`. */
export function registerDump(machine: Machine): string {
  const registers = [...architecturalState(machine.state)];
  return registers.map(([name, value]) => `${name.padEnd(16)}${value}`).join('\n');
}

/** What `--state` writes. */
export function stateAsJson(machine: Machine): string {
  const { lines, cursor } = machine.textScreen();
  const state = {
    engine: machine.engine,
    protocol: machine.protocol,
    instructions: machine.instructions,
    mode: machine.state.mode,
    end: machine.end,
    registers: Object.fromEntries(architecturalState(machine.state)),
    next: machine.inspector.nextInstruction(),
    screen: { lines, cursor },
  };
  return `${JSON.stringify(state, null, 2)}\n`;
}
