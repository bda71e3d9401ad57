# Model-specific registers: what they take and what they refuse, and what the changes of EFER, CR0 and CR4 ask for.
.include "long.inc"

.macro write name:req, index:req, value:req
    mov rdx, \value
    mov eax, edx
    shr rdx, 32
    mov ecx, \index
    try "\name", wrmsr
.endm
.macro read name:req, index:req
    mov ecx, \index
    rdmsr
    shl rdx, 32
    or rax, rdx
    say "\name", rax
.endm

main:
    read "efer", EFER
    write "efer bit 1", EFER, 0xd02
    write "efer bit 9", EFER, 0xf00
    write "efer bit 32", EFER, 0x100000d00
    write "efer without lme", EFER, 0xc00
    write "efer without lma", EFER, 0x900
    read "lma stays", EFER
    write "efer without nxe", EFER, 0x500
    write "efer", EFER, 0xd00
    .irp index, 0xc0000082, 0xc0000083, 0xc0000102, 0x175, 0x176
        write "\index", \index, 0x7fffffffffff
        write "\index upper half", \index, 0xffff800000000000
        write "\index not canonical", \index, 0x800000000000
        read "\index is", \index
    .endr
    .irp index, 0xc0000100, 0xc0000101
        write "\index not canonical", \index, 0x800000000000
        write "\index", \index, 0xffff800012345678
        read "\index is", \index
    .endr
    write "star", 0xc0000081, 0x123456789abcdef0
    read "star is", 0xc0000081
    write "sysenter cs", 0x174, 0x1234
    read "sysenter cs is", 0x174
    write "pat", 0x277, 0x0007040600070406
    write "pat with 2", 0x277, 0x0007040602070406
    write "pat with 3", 0x277, 0x0307040600070406
    write "pat with 8", 0x277, 0x0007040600070408
    write "pat with 7", 0x277, 0x0707070707070707
    read "pat is", 0x277
    write "mtrr base", 0x200, 0x12345006
    write "mtrr base of type 2", 0x200, 0x12345002
    write "mtrr base with bit 8", 0x200, 0x12345106
    read "mtrr base is", 0x200
    write "mtrr mask", 0x201, 0xfffff800
    write "mtrr mask with bit 0", 0x201, 0xfffff801
    write "mtrr fixed", 0x250, 0x0606060606060600
    write "mtrr fixed of type 3", 0x250, 0x0606060606060603
    write "mtrr default", 0x2ff, 0xc06
    write "mtrr default of type 7", 0x2ff, 0xc07
    write "mtrr default with bit 9", 0x2ff, 0xe06
    read "mtrr default is", 0x2ff
    write "mtrrcap", 0xfe, 0
    mov ecx, 0x12345
    try "no such register, read", rdmsr
    write "no such register", 0x12345, 0
    mov ecx, 0x10
    rdmsr
    mov rbx, rax
    rdmsr
    cmp rax, rbx
    seta al
    movzx eax, al
    say "time passes", rax
    # Control registers.
    mov rax, cr0
    mov rbx, rax
    btr rbx, 0
    try "pg without pe", mov cr0, rbx
    mov rbx, rax
    btr rbx, 31
    try "pg off in 64-bit mode", mov cr0, rbx
    mov rbx, rax
    or rbx, 0x20000000
    btr rbx, 30
    try "nw without cd", mov cr0, rbx
    mov rbx, rax
    bts rbx, 32
    try "cr0 bit 32", mov cr0, rbx
    mov rbx, rax
    or rbx, 0x40
    try "cr0 bit 6", mov cr0, rbx
    mov rbx, cr0
    xor rbx, rax
    say "ignored", rbx
    mov rbx, cr3
    bts rbx, 51
    try "cr3 bit 51", mov cr3, rbx
    mov rbx, 15
    mov cr8, rbx
    mov rbx, cr8
    say "cr8", rbx
    mov rbx, 16
    try "cr8 of 16", mov cr8, rbx
    xor ebx, ebx
    mov cr8, rbx
    try "cr1", .byte 0x0f, 0x20, 0xc8
    try "cr5", .byte 0x0f, 0x22, 0xe8
    mov rbx, 1 << 32
    try "dr7 bit 32", mov dr7, rbx
    try "dr6 bit 32", mov dr6, rbx
    ret
