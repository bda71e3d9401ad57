# The x87 in real mode: who may use it by CR0, how exceptions arrive, and the layouts of its environment there.
.include "real.inc"
.set CR0_MP, 2
.set CR0_EM, 4
.set CR0_TS, 8
.set CR0_NE, 0x20
.set OF_X87, CR0_MP + CR0_EM + CR0_TS + CR0_NE

.macro control bits:req
    mov eax, cr0
    and eax, ~OF_X87
    or eax, \bits
    mov cr0, eax
.endm
# Each kind of instruction: one that waits, FWAIT, one that does not wait, a whole image.
.macro allowed name:req, bits:req
    control \bits
    try "\name fld1", fld1
    try "\name fwait", fwait
    try "\name fnstsw", fnstsw ax
    try "\name fxsave", fxsave [image]
    control CR0_NE
    fninit
.endm
.macro status name:req
    fnstsw ax
    movzx eax, ax
    say "\name", eax
.endm
# What FNSTENV wrote: seven fields of 2 or 4 bytes.
.macro words name:req, size:req
    mov si, offset image
    mov cx, 7
1:  .if \size == 2
        movzx eax, word ptr [si]
    .else
        mov eax, [si]
    .endif
    say "\name", eax
    add si, \size
    loop 1b
.endm
main:
    control CR0_NE
    fninit
    fnstcw [word_at]
    say "control", [word_at]
    status "status"
    allowed "none", CR0_NE
    allowed "ts", CR0_NE + CR0_TS
    allowed "mp", CR0_NE + CR0_MP
    allowed "mp ts", CR0_NE + CR0_MP + CR0_TS
    allowed "em", CR0_NE + CR0_EM
    allowed "em mp", CR0_NE + CR0_EM + CR0_MP
    allowed "em mp ts", CR0_NE + CR0_EM + CR0_MP + CR0_TS

    # An exception waits for the next instruction that looks for one.
    mov word ptr [word_at], 0x37b
    fldcw [word_at]
    fld1
    fldz
    fdivp
    status "pending"
    fnstcw [word_at]
    try "pending fnclex", fnclex
    status "cleared"
    fld1
    fldz
    fdivp
    try "pending fwait", fwait
    try "pending fld1", fld1
    try "pending fnop", fnop
    try "pending fldcw", fldcw [word_at]
    try "pending fnstenv", fnstenv [image]
    status "masked by fnstenv"
    fldcw [word_at]
    try "pending fxsave", fxsave [image]
    try "pending fninit", fninit
    status "initial"
    # Unmasked after the fact.
    fld1
    fldz
    fdivp
    status "masked"
    mov word ptr [word_at], 0x37b
    fldcw [word_at]
    status "unmasked"
    try "unmasked fld1", fld1
    fninit

    # Pointers are linear addresses, in two parts.
    mov ax, 0x2345
    mov fs, ax
    mov dword ptr fs:[0x6789], 0x3f800000
narrow_load:
    fld dword ptr fs:[0x6789]
    fnstenv [image]
    fninit
    sub word ptr [image + 6], offset narrow_load
    words "narrow", 2
    fld1
wide_add:
    fadd dword ptr fs:[0x6789]
    .byte 0x66
    fnstenv [image]
    sub word ptr [image + 12], offset wide_add
    words "wide", 4
    fninit

    # There and back: what is loaded is stored again.
    mov di, offset image
    mov cx, 14
    mov ax, 0x1357
1:  stosw
    add ax, 0x1111
    loop 1b
    mov word ptr [image], 0x37f
    .byte 0x66
    fldenv [image]
    mov di, offset image
    mov cx, 14
    xor ax, ax
    rep stosw
    .byte 0x66
    fnstenv [image]
    words "loaded", 4
    fninit

    # Whole states, narrow and wide.
    fldpi
    fldl2t
    fnsave [image]
    status "after fnsave"
    say "first register", [image + 14 + 4]
    say "second register", [image + 14 + 10 + 4]
    frstor [image]
    status "after frstor"
    .byte 0x66
    fnsave [image]
    say "wide first register", [image + 28 + 4]
    say "wide second register", [image + 28 + 10 + 4]

    # Images of FXSAVE, without and with what the operating system has to know of.
    .irp osfxsr, 0, 0x200
        mov eax, cr4
        and eax, ~0x200
        or eax, \osfxsr
        mov cr4, eax
        mov di, offset image
        mov cx, 256
        mov ax, 0xaaaa
        rep stosw
        fninit
        fldpi
        fxsave [image]
        say "image control", [image]
        say "image tags", [image + 4]
        say "image mxcsr", [image + 24]
        say "image mxcsr mask", [image + 28]
        say "image st", [image + 36]
        say "image st above", [image + 44]
        say "image next st", [image + 32 + 16 + 4]
        say "image xmm0", [image + 160]
        say "image xmm8", [image + 160 + 128]
    .endr
    ret

.bss
.balign 16
image: .skip 512
word_at: .skip 4
