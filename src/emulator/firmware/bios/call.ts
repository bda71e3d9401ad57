/** What a BIOS service sees of its caller: the registers and the flags that `iret` will restore. All in real mode. */
import { CF, ZF } from '../../cpu/flags.ts';
import { RAX, RBP, RBX, RCX, RDI, RDX, RSI, RSP } from '../../cpu/layout.ts';
import type { CpuState, SegmentRegister } from '../../cpu/state.ts';
import type { PhysicalMemory } from '../../mmu/physical-memory.ts';

/** Offset of FLAGS in the frame that INT pushes: IP, CS, FLAGS. */
const FRAME_FLAGS = 4;

export class Call {
  readonly #state: CpuState;
  readonly memory: PhysicalMemory;

  constructor(state: CpuState, memory: PhysicalMemory) {
    this.#state = state;
    this.memory = memory;
  }

  get eax(): number {
    return this.#get32(RAX);
  }
  set eax(value: number) {
    this.#set32(RAX, value);
  }
  get ebx(): number {
    return this.#get32(RBX);
  }
  set ebx(value: number) {
    this.#set32(RBX, value);
  }
  get ecx(): number {
    return this.#get32(RCX);
  }
  set ecx(value: number) {
    this.#set32(RCX, value);
  }
  get edx(): number {
    return this.#get32(RDX);
  }
  set edx(value: number) {
    this.#set32(RDX, value);
  }

  get ax(): number {
    return this.#get16(RAX);
  }
  set ax(value: number) {
    this.#set16(RAX, value);
  }
  get bx(): number {
    return this.#get16(RBX);
  }
  set bx(value: number) {
    this.#set16(RBX, value);
  }
  get cx(): number {
    return this.#get16(RCX);
  }
  set cx(value: number) {
    this.#set16(RCX, value);
  }
  get dx(): number {
    return this.#get16(RDX);
  }
  set dx(value: number) {
    this.#set16(RDX, value);
  }
  get si(): number {
    return this.#get16(RSI);
  }
  set si(value: number) {
    this.#set16(RSI, value);
  }
  get di(): number {
    return this.#get16(RDI);
  }
  set di(value: number) {
    this.#set16(RDI, value);
  }
  get bp(): number {
    return this.#get16(RBP);
  }
  set bp(value: number) {
    this.#set16(RBP, value);
  }

  get al(): number {
    return this.ax & 0xff;
  }
  set al(value: number) {
    this.ax = (this.ax & 0xff00) | (value & 0xff);
  }
  get ah(): number {
    return this.ax >> 8;
  }
  set ah(value: number) {
    this.ax = (this.ax & 0xff) | ((value & 0xff) << 8);
  }
  get bl(): number {
    return this.bx & 0xff;
  }
  set bl(value: number) {
    this.bx = (this.bx & 0xff00) | (value & 0xff);
  }
  get bh(): number {
    return this.bx >> 8;
  }
  set bh(value: number) {
    this.bx = (this.bx & 0xff) | ((value & 0xff) << 8);
  }
  get cl(): number {
    return this.cx & 0xff;
  }
  get ch(): number {
    return this.cx >> 8;
  }
  get dl(): number {
    return this.dx & 0xff;
  }
  set dl(value: number) {
    this.dx = (this.dx & 0xff00) | (value & 0xff);
  }
  get dh(): number {
    return this.dx >> 8;
  }

  /** Linear address of an offset in a segment as the caller has it. */
  address(segment: SegmentRegister, offset: number): number {
    return (Number(this.#state.segment(segment).base) + (offset & 0xffff)) >>> 0;
  }
  set es(selector: number) {
    const es = this.#state.segment('es');
    this.#state.setSegment('es', { ...es, selector, base: BigInt(selector) << 4n });
  }

  /** CF and ZF as the caller will find them. */
  get carry(): boolean {
    return (this.memory.view.getUint16(this.#flagsAt, true) & CF) !== 0;
  }
  set carry(on: boolean) {
    this.#flag(CF, on);
  }
  get zero(): boolean {
    return (this.memory.view.getUint16(this.#flagsAt, true) & ZF) !== 0;
  }
  set zero(on: boolean) {
    this.#flag(ZF, on);
  }

  get #flagsAt(): number {
    return this.address('ss', this.#get16(RSP)) + FRAME_FLAGS;
  }
  #flag(mask: number, on: boolean): void {
    const at = this.#flagsAt;
    const flags = this.memory.view.getUint16(at, true);
    const changed = on ? flags | mask : flags & ~mask;
    this.memory.write(at, Uint8Array.of(changed & 0xff, changed >> 8));
  }
  #get32(register: number): number {
    return Number(this.#state.gpr(register) & 0xffffffffn);
  }
  #set32(register: number, value: number): void {
    this.#state.setGpr(register, BigInt(value >>> 0));
  }
  #get16(register: number): number {
    return Number(this.#state.gpr(register) & 0xffffn);
  }
  #set16(register: number, value: number): void {
    const kept = this.#state.gpr(register) & ~0xffffn;
    this.#state.setGpr(register, kept | BigInt(value & 0xffff));
  }
}
