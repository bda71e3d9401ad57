/**
 * The PC put together: processor, RAM, bus, clock and devices, and the kernel that it boots.
 *
 * A machine runs in slices: `run` returns when its budget is used up or the machine has come to its end. The same kernel
 * and the same input at the same instants give the same run, on every engine and however it is sliced.
 */
import { IF } from './cpu/flags.ts';
import type { Processor, ProcessorStop } from './cpu/processor.ts';
import type { CpuState } from './cpu/state.ts';
import { digits, type ExceptionInWords, hexBytes, Inspector, inWords, type Registers } from './debug/inspect.ts';
import { PortBus } from './devices/bus.ts';
import { VirtualClock } from './devices/clock.ts';
import type { Device, Log } from './devices/device.ts';
import { type DebugExitOptions, IsaDebugExit } from './devices/isa-debug-exit.ts';
import { Uart16550 } from './devices/uart16550.ts';
import { COLUMNS, ROWS, type TextScreen, VgaText, VIDEO_MEMORY } from './devices/vga-text.ts';
import { createInterpreter } from './engine/interpreter.ts';
import { createReference } from './engine/reference.ts';
import { type BootProtocol, loadKernel } from './firmware/kernel.ts';
import { PhysicalMemory } from './mmu/physical-memory.ts';

export type { TextScreen } from './devices/vga-text.ts';
export type { BootProtocol } from './firmware/kernel.ts';
export { KernelError } from './firmware/kernel-error.ts';

export type EngineName = 'reference' | 'interpreter';
export const ENGINES: readonly EngineName[] = ['reference', 'interpreter'];

export interface MachineOptions {
  /** RAM in MiB: 1 to 3584. */
  memoryMiB?: number;
  engine?: EngineName;
  /** Receives each byte that the guest sends on the first serial port; `null` for a machine without one. */
  serial?: ((byte: number) => void) | null;
  /** isa-debug-exit; `null` for none. */
  debugExit?: DebugExitOptions | null;
  /** Receives each exception before it is delivered. */
  onException?: ((exception: ExceptionInWords) => void) | undefined;
  /** Receives one line for each thing that the guest asked of the hardware and that is not there. */
  log?: Log;
}

export interface KernelOptions {
  protocol?: BootProtocol | 'auto';
  commandLine?: string;
}

/** How a machine came to its end. */
export type MachineEnd =
  /** `hlt` with interrupts off, or with nothing that could wake the processor. */
  | { kind: 'halted' }
  /** The exceptions that led to it, oldest first. */
  | { kind: 'triple-fault'; chain: ExceptionInWords[] }
  /** A write to isa-debug-exit: `(value << 1) | 1`. */
  | { kind: 'debug-exit'; code: number }
  /** Something the emulator does not implement; `rip` as 16 hexadecimal digits, `bytes` in hexadecimal. */
  | { kind: 'unsupported'; what: string; rip: string; bytes: string };

export type MachineStop = { kind: 'budget' } | { kind: 'end'; end: MachineEnd };

/** `Processor.run` stops at a taken branch, so the last instructions before an exact count are stepped. */
const STEPPED = 128;

export class Machine {
  readonly memory: PhysicalMemory;
  readonly engine: EngineName;
  readonly #processor: Processor;
  readonly #inspector: Inspector;
  readonly #bus: PortBus;
  readonly #clock: VirtualClock;
  readonly #serial: Uart16550;
  readonly #screen: VgaText;
  readonly #devices: readonly Device[];
  #kernel: { file: Uint8Array; options: KernelOptions } | null = null;
  #protocol: BootProtocol | null = null;
  #asleep = false;
  #end: MachineEnd | null = null;

  /** Builds a machine at power-on. @throws RangeError for an impossible amount of RAM */
  static async create(options: MachineOptions = {}): Promise<Machine> {
    const size = (options.memoryMiB ?? 32) * 0x100000;
    const memory = new PhysicalMemory(PhysicalMemory.allocate(size), size);
    const ports = new PortBus(options.log);
    const engine = options.engine ?? 'interpreter';
    const create = { reference: createReference, interpreter: createInterpreter }[engine];
    const { onException } = options;
    const processor = await create({
      memory,
      ports,
      onException: onException && ((report) => onException(inWords(report))),
      onUnbacked: options.log && logUnbacked(options.log),
    });
    return new Machine(memory, ports, processor, options);
  }

