# The first 64 sectors of the second hard disk, by INT 13h, by ATA with LBA and by ATA with CHS: a checksum of each way.
.include "bios.inc"
.macro sum name
    push ds
    push 0x1000
    pop ds
    xor si, si
    mov cx, 0x8000
    call checksum
    pop ds
    say "\name", eax
.endm
main:
    mov si, offset dap
    mov ah, 0x42
    mov dl, 0x81
    ask 0x13, "42h", ah
    sum "INT 13h"
    mov dx, 0x3f6
    mov al, 2
    out dx, al
    push 0x1000
    pop es
    xor di, di
    mov bx, 0
1:  mov dx, 0x1f6
    mov al, 0xf0
    out dx, al
    mov dx, 0x1f2
    mov al, 1
    out dx, al
    inc dx
    mov al, bl
    out dx, al
    inc dx
    mov al, bh
    out dx, al
    inc dx
    mov al, 0
    out dx, al
    call read
    inc bx
    cmp bx, 64
    jb 1b
    sum "ATA by LBA"
    # 63 sectors a track: the last one is the first of head 1.
    xor di, di
    mov bx, 0x0001
1:  mov dx, 0x1f6
    mov al, bh
    or al, 0xb0
    out dx, al
    mov dx, 0x1f2
    mov al, 1
    out dx, al
    inc dx
    mov al, bl
    out dx, al
    inc dx
    mov al, 0
    out dx, al
    inc dx
    out dx, al
    call read
    inc bl
    cmp bl, 63
    jbe 2f
    mov bx, 0x0101
2:  test di, 0x7fff
    jnz 1b
    sum "ATA by CHS"
    ret
read:
    mov dx, 0x1f7
    mov al, 0x20
    out dx, al
1:  in al, dx
    test al, 0x80
    jnz 1b
    test al, 8
    jz 2f
    mov dx, 0x1f0
    mov cx, 256
    rep insw
2:  ret
.data
.balign 4
dap:
    .byte 16, 0
    .word 64
    .word 0, 0x1000
    .quad 0
