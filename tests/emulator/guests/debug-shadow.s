# A breakpoint on the data that SS is loaded from, in whose shadow a handler is entered: the trap comes before its first
# instruction. And a breakpoint on a string instruction that is stepped over, which RF lets pass after each element.
.include "debug64.inc"

main:
    mov byte ptr [idt + 3 * 16 + 5], 0xee
    mov word ptr [watched_word], ss
    watch "data of mov ss before int3"
    breakpoint "offset watched_word", 0x70401
    mov ss, [watched_word]
    int3
    nop
    int 0x80
    watch "data of mov ss before icebp"
    breakpoint "offset watched_word", 0x70401
    mov ss, [watched_word]
    .byte 0xf1
    nop
    int 0x80
    watch "step over string instruction"
    breakpoint "offset 1f", 0x401
    mov ecx, 3
    mov edi, offset scratch
    step
1:  rep stosb
    nop
    int 0x80
    ret

.data
.balign 8
scratch: .quad 0
watched_word: .word 0
