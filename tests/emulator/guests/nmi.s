# Counts non-maskable interrupts in r8; r9 tells when port 0x70 keeps them away. The test presses the button.
.include "long.inc"
main:
    mov qword ptr [hook], offset serve
    xor r8d, r8d
    xor r9d, r9d
    mov ecx, 40000
1:  loop 1b
    mov al, 0x80
    out 0x70, al
    mov r9d, 1
2:  inc rax
    jmp 2b
serve:
    inc qword ptr [rdi + 56]            # r8
    mov ecx, 1000
3:  loop 3b
    xor eax, eax
    ret
