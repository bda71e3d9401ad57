/**
 * The ACPI tables that tell a kernel of the power management registers: Advanced Configuration and Power Interface
 * Specification 6.5, chapter 5. RSDP, RSDT, XSDT, FADT and DSDT lie in the BIOS ROM, the FACS in the extended BIOS data area.
 *
 * There is no MADT: interrupts come through the two 8259As.
 */
import type { PhysicalMemory } from '../mmu/physical-memory.ts';
import { CONVENTIONAL_END } from './memory-map.ts';

/** Physical address of the RSDP, where kernels search: a multiple of 16 in the BIOS area (section 5.2.5.1). */
export const RSDP = 0xf0000;
/** A multiple of 64, in memory that the memory map reserves. */
const FACS = CONVENTIONAL_END + 0x300;
const [RSDT, XSDT, FADT, DSDT] = [0xf0040, 0xf0080, 0xf00c0, 0xf0200];

/** I/O ports of the power management registers, and the interrupt that they raise: as devices/acpi-pm.ts has them. */
const [PM1_EVENT, PM1_CONTROL, PM_TIMER, SCI] = [0x600, 0x604, 0x608, 9];
/** Writing 06h to this port resets the machine. */
const [RESET_PORT, RESET_VALUE] = [0xcf9, 0x06];

/** FADT, "Fixed ACPI Description Table Fixed Feature Flags" (table 5.10). */
const Flag = { WBINVD: 1 << 0, PROC_C1: 1 << 2, SLP_BUTTON: 1 << 5, RTC_S4: 1 << 7, RESET_REG_SUP: 1 << 10 } as const;
/** IA-PC boot architecture flags: a keyboard controller is there; legacy devices are. */
const BOOT_ARCHITECTURE = 0x0003;

/** Puts the tables into memory. They refer to each other by address, and to nothing else. */
export function installAcpiTables(memory: PhysicalMemory): void {
  memory.write(FACS, facs());
  memory.write(DSDT, table('DSDT', 2, dsdtBody()));
  memory.write(FADT, fadt());
  memory.write(XSDT, table('XSDT', 1, words64(FADT)));
  memory.write(RSDT, table('RSDT', 1, words32(FADT)));
  memory.write(RSDP, rsdp());
}

/** The RSDP's bytes, as boot loaders hand them on: version 1 has 20 of them, version 2 has 36. */
export function rsdp(version: 1 | 2 = 2): Uint8Array {
  const bytes = new Uint8Array(36);
  const view = new DataView(bytes.buffer);
  bytes.set(ascii('RSD PTR '));
  bytes.set(ascii('TOYVM '), 9);
  bytes[15] = version === 1 ? 0 : 2;
  view.setUint32(16, RSDT, true);
  bytes[8] = checksum(bytes.subarray(0, 20));
  if (version === 1) return bytes.slice(0, 20);
  view.setUint32(20, 36, true);
  view.setBigUint64(24, BigInt(XSDT), true);
  bytes[32] = checksum(bytes);
  return bytes;
}

function facs(): Uint8Array {
  const view = new DataView(new ArrayBuffer(64));
  const bytes = new Uint8Array(view.buffer);
  bytes.set(ascii('FACS'));
  view.setUint32(4, 64, true);
  view.setUint8(32, 2);
  return bytes;
}

/** Revision 3 (ACPI 2.0), 244 bytes: section 5.2.9. The machine is always in ACPI mode, so that SMI_CMD is 0. */
function fadt(): Uint8Array {
  const view = new DataView(new ArrayBuffer(244 - HEADER));
  const at = (offset: number) => offset - HEADER;
  view.setUint32(at(36), FACS, true);
  view.setUint32(at(40), DSDT, true);
  view.setUint8(at(45), 1); // preferred profile: desktop
  view.setUint16(at(46), SCI, true);
  view.setUint32(at(56), PM1_EVENT, true);
  view.setUint32(at(64), PM1_CONTROL, true);
  view.setUint32(at(76), PM_TIMER, true);
  view.setUint8(at(88), 4); // lengths of the event, control and timer blocks
  view.setUint8(at(89), 2);
  view.setUint8(at(91), 4);
  view.setUint16(at(96), 0xffff, true); // no C2, no C3
  view.setUint16(at(98), 0xffff, true);
  view.setUint8(at(108), 0x32); // CMOS register of the century
  view.setUint16(at(109), BOOT_ARCHITECTURE, true);
  view.setUint32(at(112), Flag.WBINVD | Flag.PROC_C1 | Flag.SLP_BUTTON | Flag.RTC_S4 | Flag.RESET_REG_SUP, true);
  const bytes = new Uint8Array(view.buffer);
  bytes.set(ioAddress(8, 1, RESET_PORT), at(116));
  view.setUint8(at(128), RESET_VALUE);
  view.setBigUint64(at(132), BigInt(FACS), true);
  view.setBigUint64(at(140), BigInt(DSDT), true);
  bytes.set(ioAddress(32, 2, PM1_EVENT), at(148));
  bytes.set(ioAddress(16, 2, PM1_CONTROL), at(172));
  bytes.set(ioAddress(32, 3, PM_TIMER), at(208));
  return table('FACP', 3, bytes);
}

/** Generic address structure (section 5.2.3.2) of an I/O port. @param size of an access: 1 a byte, 2 a word, 3 a dword */
function ioAddress(bits: number, size: number, port: number): Uint8Array {
  return join(Uint8Array.of(1, bits, 0, size), words64(port));
}

/**
 * In AML (chapter 20): `Name (_S5, Package (4) { 0, 0, 0, 0 })`, to soft off by sleep type 0.
 */
function dsdtBody(): Uint8Array {
  const [NAME_OP, PACKAGE_OP, ZERO_OP] = [0x08, 0x12, 0x00];
  const elements = [ZERO_OP, ZERO_OP, ZERO_OP, ZERO_OP];
  // PkgLength counts itself.
  return join(
    Uint8Array.of(NAME_OP),
    ascii('_S5_'),
    Uint8Array.of(PACKAGE_OP, elements.length + 2, elements.length, ...elements),
  );
}

const HEADER = 36;

/** A table with its header, section 5.2.6. */
function table(signature: string, revision: number, body: Uint8Array): Uint8Array {
  const header = join(
    ascii(signature),
    words32(HEADER + body.length),
    Uint8Array.of(revision, 0),
    ascii('TOYVM '),
    ascii('TOYVMPC '),
    words32(1),
    ascii('TOYV'),
    words32(1),
  );
  const bytes = join(header, body);
  bytes[9] = checksum(bytes);
  return bytes;
}

/** What makes all bytes add up to zero, given that the checksum's own byte is zero. */
function checksum(bytes: Uint8Array): number {
  return -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
}
function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
function words32(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}
function words64(...values: number[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values.map(BigInt)).buffer);
}
function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
