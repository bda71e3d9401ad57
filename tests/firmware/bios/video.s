# INT 10h in text mode: what is answered, and what stands on the screen after each step, attributes included.
.include "bios.inc"
.macro screen name
    push ds
    mov ax, 0xb800
    mov ds, ax
    xor si, si
    mov cx, 4000
    call checksum
    pop ds
    say "\name: screen", eax
    mov ah, 3
    mov bh, 0
    ask 0x10, "\name: cursor", cx, dx
    say "\name: hardware cursor", 0
    call hardware_cursor
.endm
.macro type text
    .pushsection .rodata
.Ltyped\@: .asciz "\text"
    .popsection
    mov si, offset .Ltyped\@
    call teletype
.endm
main:
    mov ax, 0x0003
    int 0x10
    screen "mode 3"
    mov ah, 0x0f
    ask 0x10, "0Fh", ax, bx
    type "Hello\r\nworld"
    screen "teletype"
    type "\b\b!\a?"
    screen "backspace and bell"
    mov ah, 2
    mov bh, 0
    mov dx, 0x0a4d
    int 0x10
    type "over the edge"
    screen "wrapped"
    mov ax, 0x0941
    mov bx, 0x001e
    mov cx, 5
    int 0x10
    screen "09h"
    mov ax, 0x0a42
    mov bx, 0x0033
    mov cx, 3
    int 0x10
    screen "0Ah"
    mov ah, 8
    mov bh, 0
    ask 0x10, "08h", ax
    mov ax, 0x0602
    mov bh, 0x2f
    mov cx, 0x0105
    mov dx, 0x0c30
    int 0x10
    screen "06h"
    mov ax, 0x0701
    mov bh, 0x4e
    mov cx, 0x0000
    mov dx, 0x184f
    int 0x10
    screen "07h"
    mov ax, 0x0600
    mov bh, 0x1f
    mov cx, 0x0510
    mov dx, 0x0720
    int 0x10
    screen "06h of all lines"
    mov ax, 0x1301
    mov bx, 0x0074
    mov cx, 9
    mov dx, 0x1203
    mov bp, offset string
    int 0x10
    screen "13h"
    mov ax, 0x1302
    mov bx, 0x0000
    mov cx, 4
    mov dx, 0x1420
    mov bp, offset coloured
    int 0x10
    screen "13h with attributes"
    # The last line scrolls.
    mov ah, 2
    mov bh, 0
    mov dx, 0x184c
    int 0x10
    type "scrolls\r\nonce\n more"
    screen "scrolled"
    mov ah, 1
    mov cx, 0x0007
    int 0x10
    screen "01h"
    mov ah, 1
    mov cx, 0x2607
    int 0x10
    screen "01h hidden"
    mov ah, 1
    mov cx, 0x0607
    int 0x10
    # Another page.
    mov ax, 0x0501
    int 0x10
    mov ah, 2
    mov bh, 1
    mov dx, 0x0304
    int 0x10
    type "on page 1"
    mov ah, 3
    mov bh, 1
    ask 0x10, "03h of page 1", cx, dx
    screen "page 1"
    mov ah, 0x0f
    ask 0x10, "0Fh on page 1", ax, bx
    mov ax, 0x0500
    int 0x10
    screen "page 0 again"
    mov ax, 0x1a00
    ask 0x10, "1Ah", ax, bx
    mov ax, 0x1200
    mov bl, 0x10
    ask 0x10, "12h", bx
    mov ax, 0x1130
    mov bh, 6
    push es
    int 0x10
    pop es
    movzx eax, cx
    say "1130h bytes a character", eax
    and edx, 0xff
    say "1130h last row", edx
    mov ax, 0x0083
    int 0x10
    screen "mode 3 without clearing"
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
hardware_cursor:
    mov cx, 0x0a
1:  mov dx, 0x3d4
    mov al, cl
    out dx, al
    inc dx
    in al, dx
    movzx eax, al
    mov si, offset text_space
    call put_field
    inc cx
    cmp cx, 0x10
    jb 1b
    call put_newline
    ret
.section .rodata
text_space: .asciz " "
string: .ascii "a string\n"
coloured: .byte 0x57, 0x1f, 0x58, 0x2e, 0x59, 0x3d, 0x5a, 0x4c
