/** What random code once found, cut down to what matters, and its relatives. */
import * as L from '../../../src/emulator/cpu/layout.ts';
import { CODE, type NumericErrors, type Setting, type Start } from './fuzz-machine.ts';

interface Found {
  name: string;
  setting: Setting;
  /** Hexadecimal, from CODE on; no operation follows, for as long as code goes. */
  code: string;
  /** By index; the others are 0, rsp points at a stack. */
  registers?: Readonly<Record<number, number>>;
  /** All exceptions go to this offset in the code. */
  handler?: number;
  /** #MF, if not given. */
  numericErrors?: NumericErrors;
}

const STACK_POINTER = 0xc400;
const NOP = 0x90;

const FOUND: readonly Found[] = [
  {
    name: 'a call to a page that is missing, in a page that holds the page-fault handler: the call was linked to the handler',
    setting: 'long0',
    code: 'e8fbffff3f',
  },
  {
    name: 'a conditional jump to a page that is missing, from the handler itself',
    setting: 'protected3',
    code: '31c00f84f8ffff3f',
  },
  {
    name: 'LOOP to a page that is missing, with a handler on the same page',
    setting: 'compatibility3',
    code: '83c105e080ebfb',
    handler: 3,
  },
  {
    name: 'MOVS with 16-bit addresses over its own record: its masks were gone before it moved its pointers',
    setting: 'protected0',
    code: 'f367a590ebfe',
    registers: { [L.RCX]: 0x20, [L.RSI]: 0xfff0, [L.RDI]: 0xfff6 },
  },
  {
    name: 'STOSB over itself',
    setting: 'long0',
    code: '66f3aaebfe',
    registers: { [L.RCX]: 0x40, [L.RAX]: 0x90, [L.RDI]: CODE },
  },
  {
    name: 'MOVSQ over itself, downwards',
    setting: 'long0',
    code: 'fdf348a5fcebfe',
    registers: { [L.RCX]: 0x10, [L.RSI]: CODE + 0x900, [L.RDI]: CODE + 0x20 },
  },
  {
    name: 'XADD, XCHG, CMPXCHG and ADC with themselves',
    setting: 'long0',
    code: '480fc10b4887134a0fb123488313114889034883c308ebe8',
    registers: { [L.RBX]: CODE },
  },
  {
    name: 'a call that pushes its return address over itself',
    setting: 'long0',
    code: '488d25ffffffffe80000000058ebf1',
    registers: { [L.RSP]: CODE + 0x10 },
  },
  {
    name: 'LEAVE, POP and MOVS where addresses wrap around 4 GiB',
    setting: 'protected0',
    code: '66c9585ba5ebf8',
    registers: { [L.RBP]: 0xffffffff, [L.RSI]: 0xfffffffe, [L.RDI]: 0x14000 },
  },
  {
    name: 'a trace that leads into an instruction on two pages, and a store to its second part by the alias',
    setting: 'long3',
    code: '48b8000000000000000090c60502000100cc74f0ebee',
    registers: { [L.RBX]: CODE + 0xffe },
  },
  {
    name: 'an MMX instruction with an operand in no page, while an x87 exception is pending',
    setting: 'long0',
    code: 'dbe3d92d0b000000d9eed9eedef90fd828ebfe7e03',
    registers: { [L.RAX]: 0x3ff00000 },
  },
  {
    name: 'the same, with FERR# that nobody answers',
    setting: 'long0',
    code: 'dbe3d92d0b000000d9eed9eedef90fd828ebfe7e03',
    registers: { [L.RAX]: 0x3ff00000 },
    numericErrors: 'unanswered',
  },
  {
    name: 'MMX and x87 instructions while IGNNE# is asserted and an exception pending',
    setting: 'long0',
    code: 'dbe3d92d15000000d9eed9eedef90fd828480f7ec00f77d9e8ebef90907e03',
    registers: { [L.RAX]: CODE },
    numericErrors: 'ignored',
  },
  {
    name: 'an indirect call whose return address goes into code: the cache it had looked into was emptied by then',
    setting: 'protected0',
    code: '909090ffd0ebf9',
    registers: { [L.RSP]: CODE + 0x200, [L.RAX]: CODE },
  },
];

export function corpus(): { name: string; start: Start }[] {
  return FOUND.map((found) => ({ name: found.name, start: startOf(found) }));
}
function startOf({ setting, code, registers = {}, handler = 0, numericErrors = 'native' }: Found): Start {
  const bytes = new Uint8Array(0x4000).fill(NOP);
  bytes.set(Buffer.from(code, 'hex'));
  return {
    setting,
    code: bytes,
    data: Uint8Array.from({ length: 0x4000 }, (_, i) => (i * 37) & 0xff),
    registers: Array.from({ length: 16 }, (_, i) => BigInt(registers[i] ?? (i === L.RSP ? STACK_POINTER : 0))),
    rflags: 2,
    handlers: [handler],
    numericErrors,
  };
}
