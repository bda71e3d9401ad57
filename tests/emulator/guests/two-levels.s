# What level 3 and level 0 remember of the same pages: rights differ, and code that one executes the other changes.
.include "long.inc"

# Level 3 executes what lies in `frames`, and comes back by int 0x80; the hook goes on at try_resume.
.macro at_level3 name:req, target:req
    expect "\name", \target, 9f
    push USER_DATA
    push offset user_stack_top
    push 0x202
    push USER_CODE64
    mov rax, offset \target
    push rax
    iretq
9:  mov eax, DATA
    mov ss, eax
.endm
# mov eax, value; ret
.macro write_function where:req, value:req
    mov byte ptr [\where], 0xb8
    mov dword ptr [\where + 1], \value
    mov byte ptr [\where + 5], 0xc3
.endm

main:
    mov qword ptr [hook], offset leave_level3
    # Level 3 writes a page, level 0 executes there, and again after each change.
    mov ebx, 1
1:  at_level3 "write", user_write
    call frames
    say "level 0 executes", rax
    inc ebx
    cmp ebx, 4
    jne 1b
    # The other way round: level 0 writes, level 3 executes.
    mov ebx, 0x10
2:  write_function "frames + 0x1000", 0
    mov [frames + 0x1001], ebx
    at_level3 "execute", user_execute
    say "level 3 executes", rbp
    inc ebx
    cmp ebx, 0x13
    jne 2b
    # Both write the same page by turns, which holds code of level 0.
    mov ebx, 0x20
3:  at_level3 "write again", user_write
    mov byte ptr [frames + 0x800], bl
    call frames
    say "both wrote", rax
    inc ebx
    cmp ebx, 0x23
    jne 3b

    # A page of level 0 that level 0 has just used is none of level 3's, and a page that level 3 may not write stays so.
    mov qword ptr [hook], 0
    map 0, offset frames + 0x2000 + PRESENT + WRITABLE
    map 1, offset frames + 0x3000 + PRESENT + USER
    mov qword ptr [REGION], 0x77
    mov rax, cr0
    btr eax, 16
    mov cr0, rax
    mov qword ptr [REGION + 0x1000], 0x88
    say "level 0 writes without wp", [REGION + 0x1000]
    try_user "level 3 reads level 0's", mov rax, [REGION]
    try_user "level 3 writes what is read-only", mov [REGION + 0x1000], rax
    try_user "level 3 reads it", mov rax, [REGION + 0x1000]
    mov eax, DATA
    mov ss, eax
    mov qword ptr [REGION + 0x1000], 0x99
    say "level 0 writes it still", [REGION + 0x1000]
    # A table that changes while level 3's entries are laid aside.
    map 2, offset frames + 0x4000 + PRESENT + WRITABLE + USER
    mov qword ptr [frames + 0x4000], 0xaaaa
    mov qword ptr [frames + 0x5000], 0xbbbb
    try_user "level 3 reads the first", mov rax, [REGION + 0x2000]
    say "the first", rax
    map 2, offset frames + 0x5000 + PRESENT + WRITABLE + USER
    try_user "level 3 reads the second", mov rax, [REGION + 0x2000]
    say "the second", rax
    map 2, 0
    try_user "level 3 reads nothing", mov rax, [REGION + 0x2000]
    jmp finish

leave_level3:
    mov rbp, [rdi + SAVED_RAX]
    mov rbx, [rdi + SAVED_RBX]
    mov rsp, [try_rsp]
    jmp [try_resume]

user_write:
    write_function frames, 0
    mov [frames + 1], ebx
    int 0x80
user_execute:
    call frames + 0x1000
    int 0x80
