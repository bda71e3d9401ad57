/** What the panel says: states, numbers, and how a machine came to its end. */

import type { ExceptionInWords, MachineEnd, MachineState, Report } from '../../emulator/worker/client.ts';

type Sleep = Extract<Report, { type: 'status' }>['sleep'];

/** Hexadecimal digits without the zeros in front: `0000000000101234` is `0x101234`. */
export function address(hex: string): string {
  return `0x${hex.replace(/^(0x)?0+(?=.)/i, '')}`;
}

export function count(instructions: number): string {
  return instructions.toLocaleString('en');
}

const stateWords: Record<MachineState, string> = {
  idle: 'Off',
  loading: 'Loading',
  running: 'Running',
  paused: 'Paused',
  halted: 'Halted',
  crashed: 'Crashed',
};

/** @param sleep what a machine in `hlt` waits for; `null` if it does not */
export function stateWord(state: MachineState, sleep: Sleep): string {
  if (state !== 'running' || sleep === null) return stateWords[state];
  return sleep === 'key' ? 'Waiting for a key' : 'Waiting for an interrupt';
}

/**
 * Below the screen of a running machine.
 * @param scripted the chapter's own keys are being typed, or will be
 */
export function keyboardHint(captured: boolean, touch: boolean, scripted: boolean): string {
  if (captured) return 'What you type goes to the machine. Ctrl + Alt gives the keyboard back.';
  if (scripted) return `The chapter types here. ${touch ? 'Tap' : 'Click'} the screen to type yourself.`;
  return touch ? 'Tap the screen to type' : 'Click the screen to type, or press Enter on it';
}

/** `1.0 MB, 12 sectors written, kept in this browser`. */
export function diskNote(bytes: number, writtenSectors: number, isLasting: boolean): string {
  const size = `${(bytes / 1_000_000).toFixed(1)} MB`;
  if (writtenSectors === 0) return `${size}, as it came`;
  const sectors = writtenSectors === 1 ? '1 sector' : `${count(writtenSectors)} sectors`;
  const keeper = isLasting ? 'kept in this browser' : 'kept until you leave this page: this browser has no room for it';
  return `${size}, ${sectors} written, ${keeper}`;
}

/** After the plug was pulled. */
export function powerCutNote(unflushed: number, survived: number): string {
  if (unflushed === 0) return 'The plug is out. All that had been written was safely on the disk.';
  const writes = unflushed === 1 ? 'The last write was' : `The last ${count(unflushed)} writes were`;
  const fate =
    survived === 0
      ? 'is lost'
      : survived === unflushed
        ? 'got there just in time'
        : `${count(survived)} of them got there`;
  return `The plug is out. ${writes} still on the way to the disk: ${unflushed > 1 && survived === 0 ? 'all are lost' : fate}.`;
}

/** What a screen reader is told when the state changes. */
export function announcement(state: MachineState, instructions: number): string {
  switch (state) {
    case 'paused':
    case 'halted':
    case 'crashed':
      return `Machine ${stateWords[state].toLowerCase()} after ${count(instructions)} instructions`;
    default:
      return `Machine ${stateWords[state].toLowerCase()}`;
  }
}

/** A crash in words: what happened, and the exceptions that led to it, oldest first. */
export interface Verdict {
  title: string;
  text: string;
  chain: string[];
}

/** @returns `null` for an orderly end */
export function verdict(end: MachineEnd, rip: string): Verdict | null {
  switch (end.kind) {
    case 'halted':
      return null;
    case 'debug-exit':
    case 'power-off':
    case 'reset':
      return null;
    case 'triple-fault':
      return {
        title: 'Triple fault',
        text:
          `The processor was at rip ${address(rip)} when an exception could not be delivered, nor the double fault that ` +
          'follows, and a processor that cannot report a double fault shuts down. A real PC would now restart.',
        chain: end.chain.map(exceptionSentence),
      };
    case 'unsupported':
      return {
        title: 'Not supported yet',
        text: `The emulator stopped at rip ${address(end.rip)}: ${end.what} (bytes ${end.bytes}). This is its limit, not the kernel’s fault.`,
        chain: [],
      };
  }
}

function exceptionSentence(exception: ExceptionInWords): string {
  const errorCode = exception.errorCode === null ? '' : `, error code 0x${exception.errorCode.toString(16)}`;
  // Where an address is at fault, the reason names it.
  return `${exception.name}${errorCode}, at rip ${address(exception.rip)}: ${exception.reason}`;
}

/** The orderly ends, for the status line. */
export function endNote(end: MachineEnd | null): string {
  if (end?.kind === 'halted') return 'hlt: nothing is left that could wake the processor';
  if (end?.kind === 'debug-exit') return `the kernel wrote ${end.code} to the debug-exit port`;
  if (end?.kind === 'power-off') return 'the kernel switched the machine off';
  if (end?.kind === 'reset') return `the kernel reset the machine (${end.by})`;
  return '';
}
