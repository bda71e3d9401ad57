# Work that timers and keys interrupt, for ever: what the handlers find goes into a hash, with the instruction that they came
# before and the time. The test puts its parameters at PARAMETERS before the start: timer count, rate of the clock's periodic
# interrupt (0: off), seed.
.include "long.inc"
.set PARAMETERS, 0x800000
.set BUFFER, 0x900000
.set MASTER, 0x20
.set SLAVE, 0xa0

.bss
.balign 8
hash: .skip 8
interrupts: .skip 8
random: .skip 8
.text

.macro outb port:req, value:req
    mov al, \value
    out \port, al
.endm

# rax into the hash.
.macro mix
    xor rax, [hash]
    mov rdx, 0x9e3779b97f4a7c15
    mul rdx
    xor rax, rdx
    mov [hash], rax
.endm
# A random number in rax.
next_random:
    mov rax, [random]
    mov rdx, rax
    shl rdx, 13
    xor rax, rdx
    mov rdx, rax
    shr rdx, 7
    xor rax, rdx
    mov rdx, rax
    shl rdx, 17
    xor rax, rdx
    mov [random], rax
    ret

main:
    mov eax, [PARAMETERS + 8]
    or rax, 1
    mov [random], rax
    mov qword ptr [hook], offset serve
    outb MASTER, 0x11
    outb SLAVE, 0x11
    outb MASTER + 1, 0x20
    outb SLAVE + 1, 0x28
    outb MASTER + 1, 4
    outb SLAVE + 1, 2
    outb MASTER + 1, 1
    outb SLAVE + 1, 1
    outb MASTER + 1, 0xf8
    outb SLAVE + 1, 0xfe
    outb 0x43, 0x34
    mov ax, [PARAMETERS]
    out 0x40, al
    mov al, ah
    out 0x40, al
    cmp byte ptr [PARAMETERS + 4], 0
    je work
    outb 0x70, 0x0a
    mov al, [PARAMETERS + 4]
    or al, 0x20
    out 0x71, al
    outb 0x70, 0x0b
    outb 0x71, 0x42

work:
    call next_random
    mov ebx, eax
    and ebx, 15
    cmp ebx, 9
    ja 1f
    jmp [jobs + rbx * 8]
1:  sti
    jmp work

.section .rodata
jobs: .quad copy, fill, spin, sleep, masked, level3, level3, shadow, spin, copy
.text
# A string copy of up to 127 bytes, which is interrupted between its elements.
copy:
    sti
    movzx ecx, ah
    and ecx, 127
    mov esi, BUFFER
    mov edi, BUFFER + 3
    rep movsb
    jmp work
fill:
    sti
    mov edi, BUFFER
    mov ecx, 40
    rep stosd
    jmp work
spin:
    sti
    movzx ecx, ah
    inc ecx
2:  add [BUFFER + rcx], cl
    loop 2b
    jmp work
sleep:
    sti
    hlt
    jmp work
# With interrupts off for a while, and on by POPFQ.
masked:
    pushfq
    cli
    mov ecx, 50
3:  xor [BUFFER + rcx * 8], rax
    loop 3b
    popfq
    nop
    jmp work
shadow:
    cli
    mov eax, DATA
    mov ecx, 20
4:  nop
    loop 4b
    sti
    mov ss, eax
    nop
    cli
    sti
    inc rax
    jmp work
# In level 3, back by software interrupt.
level3:
    mov r12, rsp
    push USER_DATA
    push offset user_stack_top
    push 0x202
    push USER_CODE64
    push offset 5f
    iretq
5:  movzx ecx, ah
    inc ecx
6:  add [BUFFER + 0x100 + rcx], cl
    loop 6b
    int 0x80

serve:
    mov rbx, [rdi + FRAME_VECTOR]
    cmp ebx, 0x80
    je leave_level3
    rdtsc
    shl rdx, 32
    or rax, rdx
    mix
    mov rax, [rdi + FRAME_RIP]
    mix
    mov rax, [rdi + FRAME_RFLAGS]
    mix
    inc qword ptr [interrupts]
    cmp ebx, 0x21
    jne 1f
    in al, 0x60
    movzx eax, al
    mix
1:  cmp ebx, 0x28
    jb 2f
    outb 0x70, 0x0c
    in al, 0x71
    outb SLAVE, 0x20
2:  outb MASTER, 0x20
    xor eax, eax
    ret
leave_level3:
    mov rsp, r12
    mov eax, DATA
    mov ss, eax
    jmp work
