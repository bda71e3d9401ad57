# Code that changes: the next instruction, in the same granule, on another page, by another linear address, by string
# instructions; code and data side by side in a hot loop; jumps between addresses that share a place in a cache.
.include "long.inc"

# Assembles `mov eax, value; ret` at an address.
.macro write_function where:req, value:req
    mov byte ptr [\where], 0xb8
    mov dword ptr [\where + 1], \value
    mov byte ptr [\where + 5], 0xc3
.endm

main:
    # The next instruction: its immediate, and its opcode (inc ecx to dec ecx).
    mov byte ptr [1f + 1], 0x22
1:  mov eax, 0x11
    say "next immediate", rax
    mov ecx, 10
    mov ebx, 3
next_opcode:
    mov byte ptr [1f + 1], 0xc9
1:  inc ecx
    say "next opcode", rcx
    mov byte ptr [1b + 1], 0xc1
    dec ebx
    jnz next_opcode
    # An instruction that overwrites its own beginning: the old one is executed.
    mov ecx, 2
self:
    mov word ptr [self], 0x9090
    say "itself", rcx
    dec ecx
    mov word ptr [self], 0xc766
    jnz self

    # A function on another page, again and again.
    mov r12d, offset other_page
    write_function r12, 1
    xor r13d, r13d
    xor r14d, r14d
1:  mov [r12 + 1], r13d
    call r12
    add r14d, eax
    inc r13d
    cmp r13d, 300
    jne 1b
    say "another page", r14

    # The same through another linear address.
    map 0, offset other_page + PRESENT + WRITABLE
    mov r15d, REGION
    xor r13d, r13d
    xor r14d, r14d
1:  mov [r15 + 1], r13d
    call r12
    add r14d, eax
    mov [r12 + 1], r14d
    call r15
    xor r14d, eax
    lea r14d, [r14 + r13 * 4 + 1]
    inc r13d
    cmp r13d, 300
    jne 1b
    say "alias", r14
    # A read-modify-write, an unaligned store over two granules, and one that ends right before the code.
    add dword ptr [r15 + 1], 5
    call r12
    say "alias rmw", rax
    mov rax, 0xc312345678b80000
    mov [r12 - 2 + 64], rax
    lea rbx, [r12 + 64]
    call rbx
    say "over two granules", rax
    mov qword ptr [r12 + 56], -1
    call rbx
    say "right before", rax

    # By string instructions, over code that has run.
    mov ebx, 3
1:  mov esi, offset template
    mov edi, offset other_page
    mov ecx, template_end - template
    rep movsb
    mov [other_page + 1], ebx
    call r12
    say "movsb", rax
    mov edi, offset other_page
    mov eax, 0x90909090
    mov ecx, 5
    rep stosd
    mov byte ptr [rdi], 0xc3
    mov eax, 0x77
    call r12
    say "stosd", rax
    dec ebx
    jnz 1b
    # A string instruction that runs over itself: what comes behind it is new, too.
    mov esi, offset template_nops
    mov edi, offset 1f
    mov ecx, 16
    jmp 1f
.balign 64
1:  rep movsb
    .rept 14
        inc eax
    .endr
    say "over itself", rcx
    say "over itself rdi", [1b]

    # A counter in the midst of a hot loop.
    mov ecx, 2000
    jmp 2f
.balign 64
counter: .long 0
2:  inc dword ptr [counter]
    dec ecx
    jnz 2b
    mov eax, [counter]
    say "counter beside the loop", rax
    # The loop's own immediate counts.
    mov ecx, 1000
    xor eax, eax
3:  add eax, 1
    add byte ptr [3b + 2], 1
    and byte ptr [3b + 2], 0x7f
    dec ecx
    jnz 3b
    say "loop's immediate", rax

    # Pushes and interrupts store too: the stack grows down into a function.
    mov [saved_rsp], rsp
    mov esp, offset other_page + 16
    mov rax, 0xc30000004db89090
    push rax
    push rax
    mov rsp, [saved_rsp]
    call r12
    say "pushed", rax
    mov byte ptr [idt + 0x80 * 16 + 4], 1
    mov qword ptr [tss + 0x24], offset other_page + 64
    write_function other_page + 24, 0x1111
    lea rbx, [r12 + 24]
    call rbx
    say "before the frame", rax
    mov eax, offset 1f
    mov qword ptr [try_at], offset 1f
    mov qword ptr [try_resume], offset 1f
    mov [try_rsp], rsp
    mov qword ptr [hook], offset skip
    int 0x80
