# Writes that a processor refuses and QEMU 7.2 takes, or dies of: control registers, EFER, MSRs, a code segment with L and D.
.include "long.inc"

main:
    mov rax, cr0
    btr eax, 31
    try "paging off in 64-bit mode", mov cr0, rax
    mov rax, cr0
    bts rax, 32
    try "upper half of cr0", mov cr0, rax
    mov rax, cr0
    bts eax, 29
    try "nw without cd", mov cr0, rax
    mov rax, cr0
    and eax, 0x80010001
    say "cr0", rax
    mov rax, cr4
    btr eax, 5
    try "pae off in long mode", mov cr4, rax
    mov rax, cr4
    bts rax, 40
    try "upper half of cr4", mov cr4, rax
    mov rax, cr4
    bts eax, 15
    try "reserved bit of cr4", mov cr4, rax
    mov rax, cr3
    bts rax, 52
    try "reserved bit of cr3", mov cr3, rax
    mov rax, cr3
    sub rax, offset pml4
    say "cr3", rax
    mov eax, 0x10
    try "reserved bit of cr8", mov cr8, rax
    xor eax, eax
    mov cr8, rax
    mov ecx, EFER
    rdmsr
    btr eax, 8
    try "lme off", wrmsr
    mov ecx, EFER
    rdmsr
    bts eax, 1
    try "reserved bit of efer", wrmsr
    mov ecx, 0x12345
    xor eax, eax
    xor edx, edx
    try "no such msr", rdmsr
    try "no such msr to write", wrmsr
    mov rax, 0x00ef9b000000ffff
    mov [spare], rax
    mov dword ptr [far_pointer], offset none
    try "L and D", jmp fword ptr [far_pointer]
    ret
.data
far_pointer:
.long 0
.word SPARE
