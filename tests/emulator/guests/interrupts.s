# Hardware interrupts in 64-bit mode: when they are taken, what a handler finds, in which order, and what the controllers remember.
# The lines that a guest itself can raise and lower at once: IRQ 1 and 12 by the keyboard controller (commands 0xd2 and 0xd3 fill
# its output buffer), IRQ 4 by the serial port (its transmitter is empty always). Handlers note their vector in `order`.
.include "long.inc"
.set MASTER, 0x20
.set SLAVE, 0xa0
.set EOI, 0x20

.bss
order: .skip 64
.balign 8
order_end: .skip 8
saved_frame: .skip 8 * 8
.text

.macro outb port:req, value:req
    mov al, \value
    out \port, al
.endm
# Waits until the keyboard controller has taken a command.
.macro keyboard command:req
1000: in al, 0x64
    test al, 2
    jnz 1000b
    outb 0x64, \command
.endm
.macro keyboard_data value:req
1001: in al, 0x64
    test al, 2
    jnz 1001b
    outb 0x60, \value
.endm
# Raises IRQ 1, or 12; reading port 0x60 lowers them.
.macro raise_keyboard
    keyboard 0xd2
    keyboard_data 0x55
.endm
.macro raise_auxiliary
    keyboard 0xd3
    keyboard_data 0x66
.endm
.macro lower_keyboard
    in al, 0x60
.endm
# Raises IRQ 4: "transmitter empty" is enabled. Reading the identification register, or disabling it, lowers it.
.macro serial_port register:req, value:req
    mov dx, 0x3f8 + \register
    mov al, \value
    out dx, al
.endm
.macro raise_serial
    serial_port 1, 2
.endm
.macro lower_serial
    serial_port 1, 0
.endm
.macro masks master:req, slave:req
    outb MASTER + 1, \master
    outb SLAVE + 1, \slave
.endm
.macro initialise icw4=1
    outb MASTER, 0x11
    outb SLAVE, 0x11
    outb MASTER + 1, 0x20
    outb SLAVE + 1, 0x28
    outb MASTER + 1, 4
    outb SLAVE + 1, 2
    outb MASTER + 1, \icw4
    outb SLAVE + 1, \icw4
.endm
# Prints what was noted since, as digits of one number, the first one highest.
.macro say_order name:req
    call take_order
    say "\name", rax
.endm
# A register of a controller: 0x0a requests, 0x0b in service.
.macro say_register name:req, port:req, command:req
    outb \port, \command
    in al, \port
    movzx eax, al
    .if \command == 0x0a
        and eax, 0xfe                   # the timer asks for itself, some time
    .endif
    say "\name", rax
.endm

take_order:
    xor eax, eax
    mov ecx, offset order
1:  cmp rcx, [order_end]
    je 2f
    shl rax, 8
    mov al, [rcx]
    inc rcx
    jmp 1b
2:  mov qword ptr [order_end], offset order
    ret

# The hook of `interrupted`: rdi = frame. Keeps it, notes the vector, lowers the line and ends the interrupt.
serve:
    mov rax, [rdi + FRAME_VECTOR]
    mov rcx, [order_end]
    mov [rcx], al
    inc qword ptr [order_end]
    .irp field, 0, 8, 16, 24, 32
        mov rdx, [rdi + FRAME_RIP + \field]
        mov [saved_frame + \field], rdx
    .endr
    cmp eax, 0x80
    je 9f
    cmp eax, 0x24
    jne 1f
    lower_serial
1:  cmp eax, 0x21
    je 2f
    cmp eax, 0x2c
    jne 3f
2:  lower_keyboard
3:  call [during]
    cmp byte ptr [without_eoi], 0
    jne 8f
    cmp dword ptr [rdi + FRAME_VECTOR], 0x28
    jb 4f
    cmp dword ptr [rdi + FRAME_VECTOR], 0x2f
    je 4f
    outb SLAVE, EOI
4:  cmp dword ptr [rdi + FRAME_VECTOR], 0x27
    je 8f
    outb MASTER, EOI
8:  xor eax, eax
    ret
# From level 3: the frame is told, and the test goes on.
9:  mov al, 1
    ret
