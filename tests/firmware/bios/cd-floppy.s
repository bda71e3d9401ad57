# The floppy that an El Torito disc is booted as; the BIOS loads all of the image. Each sector behind it begins with its number.
.set LOADED, 1
.include "bios.inc"
.macro sum name, sectors
    push ds
    mov ax, 0x1000
    mov ds, ax
    xor si, si
    mov cx, 512 * \sectors
    call checksum
    pop ds
    say "\name", eax
.endm
.macro read name, cylinder, head, sector, count=1
    mov ax, 0x0200 + \count
    mov cx, (\cylinder << 8) | \sector
    mov dh, \head
    mov dl, [drive]
    xor bx, bx
    ask 0x13, "\name", ah
.endm
main:
    movzx eax, byte ptr [drive]
    say "drive", eax
    int 0x11
    and eax, 0xc1
    say "floppies", eax
    push es
    mov ah, 0x08
    mov dl, [drive]
    ask 0x13, "08h", ax, bx, cx, dx
    pop es
    mov ah, 0x15
    mov dl, [drive]
    ask 0x13, "15h", ah
    mov ax, 0x1000
    mov es, ax
    read "third cylinder", 2, 1, 15
    sum "third cylinder", 1
    read "last sectors", 79, 1, 8, 8
    sum "last sectors", 8
    read "a sector too far", 0, 0, 37
    read "a head too far", 0, 2, 1
    read "a cylinder too far", 80, 0, 1
    mov ax, 0x0301
    mov cx, 0x0101
    mov dh, 0
    mov dl, [drive]
    xor bx, bx
    ask 0x13, "write", ah
    mov ah, 0x41
    mov bx, 0x55aa
    mov dl, [drive]
    ask 0x13, "extensions", ah
    mov ax, 0x4b01
    mov dl, [drive]
    mov si, offset specification
    ask 0x13, "4B01h", ah
    call tell
    # The disc itself: its boot record.
    mov dl, 0xe0
    mov ah, 0x42
    mov si, offset dap
    ask 0x13, "disc", ah
    sum "disc", 4
    mov ax, 0x4b00
    mov dl, [drive]
    mov si, offset specification
    ask 0x13, "4B00h", ah
    mov ah, 0x08
    mov dl, [drive]
    ask 0x13, "08h", ah, dx
    push 0
    pop es
    ret
tell:
    movzx eax, byte ptr [specification]
    say "size", eax
    movzx eax, byte ptr [specification + 1]
    say "media", eax
    movzx eax, byte ptr [specification + 2]
    say "number", eax
    say "image", dword ptr [specification + 4]
    movzx eax, word ptr [specification + 12]
    say "segment", eax
    movzx eax, word ptr [specification + 14]
    say "sectors", eax
    ret
.data
.balign 4
dap:
    .byte 16, 0
    .word 1
    .word 0, 0x1000
    .quad 17
specification: .skip 32
