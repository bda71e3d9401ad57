/** The options of `bin/toyvm`: QEMU's own where they mean the same, and a few with two dashes. */
import { ENGINES, type EngineName } from '../machine.ts';
import { integer, memorySize, properties, seconds, UsageError } from './values.ts';

/** What `-d` can log. */
export const LOG_ITEMS = ['int', 'cpu_reset', 'in_asm', 'exec'] as const;
export type LogItem = (typeof LOG_ITEMS)[number];

export type SerialTarget =
  | { kind: 'stdio' }
  | { kind: 'file'; path: string }
  /** A port with nothing at the other end. */
  | { kind: 'null' }
  /** No port. */
  | { kind: 'none' };

export interface Options {
  help: boolean;
  kernel: string | null;
  checkpoint: string | null;
  protocol: 'auto' | 'multiboot2' | 'pvh';
  commandLine: string;
  memoryMiB: number | null;
  serial: SerialTarget | null;
  debugExit: { port: number; size: 1 | 2 | 4 } | null;
  noReboot: boolean;
  log: Set<LogItem>;
  logFile: string | null;
  until: string | null;
  /** Virtual seconds. */
  forSeconds: number | null;
  /** Real seconds. */
  timeout: number | null;
  screen: boolean;
  stateFile: string | null;
  engines: EngineName[];
}

interface OptionRule {
  /** What stands for the value in the help; absent if the option takes none. */
  value?: string;
  help: string;
  apply(options: Options, value: string): void;
}

const RULES: Readonly<Record<string, OptionRule>> = {
  '-kernel': {
    value: 'FILE',
    help: 'boot FILE: Multiboot2, or PVH where it has no Multiboot2 header',
    apply: (o, v) => {
      o.kernel = v;
    },
  },
  '-append': {
    value: 'TEXT',
    help: 'the kernel’s command line',
    apply: (o, v) => {
      o.commandLine = v;
    },
  },
  '-m': {
    value: 'SIZE',
    help: 'RAM in MiB, or with a suffix M or G (128)',
    apply: (o, v) => {
      o.memoryMiB = memorySize(v);
    },
  },
  '-cpu': {
    value: 'max',
    help: 'everything that the emulated processor can do',
    apply: (_, v) => only('-cpu', v, ['max']),
  },
  '-smp': {
    value: '1',
    help: 'one processor',
    apply: (_, v) => only('-smp', v, ['1', 'cpus=1']),
  },
  '-machine': {
    value: 'pc',
    help: 'a PC',
    apply: (_, v) => only('-machine', v, ['pc', 'type=pc']),
  },
  '-serial': {
    value: 'WHERE',
    help: 'the first serial port: stdio, file:F, null (nothing at its end), none (no port)',
    apply: (o, v) => {
      o.serial = serialTarget(v);
    },
  },
  '-display': { value: 'none', help: 'no window', apply: (_, v) => only('-display', v, ['none']) },
  '-nographic': {
    help: 'no window, serial port on the terminal',
    apply: (o) => {
      o.serial = { kind: 'stdio' };
    },
  },
  '-nic': { value: 'none', help: 'no network', apply: (_, v) => only('-nic', v, ['none']) },
  '-device': {
    value: 'isa-debug-exit[,iobase=P][,iosize=N]',
    help: 'a write of V to port P (0x501) ends toyvm with exit code (V << 1) | 1',
    apply: (o, v) => {
      o.debugExit = debugExit(v);
    },
  },
  '-no-reboot': {
    help: 'a triple fault ends toyvm with exit code 0, as it ends QEMU',
    apply: (o) => {
      o.noReboot = true;
    },
  },
  '-d': {
    value: 'ITEM[,ITEM]',
    help: 'log exceptions (int), registers at reset (cpu_reset), instructions once (in_asm), all (exec)',
    apply: (o, v) => {
      o.log = new Set(list('-d', v, LOG_ITEMS));
    },
  },
  '-D': {
    value: 'FILE',
    help: 'where -d writes (standard error)',
    apply: (o, v) => {
      o.logFile = v;
    },
  },
  '--checkpoint': {
    value: 'ID',
    help: 'boot a checkpoint of the book, with its scripted input, to its recorded instant',
    apply: (o, v) => {
      o.checkpoint = v;
    },
  },
  '--until': {
    value: 'TEXT',
    help: 'run until the screen or the serial port shows TEXT',
    apply: (o, v) => {
      if (v === '') throw new UsageError('--until: the text is empty');
      o.until = v;
    },
  },
  '--for': {
    value: 'SECONDS',
    help: 'run for virtual seconds of 100 million instructions each',
    apply: (o, v) => {
      o.forSeconds = seconds('--for', v);
    },
  },
  '--timeout': {
    value: 'SECONDS',
    help: 'give up after real seconds, with exit code 124',
    apply: (o, v) => {
      o.timeout = seconds('--timeout', v);
    },
  },
  '--screen': {
    help: 'print the text screen at the end',
    apply: (o) => {
      o.screen = true;
    },
  },
  '--state': {
    value: 'FILE',
    help: 'write registers, screen and how it ended as JSON at the end',
    apply: (o, v) => {
      o.stateFile = v;
    },
  },
  '--engine': {
    value: 'NAME[,NAME]',
    help: `${ENGINES.join(' or ')} (interpreter); several run in lockstep and are compared`,
    apply: (o, v) => {
      o.engines = list('--engine', v, ENGINES);
    },
  },
  '--protocol': {
    value: 'NAME',
    help: 'auto, multiboot2 or pvh (auto)',
    apply: (o, v) => {
      only('--protocol', v, ['auto', 'multiboot2', 'pvh']);
      o.protocol = v as Options['protocol'];
    },
  },
  '--help': {
    help: 'this text',
    apply: (o) => {
      o.help = true;
    },
  },
};

