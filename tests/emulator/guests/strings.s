# Repeated string instructions that fault in their midst: registers at the fault, and going on once the page is there.
.include "long.inc"
.set EDGE, REGION + 0x1000

# Page-fault handler: notes rcx, rsi, rdi and the address, maps page 1 of the region, and returns.
repair:
    inc qword ptr [faults]
    mov rax, cr2
    mov [fault_address], rax
    mov rax, [rdi + SAVED_RCX]
    mov [fault_rcx], rax
    mov rax, [rdi + SAVED_RSI]
    mov [fault_rsi], rax
    mov rax, [rdi + SAVED_RDI]
    mov [fault_rdi], rax
    mov rax, [rdi + FRAME_RFLAGS]
    mov [fault_flags], rax
    mov rax, [rdi + FRAME_RIP]
    sub rax, [try_at]
    mov [fault_rip], rax
    mov rax, [rdi + FRAME_ERROR]
    mov [fault_error], rax
    mov qword ptr [region_table + 8], offset frames + 0x1000 + PRESENT + WRITABLE
    invlpg [EDGE]
    xor eax, eax
    ret

.macro interrupted_string name:req, instruction:vararg
    map 1, 0
    mov qword ptr [faults], 0
    mov qword ptr [try_at], offset .Lstring\@
.Lstring\@:
    \instruction
    say "\name rcx", rcx
    say "\name rsi", rsi
    say "\name rdi", rdi
    pushfq
    pop [fault_registers]
    say "\name flags", [fault_registers]
    say "\name faults", [faults]
    say "\name address", [fault_address]
    say "\name error", [fault_error]
    say "\name fault rcx", [fault_rcx]
    say "\name fault rsi", [fault_rsi]
    say "\name fault rdi", [fault_rdi]
    say "\name fault flags", [fault_flags]
    say "\name fault rip", [fault_rip]
.endm

main:
    map 0, offset frames + PRESENT + WRITABLE
    map 1, offset frames + 0x1000 + PRESENT + WRITABLE
    # Something to move: each byte differs from its neighbour.
    mov edi, REGION
    mov ecx, 0x2000
1:  mov eax, ecx
    imul eax, 37
    stosb
    loop 1b
    mov qword ptr [hook], offset repair
    mov ecx, 100
    mov esi, EDGE - 40
    mov edi, offset frames + 0x4000
    interrupted_string "movsb", rep movsb
    mov ecx, 20
    mov esi, offset frames + 0x4000
    mov edi, EDGE - 37
    interrupted_string "movsq", rep movsq
    mov ecx, 50
    mov edi, EDGE - 16
    mov eax, 0x5a5a5a5a
    interrupted_string "stosw", rep stosw
    say "stosw first", [frames + 0x1000 - 16]
    say "stosw last", [frames + 0x1000 + 80]
    mov ecx, 60
    mov esi, EDGE - 30
    interrupted_string "lodsd", rep lodsd
    say "lodsd rax", rax
    mov ecx, 500
    mov edi, EDGE - 8
    mov al, 0x5a
    mov byte ptr [frames + 0x1000 + 30], 1
    cld
    xor edx, edx
    interrupted_string "scasb", repe scasb
    mov ecx, 500
    mov edi, EDGE - 8
    mov al, 1
    xor edx, edx
    interrupted_string "scasb ne", repne scasb
    mov ecx, 64
    mov esi, EDGE - 12
    mov edi, offset frames + 0x1000 - 12
    cmp ecx, 1000
    interrupted_string "cmpsd", repe cmpsd
    # Downwards.
    std
    mov ecx, 30
    mov esi, EDGE + 10
    mov edi, offset frames + 0x4800
    interrupted_string "movsb down", rep movsb
    cld
    # 32-bit addresses and counts leave the upper halves clear.
    mov rcx, 0xffffffff00000008
    mov rsi, 0xffffffff00000000 + EDGE - 16
    mov edi, offset frames + 0x4000
    mov rax, 0xffffffff00000000
    or rdi, rax
    interrupted_string "movsd addr32", rep movsd dword ptr es:[edi], dword ptr ds:[esi]
    # Nothing to do: neither access nor change.
    xor ecx, ecx
    mov rsi, 0x123456789abcdef0
    mov rdi, -8
    interrupted_string "count zero", rep movsb
    mov rcx, 0xffffffff00000000
    interrupted_string "count zero addr32", rep stosb byte ptr es:[edi]
    mov rcx, 0xffffffff00000000
    jecxz 2f
    say "jecxz", 0
2:  mov rcx, 0xffffffff00000001
    .byte 0x67
    loop 3f
3:  say "loop addr32", rcx
    ret
.data
faults: .quad 0
fault_address: .quad 0
fault_rcx: .quad 0
fault_rsi: .quad 0
fault_rdi: .quad 0
fault_flags: .quad 0
fault_rip: .quad 0
fault_error: .quad 0
