# Accesses that cross from one page into the next: what is read and written, and that a fault writes nothing.
# Pages 0 and 2 of the region have frames; page 1 is, in turn, elsewhere, missing and read-only.
.include "long.inc"
.set EDGE, REGION + 0x1000
.set BEFORE, frames + 0x1000 - 4        # the last bytes of page 0
.set ELSEWHERE, frames + 0x5000         # what page 1 is mapped to: not the next frame

.macro fill
    mov qword ptr [BEFORE - 4], 0x44332211
    mov dword ptr [BEFORE], 0x88776655
    mov rax, 0x1122334455667788
    mov [ELSEWHERE], rax
    mov [ELSEWHERE + 8], rax
.endm
.macro contents name:req
    say "\name before", [BEFORE - 4]
    say "\name after", [ELSEWHERE]
.endm
.macro refused name:req, instruction:vararg
    fill
    mov ebx, EDGE
    mov rcx, 0xa0a1a2a3a4a5a6a7
    mov rdx, 0xb0b1b2b3b4b5b6b7
    mov eax, 0x88776655
    stc
    try "\name", \instruction
    say "\name rax", rax
    say "\name rcx", rcx
    contents "\name"
.endm

main:
    mov byte ptr [idt + 14 * 16 + 4], 1
    map 0, offset frames + PRESENT + WRITABLE
    map 1, offset ELSEWHERE + PRESENT + WRITABLE
    map 2, offset frames + 0x2000 + PRESENT + WRITABLE
    fill
    mov ebx, EDGE
    say "read 8", [rbx - 4]
    movzx eax, word ptr [rbx - 1]
    say "read 2", rax
    mov eax, [rbx - 3]
    say "read 4", rax
    mov rax, [rbx - 7]
    say "read 8 at 7", rax
    mov rax, 0xc0c1c2c3c4c5c6c7
    mov [rbx - 3], rax
    contents "write 8"
    mov [rbx - 1], ax
    contents "write 2"
    add [rbx - 2], eax
    contents "add"
    lock xadd [rbx - 5], rax
    say "xadd", rax
    contents "xadd"
    xchg [rbx - 6], rax
    contents "xchg"
    mov rax, [rbx - 4]
    lock cmpxchg [rbx - 4], rcx
    contents "cmpxchg"
    mov ecx, 17
    rol qword ptr [rbx - 1], cl
    contents "rol"
    lea rsp, [rbx + 3]
    push rax
    push rcx
    pop rdx
    mov rsp, [try_rsp_saved]
    contents "push"
    say "pop", rdx
    lea rsi, [rbx - 3]
    mov edi, offset frames + 0x2000
    movsq
    say "movsq", [frames + 0x2000]
    lea rdi, [rbx - 6]
    mov ecx, 5
    mov rax, 0x0102030405060708
    rep stosd
    contents "stosd"

    map 1, 0
    refused "missing: read", mov rax, [rbx - 4]
    refused "missing: write", mov [rbx - 4], rcx
    refused "missing: write 2", mov [rbx - 1], cx
    refused "missing: add", add [rbx - 4], rcx
    refused "missing: xchg", xchg [rbx - 4], rcx
    refused "missing: cmpxchg8b", cmpxchg8b [rbx - 4]
    refused "missing: not", not qword ptr [rbx - 4]
    refused "missing: pop", pop qword ptr [rbx - 4]
    map 1, offset ELSEWHERE + PRESENT
    refused "read-only: read", mov rax, [rbx - 4]
    refused "read-only: write", mov [rbx - 4], rcx
    refused "read-only: write 2", mov [rbx - 1], cx
    refused "read-only: sub", sub [rbx - 4], rcx
    refused "read-only: xadd", xadd [rbx - 4], rcx
    refused "read-only: setcc beside", setc byte ptr [rbx - 1]
    refused "read-only: inc", inc dword ptr [rbx - 2]
    refused "read-only: shld", shld [rbx - 4], rcx, 9
    refused "read-only: sgdt", sgdt [rbx - 4]
    # The first page is the one that refuses.
    map 0, offset frames + PRESENT
    map 1, offset ELSEWHERE + PRESENT + WRITABLE
    refused "first read-only: write", mov [rbx - 4], rcx
    refused "first read-only: adc", adc [rbx - 4], rcx
    map 0, 0
    refused "first missing: read", mov rax, [rbx - 4]
    # A frame that does not fit is not pushed in part.
    map 0, offset frames + PRESENT + WRITABLE
    map 1, 0
    fill
    mov ebx, EDGE
    lea rsi, [rbx - 4]
    try "push across", call push_across
    contents "push across"
    ret
.globl push_across
push_across:
    lea rsp, [rbx + 4]
    push rsi
    hlt
.data
try_rsp_saved: .quad boot_stack_top - 8
