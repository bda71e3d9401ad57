# When MMX and SSE are there: CR0.EM, CR0.TS, CR4.OSFXSR, CR4.OSXMMEXCPT; pending x87 exceptions; MXCSR; alignment, page ends.
.include "long.inc"
.set OSFXSR, 1 << 9
.set OSXMMEXCPT, 1 << 10
.set EM, 1 << 2
.set TS, 1 << 3
.set NUMERIC_ERROR, 1 << 5

.macro set_cr4 bits:req
    mov rax, cr4
    and eax, ~(OSFXSR | OSXMMEXCPT)
    or eax, \bits
    mov cr4, rax
.endm
.macro set_cr0 bits:req
    mov rax, cr0
    and eax, ~(EM | TS)
    or eax, \bits
    mov cr0, rax
.endm
.macro say_mxcsr name:req
    stmxcsr [mxcsr]
    mov eax, [mxcsr]
    say "\name", rax
.endm
.macro set_mxcsr value:req
    mov dword ptr [mxcsr], \value
    ldmxcsr [mxcsr]
.endm
# What each kind of instruction does now.
.macro try_all name:req
    try "\name: sse", movaps xmm0, xmm1
    try "\name: sse2 from memory", paddb xmm0, [packed]
    try "\name: ldmxcsr", ldmxcsr [usual]
    try "\name: mmx", paddb mm0, mm1
    try "\name: emms", emms
    try "\name: mmx and xmm", movq2dq xmm0, mm1
    try "\name: fence", mfence
    try "\name: past memory", movnti [scratch], eax
.endm

main:
    try_all "without osfxsr"
    set_cr4 OSFXSR
    set_cr0 EM
    try_all "em"
    set_cr0 TS
    try_all "ts"
    set_cr0 EM|TS
    try_all "em and ts"
    set_cr4 0
    set_cr0 TS
    try_all "ts without osfxsr"
    set_cr4 OSFXSR | OSXMMEXCPT
    set_cr0 0
    try_all "both"

    # The same code again and again, with the state of another task and without.
    mov ebp, 6
1:  test ebp, 1
    jz 2f
    set_cr0 TS
2:  mov eax, ebp
    call convert
    clts
    dec ebp
    jnz 1b

    # User code.
    set_cr0 TS
    try_user "user: sse with ts", addps xmm0, xmm1
    clts
    try_user "user: misaligned", movaps xmm0, [packed + 8]

    # MXCSR.
    say_mxcsr "mxcsr"
    mov dword ptr [mxcsr], 0x10000
    try "reserved bit", ldmxcsr [mxcsr]
    say_mxcsr "and after it"

    # Exceptions.
    set_mxcsr 0x1d80
    movq xmm0, [one]
    pxor xmm1, xmm1
    try "division by zero", divsd xmm0, xmm1
    say_mxcsr "mxcsr of it"
    movq rax, xmm0
    say "dividend", rax
    set_mxcsr 0x1d80
    set_cr4 OSFXSR
    try "without osxmmexcpt", divsd xmm0, xmm1
    say_mxcsr "mxcsr of that"
    set_cr4 OSFXSR | OSXMMEXCPT
    set_mxcsr 0x1f80
    divsd xmm0, xmm1
    say_mxcsr "masked"
    movq rax, xmm0
    say "quotient", rax

    # An x87 exception that is pending, told by #MF.
    set_cr0 NUMERIC_ERROR
    fninit
    mov word ptr [mxcsr], 0x37b
    fldcw [mxcsr]
    fldz
    fld1
    fdivrp
    try "pending: mmx", paddb mm0, mm1
    try "pending: emms", emms
    try "pending: sse", addps xmm0, xmm1
    fninit

    # The end of a page.
    map 0, offset frames + PRESENT + WRITABLE
    map 1, offset frames + 4096 + PRESENT + WRITABLE
    mov rax, 0x0123456789abcdef
    mov rbx, 0xfedcba9876543210
    movq xmm2, rax
    movq xmm3, rbx
    punpcklqdq xmm2, xmm3
    movups [REGION + 4096 - 7], xmm2
    movups xmm4, [REGION + 4096 - 7]
    movq rax, xmm4
    say "across pages, low", rax
    psrldq xmm4, 8
    movq rax, xmm4
    say "across pages, high", rax
    map 1, 0
    try "load into nothing", movups xmm4, [REGION + 4096 - 9]
    try "store into nothing", movups [REGION + 4096 - 9], xmm4
    mov rax, [REGION + 4096 - 9 + 1]
    say "nothing stored", rax
    try "aligned before nothing", movaps xmm4, [REGION + 4096 - 16]
    try "misaligned into nothing", movaps xmm4, [REGION + 4096 - 8]

    # Code that is stored to by a vector.
    call patched
    say "before", rax
    movups xmm5, [patch]
    movups [patched], xmm5
    call patched
    say "after", rax
    ret

convert:
    try "convert", cvtsi2sd xmm0, eax
    ret
patched:
    mov eax, 1
    ret
    .fill 16, 1, 0x90

.section .rodata
    .balign 16
packed:
    .quad 1, 2, 3, 4
one: .double 1.0
usual: .long 0x1f80
patch:
    .byte 0xb8, 2, 0, 0, 0, 0xc3
    .fill 16, 1, 0x90
.bss
    .balign 16
scratch: .skip 16
mxcsr: .skip 4