nothing:
    ret
.data
during: .quad nothing
without_eoi: .byte 0
.text

main:
    mov qword ptr [order_end], offset order
    mov qword ptr [hook], offset serve
    initialise
    masks 0xff, 0xff
    keyboard 0x60
    keyboard_data 0x43                  # both interrupts, translation, keyboard and mouse enabled
    lower_keyboard
    serial_port 4, 8                    # OUT2
    serial_port 2, 0
    lower_serial
    in al, 0x60

    # Masked, then open; interrupts on.
    raise_serial
    say_register "requests while masked", MASTER, 0x0a
    sti
    nop
    nop
    say_order "masked"
    masks 0xed, 0xff
    nop
    say_order "open"
    say_register "requests after", MASTER, 0x0a
    say_register "in service after", MASTER, 0x0b

    # The shadow of STI, and of MOV SS: how far RIP is past it.
    cli
    raise_serial
    sti
1:  nop
    nop
    nop
    mov rax, [saved_frame]
    sub rax, offset 1b
    say "after sti", rax
    raise_serial
    say_order "sti"
    cli
    raise_serial
    sti
2:  cli
    nop
    say_order "sti cli"
    mov eax, DATA
    sti
3:  mov ss, eax
    mov ss, eax
    nop
    nop
    mov rax, [saved_frame]
    sub rax, offset 3b
    say "after sti and mov ss", rax
    say_order "sti mov ss"
    cli
    raise_serial
    mov eax, DATA
    push 0x202
    popfq
4:  nop
    nop
    mov rax, [saved_frame]
    sub rax, offset 4b
    say "after popf", rax
    cli
    raise_serial
    push DATA
    push offset boot_stack_top - 0x1000
    push 0x202
    push CODE64
    push offset 5f
    iretq
5:  nop
    nop
    mov rax, [saved_frame]
    sub rax, offset 5b
    say "after iret", rax
    say_order "popf, iret"
    say "flags pushed", [saved_frame + 16]
    say "cs pushed", [saved_frame + 8]
    say "ss pushed", [saved_frame + 32]
    say "rsp pushed", [saved_frame + 24]
    mov rsp, offset boot_stack_top - 0x100

    # Unmasked while interrupts are on.
    cli
    masks 0xff, 0xff
    raise_serial
    sti
    masks 0xef, 0xff
    nop
    say_order "unmasking"

    # HLT: STI before it lets it be reached, and the interrupt ends it.
    cli
    masks 0xef, 0xff
    raise_serial
    sti
    hlt
