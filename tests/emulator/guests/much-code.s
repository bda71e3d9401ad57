# More code than an engine keeps decoded: what was dropped comes back, and jumps from before lead to what is there now.
.include "long.inc"
.set CODE_AT, 0x400000
.set CODE_SIZE, 0x48000

main:
    mov rax, 0x9090c0ff00ebc0ff         # inc eax; jmp to the next; inc eax; nop; nop
    mov edi, CODE_AT
    mov ecx, CODE_SIZE / 8
    rep stosq
    mov byte ptr [rdi], 0xc3
    xor eax, eax
    mov ebx, CODE_AT
    call small
    call rbx
    say "once", rax
    call small
    # A change in what was decoded first, and in what was decoded last.
    mov byte ptr [rbx + 1], 0xc8        # dec eax
    mov byte ptr [rbx + CODE_SIZE - 7], 0xc8
    call rbx
    say "twice", rax
    call small
    say "at the end", rax
    ret
small:
    mov ecx, 40
1:  add eax, ecx
    loop 1b
    ret