1:  mov qword ptr [hook], 0
    # The frame is ss, rsp, rflags, cs, rip from the top down: rip lies at + 24, whose bytes are no `mov eax, 0x1111` any more.
    xor eax, eax
    cmp byte ptr [rbx], 0xb8
    sete al
    say "frame over code", rax
    mov qword ptr [tss + 0x24], offset ist_stack_top

    # Remapped: the same linear address, other code; with INVLPG, then with CR3.
    write_function other_page, 0xaaaa
    write_function third_page, 0xbbbb
    mov ebx, 3
    xor r14d, r14d
1:  map 0, offset other_page + PRESENT
    call r15
    shl r14, 1
    add r14, rax
    map 0, offset third_page + PRESENT
    call r15
    shl r14, 1
    add r14, rax
    mov qword ptr [region_table], offset other_page + PRESENT
    mov rax, cr3
    mov cr3, rax
    call r15
    shl r14, 1
    add r14, rax
    dec ebx
    jnz 1b
    say "remapped", r14

    # A mapping changed and not yet invalidated: either page may answer, but what runs then must not be taken for the
    # other page's code later.
    write_function other_page + 0x100, 0xcccc
    write_function third_page + 0x100, 0xdddd
    lea rbx, [r15 + 0x100]
    map 0, offset other_page + PRESENT
    call r15
    mov qword ptr [region_table], offset third_page + PRESENT
    call rbx
    map 0, offset other_page + PRESENT
    call rbx
    say "not taken for another", rax
    map 0, offset third_page + PRESENT
    call rbx
    say "nor the other", rax
    # What is decoded ahead and never reached leaves no trace: an instruction on two pages behind a jump.
    map 0, offset other_page + PRESENT
    map 1, offset third_page + PRESENT
    mov dword ptr [other_page + 0xff8], 0x05eb9090  # nop; nop; jmp + 5
    mov dword ptr [other_page + 0xffc], 0xb8909090  # nop; nop; nop; mov eax, imm32 on the next page
    mov byte ptr [other_page + 0xfff], 0xb8
    mov byte ptr [other_page + 0xffb], 0xf5         # the jump goes back, to the return below
    mov byte ptr [other_page + 0xff1], 0xc3
    lea rbx, [r15 + 0xff8]
    call rbx

    # Many targets, 4096 bytes apart, called in turn.
    mov ebx, offset far_functions
    xor ecx, ecx
1:  mov eax, ecx
    shl eax, 12
    mov byte ptr [rbx + rax], 0x8d          # lea eax, [rax + disp8]; ret
    mov byte ptr [rbx + rax + 1], 0x40
    mov [rbx + rax + 2], cl
    mov byte ptr [rbx + rax + 3], 0xc3
    inc ecx
    cmp ecx, 16
    jne 1b
    xor eax, eax
    mov ecx, 40
2:  mov rdi, rbx
    mov edx, 16
3:  call rdi
    add rdi, 4096
    dec edx
    jnz 3b
    loop 2b
    say "4096 apart", rax

    # Recursion: the returns go to two places on two pages.
    mov edi, 300
    xor eax, eax
    call recursive
    say "recursion", rax
    ret

skip:
    xor eax, eax
    ret
recursive:
    add eax, edi
    dec edi
    jz 1f
    test edi, 1
    jz recursive_elsewhere
    call recursive
    rol eax, 1
1:  ret
template:
    mov eax, 0
    ret
template_end:
template_nops:
    .fill 16, 1, 0x90
.data
saved_rsp: .quad 0
.balign 4096
.skip 4000
.text
.balign 4096
recursive_elsewhere:
    call recursive
    xor eax, 0x1234
    ret
.bss
.balign 4096
other_page: .skip 4096
third_page: .skip 4096
far_functions: .skip 16 * 4096
