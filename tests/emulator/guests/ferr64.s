# FERR# and IRQ 13 in 64-bit mode, at level 3, and under the eyes of the debug registers.
.include "long.inc"
.include "x87-error.inc"
.set RF, 0x10000
.set TF, 0x100

main:
    mov qword ptr [hook], offset serve
    outb MASTER, 0x11
    outb SLAVE, 0x11
    outb MASTER + 1, 0x20
    outb SLAVE + 1, 0x28
    outb MASTER + 1, 4
    outb SLAVE + 1, 2
    outb MASTER + 1, 1
    outb SLAVE + 1, 1
    outb MASTER + 1, 0xfb
    outb SLAVE + 1, 0xdf

    divide
    mov qword ptr [wait_at], offset 1f
    sti
1:  fld1
    cli
    fnstsw ax
    movzx eax, ax
    say "status", rax

    divide
    mov qword ptr [wait_at], offset .Luser
    try_user "user", call at_level_3

    # A breakpoint on the instruction that waits is met once: RF comes back with the interrupt's return.
    divide
    mov eax, offset 2f
    mov [wait_at], rax
    mov dr0, rax
    mov eax, 2
    mov dr7, rax
    sti
2:  fwait
    cli
    xor eax, eax
    mov dr7, rax

    # A single step ends when the instruction does.
    divide
    mov qword ptr [wait_at], offset 3f
    push 0x302
    popfq
3:  fwait
    push 2
    popfq
    jmp finish

at_level_3:
.Luser:
    fld1
    fnstsw ax
    movzx eax, ax
    say "status at level 3", rax
    ret

# The hook of `interrupted`: rdi = frame.
serve:
    mov rax, [rdi + FRAME_VECTOR]
    cmp eax, 0x80
    je 9f
    cmp eax, 1
    jne 1f
    or dword ptr [rdi + FRAME_RFLAGS], RF
    mov rax, dr6
    and eax, 0x400f
    say "dr6", rax
    xor eax, eax
    mov dr6, rax
1:  mov rax, [rdi + FRAME_VECTOR]
    say "vector", rax
    mov rax, [rdi + FRAME_RIP]
    sub rax, [wait_at]
    say "rip", rax
    mov eax, [rdi + FRAME_RFLAGS]
    and eax, RF + TF
    say "flags", rax
    cmp dword ptr [rdi + FRAME_VECTOR], 0x2d
    jne 8f
    outb 0xf0, 0
    fninit
    outb SLAVE, EOI
    outb MASTER, EOI
8:  xor eax, eax
    ret
9:  mov al, 1
    ret

.bss
.balign 8
wait_at: .skip 8
control_word: .skip 8
