# Call gates of long mode: from 64-bit and from compatibility mode, to the same and to a more privileged level, and what they refuse.
.include "long.inc"
.set S_GATE, SPARE
.set S_GATE3, SPARE + 3
.set S_TSS16, SPARE + 0x10
.set S_TASK_GATE, SPARE + 0x18
.set S_CODE_BOTH, SPARE + 0x20          # L and D
.set S_CODE_ABSENT, SPARE + 0x28
.set S_CONFORMING, SPARE + 0x30
.set S_OLD_GATE, SPARE + 0x38           # of 16 bits
.set S_LAST, SPARE + 0x78               # the last entry of the table: half a gate

.macro gate selector:req, offset:req, access:req, at=S_GATE
    push rax
    mov rax, \offset
    mov [gdt + \at], ax
    mov word ptr [gdt + \at + 2], \selector
    mov byte ptr [gdt + \at + 4], 5     # no parameters are copied
    mov byte ptr [gdt + \at + 5], \access
    shr rax, 16
    mov [gdt + \at + 6], ax
    shr rax, 16
    .if \at != S_LAST
        mov [gdt + \at + 8], eax
        mov dword ptr [gdt + \at + 12], 0
    .endif
    pop rax
.endm
.macro through name:req, selector=S_GATE, kind=call
    mov word ptr [pointer + 4], \selector
    try "\name", \kind fword ptr [pointer]
.endm
.macro user_through name:req, selector=S_GATE3, kind=call
    mov word ptr [pointer + 4], \selector
    try_user "\name", \kind fword ptr [pointer]
.endm

main:
    mov rax, 0x0000810000000067
    mov [gdt + S_TSS16], rax
    mov rax, 0x0000850000380000
    mov [gdt + S_TASK_GATE], rax
    mov rax, 0x00ef9b000000ffff
    mov [gdt + S_CODE_BOTH], rax
    mov rax, 0x00af1b000000ffff
    mov [gdt + S_CODE_ABSENT], rax
    mov rax, 0x00af9f000000ffff
    mov [gdt + S_CONFORMING], rax
    mov rax, 0x0000840000080000
    mov [gdt + S_OLD_GATE], rax

    gate CODE64, "offset tell", 0x8c
    mov word ptr [pointer + 4], S_GATE
    call fword ptr [pointer]
    mov rbp, rsp
    sub rsp, 4                          # nothing is aligned
    call fword ptr [pointer]
    mov rsp, rbp
    gate S_CONFORMING, "offset tell", 0x8c
    call fword ptr [pointer]
    gate CODE64, "offset 1f", 0x8c
    jmp fword ptr [pointer]
    say "not reached", 0
1:  say "jumped", 1

    # From level 3: 64-bit code, and code of 32 bits.
    gate CODE64, "offset tell0", 0xec
    user_through "64-bit"
    expect "32-bit", 1f, 2f
    push USER_DATA
    push offset user_stack_top
    push 0x202
    push USER_CODE32
    push offset 1f
    iretq
.code32
1:  lcall S_GATE3:0
    int 0x80
.code64
2:  gate USER_CODE64, "offset tell3", 0xec
    user_through "same level"
    user_through "same level, jmp", S_GATE3, jmp
    gate CODE64, "offset tell0", 0xec
    user_through "jmp inward", S_GATE3, jmp
    gate S_CONFORMING, "offset tell3", 0xec
    user_through "conforming"

    gate CODE64, "offset tell", 0x8c
    user_through "gate of level 0"
    gate CODE64, "offset tell", 0x0c
    through "gate not present"
    gate 0, "offset tell", 0x8c
    through "null code"
    gate DATA, "offset tell", 0x8c
    through "data"
    gate CODE32, "offset tell", 0x8c
    through "32-bit code"
    gate S_CODE_BOTH, "offset tell", 0x8c
    through "L and D"
    gate S_CODE_ABSENT, "offset tell", 0x8c
    through "code not present"
    gate USER_CODE64, "offset tell", 0x8c
    through "outer code"
    gate CODE64, 0x800000001234, 0x8c
    through "not canonical"
    through "not canonical, jmp", S_GATE, jmp
    gate CODE64, "offset tell", 0x8c
    mov dword ptr [gdt + S_GATE + 12], 0x0c00
    through "type in the second half"
    mov dword ptr [gdt + S_GATE + 12], 0xffffe0ff
    mov word ptr [pointer + 4], S_GATE
    call fword ptr [pointer]
    gate CODE64, "offset tell", 0x8c, S_LAST
    through "half outside the table", S_LAST
    gate CODE64, "offset tell", 0x8c
    through "16-bit gate", S_OLD_GATE
    through "tss", S_TSS16
    through "busy tss", TSS
    through "task gate", S_TASK_GATE
    through "task gate, jmp", S_TASK_GATE, jmp
    ret

tell:
    mov rax, [rsp + 8]
    say "cs", rax
    mov eax, ss
    say "ss", rax
    rex.w retf
tell0:
    mov rdx, rsp
    mov rax, offset ring0_stack_top
    sub rax, rdx
    say "pushed", rax
    mov rax, [rdx + 8]
    say "cs", rax
    mov rax, [rdx + 24]
    say "old ss", rax
    mov rax, [rdx + 16]
    mov rcx, offset user_stack_top
    sub rax, rcx
    say "old rsp", rax
    mov eax, ss
    say "ss", rax
    mov eax, cs
    say "cs", rax
    rex.w retf
tell3:
    mov rdx, rsp
    mov rax, offset user_stack_top
    sub rax, rdx
    say "pushed", rax
    mov eax, cs
    say "cs", rax
    mov eax, ss
    say "ss", rax
    int 0x80

.data
.balign 8
pointer: .long 0
.word S_GATE
