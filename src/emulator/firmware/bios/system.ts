/**
 * INT 15h: the size and map of memory, the A20 gate, moving blocks, waiting, power management. IBM PS/2 and PC BIOS Interface
 * Technical Reference; ACPI 6.5, section 15 (E820h); Advanced Power Management BIOS Interface 1.2 (53h).
 */
import { INSTRUCTIONS_PER_SECOND } from '../../devices/clock.ts';
import { type MemoryRegion, memoryMap } from '../memory-map.ts';
import { AdvancedPowerManagement } from './apm.ts';
import type { Call } from './call.ts';
import { Ebda, EXTENDED } from './data-area.ts';
import { fail, hex, type Outcome, type Pc, succeed, Unimplemented } from './services.ts';

const SMAP = 0x534d4150;
const ONE_MIB = 0x100000;
const SIXTEEN_MIB = 0x1000000;
/** AH of functions that there are not. */
const NO_FUNCTION = 0x86;
/** System control port A: bit 1 opens the A20 gate, bit 0 resets the processor. */
const [CONTROL_PORT_A, A20, RESET] = [0x92, 0x02, 0x01];
/** Commands of the keyboard controller that switch its output to the gate. */
const [KEYBOARD_CONTROLLER, A20_ON, A20_OFF] = [0x64, 0xdf, 0xdd];
/** The system configuration table in the ROM, which AH=C0h points to. */
export const CONFIGURATION_TABLE = 0xe6f5;
/** A wait longer than this is slept through until the next timer tick. */
const WORTH_SLEEPING = INSTRUCTIONS_PER_SECOND / 15;

export class SystemService {
  readonly #pc: Pc;
  readonly #map: readonly MemoryRegion[];
  readonly #apm: AdvancedPowerManagement;
  readonly #unimplemented: Unimplemented;

  constructor(pc: Pc) {
    this.#pc = pc;
    this.#map = memoryMap(pc.data.memory.size);
    this.#apm = new AdvancedPowerManagement(pc);
    this.#unimplemented = new Unimplemented(pc.log);
  }

  readonly start = (call: Call): Outcome => {
    switch (call.ah) {
      case 0x24:
        return this.#a20(call);
      case 0x4f: // keyboard intercept: the scan code stays as it is
        call.carry = true;
        return 'done';
      case 0x53:
        return this.#apm.start(call);
      case 0x86:
        return this.#wait(call);
      case 0x87:
        return this.#moveBlock(call);
      case 0x88:
        call.ax = Math.min(0xffff, Math.floor(this.#extendedMemory / 1024));
        return succeed(call);
      case 0x90: // device busy, interrupt complete: hooks for multitasking programs
      case 0x91:
        call.ah = 0;
        return succeed(call);
      case 0xc0:
        call.es = 0xf000;
        call.bx = CONFIGURATION_TABLE;
        call.ah = 0;
        return succeed(call);
      case 0xc1: // segment of the extended BIOS data area
        call.es = EXTENDED >> 4;
        return succeed(call);
      case 0xe8:
        return this.#sizes(call);
      default:
        this.#unimplemented.say(`INT 15h AX=${hex(call.ax, 4)}`);
        return fail(call, NO_FUNCTION);
    }
  };

  /** The wait of AH=86h goes on. */
  readonly resume = (call: Call): Outcome => {
    const left = this.#pc.data.double(EXTENDED + Ebda.WAIT_DEADLINE) - this.#pc.now();
    if (left > 0) return left > WORTH_SLEEPING ? 'halt' : 'spin';
    call.ah = 0;
    return succeed(call);
  };

  /** CX:DX microseconds. */
  #wait(call: Call): Outcome {
    const microseconds = call.cx * 0x10000 + call.dx;
    const time = (microseconds * INSTRUCTIONS_PER_SECOND) / 1e6;
    this.#pc.data.setDouble(EXTENDED + Ebda.WAIT_DEADLINE, this.#pc.now() + time);
    return this.resume(call);
  }

  /** The gate has two inputs, and works while one of them asks for it: both are switched. */
  #a20(call: Call): Outcome {
    const { ports, data } = this.#pc;
    switch (call.al) {
      case 0x00:
      case 0x01: {
        ports.write(KEYBOARD_CONTROLLER, call.al ? A20_ON : A20_OFF, 1);
        const now = ports.read(CONTROL_PORT_A, 1) & ~(A20 | RESET);
        ports.write(CONTROL_PORT_A, call.al ? now | A20 : now, 1);
        break;
      }
      case 0x02:
        call.al = data.memory.a20 ? 1 : 0;
        break;
      case 0x03: // by the keyboard controller and by port 92h
        call.bx = 0x0003;
        break;
      default:
        return fail(call, NO_FUNCTION);
    }
    call.ah = 0;
    return succeed(call);
  }

  /** CX words from the third descriptor of the table at ES:SI to the fourth; the segments' limits are not looked at. */
  #moveBlock(call: Call): Outcome {
    const table = call.address('es', call.si);
    const base = (index: number) => {
      const { view } = call.memory;
      const at = table + 8 * index;
      return (view.getUint32(at + 2, true) & 0xffffff) + view.getUint8(at + 7) * 0x1000000;
    };
    const [from, to, length] = [base(2), base(3), call.cx * 2];
    if (!call.memory.contains(from, length) || !call.memory.contains(to, length)) return fail(call, 0x02);
    call.memory.write(to, call.memory.read(from, length));
    call.ah = 0;
    return succeed(call);
  }

  /** Bytes from 1 MiB to the first hole. */
  get #extendedMemory(): number {
    return this.#map.find(({ start, type }) => start === ONE_MIB && type === 1)?.length ?? 0;
  }

  #sizes(call: Call): Outcome {
    const extended = this.#extendedMemory;
    switch (call.al) {
      case 0x01: {
        // KiB from 1 to 16 MiB, and 64 KiB blocks above.
        const low = Math.min(extended, SIXTEEN_MIB - ONE_MIB);
        call.ax = Math.floor(low / 1024);
        call.bx = Math.floor(Math.max(0, extended - low) / 0x10000);
        call.cx = call.ax;
        call.dx = call.bx;
        return succeed(call);
      }
      case 0x20:
        return this.#mapEntry(call);
      default:
        this.#unimplemented.say(`INT 15h AX=${hex(call.ax, 4)}`);
        return fail(call, NO_FUNCTION);
    }
  }

  /** EBX says which entry, and becomes the next, or 0 with the last one; 20 bytes go to ES:DI. */
  #mapEntry(call: Call): Outcome {
    const region = this.#map[call.ebx];
    if (call.edx !== SMAP || call.ecx < 20 || !region) return fail(call, NO_FUNCTION);
    const entry = new DataView(new ArrayBuffer(20));
    entry.setBigUint64(0, BigInt(region.start), true);
    entry.setBigUint64(8, BigInt(region.length), true);
    entry.setUint32(16, region.type, true);
    call.memory.write(call.address('es', call.di), new Uint8Array(entry.buffer));
    call.eax = SMAP;
    call.ecx = 20;
    call.ebx = call.ebx + 1 < this.#map.length ? call.ebx + 1 : 0;
    return succeed(call);
  }
}
