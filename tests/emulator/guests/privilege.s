# Privilege in 64-bit mode: interrupt and trap gates, IST, gates' levels, IRET to the same and to an outer level, flags that
# may change, I/O by IOPL and by the bitmap, faults in delivery, double faults.
.include "long.inc"
.set IOPL3, 0x3000

# Makes a gate of one vector: address, selector, type and level, IST.
.macro gate vector:req, where:req, selector:req, type:req, ist=0
    push rax
    mov eax, \where
    mov [idt + \vector * 16], ax
    mov word ptr [idt + \vector * 16 + 2], \selector
    mov byte ptr [idt + \vector * 16 + 4], \ist
    mov byte ptr [idt + \vector * 16 + 5], \type
    shr eax, 16
    mov [idt + \vector * 16 + 6], ax
    mov dword ptr [idt + \vector * 16 + 8], 0
    pop rax
.endm
.macro stub vector:req
    gate \vector, "offset vectors + \vector * 16", CODE64, 0x8e
.endm

main:
    # What a handler finds in its flags: interrupt gate and trap gate, with IF, DF, AC, ID, NT set before.
    gate 0x90, "offset tell_flags", CODE64, 0x8e
    gate 0x91, "offset tell_flags", CODE64, 0x8f
    push 0x247602 & ~0x4000 | 0x200
    popfq
    int 0x90
    say "after interrupt gate", rbx
    int 0x91
    say "after trap gate", rbx
    pushfq
    pop rbx
    say "flags after", rbx
    push 2
    popfq
    # The stack is aligned to 16 bytes before the frame is pushed.
    gate 0x92, "offset tell_stack", CODE64, 0x8e
    gate 0x93, "offset tell_stack", CODE64, 0x8e, 1
    mov rbp, rsp
    push rax
    int 0x92
    push rax
    int 0x92
    int 0x93
    mov rsp, rbp
    sub rsp, 5
    int 0x92
    mov rsp, rbp

    # IRET to the same level pops SS and RSP in 64-bit mode.
    mov rbp, rsp
    push 0
    push offset boot_stack + 0x1008
    push 0x8d7
    push CODE64
    push offset 1f
    iretq
1:  pushfq
    pop rbx
    say "iret flags", rbx
    say "iret rsp", rsp
    mov eax, ss
    say "iret ss", rax
    mov rsp, rbp
    mov eax, DATA
    mov ss, eax
    push 2
    popfq
    # Frames that IRET refuses.
    .macro iret_frame name:req, ss:req, rsp:req, flags:req, cs:req, rip:req
        expect "\name", 7f, 8f
        push \ss
        push \rsp
        push \flags
        push \cs
        push \rip
    7:  iretq
    8:
    .endm
    mov rdx, 0x800000000000
    iret_frame "iret null cs", DATA, rbp, 2, 0, "offset none"
    iret_frame "iret data cs", DATA, rbp, 2, DATA, "offset none"
    iret_frame "iret outer code with inner rpl", DATA, rbp, 2, USER_CODE64 & ~3, "offset none"
    iret_frame "iret dpl 0 code with rpl 3", USER_DATA, rbp, 2, CODE64 + 3, "offset none"
    iret_frame "iret ss of level 0 to 3", DATA, rbp, 2, USER_CODE64, "offset none"
    iret_frame "iret null ss to 3", 0, rbp, 2, USER_CODE64, "offset none"
    iret_frame "iret ss outside", 0xfff8, rbp, 2, CODE64, "offset none"
    iret_frame "iret not canonical", DATA, rbp, 2, CODE64, rdx
    push 0x4002
    popfq
    iret_frame "iret nested task", DATA, rbp, 2, CODE64, "offset none"
    push 2
    popfq
    iret_frame "iret rsp not canonical", DATA, rdx, 2, USER_CODE64 & ~3, "offset none"

    # To level 3 and back: registers, segments, flags.
    mov eax, DATA
    mov ds, eax
    mov eax, USER_DATA
    mov es, eax
    mov eax, CODE64
    mov gs, eax
    try_user "data segments at level 3", int 0x80
    gate 0x94, "offset tell_segments", CODE64, 0xee
    mov eax, DATA
    mov ds, eax
    mov gs, eax
    mov eax, USER_DATA
    mov es, eax
    expect "segments", 1f, 1f
    push USER_DATA
    push offset user_stack_top
    push 0x202
    push USER_CODE64
    push offset 2f
    iretq
