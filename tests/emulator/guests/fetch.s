# Fetching: instructions that straddle two pages, with the second page missing, not executable or moved; jumps into the midst
# of instructions; more than 15 bytes; addresses that are not canonical.
.include "long.inc"
.set EDGE, REGION + 0x1000
.set FIRST, frames + 0x1000 - 3         # the last bytes of page 0
.set SECOND, frames + 0x5000            # two frames that page 1 is mapped to in turn
.set OTHER, frames + 0x6000

main:
    mov byte ptr [idt + 14 * 16 + 4], 1
    map 0, offset frames + PRESENT + WRITABLE + USER
    map 1, offset SECOND + PRESENT + WRITABLE + USER
    # mov eax, imm32 (b8 followed by four bytes), two of them on the second page; then ret.
    mov dword ptr [FIRST], 0x002211b8
    mov dword ptr [SECOND], 0x00c34433
    mov dword ptr [OTHER], 0x00c36655
    mov ebx, EDGE - 3
    call rbx
    say "straddling", rax
    call rbx
    say "again", rax
    map 1, 0
    try "second page missing", call rbx
    map 1, offset OTHER + PRESENT + WRITABLE + USER
    call rbx
    say "second page moved", rax
    map 1, offset SECOND + PRESENT + WRITABLE + USER
    call rbx
    say "second page back", rax
    mov ecx, offset SECOND + PRESENT + WRITABLE + USER
    bts rcx, 63
    map 1, rcx
    try "second page nx", call rbx
    try_user "second page nx, user", jmp rbx
    map 1, offset SECOND + PRESENT
    try_user "second page supervisor", jmp rbx
    map 0, 0
    try "first page missing", call rbx
    map 0, offset frames + PRESENT + WRITABLE + USER
    # Stores to either part, by another address.
    mov byte ptr [FIRST + 1], 0x99
    call rbx
    say "first part stored", rax
    mov byte ptr [SECOND], 0x77
    call rbx
    say "second part stored", rax
    map 1, offset SECOND + PRESENT + WRITABLE
    mov byte ptr [EDGE + 1], 0x88
    call rbx
    say "second part stored there", rax

    # An instruction ends at the page's end and the next page is missing: it is done, then the fetch faults.
    map 1, 0
    mov dword ptr [FIRST - 1], 0x1234b890
    mov word ptr [FIRST], 0xc1ff            # inc ecx
    mov byte ptr [FIRST + 2], 0x90
    mov ecx, 41
    try "falls off", jmp rbx
    say "falls off ecx", rcx
    # A jump out of the page's end that is not taken, and one that is.
    mov dword ptr [FIRST], 0x00027490        # nop; jz +2: into the missing page
    xor eax, eax
    try "jump over the edge", jmp rbx

    # One stream of bytes, read from two beginnings: mov eax, 0xc3c1ff48 holds inc rcx; ret.
    mov ecx, 1
    call overlapping
    say "overlapping", rax
    call overlapping + 1
    say "overlapping + 1", rcx
    call overlapping
    say "overlapping again", rax

    # Length.
    try "15 bytes", .byte 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x90
    try "16 bytes", .byte 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x90
    try "16 bytes with immediate", .byte 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0xb8, 1, 2, 3, 4

    # Addresses that are not canonical.
    mov rbx, 0x0000800000000000
    try "non-canonical load", mov rax, [rbx]
    try "non-canonical store", mov [rbx], rax
    try "non-canonical rmw", lock add [rbx], rax
    try "non-canonical across", mov rax, [rbx - 4]
    mov rbp, rbx
    try "non-canonical rbp", mov rax, [rbp]
    mov rcx, -0x0000800000000000
    try "non-canonical below the upper half", mov al, [rcx - 1]
    mov rdi, rbx
    mov esi, offset frames
    try "non-canonical movsb", movsb
    try "non-canonical jump", jmp rbx
    mov [frames + 0x100], rbx
    try "non-canonical jump through memory", jmp [frames + 0x100]
    try "non-canonical call", call rbx
    try "non-canonical lea", lea rax, [rbx + 8]
    try "non-canonical invlpg", invlpg [rbx]
    try "non-canonical prefetch", prefetcht0 [rbx]
    mov byte ptr [idt + 12 * 16 + 4], 1
    mov byte ptr [idt + 13 * 16 + 4], 1
    expect "non-canonical push", push_out, 1f
    lea rsp, [rbx + 16]
push_out:
    push rax
1:  expect "non-canonical pop", pop_out, 1f
    mov rsp, rbx
pop_out:
    pop rax
1:  expect "call on a non-canonical stack", call_out, 1f
    lea rsp, [rbx + 16]
call_out:
    call none
1:  expect "non-canonical ret", ret_out, 1f
    push rbx
ret_out:
    ret
1:  ret

overlapping:
    mov eax, 0xc3c1ff48
    ret
