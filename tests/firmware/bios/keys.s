# INT 16h: keys as they are typed, by the classic functions, then by the enhanced ones.
.include "bios.inc"
main:
    mov ah, 1
    ask 0x16, "01h of nothing", zf
    mov si, offset text_ready
    call teletype
    mov cx, 24
1:  push cx
    mov ah, 0
    int 0x16
    movzx eax, ax
    say "00h", eax
    pop cx
    loop 1b
    mov si, offset text_enhanced
    call teletype
    mov cx, 12
1:  push cx
    mov ah, 0x10
    int 0x16
    movzx eax, ax
    say "10h", eax
    pop cx
    loop 1b
    # A key that the program puts there.
    mov ah, 5
    mov cx, 0x1e61
    ask 0x16, "05h", al
    mov ah, 0x11
    ask 0x16, "11h", zf, ax
    mov ah, 0x10
    ask 0x16, "10h of it", ax
    mov ah, 2
    ask 0x16, "02h", al
    mov ah, 0x12
    ask 0x16, "12h", ax
    ret
teletype:
1:  cs lodsb
    test al, al
    jz 2f
    mov ah, 0x0e
    mov bx, 7
    push si
    int 0x10
    pop si
    jmp 1b
2:  ret
.section .rodata
text_ready: .asciz "\r\nclassic>"
text_enhanced: .asciz "\r\nenhanced>"