2:  int 0x94
1:  mov eax, DATA
    mov ss, eax
    # POPF and IRET at level 3: IF and IOPL stay.
    gate 0x95, "offset tell_user_flags", CODE64, 0xee
    .macro user_flags_of name:req, before:req, after:req, push:req
        expect "\name", 7f, 8f
        push USER_DATA
        push offset user_stack_top
        push \before
        push USER_CODE64
        push offset 7f
        iretq
    7:  push \after
        popfq
        int 0x95
    8:
    .endm
    user_flags_of "popf all at iopl 0", 0x202, 0x244cd5 | 0x3200, 0
    user_flags_of "popf none at iopl 0", 0x202, 0, 0
    user_flags_of "popf none at iopl 3", 0x3202, 0, 0
    user_flags_of "popf all at iopl 3", 0x3002, 0x244cd5 | 0x3200, 0
    mov qword ptr [user_flags], 0x202
    try_user "cli at iopl 0", cli
    try_user "sti at iopl 0", sti
    try_user "out at iopl 0", out 0x80, al
    try_user "hlt at iopl 0", hlt
    mov qword ptr [user_flags], 0x3202
    try_user "cli at iopl 3", cli
    mov qword ptr [user_flags], 0x3002
    try_user "sti at iopl 3", sti
    try_user "out at iopl 3", out 0x80, al
    try_user "hlt at iopl 3", hlt
    # The bitmap.
    mov qword ptr [user_flags], 0x202
    bts dword ptr [tss + 104 + 0x10], 0     # port 0x80
    try_user "byte refused", out 0x80, al
    bts dword ptr [tss + 104 + 0x10], 4     # port 0x84
    try_user "dword before", out 0x81, eax
    try_user "word before", out 0x82, ax
    try_user "word across", out 0x83, ax
    try_user "byte after", out 0x85, al
    mov edx, 0x80
    try_user "by dx", out dx, al
    mov esi, offset frames
    mov ecx, 0
    mov edx, 0x80
    try_user "outsb refused", outsb
    mov edx, 0xffff
    try_user "last port", in al, dx
    mov edx, 0xffff
    try_user "past the last port", in ax, dx
    mov word ptr [tss + 0x66], 0xffff
    try_user "no bitmap", out 0x81, al
    mov word ptr [tss + 0x66], 104

    # Levels and kinds of gates.
    gate 0xa0, "offset tell_flags", CODE64, 0x8e
    try_user "gate of level 0", int 0xa0
    gate 0xa0, "offset tell_flags", CODE64, 0x6e
    try "gate not present", int 0xa0
    try_user "gate not present at level 3", int 0xa0
    gate 0xa0, "offset tell_flags", CODE64, 0x8c
    try "call gate in the idt", int 0xa0
    gate 0xa0, "offset tell_flags", CODE64, 0x86
    try "16-bit gate", int 0xa0
    gate 0xa0, "offset tell_flags", 0, 0x8e
    try "gate with null selector", int 0xa0
    gate 0xa0, "offset tell_flags", DATA, 0x8e
    try "gate to data", int 0xa0
    gate 0xa0, "offset tell_flags", CODE32, 0x8e
    try "gate to 32-bit code", int 0xa0
    gate 0xa0, "offset tell_flags", USER_CODE64, 0x8e
    try "gate to level 3", int 0xa0
    gate 0xa0, "offset tell_flags", 0xff00, 0x8e
    try "gate outside the gdt", int 0xa0
    gate 0xa0, "offset tell_flags", CODE64, 0x8e
    mov dword ptr [idt + 0xa0 * 16 + 8], 0x12345678
    try "gate not canonical", int 0xa0
    lidt [short_table]
    try "beyond the idt", int 0x21
    lidt [idt_pointer]
    # The same when an exception is delivered: EXT.
    gate 6, "offset tell_flags", 0, 0x8e
    try "ud: null selector", ud2
    gate 6, "offset tell_flags", CODE64, 0x0e
    try "ud: gate not present", ud2
    gate 6, "offset tell_flags", DATA, 0x8e
    try "ud: gate to data", ud2
    stub 6
    ret

tell_flags:
    pushfq
    pop rbx
    say "flags inside", rbx
    mov rbx, [rsp + 16]
    iretq
tell_stack:
    mov rax, rbp
    sub rax, [rsp + 24]
    say "rsp pushed", rax
    mov rax, rsp
    and eax, 15
    say "stack alignment", rax
    iretq
tell_segments:
    mov eax, ds
    say "ds", rax
    mov eax, es
    say "es", rax
    mov eax, gs
    say "gs", rax
    mov eax, ss
    say "ss inside", rax
    say "rsp0", rsp
    mov rsp, [try_rsp]
    jmp [try_resume]
tell_user_flags:
    cld
    mov rsi, [try_name]
    call put_string
    mov rax, [rsp + 16]
    mov esi, offset text_flags
    call put_field
    call put_newline
    mov eax, DATA
    mov ss, eax
    mov rsp, [try_rsp]
    push 2
    popfq
    jmp [try_resume]
.data
short_table: .word 0x20 * 16 + 15
.quad idt
