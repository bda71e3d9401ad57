# FXSAVE and the XSAVE family as the operating system sees them: CR4.OSXSAVE, XCR0, CR0.TS, the header of the area.
.include "long.inc"
.set OSFXSR, 1 << 9
.set OSXSAVE, 1 << 18
.set CR0_EM, 4
.set CR0_TS, 8

.macro xcr value:req
    xor ecx, ecx
    xor edx, edx
    mov eax, \value
.endm
.macro ask leaf:req, subleaf=0
    mov eax, \leaf
    mov ecx, \subleaf
    cpuid
.endm
.macro components bits:req
    xor edx, edx
    mov eax, \bits
.endm

main:
    fninit
    ask 1
    and ecx, 3 << 26
    say "without osxsave", rcx
    xor ecx, ecx
    try "xgetbv", xgetbv
    xcr 3
    try "xsetbv", xsetbv
    try "xsave", xsave [area]
    try "xrstor", xrstor [area]

    mov rax, cr4
    or rax, OSXSAVE | OSFXSR
    mov cr4, rax
    ask 1
    and ecx, 3 << 26
    say "with osxsave", rcx
    xcr 2
    try "xcr0 without x87", xsetbv
    xcr 0
    try "xcr0 of nothing", xsetbv
    xcr 0x1001
    try "xcr0 of what is not there", xsetbv
    xcr 3
    mov edx, 0x100000
    try "xcr0 above", xsetbv
    xcr 3
    mov ecx, 7
    try "no such register", xsetbv
    mov ecx, 7
    try "no such register read", xgetbv
    xcr 1
    try "xcr0 1", xsetbv
    xor ecx, ecx
    xgetbv
    say "xcr0", rax
    xcr 3
    xsetbv
    xor ecx, ecx
    xgetbv
    say "xcr0 is", rax
    say "above", rdx
    ask 0xd
    and eax, 3
    say "components", rax
    say "size", rbx
    ask 0xd, 1
    and eax, 1
    say "xsaveopt", rax
    xcr 3
    try_user "user xsetbv", xsetbv

    # What is saved, and the header's bits.
    fldpi
    mov rax, 0x1122334455667788
    movq xmm5, rax
    components 3
    xsave64 [area]
    say "saved", [area + 512]
    say "header", [area + 520]
    say "xmm5", [area + 160 + 5 * 16]
    say "st", [area + 32]
    fninit
    pxor xmm5, xmm5
    components 3
    xrstor64 [area]
    movq rax, xmm5
    say "xmm5 again", rax
    fstp tbyte ptr [word_at]
    say "st again", [word_at]
    # Components that the area says are in their initial state.
    mov qword ptr [area + 512], 0
    movq xmm5, rax
    fldpi
    components 3
    xrstor64 [area]
    movq rax, xmm5
    say "xmm5 cleared", rax
    fnstenv [word_at]
    mov eax, [word_at + 8]
    and eax, 0xffff
    say "tags", rax
    # Only one of two.
    mov rax, 0x99
    movq xmm5, rax
    components 1
    xrstor64 [area]
    movq rax, xmm5
    say "xmm5 left", rax
    components 1
    mov qword ptr [area + 512], 2
    fld1
    xsave64 [area]
    say "bits of both", [area + 512]

    # What XRSTOR does not take.
    components 3
    mov qword ptr [area + 512], 0x1000
    try "components that are not there", xrstor64 [area]
    mov qword ptr [area + 512], 3
    mov qword ptr [area + 528], 1
    try "reserved bytes of the header", xrstor64 [area]
    mov qword ptr [area + 528], 0
    mov dword ptr [area + 24], 0x100000
    try "reserved bits of mxcsr", xrstor64 [area]
    components 1
    try "reserved bits of mxcsr unread", xrstor64 [area]
    mov dword ptr [area + 24], 0x1f80
    try "not aligned", xsave64 [area + 16]
    try "fxsave not aligned", fxsave64 [area + 8]

    mov rax, cr0
    or rax, CR0_TS
    mov cr0, rax
    try "fxsave with ts", fxsave [area]
    components 3
    try "xsave with ts", xsave [area]
    try "xrstor with ts", xrstor [area]
    xor ecx, ecx
    try "xgetbv with ts", xgetbv
    clts
    mov rax, cr0
    or rax, CR0_EM
    mov cr0, rax
    try "fxsave with em", fxsave [area]
    try "fxrstor with em", fxrstor [area]
    try "fld1 with em", fld1
    mov rax, cr0
    and rax, ~CR0_EM
    mov cr0, rax
    ret

.bss
.balign 64
area: .skip 1024
word_at: .skip 32
.text
