# Debug exceptions in 64-bit mode: RF and TF as they are pushed, the shadow of a load of SS.
.include "debug64.inc"

main:
    watch "instruction"
    breakpoint "offset 1f", 0x401
    nop
1:  nop
    int 0x80

    # Once for all elements.
    watch "string instruction"
    breakpoint "offset 1f", 0x401
    mov ecx, 3
    mov edi, offset scratch
1:  rep stosb
    nop
    int 0x80
    watch "string instruction meets data"
    breakpoint "offset 1f", 0x401
    mov rax, offset scratch + 1
    mov dr1, rax
    mov eax, 0x100405
    mov dr7, rax
    mov ecx, 3
    mov edi, offset scratch
1:  rep stosb
    nop
    int 0x80

    watch "resumed at a fault"
    breakpoint "offset 1f", 0x401
    mov ebx, 2
1:  ud2
    int 0x80

    watch "general detect"
    mov eax, 0x2400
    mov dr7, rax
    mov rbx, dr0
    int 0x80

    # The first instruction after a load of SS passes its breakpoint.
    watch "instruction after mov ss"
    breakpoint "offset 1f", 0x401
    mov ecx, ss
    mov ss, ecx
1:  nop
    nop
    int 0x80
    watch "instruction after two mov ss"
    breakpoint "offset 1f", 0x401
    mov ecx, ss
    mov ss, ecx
    nop
1:  nop
    int 0x80

    # A breakpoint on the data that SS is loaded from waits for the next instruction.
    mov word ptr [watched_word], ss
    watch "data of mov ss"
    breakpoint "offset watched_word", 0x70401
    mov ss, [watched_word]
    nop
    nop
    int 0x80
    watch "data of mov ss before a fault"
    breakpoint "offset watched_word", 0x70401
    mov ss, [watched_word]
    ud2
    nop
    int 0x80
    watch "step over mov ss before icebp"
    step
    mov ecx, ss
    mov ss, ecx
    .byte 0xf1
    nop
    int 0x80

    # Steps.
    watch "step"
    step
    nop
    mov ecx, 3
    mov edi, offset scratch
    rep stosb
    ud2
    nop
    pushfq
    pop rbp
    int 0x80
    mov eax, ebp
    and eax, RF | TF
    say "pushed", rax
    ret

.data
.balign 8
scratch: .quad 0
watched_word: .word 0
