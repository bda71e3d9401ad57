/** Reads the values of single options. */
import { strokesOf } from '../../literate/script.ts';
import type { BootDevice, DisplayMode } from '../machine.ts';
import { integer, properties, UsageError } from './values.ts';

export type SerialTarget =
  | { kind: 'stdio' }
  | { kind: 'file'; path: string }
  /** A port with nothing at the other end. */
  | { kind: 'null' }
  /** No port. */
  | { kind: 'none' };

export function only(option: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) throw new UsageError(`${option} ${value}: only ${allowed[0]} is supported`);
}

export function list<T extends string>(option: string, value: string, allowed: readonly T[]): T[] {
  const items = value.split(',');
  for (const [i, item] of items.entries()) {
    if (!(allowed as readonly string[]).includes(item))
      throw new UsageError(`${option} ${item}: not supported; there is ${allowed.join(', ')}`);
    if (items.indexOf(item) !== i) throw new UsageError(`${option} ${value}: ${item} is named twice`);
  }
  return items as T[];
}

export function serialTarget(value: string): SerialTarget {
  if (value === 'stdio' || value === 'null' || value === 'none') return { kind: value };
  if (value.startsWith('file:') && value.length > 5) return { kind: 'file', path: value.slice(5) };
  throw new UsageError(`-serial ${value}: not supported; there is stdio, file:F, null, none`);
}

/** As QEMU: letters, or `order=` with letters. */
export function bootOrder(value: string): BootDevice[] {
  const letters = [...value.replace(/^order=/, '')];
  const isKnown = (letter: string): letter is BootDevice => letter === 'a' || letter === 'c' || letter === 'd';
  if (letters.length === 0 || !letters.every(isKnown) || new Set(letters).size < letters.length)
    throw new UsageError(`-boot ${value}: must be letters of a, c and d, each once at most`);
  return letters.filter(isKnown);
}

/** The keys of a text; what stands in quotes in a shell has no line feeds. */
export function strokes(value: string): readonly string[] {
  try {
    return strokesOf(value.replace(/\\(n|\\)/g, (_, escaped) => (escaped === 'n' ? '\n' : '\\')));
  } catch (error) {
    throw new UsageError(`--keys ${value}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export function displayMode(value: string): DisplayMode {
  const [, width, height] = /^(\d{1,4})x(\d{1,4})$/.exec(value) ?? [];
  const mode = { width: Number(width), height: Number(height), bpp: 32 as const };
  if (!(mode.width >= 80 && mode.width <= 1280 && mode.height >= 60 && mode.height <= 1024))
    throw new UsageError(`--display ${value}: must be 80x60 to 1280x1024`);
  return mode;
}

export function debugExit(value: string): { port: number; size: 1 | 2 | 4 } {
  const [device, given] = properties(value);
  if (device !== 'isa-debug-exit') throw new UsageError(`-device ${device}: only isa-debug-exit is supported`);
  const { iobase = '0x501', iosize = '2', ...unknown } = given;
  const [strange] = Object.keys(unknown);
  if (strange) throw new UsageError(`-device isa-debug-exit: unknown property ${strange}`);
  const size = integer('-device isa-debug-exit: iosize', iosize, 1, 4);
  if (size === 3) throw new UsageError('-device isa-debug-exit: iosize must be 1, 2 or 4');
  return { port: integer('-device isa-debug-exit: iobase', iobase, 0, 0x10000 - size), size: size as 1 | 2 | 4 };
}
