# A far jump into a code segment with a limit, to code that has run already in the flat one: the machine has to say that it
# does not support the segment, decoded code or not.
.include "protected.inc"
main:
    mov dword ptr [spare], 0x0000ffff
    mov dword ptr [spare + 4], 0x00c09b00
    mov ebx, 3
1:  dec ebx
    jnz 1b
    say "flat", ebx
    mov ebx, 1
    jmp SPARE:1b
