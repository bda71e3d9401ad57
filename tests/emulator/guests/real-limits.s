# What real mode does at the ends of its segments, and what of protected mode stays in force there.
.include "real.inc"
.set DATA32, 0x08
.set SMALL, 0x10
.set DOWN, 0x18

main:
    lgdt [gdt_pointer]
    mov bx, 0xffff
    mov ax, 0x500
    mov fs, ax
    # Accesses that reach beyond offset FFFF.
    try "word at ffff", mov ax, fs:[bx]
    try "dword at fffd", mov eax, fs:[bx - 2]
    try "byte at ffff", mov al, fs:[bx]
    try "word store at ffff", mov fs:[bx], ax
    mov ebx, 0x10000
    try "byte at 10000", mov al, fs:[ebx]
    mov bx, 0xffff
    mov bp, bx
    try "stack word at ffff", mov ax, [bp]
    try "cs word at ffff", mov ax, cs:[bx]
    mov si, bx
    mov cx, 1
    try "lodsw at ffff", lodsw
    mov di, bx
    try "stosw at ffff", stosw
    mov cx, 3
    mov di, 0xfffd
    mov eax, 0x5000
    mov es, ax
    try "rep stosw across", rep stosw
    movzx eax, word ptr [fault_registers + 24]
    say "left", eax
    xor ax, ax
    mov es, ax
    try "xlat wraps", xlatb
    # Code in real mode can be written through CS.
    mov word ptr cs:[0x5000], 0x1234
    movzx eax, word ptr [0x5000]
    say "store through cs", eax

    # Jumps beyond the limit of the code segment are faults of the jump.
    mov eax, 0x10000
    try "jump to 10000", jmp eax
    try "call to 10000", call eax
    push eax
    try "ret to 10000", .byte 0x66, 0xc3
    pop eax
    # Running off the end: the instruction pointer does not wrap.
    mov byte ptr [0xffff], 0x90
    expect "off the end", 0, .Loff
    mov ax, 0xffff
    jmp ax
.Loff:
    # A jump of 16 bits wraps.
    mov word ptr [0xfffd], 0x01eb       # jmp +1: from ffff to 0
    mov byte ptr [0], 0xea              # jmp 0:wrapped
    mov word ptr [1], offset wrapped
    mov word ptr [3], 0
    mov ax, 0xfffd
    jmp ax
wrapped:
    say "wrapped", 1

    # A limit from protected mode stays in real mode, whatever is loaded there.
    mov eax, cr0
    or al, 1
    mov cr0, eax
    mov ax, SMALL
    mov gs, ax
    mov ax, DOWN
    mov fs, ax
    mov eax, cr0
    and al, 0xfe
    mov cr0, eax
    mov ax, 0x500
    mov gs, ax
    mov fs, ax
    mov dword ptr [0x50fc], 0x55667788
    mov ebx, gs:[0xfc]
    say "within the limit", ebx
    try "beyond the limit", mov eax, gs:[0xfd]
    try "below an expand-down segment", mov eax, fs:[0xff]
    try "within an expand-down segment", mov eax, fs:[0x100]
    # SP in a small stack segment: the interrupt finds room, or the fault is delivered on it.
    mov eax, cr0
    or al, 1
    mov cr0, eax
    mov ax, DATA32
    mov gs, ax
    mov fs, ax
    mov eax, cr0
    and al, 0xfe
    mov cr0, eax
    mov ax, 0x400
    mov gs, ax
    mov eax, 0x100000 - 0x4000
    mov dword ptr gs:[eax], 0xabcd
    mov ebx, gs:[eax]
    say "beyond 64 KiB again", ebx
    ret

.data
.balign 8
gdt:
    .quad 0
    .quad 0x00cf93000000ffff
    .quad 0x00009300000000ff
    .quad 0x00009700000000ff
gdt_end:
gdt_pointer:
    .word gdt_end - gdt - 1
    .long gdt
