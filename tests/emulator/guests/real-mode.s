# Real mode: addresses, stacks, interrupts, what exists and what does not.
.include "real.inc"
main:
    # Segments: base is the selector times 16.
    mov dword ptr [0x5000], 0x12345678
    mov ax, 0x400
    mov fs, ax
    mov eax, fs:[0x1000]
    say "segment", eax
    mov ax, 0x4ff
    mov gs, ax
    mov eax, gs:[0x10]
    say "another segment", eax
    # 16-bit addresses wrap within the segment.
    mov bx, 0x9000
    mov si, 0xc000
    mov eax, [bx + si]
    say "wrapped", eax
    mov eax, 0x10005000
    mov edi, 0x5001
    say "32-bit address", [edi - 1]
    # FFFF:0010 is the first byte above 1 MiB.
    mov ax, 0xffff
    mov es, ax
    mov dword ptr es:[0x10], 0xcafe0001
    mov eax, es:[0x10]
    say "high memory", eax
    xor ax, ax
    mov es, ax

    # Stacks.
    mov ebp, 0x55556666
    mov eax, 0x89abcdef
    push ax
    push eax
    pop cx
    pop ecx
    say "pushed", ecx
    mov eax, 0x11112222
    pushad
    mov eax, [esp + 28]
    add esp, 32
    say "pushad", eax
    mov ax, 0x3333
    pusha
    popa
    say "popa", eax
    enter 8, 0
    movzx eax, bp
    add ax, 0x8400
    say "enter", eax
    leave
    movzx eax, bp
    say "leave", eax
    mov esp, 0x00027bf0                 # the upper half of ESP is none of a 16-bit stack's business
    push ax
    mov eax, esp
    say "esp", eax
    pop ax
    mov esp, STACK_TOP - 2              # above it, the return address of main
    say "esp again", esp
    push cs
    push offset 1f
    retf
1:  say "retf", 1
    push 0x1111
    push 0
    push offset 1f
    retf 2
1:  mov eax, esp
    say "retf 2", eax
    lcall 0, offset far_routine
    movzx eax, ax
    say "far call", eax
    call dword ptr [far_pointer]
    .byte 0x66, 0x9a                    # lcall with a 32-bit offset
    .long wide_routine
    .word 0
    say "wide far call", ebx
    jmp near_target
    say "not", 1
near_target:
    mov ax, offset 1f
    jmp ax
1:  call [near_pointer]

    # Loading far pointers, string instructions with segments, translation.
    lds si, [far_pointer]
    mov ax, ds
    push 0
    pop ds
    movzx eax, ax
    say "lds", eax
    les edi, [wide_pointer]
    mov ax, es
    movzx eax, ax
    say "les", eax
    say "les offset", edi
    mov ax, 0x500
    mov es, ax
    xor di, di
    mov si, offset text
    mov cx, 12
    rep movsb
    mov eax, [0x5004]
    say "movsb", eax
    mov ax, 0x500
    mov fs, ax
    mov si, 0xfffe
    mov dword ptr fs:[0xfffc], 0x44332211
    lods word ptr fs:[si]
    movzx eax, ax
    say "lodsw", eax
    movzx eax, si
    say "si wrapped", eax
    mov di, 3
    std
    mov al, 0x5a
    mov ecx, 0x10004                    # 16-bit addresses: CX counts
    rep stosb
    cld
    say "rep cx", ecx
    say "stosb", [0x5000]
    say "di", edi
    mov ecx, 0x10003
    xor eax, eax
1:  inc eax
    loop 1b
    say "loop", eax
    say "loop ecx", ecx
    jcxz 1f
    say "not", 2
1:  jecxz 1f
    say "jecxz", 1
1:  mov bx, offset text
    mov al, 4
    xlatb
    movzx eax, al
    say "xlat", eax
    mov ax, 0x0709
    aam
    aad
    add al, 0x38
    daa
    movzx eax, ax
    say "decimal", eax

    # Interrupts.
    xor ax, ax
    mov es, ax
    stc
    try "int 80", int 0x80
    try "int3", int3
    try "int 3", int 3
    mov al, 0x7f
    inc al
    try "into", into
    clc
    try "into, no overflow", into
    push 0x3002
    popf
    pushf
    pop ax
    movzx eax, ax
    say "flags", eax
    push 2
    popf
    mov word ptr [0x20 * 4], offset handler
    mov ax, 5
    sti
    int 0x20
    pushf
    cli
    pop bx
    say "after iret", ebx
    say "from the handler", eax
    xor ecx, ecx
    try "divide", div cx
    try "bound", bound cx, [bounds]
    try "ud2", ud2
    try "lldt", lldt ax
    try "ltr", ltr ax
    try "sldt", sldt ax
    try "str", str ax
    try "lar", lar ax, ax
    try "lsl", lsl ax, ax
    try "verr", verr ax
    try "arpl", arpl ax, bx
    try "mov to cs", .byte 0x8e, 0xc8
    smsw ax
    and eax, 0xf
    say "smsw", eax
    mov eax, cr0
    and eax, 0xf
    say "cr0", eax

    # Descriptor tables; a 16-bit operand loads 24 bits of the base.
    sgdt [0x5100]
    lidt [table_pointer]
    sidt [0x5108]
    movzx eax, word ptr [0x5108]
    say "idt limit", eax
    say "idt base", [0x510a]
    lidt [vector_table]
    lgdt [table_pointer]
    sgdt [0x5108]
    say "gdt base", [0x510a]
    .byte 0x66
    lgdt [table_pointer]
    .byte 0x66
    sgdt [0x5108]
    say "gdt base", [0x510a]
    lgdt [0x5100]

    # A vector table elsewhere, and one that ends early.
    mov si, 0
    mov di, 0x4000
    mov cx, 512
    rep movsw
    lidt [moved_table]
    mov word ptr [0x4000 + 0x81 * 4], offset vectors + 8 * 0x99
    try "moved table", int 0x81
    lidt [short_table]
    try "beyond the table", int 0x81
    lidt [vector_table]
    ret

far_routine:
    mov ax, 0x4567
    retf
near_routine:
    ret
wide_routine:
    mov ebx, [esp + 4]
    .byte 0x66
    retf
handler:
    mov bp, sp
    add ax, [bp + 4]
    mov eax, [bp]
    iret

.section .rodata
far_pointer: .word far_routine, 0
near_pointer: .word near_routine
wide_pointer: .long 0x12345678
.word 0x1234
text: .ascii "real mode, segmented"
bounds: .word 1, 5
table_pointer:
    .word 0x3ff
    .long 0x56000000
vector_table:
    .word 0x3ff
    .long 0
moved_table:
    .word 0x3ff
    .long 0x4000
short_table:
    .word 0x7f
    .long 0
