import { describe, expect, test } from 'vitest';
import { architecturalState } from '../../src/emulator/debug/compare.ts';
import { KernelError, Machine, type MachineOptions } from '../../src/emulator/machine.ts';
import { join, text, u8, u32 } from '../firmware/elf-builder.ts';
import { asm, guest, message } from '../firmware/guest.ts';

const COM1 = 0x3f8;

describe.each(['reference', 'interpreter'] as const)('a machine with the %s engine', (engine) => {
  async function boot(kernel: Uint8Array, options: MachineOptions = {}): Promise<Machine> {
    const machine = await Machine.create({ memoryMiB: 2, engine, ...options });
    machine.loadKernel(kernel);
    return machine;
  }

  test('shows what the guest writes, and halts for good with interrupts off', async () => {
    const machine = await boot(guest(message(0, 'Hello'), message(81, 'x'), asm.cli, asm.hlt));
    expect(machine.screenText()).toBe('\n');
    expect(machine.run()).toEqual({ kind: 'end', end: { kind: 'halted' } });
    expect(machine.screenText()).toBe('Hello\n x\n');
    expect(machine.instructions).toBe(8);
    expect(machine.run(100)).toEqual({ kind: 'end', end: { kind: 'halted' } });
    expect(machine.instructions).toBe(8);
  });

  test('runs to an exact count, and gives the same run however it is sliced', async () => {
    const kernel = guest(asm.wait(3000), message(0, 'ab'), asm.wait(5000), message(2, 'cd'), asm.spin);
    const whole = await boot(kernel);
    whole.run(8004);
    for (const slices of [[1, 2, 3, 500, 7498], [4000, 4004], new Array(8004).fill(1)]) {
      const sliced = await boot(kernel);
      let count = 0;
      for (const slice of slices) {
        expect(sliced.run(slice)).toEqual({ kind: 'budget' });
        count += slice;
        expect(sliced.instructions).toBe(count);
      }
      expect(architecturalState(sliced.state)).toEqual(architecturalState(whole.state));
    }
    expect(whole.screenText()).toBe('ab\n');
  });

  test('reset gives the same run again', async () => {
    const serial: number[] = [];
    const machine = await boot(guest(asm.wait(500), asm.out(COM1, 0x41), message(3, 'z'), asm.cli, asm.hlt), {
      serial: (byte) => serial.push(byte),
    });
    machine.run();
    const [count, state] = [machine.instructions, architecturalState(machine.state)];
    machine.reset();
    expect([machine.instructions, machine.end, machine.screenText()]).toEqual([0, null, '\n']);
    machine.run();
    expect([machine.instructions, architecturalState(machine.state)]).toEqual([count, state]);
    expect(machine.screenText()).toBe('   z\n');
    expect(serial).toEqual([0x41, 0x41]);
  });

  test('another kernel takes the place of the one before', async () => {
    const machine = await boot(guest(message(0, 'first'), asm.cli, asm.hlt));
    machine.run();
    machine.loadKernel(guest(message(0, 'second'), asm.cli, asm.hlt));
    machine.run();
    expect(machine.screenText()).toBe('second\n');
  });

  test('a bad kernel leaves no kernel', async () => {
    const machine = await boot(guest(asm.spin));
    expect(() => machine.loadKernel(text('no kernel'))).toThrow(KernelError);
    expect(() => machine.run(1)).toThrow('there is nothing to run');
    machine.loadKernel(guest(asm.cli, asm.hlt));
    expect(machine.run().kind).toBe('end');
  });

  test('isa-debug-exit ends the run right after its instruction', async () => {
    const machine = await boot(guest(asm.out32(0xf4, 0x10), message(0, 'no'), asm.spin));
    expect(machine.run()).toEqual({ kind: 'end', end: { kind: 'debug-exit', code: 0x21 } });
    expect(machine.screenText()).toBe('\n');
    expect(machine.instructions).toBe(3);
  });

  test('without isa-debug-exit its port floats, and is named', async () => {
    const log: string[] = [];
    const machine = await boot(guest(asm.out(0xf4, 1), asm.cli, asm.hlt), {
      debugExit: null,
      log: (line) => log.push(line),
    });
    expect(machine.run()).toEqual({ kind: 'end', end: { kind: 'halted' } });
    expect(log).toEqual(['write to port 0xf4 (coprocessor): no device is there']);
  });

  test('an exception without a handler is a triple fault, told as a chain', async () => {
    const machine = await boot(guest(asm.nop, asm.ud2));
    machine.run();
    expect(machine.end).toMatchObject({
      kind: 'triple-fault',
      chain: [
        { name: '#UD invalid opcode', vector: 6, errorCode: null, rip: '0000000000101001' },
        // #UD is benign: the fault in its delivery is delivered for itself, and only that one's fault doubles.
        { name: '#GP general protection', vector: 13 },
        { name: '#GP general protection', vector: 13 },
        { name: '#DF double fault', vector: 8, errorCode: 0 },
        { name: '#GP general protection', vector: 13 },
      ],
    });
  });

  test('serial input reaches a guest that polls for it', async () => {
    // again: in line status; test al, 1; jz again; in data; inc al; out data; jmp again
    const poll = join(asm.in(COM1 + 5), u8(0xa8, 1, 0x74, 0xf7), asm.in(COM1), u8(0xfe, 0xc0, 0xee, 0xeb, 0xed));
    const sent: number[] = [];
    const machine = await boot(guest(poll), { serial: (byte) => sent.push(byte) });
    machine.run(1000);
    machine.serialInput('HAL');
    machine.run(1000);
    expect(String.fromCharCode(...sent)).toBe('IBM');
  });

  /** Only some of the first controller's lines are left open, and interrupts on. */
  const waitFor = (lines: number) =>
    join(asm.out(0x21, ~lines & 0xff), asm.out(0xa1, 0xff), asm.sti, asm.hlt, asm.spin);

  test('hlt with interrupts on sleeps until a device interrupts, without executing anything', async () => {
    // FIFO on, trigger at 4, receive interrupt on: one byte sets the character time-out.
    const machine = await boot(
      guest(asm.out(COM1 + 2, 0x41), asm.out(COM1 + 1, 1), asm.out(COM1 + 4, 8), waitFor(1 << 4)),
    );
    machine.run(15);
    machine.serialInput('x');
    expect(machine.run(35)).toEqual({ kind: 'budget' });
    expect([machine.instructions, machine.time, machine.isAsleep]).toEqual([17, 50, true]);
    // There is no handler to go to.
    expect(machine.run()).toMatchObject({ kind: 'end', end: { kind: 'triple-fault' } });
    expect(machine.instructions).toBe(17);
    // Four characters of 7 bits (5 data bits after reset) at 9600 baud, in virtual nanoseconds of ten.
    expect(machine.time).toBeGreaterThan((4 * 7 * 100_000_000) / 9600);
    expect(machine.time).toBeLessThan((4 * 7 * 100_000_000) / 9600 + 20);
  });

  test('hlt is the end where no interrupt can come any more', async () => {
    for (const last of [waitFor(0), join(waitFor(0xff).slice(0, -4), asm.cli, asm.hlt)]) {
      const machine = await boot(guest(last));
      expect(machine.run()).toEqual({ kind: 'end', end: { kind: 'halted' } });
    }
  });

  test('a guest that only a key can wake waits for it', async () => {
    const machine = await boot(guest(waitFor(1 << 1)));
    expect(machine.run()).toEqual({ kind: 'waiting' });
    expect([machine.isAsleep, machine.isWaitingForInput, machine.end]).toEqual([true, true, null]);
    // Time passes where it is asked to.
    expect(machine.run(12_345_678)).toEqual({ kind: 'budget' });
    expect([machine.time - machine.instructions, machine.isWaitingForInput]).toEqual([12_345_678, true]);
  });

  test('time passes for a guest that does nothing but raise exceptions', async () => {
    // The invalid-opcode handler is itself an invalid opcode; what it pushes goes where no memory is.
    const [idt, gdt, pointers, handler] = [0x110000, 0x120000, 0x130000, 0x101002];
    const store = (address: number, value: number) => join(u8(0xc7, 0x05), u32(address, value));
    const machine = await boot(
      guest(
        u8(0xeb, 2), // jump over the handler
        asm.ud2,
        store(idt + 6 * 8, 0x00080000 | (handler & 0xffff)),
        store(idt + 6 * 8 + 4, (handler & 0xffff0000) | 0x8e00),
        store(gdt + 8, 0x0000ffff), // flat code
        store(gdt + 12, 0x00cf9b00),
        store(pointers, 0xffff),
        store(pointers + 2, gdt),
        store(pointers + 8, 0xffff),
        store(pointers + 10, idt),
        u8(0x0f, 0x01, 0x15), // lgdt
        u32(pointers),
        u8(0x0f, 0x01, 0x1d), // lidt
        u32(pointers + 8),
        u8(0xbc), // mov esp
        u32(0x90000000),
        asm.ud2,
      ),
    );
    expect(machine.run(1000)).toEqual({ kind: 'budget' });
    expect(machine.instructions).toBe(1000);
    expect(machine.state.gpr(4)).toBeLessThan(0x90000000n);
  });

  test('the snapshot names registers and the next instruction', async () => {
    const machine = await boot(guest(u8(0xb8), u32(0x12345678), asm.hlt));
    const before = machine.snapshot();
    expect(before).toMatchObject({ rip: '0000000000101000', cs: 0x10, ss: 0x18, cpl: 0, next: 'mov eax,0x12345678' });
    expect(before.gpr).toHaveLength(16);
    expect(before.gpr[0]).toBe('0000000036d76289');
    machine.step();
    expect(machine.snapshot()).toMatchObject({ next: 'hlt', rip: '0000000000101005' });
    expect(machine.snapshot().gpr[0]).toBe('0000000012345678');
  });
});

test('RAM has to be 1 to 3584 MiB', async () => {
  for (const memoryMiB of [0, -1, 0.3, 3585, Number.NaN])
    await expect(Machine.create({ memoryMiB, engine: 'reference' })).rejects.toThrow(RangeError);
});
