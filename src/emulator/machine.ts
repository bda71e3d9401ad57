/**
 * The PC put together: processor, RAM, bus, clock and devices, and the kernel that it boots.
 *
 * A machine runs in slices: `run` returns when its budget is used up or the machine has come to its end. The same kernel
 * and the same input at the same instants give the same run, on every engine and however it is sliced.
 */
import { IF } from './cpu/flags.ts';
import type { Processor, ProcessorStop } from './cpu/processor.ts';
import type { CpuState } from './cpu/state.ts';
import { digits, hexBytes, Inspector, inWords, type Registers } from './debug/inspect.ts';
import { type BlockDevice, MemoryDisk, type SectorWrite } from './devices/block-device.ts';
import { Board } from './devices/board.ts';
import { FRAMEBUFFER, VIDEO_MEMORY_SIZE } from './devices/bochs-dispi.ts';
import type { Frame } from './devices/bochs-display.ts';
import { PortBus } from './devices/bus.ts';
import { VirtualClock } from './devices/clock.ts';
import type { ResetSource } from './devices/system-ports.ts';
import { COLUMNS, ROWS, type TextScreen, VIDEO_MEMORY } from './devices/vga-text.ts';
import { createInterpreter } from './engine/interpreter.ts';
import { createReference } from './engine/reference.ts';
import { installAcpiTables } from './firmware/acpi.ts';
import { Bios } from './firmware/bios/bios.ts';
import { biosDrives } from './firmware/bios/drives.ts';
import { ROM_BASE, ROM_SIZE } from './firmware/bios/rom.ts';
import type { BootDevice } from './firmware/bios/services.ts';
import { type BootProtocol, loadKernel } from './firmware/kernel.ts';
import type {
  DisplayMode,
  EngineName,
  KernelOptions,
  MachineEnd,
  MachineOptions,
  MachineStop,
  ModeChange,
} from './machine-interface.ts';
import { PhysicalMemory } from './mmu/physical-memory.ts';
import { logUnbacked } from './mmu/unbacked.ts';

export type { BlockDevice, SectorWrite } from './devices/block-device.ts';
export { MemoryDisk } from './devices/block-device.ts';
export type { Frame } from './devices/bochs-display.ts';
export type { TextScreen } from './devices/vga-text.ts';
export type { BootDevice } from './firmware/bios/services.ts';
export type { BootModule } from './firmware/boot-target.ts';
export type { BootProtocol } from './firmware/kernel.ts';
export { KernelError } from './firmware/kernel-error.ts';
export * from './machine-interface.ts';

/** As QEMU's `-boot`: hard disk, floppy, CD-ROM. */
const BOOT_ORDER: readonly BootDevice[] = ['c', 'a', 'd'];

export class Machine {
  readonly memory: PhysicalMemory;
  readonly engine: EngineName;
  readonly #processor: Processor;
  readonly #inspector: Inspector;
  readonly #bus: PortBus;
  readonly #clock: VirtualClock;
  readonly #board: Board;
  readonly #bios: Bios;
  readonly #display: DisplayMode;
  readonly #reboots: boolean;
  readonly #disks: readonly BlockDevice[];
  #kernel: { file: Uint8Array; options: KernelOptions } | null = null;
  /** It was switched on to boot by itself. */
  #bootsFromMedia = false;
  #protocol: BootProtocol | null = null;
  #asleep = false;
  /** Starts what is booted after a reset that the guest asked for; without it, that reset is the machine's end. */
  #reboot: (() => void) | null = null;
  #resetPending = false;
  #atBreakpoint = false;
  #modeChanges: ModeChange[] = [];
  #end: MachineEnd | null = null;