  private constructor(memory: PhysicalMemory, bus: PortBus, processor: Processor, options: MachineOptions) {
    this.memory = memory;
    this.engine = processor.engine;
    this.#processor = processor;
    this.#inspector = new Inspector(processor.state, memory);
    this.#bus = bus;
    this.#clock = new VirtualClock(() => processor.instructions);
    this.#clock.onEarlierAlarm = () => processor.requestStop();
    this.#serial = new Uart16550({ sink: options.serial ?? undefined, log: options.log });
    this.#screen = new VgaText(memory, options.log);
    const devices: Device[] = options.serial === null ? [this.#screen] : [this.#screen, this.#serial];
    const debugExit = options.debugExit === undefined ? { port: 0xf4, size: 4 as const } : options.debugExit;
    if (debugExit) devices.push(new IsaDebugExit(debugExit, (code) => this.#debugExit(code)));
    for (const device of devices) device.plugIn(bus, this.#clock);
    this.#devices = devices;
    this.#powerOn();
  }

  /**
   * Powers the machine on afresh and boots a kernel: the processor stands at its entry point then.
   * @throws KernelError, in one sentence; the machine has no kernel then.
   */
  loadKernel(file: Uint8Array, options: KernelOptions = {}): void {
    this.#kernel = null;
    this.#powerOn();
    const target = {
      memory: this.memory,
      state: this.#processor.state,
      textMode: { address: VIDEO_MEMORY, columns: COLUMNS, rows: ROWS },
    };
    this.#protocol = loadKernel(file, target, options);
    this.#kernel = { file, options };
  }

  /** Power-on, and the same kernel again. */
  reset(): void {
    if (this.#kernel) this.loadKernel(this.#kernel.file, this.#kernel.options);
    else this.#powerOn();
  }

  /**
   * Runs for a number of instruction times, exactly, or until the machine's end. Time that `hlt` sleeps through counts.
   * @param budget a whole number; without it, until the end, which may never come
   */
  run(budget = Number.POSITIVE_INFINITY): MachineStop {
    this.#requireKernel();
    const deadline = this.time + budget;
    for (;;) {
      this.#clock.ringDue();
      if (this.#end) return { kind: 'end', end: this.#end };
      if (this.time >= deadline) return { kind: 'budget' };
      if (this.#asleep) this.#sleep(deadline);
      else this.#advance(Math.min(deadline, this.#clock.next ?? Number.POSITIVE_INFINITY) - this.time);
    }
  }

  /** Executes a number of single instructions. */
  step(count = 1): MachineStop {
    this.#requireKernel();
    for (let i = 0; i < count && !this.#end; i++) {
      this.#clock.ringDue();
      if (this.#asleep) this.#sleep(this.time + 1);
      else this.#took(this.#processor.step());
    }
    return this.#end ? { kind: 'end', end: this.#end } : { kind: 'budget' };
  }

  /** Instructions executed since power-on. */
  get instructions(): number {
    return this.#processor.instructions;
  }
  /** Virtual time since power-on, in instruction times: see `INSTRUCTIONS_PER_SECOND`. */
  get time(): number {
    return this.#clock.now;
  }
  get state(): CpuState {
    return this.#processor.state;
  }
  /** When, in instruction times since power-on, a device does something next by itself; `null` if none will. */
  get nextAlarm(): number | null {
    return this.#clock.next;
  }
  /** In `hlt`, with time still passing. */
  get isAsleep(): boolean {
    return this.#asleep;
  }
  /** `null` while the machine can go on. */
  get end(): MachineEnd | null {
    return this.#end;
  }
  /** The protocol that the kernel was booted by. */
  get protocol(): BootProtocol | null {
    return this.#protocol;
  }
  /** Memory and code without any effect on the guest. */
  get inspector(): Inspector {
    return this.#inspector;
  }

  /** Registers and the next instruction, as plain data. */
  snapshot(): Registers {
    return this.#inspector.registers();
  }
  textScreen(): TextScreen {
    return this.#screen.screen();
  }
  /** The text screen as a `screen.txt` holds it: no trailing blanks, no trailing empty lines, one final newline. */
  screenText(): string {
    return `${this.textScreen().lines.join('\n').replace(/\n+$/, '')}\n`;
  }
  /** Whether the text screen differs from when this was last asked. */
  screenChanged(): boolean {
    return this.#screen.changed();
  }
  /** Types at the far end of the serial line, in UTF-8. */
  serialInput(text: string | Uint8Array): void {
    this.#serial.receive(typeof text === 'string' ? new TextEncoder().encode(text) : text);
  }

  #powerOn(): void {
    this.memory.onExternalWrite(0, this.memory.size);
    this.memory.bytes.fill(0);
    this.#processor.reset();
    this.#clock.reset();
    this.#bus.reset();
    for (const device of this.#devices) device.reset();
    this.#asleep = false;
    this.#end = null;
    this.#protocol = null;
  }

  #requireKernel(): void {
    if (!this.#kernel) throw new Error('the machine has no kernel: loadKernel comes first');
  }

  /** Executes `count` instructions, or fewer if something stops the processor. */
  #advance(count: number): void {
    this.#took(count > STEPPED ? this.#processor.run(count - STEPPED) : this.#processor.step());
  }

  #took(stop: ProcessorStop): void {
    switch (stop.kind) {
      case 'budget':
        return;
      case 'halt':
        this.#asleep = true;
        this.#endUnlessWoken();
        return;
      case 'shutdown':
        this.#end ??= { kind: 'triple-fault', chain: stop.chain.map(inWords) };
        return;
      case 'unsupported':
        this.#end ??= {
          kind: 'unsupported',
          what: stop.what,
          rip: digits(stop.address),
          bytes: hexBytes(stop.bytes),
        };
        return;
    }
  }

  /** Lets time pass in `hlt`, up to the next alarm at most. No device can interrupt the processor yet: alarms only ring. */
  #sleep(deadline: number): void {
    this.#endUnlessWoken();
    if (!this.#end) this.#clock.sleepUntil(Math.min(this.#clock.next!, deadline));
  }
  #endUnlessWoken(): void {
    if (!(this.state.rflags & IF) || this.#clock.next === null) this.#end = { kind: 'halted' };
  }

  #debugExit(code: number): void {
    this.#end = { kind: 'debug-exit', code };
    this.#processor.requestStop();
  }
}

/** Names each page of absent memory once a direction. */
function logUnbacked(log: Log): (physical: number, write: boolean) => void {
  const named = new Set<string>();
  return (physical, write) => {
    const page = `${Math.floor(physical / 0x1000)} ${write}`;
    if (named.has(page)) return;
    named.add(page);
    log(`${write ? 'write to' : 'read from'} physical address 0x${physical.toString(16)}: no memory there`);
  };
}
