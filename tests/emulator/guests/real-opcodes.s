# Opcodes that real mode has not: VEX prefixes, and what works on descriptors.
.include "real.inc"

.balign 4
far_pointer: .word 0x1234, 0x50

main:
    mov ebx, 0x0ff0
    mov ecx, 0xffff
    # Outside real and virtual-8086 mode these are ANDN, RORX and VZEROUPPER.
    try "andn", .byte 0xc4, 0xe2, 0x60, 0xf2, 0xc1
    try "rorx", .byte 0xc4, 0xe3, 0x7b, 0xf0, 0xc1, 0x05
    try "vzeroupper", .byte 0xc5, 0xf8, 0x77
    try "les with a register", .byte 0xc4, 0xc0
    try "lds with a register", .byte 0xc5, 0xc0
    mov si, offset far_pointer
    les ax, [si]
    mov bx, es
    say "les offset", eax
    movzx ebx, bx
    say "les selector", ebx
    xor ax, ax
    mov es, ax
    try "arpl", .byte 0x63, 0xc0
    try "sldt", .byte 0x0f, 0x00, 0xc0
    try "str", .byte 0x0f, 0x00, 0xc8
    try "lldt", .byte 0x0f, 0x00, 0xd0
    try "ltr", .byte 0x0f, 0x00, 0xd8
    try "verr", .byte 0x0f, 0x00, 0xe0
    try "verw", .byte 0x0f, 0x00, 0xe8
    try "lar", .byte 0x0f, 0x02, 0xc3
    try "lsl", .byte 0x0f, 0x03, 0xc3
    try "sysenter", .byte 0x0f, 0x34
    try "sysexit", .byte 0x0f, 0x35
    try "syscall", .byte 0x0f, 0x05
    try "sysret", .byte 0x0f, 0x07
    try "swapgs", .byte 0x0f, 0x01, 0xf8
    # LOCK where it may not be.
    try "lock to a register", .byte 0xf0, 0x01, 0xc0
    try "lock cmp", .byte 0xf0, 0x39, 0x04
    try "lock mov", .byte 0xf0, 0x89, 0x04
    try "lock bt", .byte 0xf0, 0x0f, 0xa3, 0x04
    try "lock of a source", .byte 0xf0, 0x03, 0x04
    try "ud0", .byte 0x0f, 0xff, 0xc0
    try "ud1", .byte 0x0f, 0xb9, 0xc0
    try "ud2", ud2
    # Extensions of the general-purpose set exist in real mode too.
    mov ecx, 0x00f0f00f
    popcnt eax, ecx
    say "popcnt", eax
    mov eax, 0x12345678
    .byte 0xf2, 0x66, 0x0f, 0x38, 0xf1, 0xc1    # crc32 eax, ecx
    say "crc32", eax
    ret
