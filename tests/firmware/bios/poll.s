# How many looks for a key that nobody presses there are between two ticks of the timer.
.include "bios.inc"
main:
    mov ebx, [0x46c]
1:  cmp ebx, [0x46c]
    je 1b
    mov ebx, [0x46c]
    xor edi, edi
1:  mov ah, 1
    int 0x16
    jnz finish
    inc edi
    cmp ebx, [0x46c]
    je 1b
    say "looks", edi
    ret
