# The memory type range registers that the firmware leaves: the default type, the first of the variable ranges, the fixed ones.
.include "bios.inc"
.macro msr number
    mov ecx, \number
    rdmsr
    mov [high], edx
    say "\number", eax
    mov eax, [high]
    say "\number, upper half", eax
.endm
main:
    msr 0x2ff
    msr 0x200
    msr 0x201
    msr 0x203
    msr 0x250
    msr 0x258
    msr 0x259
    msr 0x268
    msr 0x26f
    ret
high: .long 0
