/** The options of `bin/toyvm`: QEMU's own where they mean the same, and a few with two dashes. */
import { type BootDevice, type DisplayMode, ENGINES, type EngineName } from '../machine.ts';
import type { ScriptedKeys } from '../script-player.ts';
import { addDrive, hasMedia, type MediaOptions, noMedia, setCdrom, setDisk, setFloppy } from './media.ts';
import {
  bootOrder,
  debugExit,
  displayMode,
  list,
  only,
  type SerialTarget,
  serialTarget,
  strokes,
} from './option-values.ts';
import { memorySize, seconds, UsageError } from './values.ts';

/** What `-d` can log. */
export const LOG_ITEMS = ['int', 'cpu_reset', 'in_asm', 'exec'] as const;
export type LogItem = (typeof LOG_ITEMS)[number];

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
  /** Path of a PNG file. */
  screenshot: string | null;
  media: MediaOptions;
  bootOrder: BootDevice[];
  /** Files beside the kernel, with their arguments. */
  modules: string[];
  keys: ScriptedKeys[];
  /** What the next `--keys` waits for. */
  after: string | null;
  displayMode: DisplayMode;
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
  '-initrd': {
    value: 'FILE[,FILE]',
    help: 'files that are loaded beside the kernel; behind a blank, arguments for it',
    apply: (o, v) => {
      o.modules = v.split(',');
    },
  },
  '-hda': {
    value: 'FILE',
    help: 'first hard disk: an image, which what is written to the disk goes to',
    apply: (o, v) => setDisk(o.media, 0, v),
  },
  '-hdb': { value: 'FILE', help: 'second hard disk', apply: (o, v) => setDisk(o.media, 1, v) },
  '-cdrom': { value: 'FILE', help: 'a disc in the CD-ROM drive', apply: (o, v) => setCdrom(o.media, v) },
  '-fda': { value: 'FILE', help: 'a floppy, for the BIOS alone', apply: (o, v) => setFloppy(o.media, v) },
  '-drive': {
    value: 'format=raw,file=F[,if=ide|floppy][,index=N][,media=disk|cdrom]',
    help: 'the same in other words',
    apply: (o, v) => addDrive(o.media, v),
  },
  '-snapshot': {
    help: 'what is written to disks is forgotten at the end',
    apply: (o) => {
      o.media.snapshot = true;
    },
  },
  '-boot': {
    value: 'ORDER',
    help: 'without a kernel: hard disk (c), floppy (a), CD-ROM (d), in this order (cad)',
    apply: (o, v) => {
      o.bootOrder = bootOrder(v);
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
    help: 'a reset ends toyvm, and a triple fault does with exit code 0, as they end QEMU',
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
  '--keys': {
    value: 'TEXT',
    help: 'type TEXT; \\n is Enter, {ArrowUp} that key, {{ a brace; may be given several times',
    apply: (o, v) => {
      o.keys.push({ at: null, after: o.after, strokes: strokes(v) });
      o.after = null;
    },
  },
  '--after': {
    value: 'TEXT',
    help: 'the next --keys waits until a line of the screen ends with TEXT',
    apply: (o, v) => {
      if (v.trim() === '') throw new UsageError('--after: the text is empty');
      o.after = v;
    },
  },
  '--display': {
    value: 'WIDTHxHEIGHT',
    help: 'a kernel finds the display in this graphics mode, as under UEFI, not in text mode',
    apply: (o, v) => {
      o.displayMode = displayMode(v);
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
  '--screenshot': {
    value: 'FILE.png',
    help: 'write a picture of the screen at the end',
    apply: (o, v) => {
      o.screenshot = v;
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
const LATER = new Set('-hdc -hdd -fdb -bios -rtc -debugcon -S -s -gdb'.split(' '));

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
    screenshot: null,
    media: noMedia(),
    bootOrder: ['c', 'a', 'd'],
    modules: [],
    keys: [],
    after: null,
    displayMode: 'text',
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
  const media = hasMedia(options.media);
  if (options.kernel === null && options.checkpoint === null && !media)
    throw new UsageError(
      'nothing to boot: -kernel FILE, -hda, -cdrom or -fda IMAGE, or --checkpoint ID (toyvm --help lists the options)',
    );
  if (options.checkpoint !== null && (media || options.keys.length > 0))
    throw new UsageError('--checkpoint brings its own disk and keys');
  if (options.kernel === null && (options.modules.length > 0 || options.commandLine !== ''))
    throw new UsageError('-append and -initrd are for a kernel: -kernel is missing');
  if (options.after !== null) throw new UsageError('--after without --keys behind it');
  if (options.logFile !== null && options.log.size === 0)
    throw new UsageError('-D without -d: there is nothing to log');
  if (options.engines.length > 1 && options.log.size > 0)
    throw new UsageError('-d with several engines: log one engine at a time');
}

export function helpText(): string {
  const rows = Object.entries(RULES).map(
    ([name, { value, help }]) => [value ? `${name} ${value}` : name, help] as const,
  );
  return [
    'toyvm: boots a kernel in an emulated PC.',
    '',
    'usage: toyvm -kernel FILE [options]',
    '       toyvm -hda IMAGE [options]',
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