  /** Builds a machine at power-on. @throws RangeError for an impossible amount of RAM */
  static async create(options: MachineOptions = {}): Promise<Machine> {
    const size = (options.memoryMiB ?? 32) * 0x100000;
    const memory = new PhysicalMemory(PhysicalMemory.allocate(size, VIDEO_MEMORY_SIZE), size);
    const engine = options.engine ?? 'interpreter';
    const create = { reference: createReference, interpreter: createInterpreter }[engine];
    const { onException, onInterrupt } = options;
    const bus = new PortBus(options.log);
    const board = new Board(memory, options, {
      debugExit: (code) => machine.#finish({ kind: 'debug-exit', code }),
      powerOff: () => machine.#finish({ kind: 'power-off' }),
      reset: (source) => machine.#resetAsked(source),
      a20: (enabled) => memory.setA20(enabled),
    });
    const processor = await create({
      memory,
      ports: bus,
      interrupts: board.pic,
      numericErrors: board.coprocessor,
      time: (): number => machine.time,
      onModeChange: (mode, instructions) => machine.#modeChanges.push({ mode, instructions }),
      onException: onException && ((report) => onException(inWords(report))),
      onInterrupt: onInterrupt && ((report) => onInterrupt({ ...report, rip: digits(report.rip) })),
      onUnbacked: options.log && logUnbacked(options.log),
    });
    const machine = new Machine(memory, bus, board, processor, options);
    return machine;
  }