/** QEMU also takes its options with two dashes, and has short forms of some. */
const ALIASES: Readonly<Record<string, string>> = { '-M': '-machine', '-h': '--help', '-help': '--help' };

/** Options of QEMU that toyvm is going to have. */
const LATER = new Set(
  '-initrd -cdrom -hda -hdb -hdc -hdd -fda -fdb -drive -boot -bios -rtc -debugcon -S -s -gdb --keys --screenshot'.split(
    ' ',
  ),
);

/** @throws UsageError, which names the option. */
export function parseOptions(args: readonly string[]): Options {
  const options = defaults();
  for (let i = 0; i < args.length; i++) {
    const given = args[i]!;
    const name = ruleName(given);
    const rule = name === null ? undefined : RULES[name];
    if (!rule) throw new UsageError(whyUnknown(given));
    if (rule.value === undefined) rule.apply(options, '');
    else {
      const value = args[++i];
      if (value === undefined) throw new UsageError(`${given} needs a value: ${given} ${rule.value}`);
      rule.apply(options, value);
    }
  }
  if (!options.help) requireSense(options);
  return options;
}

function defaults(): Options {
  return {
    help: false,
    kernel: null,
    checkpoint: null,
    protocol: 'auto',
    commandLine: '',
    memoryMiB: null,
    serial: null,
    debugExit: null,
    noReboot: false,
    log: new Set(),
    logFile: null,
    until: null,
    forSeconds: null,
    timeout: null,
    screen: false,
    stateFile: null,
    engines: ['interpreter'],
  };
}

function ruleName(given: string): string | null {
  const candidates = [given, ALIASES[given], given.startsWith('--') ? given.slice(1) : undefined];
  return candidates.find((name) => name !== undefined && Object.hasOwn(RULES, name)) ?? null;
}

function whyUnknown(given: string): string {
  if (!given.startsWith('-')) return `'${given}' is no option: a kernel is named by -kernel ${given}`;
  if (LATER.has(given)) return `option ${given} is not implemented yet`;
  return `unknown option ${given} (toyvm --help lists them)`;
}

function requireSense(options: Options): void {
  if (options.kernel !== null && options.checkpoint !== null)
    throw new UsageError('-kernel and --checkpoint exclude each other');
  if (options.kernel === null && options.checkpoint === null)
    throw new UsageError('nothing to boot: -kernel FILE or --checkpoint ID (toyvm --help lists the options)');
  if (options.logFile !== null && options.log.size === 0)
    throw new UsageError('-D without -d: there is nothing to log');
  if (options.engines.length > 1 && options.log.size > 0)
    throw new UsageError('-d with several engines: log one engine at a time');
}

function only(option: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) throw new UsageError(`${option} ${value}: only ${allowed[0]} is supported`);
}

function list<T extends string>(option: string, value: string, allowed: readonly T[]): T[] {
  const items = value.split(',');
  for (const [i, item] of items.entries()) {
    if (!(allowed as readonly string[]).includes(item))
      throw new UsageError(`${option} ${item}: not supported; there is ${allowed.join(', ')}`);
    if (items.indexOf(item) !== i) throw new UsageError(`${option} ${value}: ${item} is named twice`);
  }
  return items as T[];
}

function serialTarget(value: string): SerialTarget {
  if (value === 'stdio' || value === 'null' || value === 'none') return { kind: value };
  if (value.startsWith('file:') && value.length > 5) return { kind: 'file', path: value.slice(5) };
  throw new UsageError(`-serial ${value}: not supported; there is stdio, file:F, null, none`);
}

function debugExit(value: string): { port: number; size: 1 | 2 | 4 } {
  const [device, given] = properties(value);
  if (device !== 'isa-debug-exit') throw new UsageError(`-device ${device}: only isa-debug-exit is supported`);
  const { iobase = '0x501', iosize = '2', ...unknown } = given;
  const [strange] = Object.keys(unknown);
  if (strange) throw new UsageError(`-device isa-debug-exit: unknown property ${strange}`);
  const size = integer('-device isa-debug-exit: iosize', iosize, 1, 4);
  if (size === 3) throw new UsageError('-device isa-debug-exit: iosize must be 1, 2 or 4');
  return { port: integer('-device isa-debug-exit: iobase', iobase, 0, 0x10000 - size), size: size as 1 | 2 | 4 };
}

export function helpText(): string {
  const rows = Object.entries(RULES).map(
    ([name, { value, help }]) => [value ? `${name} ${value}` : name, help] as const,
  );
  return [
    'toyvm: boots a kernel in an emulated PC.',
    '',
    'usage: toyvm -kernel FILE [options]',
    '       toyvm --checkpoint ID --screen',
    '',
    ...rows.map(([left, help]) =>
      left.length < 24 ? `  ${left.padEnd(24)}${help}` : `  ${left}\n${' '.repeat(26)}${help}`,
    ),
    '',
    'exit code: 0 halted, or as asked · 1 bad option or kernel · 2 triple fault · 4 not implemented ·',
    '           6 engines differ · 8 ended before --until · 124 time-out · odd: isa-debug-exit',
    '',
  ].join('\n');
}
