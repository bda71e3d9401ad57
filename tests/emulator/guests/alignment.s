# Alignment checks: CR0.AM, RFLAGS.AC and level 3 together.
.include "long.inc"
.set AC, 0x40000

main:
    mov rax, cr0
    or eax, 0x40000                     # AM
    mov cr0, rax
    # Level 0 is not checked.
    push AC + 2
    popfq
    mov eax, [frames + 1]
    push 2
    popfq
    mov qword ptr [user_flags], 0x202
    try_user "ac off", mov eax, [frames + 1]
    mov qword ptr [user_flags], AC + 0x202
    .irp at, 0, 1, 2, 4
        try_user "byte at \at", mov al, [frames + \at]
        try_user "word at \at", mov ax, [frames + \at]
        try_user "dword at \at", mov eax, [frames + \at]
        try_user "qword at \at", mov rax, [frames + \at]
    .endr
    try_user "store", mov [frames + 2], eax
    try_user "add", add [frames + 6], ax
    try_user "add at 7", add [frames + 7], ax
    mov esi, offset frames + 2
    mov edi, offset frames + 0x104
    mov ecx, 2
    try_user "movsd", movsd
    mov esi, offset frames + 4
    mov edi, offset frames + 0x102
    try_user "movsd there", movsd
    mov esi, offset frames + 1
    try_user "lodsb", lodsb
    mov ebx, 0
    try_user "xlat", xlatb
    try_user "push", push [frames + 8]
    xor eax, eax
    xor edx, edx
    try_user "cmpxchg8b at 4", cmpxchg8b [frames + 4]
    try_user "cmpxchg8b at 8", cmpxchg8b [frames + 8]
    try_user "cmpxchg16b at 8", cmpxchg16b [frames + 8]
    mov ecx, 40
    try_user "bt at 2", bt dword ptr [frames + 2], ecx
    try_user "bt at 4", bt dword ptr [frames + 4], ecx
    try_user "sgdt at 6", sgdt [frames + 6]
    try_user "sgdt at 8", sgdt [frames + 8]
    try_user "lss", lss eax, [pointer]
    try_user "lss at 2", lss eax, [pointer + 2]
    # An address that is not canonical, and a page that is missing.
    mov rdx, 0x8000000000000001
    try_user "not canonical", mov rax, [rdx]
    mov edx, REGION + 0x5001
    try_user "missing", mov rax, [rdx]
    # POPF at level 3 turns it on for the next instruction, and IRET at level 3.
    mov qword ptr [user_flags], 0x202
    expect "popf", 1f, 2f
    push USER_DATA
    push offset user_stack_top
    push 0x202
    push USER_CODE64
    push offset 3f
    iretq
3:  push AC + 2
    popfq
1:  mov eax, [frames + 1]
    int 0x80
2:  expect "popf, off again", 1f, 2f
    push USER_DATA
    push offset user_stack_top
    push AC + 0x202
    push USER_CODE64
    push offset 3f
    iretq
3:  push 2
    popfq
1:  mov eax, [frames + 1]
    int 0x80
2:  # Many at once, for the interpreter's traces.
    mov qword ptr [user_flags], AC + 0x202
    mov ecx, 1000
    mov esi, offset frames
    expect "loop", 1f, 2f
    push USER_DATA
    push offset user_stack_top
    push AC + 0x202
    push USER_CODE64
    push offset 3f
    iretq
3:  add esi, 4
    cmp ecx, 500
    jne 1f
    inc esi
1:  mov eax, [rsi]
    loop 3b
    int 0x80
2:  mov eax, esi
    sub eax, offset frames
    say "esi", rax
    say "ecx", rcx
    mov rax, cr0
    and eax, ~0x40000
    mov cr0, rax
    try_user "am off", mov eax, [frames + 1]
    ret

.data
.balign 8
pointer: .long 0x1234
.word USER_DATA
.balign 8