  private constructor(
    memory: PhysicalMemory,
    bus: PortBus,
    board: Board,
    processor: Processor,
    options: MachineOptions,
  ) {
    this.memory = memory;
    this.engine = processor.engine;
    this.#processor = processor;
    this.#inspector = new Inspector(processor.state, memory);
    this.#bus = bus;
    this.#board = board;
    this.#clock = new VirtualClock(() => processor.instructions);
    this.#clock.onEarlierAlarm = () => processor.requestStop();
    const { disks = [], cdrom, floppy, bootOrder = BOOT_ORDER, display = 'text', log = () => {} } = options;
    this.#bios = new Bios({
      state: processor.state,
      memory,
      ports: bus,
      drives: biosDrives({ floppies: floppy ? [floppy] : [], disks, cdroms: cdrom ? [cdrom] : [] }),
      bootOrder,
      log,
    });
    this.#display = display;
    this.#reboots = options.reboots ?? true;
    this.#disks = disks;
    board.plugIn(bus, this.#clock);
    this.#bios.plugIn(bus, this.#clock);
    memory.setReadOnly([{ start: ROM_BASE, size: ROM_SIZE }], true);
    this.#powerOn();
  }

  /**
   * Powers the machine on afresh and boots a kernel: the processor stands at its entry point then.
   * @throws KernelError, in one sentence; the machine has no kernel then.
   */
  loadKernel(file: Uint8Array, options: KernelOptions = {}): void {
    this.#kernel = null;
    this.#bootsFromMedia = false;
    this.#reboot = null;
    this.#powerOn();
    const graphics = this.#display === 'text' ? null : this.#display;
    if (graphics) this.#board.display.setMode(graphics.width, graphics.height);
    const target = {
      memory: this.memory,
      state: this.#processor.state,
      textMode: { address: VIDEO_MEMORY, columns: COLUMNS, rows: ROWS },
      framebuffer: graphics && { address: FRAMEBUFFER, ...graphics },
    };
    this.#protocol = loadKernel(file, target, options);
    this.#kernel = { file, options };
    this.#modeChanges = [{ mode: this.state.mode, instructions: 0 }];
  }

  /** Powers the machine on afresh: the BIOS starts, and boots from the media in the order of `bootOrder`. */
  powerOn(): void {
    this.#kernel = null;
    this.#bootsFromMedia = true;
    // The reset vector is the BIOS's; nothing else is to be done.
    this.#reboot = this.#reboots ? () => {} : null;
    this.#powerOn();
  }

  /**
   * Cuts the power: the machine is off, and of what was written to its disks since their last flush that survives which
   * `survives` chooses, by default nothing. `reset` switches it on again.
   * @param survives is asked for each sector written, oldest first; `disk` counts as `MachineOptions.disks`
   */
  pullPlug(survives?: (write: SectorWrite, index: number, disk: number) => boolean): void {
    this.#disks.forEach((disk, number) => {
      if (disk instanceof MemoryDisk) disk.cutPower(survives && ((write, index) => survives(write, index, number)));
    });
    this.#end = { kind: 'power-off' };
  }

  /** Power-on, and the same kernel again, or from the media again. */
  reset(): void {
    if (this.#bootsFromMedia) this.powerOn();
    else if (this.#kernel) this.loadKernel(this.#kernel.file, this.#kernel.options);
    else this.#powerOn();
  }

  /**
   * Runs for a number of instruction times, exactly, or until the machine's end. Time that `hlt` sleeps through counts.
   * @param budget a whole number; without it, until the end (which may never come) or until the machine waits for input
   */
  run(budget = Number.POSITIVE_INFINITY): MachineStop {
    this.#requireKernel();
    this.#atBreakpoint = false;
    const deadline = this.time + budget;
    for (;;) {
      this.#settle();
      if (this.#end) return { kind: 'end', end: this.#end };
      if (this.#atBreakpoint) return { kind: 'breakpoint' };
      if (this.time >= deadline) return { kind: 'budget' };
      const until = Math.min(deadline, this.#clock.next ?? Number.POSITIVE_INFINITY);
      if (!this.#asleep) this.#took(this.#processor.run(until - this.time));
      else if (deadline === Number.POSITIVE_INFINITY && this.isWaitingForInput) return { kind: 'waiting' };
      else this.#clock.sleepUntil(until);
    }
  }

  /**
   * Runs until the next instruction is at one of some linear addresses. At least one instruction is executed first.
   * @param budget as for `run`
   */
  runTo(addresses: ReadonlySet<bigint>, budget = Number.POSITIVE_INFINITY): MachineStop {
    const deadline = this.time + budget;
    const first = this.step();
    if (first.kind === 'end') return first;
    this.#processor.breakpoints = addresses;
    try {
      return this.run(deadline - this.time);
    } finally {
      this.#processor.breakpoints = new Set();
    }
  }

  /** Executes a number of single instructions; where one is interrupted before, the way into the handler is a step. */
  step(count = 1): MachineStop {
    this.#requireKernel();
    for (let i = 0; i < count; i++) {
      this.#settle();
      if (this.#end) break;
      if (this.#asleep) this.#clock.sleepUntil(this.time + 1);
      else this.#took(this.#processor.step());
    }
    this.#settle();
    return this.#end ? { kind: 'end', end: this.#end } : { kind: 'budget' };
  }

  /** Instructions executed since power-on, or since a reset that the guest asked for. */
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
  /** The processor's modes since power-on, oldest first, the one that it started in included. */
  get modeChanges(): readonly ModeChange[] {
    return this.#modeChanges;
  }
  /** In `hlt`, or frozen by an x87 exception until an interrupt answers it, with time still passing. */
  get isAsleep(): boolean {
    return this.#asleep;
  }
  /** Asleep, and only a key or the serial line can wake it: however much time passes, nothing happens. */
  get isWaitingForInput(): boolean {
    return this.#asleep && !this.#processor.interruptDue && !this.#wakesByTime && this.#board.hearsInput;
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
    return this.#board.screen.screen();
  }
  /** The text screen as a `screen.txt` holds it: no trailing blanks, no trailing empty lines, one final newline. */
  screenText(): string {
    return `${this.textScreen().lines.join('\n').replace(/\n+$/, '')}\n`;
  }
  /** Whether the text screen differs from when this was last asked. */
  screenChanged(): boolean {
    return this.#board.screen.changed();
  }
  /** The picture of a graphics mode; `null` in the text mode. */
  frame(): Frame | null {
    return this.#board.display.frame();
  }
  /** Whether the picture, or the mode, differs from when this was last asked. */
  frameChanged(): boolean {
    return this.#board.display.changed();
  }
  /** Types at the far end of the serial line, in UTF-8. */
  serialInput(text: string | Uint8Array): void {
    this.#board.serial.receive(typeof text === 'string' ? new TextEncoder().encode(text) : text);
  }

  /** The button for a non-maskable interrupt, unless bit 7 of port 0x70 keeps those away. */
  nmi(): void {
    if (!this.#board.rtc.nmiMasked) this.#processor.raiseNmi();
  }

  /**
   * A key goes down, named as in the `code` of the web's keyboard events: 'KeyA', 'Enter', 'ArrowUp' ... While it is held the
   * keyboard repeats it by itself; telling again that it went down does nothing.
   * @throws RangeError for a key that the keyboard has not
   */
  keyDown(code: string): void {
    this.#board.keyboard.keyDown(code);
  }
  /** @throws RangeError for a key that the keyboard has not */
  keyUp(code: string): void {
    this.#board.keyboard.keyUp(code);
  }
  /**
   * Types a text at a steady pace of virtual time, a character after the guest has taken the one before. Line feed is Enter.
   * Of a list each item is a character, or a key named as for `keyDown`.
   * @throws RangeError for a character that the US layout has not, or for no key; nothing is typed then
   */
  typeText(text: string | readonly string[]): void {
    this.#board.type(text);
  }
  /** Types the character under way to its end, so that no key stays down, and forgets the rest. */
  stopTyping(): void {
    this.#board.stopTyping();
  }
  /** Whether some of that is still to be typed. */
  get isTyping(): boolean {
    return this.#board.isTyping;
  }

  #powerOn(): void {
    this.#modeChanges = [{ mode: 'real', instructions: 0 }];
    this.memory.onExternalWrite(0, this.memory.size);
    this.memory.bytes.fill(0);
    this.memory.write(ROM_BASE, this.#bios.rom.bytes);
    installAcpiTables(this.memory);
    this.#processor.reset();
    this.#clock.reset();
    this.#bus.reset();
    this.#board.powerOn();
    this.#bios.reset();
    this.#asleep = false;
    this.#resetPending = false;
    this.#end = null;
    this.#protocol = null;
  }

  #requireKernel(): void {
    if (!this.#kernel && !this.#bootsFromMedia)
      throw new Error('there is nothing to run: loadKernel or powerOn comes first');
  }

  #took(stop: ProcessorStop): void {
    switch (stop.kind) {
      case 'budget':
        return;
      case 'halt':
        this.#asleep = true;
        return;
      case 'breakpoint':
        this.#atBreakpoint = true;
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

  /** What is due at this instant: alarms ring, an interrupt wakes the processor, and one that nothing can wake is at its end. */
  #settle(): void {
    if (this.#resetPending) this.#warmReset();
    this.#clock.ringDue();
    if (!this.#asleep) return;
    if (this.#processor.interruptDue) this.#asleep = false;
    else if (!(this.state.rflags & IF) || !(this.#wakesByTime || this.#board.hearsInput))
      this.#end ??= { kind: 'halted' };
  }
  /** Whether some alarm may raise an interrupt that reaches the processor. */
  get #wakesByTime(): boolean {
    return this.#clock.mayRaise((irq) => this.#board.reaches(irq));
  }

  #resetAsked(source: ResetSource): void {
    if (!this.#reboot) {
      this.#finish({ kind: 'reset', by: source });
      return;
    }
    this.#resetPending = true;
    this.#processor.requestStop();
  }
  /** Processor and chips start anew; memory stays, and time goes on. */
  #warmReset(): void {
    this.#resetPending = false;
    this.#asleep = false;
    this.#clock.counterRestarts();
    this.#processor.reset();
    this.#modeChanges = [{ mode: 'real', instructions: 0 }];
    this.#board.reset();
    this.#reboot?.();
  }
  /** The end comes with a port access; the instruction is finished, and no other begins. */
  #finish(end: MachineEnd): void {
    this.#end = end;
    this.#processor.requestStop();
  }
}
