# An x87 exception with CR0.NE clear, as the BIOS leaves it, and no more of a handler than INT 02h.
.include "bios.inc"
.macro divide
    fninit
    mov word ptr [control_word], 0x37b
    fldcw [control_word]
    fld1
    fldz
    fdivp
.endm
.macro status name:req
    fnstsw ax
    movzx eax, ax
    say "\name", eax
.endm
main:
    mov eax, cr0
    and eax, 0x20
    say "ne", eax
    # Nobody clears the exception: IGNNE# lets the program go on.
    divide
    fld1
    status "unhandled"
    mov word ptr [0x02 * 4], offset handler
    mov word ptr [0x02 * 4 + 2], 0
    divide
    fld1
    status "handled"
    movzx eax, word ptr [calls]
    say "calls", eax
    in al, 0xa1
    and eax, 0x20
    say "masked", eax
    ret
handler:
    push ds
    push 0
    pop ds
    inc word ptr [calls]
    fnclex
    pop ds
    iret
.data
.balign 4
calls: .word 0
control_word: .word 0