7:  mov rax, [saved_frame]
    sub rax, offset 7b
    say "after hlt", rax
    say_order "hlt"

    # Priorities: 1 before 12 (by the cascade, input 2) before 4.
    cli
    masks 0xe9, 0xef
    raise_serial
    raise_auxiliary
    say_register "master requests", MASTER, 0x0a
    say_register "slave requests", SLAVE, 0x0a
    sti
    nop
    say_order "auxiliary, then serial"
    cli
    raise_serial
    raise_keyboard
    sti
    nop
    say_order "keyboard, then serial"

    # Nested: in the handler of IRQ 4 interrupts are let on again, and IRQ 1 comes; in that of IRQ 1, IRQ 4 waits.
    mov qword ptr [during], offset nest_keyboard
    cli
    raise_serial
    sti
    nop
    say_order "keyboard in serial"
    mov qword ptr [during], offset nest_serial
    cli
    raise_keyboard
    sti
    nop
    say_order "serial after keyboard"
    mov qword ptr [during], offset nothing

    # Without an end of interrupt nothing of lower or equal priority comes.
    mov byte ptr [without_eoi], 1
    cli
    raise_serial
    sti
    nop
    raise_serial
    nop
    say_order "no eoi"
    say_register "in service", MASTER, 0x0b
    raise_keyboard
    nop
    say_order "higher without eoi"
    say_register "in service, two", MASTER, 0x0b
    mov byte ptr [without_eoi], 0
    outb MASTER, EOI
    say_register "in service, one", MASTER, 0x0b
    outb MASTER, 0x64                   # specific: 4
    say_register "in service, none", MASTER, 0x0b
    nop
    say_order "the one that waited"

    # A request of the slave that has gone when it is acknowledged: vector of its input 7, nothing in service at the slave.
    cli
    raise_auxiliary
    outb SLAVE + 1, 0xff
    say_register "master requests for the slave", MASTER, 0x0a
    mov byte ptr [without_eoi], 1
    sti
    nop
    cli
    say_order "spurious"
    say_register "slave in service", SLAVE, 0x0b
    say_register "master in service", MASTER, 0x0b
    mov byte ptr [without_eoi], 0
    outb MASTER, EOI
    outb SLAVE + 1, 0xef
    sti
    nop
    say_order "and the real one"

    # Poll: the controller says which, and has it in service, without an interrupt.
    cli
    raise_serial
    outb MASTER, 0x0c
    in al, MASTER
    movzx eax, al
    say "polled", rax
    say_register "in service by poll", MASTER, 0x0b
    lower_serial
    outb MASTER, EOI
    outb MASTER, 0x0c
    in al, MASTER
    movzx eax, al
    say "polled in vain", rax

    # Automatic end of interrupt; rotation.
    initialise 3
    masks 0xe9, 0xef
    mov byte ptr [without_eoi], 1
    raise_serial
    sti
    nop
    say_register "in service, automatic", MASTER, 0x0b
    raise_serial
    nop
    say_order "automatic"
    cli
    mov byte ptr [without_eoi], 0
    initialise
    masks 0xe9, 0xef
    outb MASTER, 0xc1                   # lowest priority: 1
    raise_serial
    raise_keyboard
    sti
    nop
    say_order "rotated"
    cli
    outb MASTER, 0xc7

    # From level 3: the stack is the TSS's; with an IST, that one.
    masks 0xef, 0xff
    mov qword ptr [user_flags], 0x202
    raise_serial
    try_user "from level 3", nop
    say_order "level 3"
    say "cs at level 3", [saved_frame + 8]
    say "ss at level 3", [saved_frame + 32]
    mov rax, [saved_frame + 24]
    sub rax, offset user_stack_top
    say "rsp at level 3", rax
    mov qword ptr [during], offset tell_rsp
    raise_serial
    try_user "stack of level 0", nop
    say_order "stack of level 0"
    mov byte ptr [idt + 0x24 * 16 + 4], 1
    raise_serial
    try_user "stack by ist", nop
    say_order "stack by ist"
    mov byte ptr [idt + 0x24 * 16 + 4], 0
    mov qword ptr [during], offset nothing

    # Delivery that faults: EXT in the error code. The request has been acknowledged, and ends by hand.
    mov eax, DATA
    mov ss, eax
    mov qword ptr [hook], 0
    mov byte ptr [idt + 0x24 * 16 + 5], 0x0e
    raise_serial
    expect "gate not present", 8f, 9f
    push 0x202
    popfq
8:  nop
    nop
9:  mov byte ptr [idt + 0x24 * 16 + 5], 0x8e
    lower_serial
    outb MASTER, EOI
    mov word ptr [idt + 0x24 * 16 + 2], DATA
    raise_serial
    expect "gate to data", 8f, 9f
    push 0x202
    popfq
8:  nop
    nop
9:  mov word ptr [idt + 0x24 * 16 + 2], CODE64
    lower_serial
    outb MASTER, EOI
    jmp finish

nest_keyboard:
    cmp dword ptr [rdi + FRAME_VECTOR], 0x24
    jne 1f
    push rdi
    raise_keyboard
    sti
    nop
    cli
    say_register "in service in serial", MASTER, 0x0b
    pop rdi
1:  ret
nest_serial:
    cmp dword ptr [rdi + FRAME_VECTOR], 0x21
    jne 1f
    push rdi
    raise_serial
    sti
    nop
    cli
    say_register "requests in keyboard", MASTER, 0x0a
    pop rdi
1:  ret
tell_rsp:
    mov rax, rdi
    add rax, FRAME_SS + 8
    sub rax, offset ring0_stack_top
    say "frame below the stack of level 0", rax
    mov rax, rdi
    add rax, FRAME_SS + 8
    sub rax, offset ist_stack_top
    say "frame below the stack of ist", rax
    ret
