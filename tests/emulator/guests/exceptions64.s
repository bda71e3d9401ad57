# Exceptions in 64-bit mode: vector, error code, saved rip, cs, ss, rflags, rsp.
.include "long.inc"
main:
    xor ebx, ebx
    mov eax, 1
    cdq
    try "de", div ebx
    try "de high", div bh
    try "bp", int3
    try "ud2", ud2
    try "ud lock", .byte 0xf0, 0x01, 0xc0
    try "ud into", .byte 0xce
    try "ud mov cs", .byte 0x8e, 0xc8
    mov eax, 0x123
    try "gp selector", mov ds, eax
    mov eax, SPARE
    try "gp null type", mov es, eax
    try "gp ss null rpl 1", mov ss, [one]
    try_user "user hlt", hlt
    try_user "user cli", cli
    try_user "user ud2", ud2
    try_user "user int 0x80", int 0x80
    try_user "user int 0x81", int 0x81
    try_user "user int3", int3
    try_user "user in", in al, 0x60
    ret
.data
one: .word 1
