# The same in 32-bit protected mode: neither the exception nor what follows from it has a gate.
.include "protected.inc"
main:
    say "before", 1
    mov byte ptr [idt + 6 * 8 + 5], 0
    mov byte ptr [idt + 13 * 8 + 5], 0
    mov byte ptr [idt + 8 * 8 + 5], 0
    ud2
    say "after", 1
    ret
