/** The BIOS as a chip on the bus: the ROM, the trap port, and the services behind it. */
import { CF, ZF } from '../../cpu/flags.ts';
import type { CpuState } from '../../cpu/state.ts';
import type { Bus, Clock, Device } from '../../devices/device.ts';
import { BootService } from './boot.ts';
import { Call } from './call.ts';
import { Bda, DataArea } from './data-area.ts';
import { DiskService } from './disk.ts';
import { KeyboardService } from './keyboard.ts';
import { setMemoryTypes } from './memory-types.ts';
import { powerOnSelfTest } from './post.ts';
import { buildRom, ROM_BASE, type Rom, type ServiceName, TRAP_PORT, type TrapName } from './rom.ts';
import type { Handler, Outcome, Pc } from './services.ts';
import { equipment, memorySize, printer, serialPort } from './small-services.ts';
import { SystemService } from './system.ts';
import { TimeService } from './time.ts';
import { unexpectedInterrupt } from './unexpected.ts';
import { VbeService } from './vbe.ts';
import { VideoService } from './video.ts';

export type BiosOptions = Omit<Pc, 'data' | 'now'> & { state: CpuState; memory: DataArea['memory'] };

/** Shows how far a self-test has come; programs write to it to let a moment pass. */
const POST_PORT = 0x80;

/** What the ROM's jumps after a trap look at. */
const FLAGS = {
  done: 0,
  spin: CF,
  halt: CF | ZF,
  /** INT 19h: an INT 13h is set up, a jump is, or nothing boots. */
  disk: 0,
  jump: ZF,
  none: CF,
  /** IRQ 8: the alarm has rung. */
  alarm: CF,
} as const;
type Trap = () => keyof typeof FLAGS;

/** Built once: it is the same for every machine. */
let built: Rom | null = null;

export class Bios implements Device {
  readonly name = 'BIOS';
  readonly rom: Rom;
  readonly #state: CpuState;
  readonly #traps: Readonly<Record<TrapName, Trap>>;
  readonly #log: (line: string) => void;
  #clock: Clock | null = null;
  #postCode = 0;

  constructor(options: BiosOptions) {
    built ??= buildRom();
    this.rom = built;
    this.#state = options.state;
    this.#log = options.log;
    const now = () => this.#clock?.now ?? 0;
    const pc: Pc = { ...options, data: new DataArea(options.memory), now };
    this.#traps = this.#connect(pc);
  }

  plugIn(bus: Bus, clock: Clock): void {
    this.#clock = clock;
    bus.claimPorts(TRAP_PORT, 1, this.name, { read: () => 0xff, write: () => this.#trap() });
    bus.claimPorts(POST_PORT, 1, 'POST code', {
      read: () => this.#postCode,
      write: (_, value) => {
        this.#postCode = value;
      },
    });
  }
  /** The ROM itself is the memory's. */
  reset(): void {
    this.#postCode = 0;
  }

  #trap(): void {
    const state = this.#state;
    const address = Number(state.segment('cs').base + state.rip);
    const name = this.rom.traps.get(address - ROM_BASE);
    if (name === undefined) {
      this.#log(`write to port 0x${TRAP_PORT.toString(16)} from outside the BIOS`);
      return;
    }
    const outcome = this.#traps[name]();
    state.rflags = (state.rflags & ~(CF | ZF)) | FLAGS[outcome];
  }

  #connect(pc: Pc): Readonly<Record<TrapName, Trap>> {
    const state = this.#state;
    const call = new Call(state, pc.data.memory);
    const vbe = new VbeService(pc);
    const video = new VideoService(pc, vbe);
    const disk = new DiskService(pc);
    const keyboard = new KeyboardService(pc);
    const system = new SystemService(pc);
    const time = new TimeService(pc);
    const boot = new BootService(pc, state, (text) => video.print(text));
    const done = (action: () => void) => (): Outcome => {
      action();
      return 'done';
    };
    const services: Readonly<Record<ServiceName, [start: Handler, again?: Handler]>> = {
      video: [video.start],
      equipment: [equipment(pc)],
      'memory size': [memorySize(pc)],
      disk: [disk.start, disk.resume],
      serial: [serialPort(pc)],
      system: [system.start, system.resume],
      keyboard: [keyboard.start, keyboard.resume],
      printer: [printer],
      time: [time.start],
    };
    const traps: Record<string, Trap> = {
      post: done(() => {
        setMemoryTypes(state, pc.data.memory.size);
        powerOnSelfTest(pc, this.rom, { video, keyboard, time });
      }),
      'boot.begin': done(() => boot.begin()),
      'boot.next': () => boot.next(),
      timer: time.tick,
      key: () => keyboard.interrupt(call),
      clock: () => (time.alarmRang() ? 'alarm' : 'done'),
      'disk interrupt': done(() => pc.data.setByte(Bda.DISK_INTERRUPT, 0xff)),
      unexpected: done(() => unexpectedInterrupt(pc, false)),
      'unexpected second': done(() => unexpectedInterrupt(pc, true)),
    };
    for (const [name, [start, again = start]] of Object.entries(services)) {
      traps[name] = () => start(call);
      traps[`${name}.again`] = () => again(call);
    }
    return traps as Record<TrapName, Trap>;
  }
}
