# INT 13h on the disk that was booted from: 32 MiB, every sector filled with its number behind the image.
.include "bios.inc"
.macro with_packet count, first
    mov word ptr [dap + 2], \count
    mov dword ptr [dap + 8], \first
    mov dword ptr [dap + 12], 0
    mov si, offset dap
    mov dl, [drive]
.endm
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
main:
    movzx eax, byte ptr [drive]
    say "drive", eax
    mov ah, 0x41
    mov bx, 0x55aa
    mov dl, [drive]
    ask 0x13, "41h", ax, bx, cx
    mov ah, 0x08
    mov dl, [drive]
    xor di, di
    ask 0x13, "08h", ax, cx, dx
    push 0
    pop es
    mov ah, 0x15
    mov dl, [drive]
    ask 0x13, "15h", ah
    mov word ptr [result], 26
    mov ah, 0x48
    mov si, offset result
    mov dl, [drive]
    ask 0x13, "48h", ah
    say "48h size", dword ptr [result]
    say "48h cylinders", [result + 4]
    say "48h heads", [result + 8]
    say "48h sectors", [result + 12]
    say "48h total", [result + 16]
    say "48h total high", [result + 20]
    movzx eax, word ptr [result + 24]
    say "48h bytes a sector", eax
    # Cylinder 3, head 5, sector 7.
    mov ax, 0x1000
    mov es, ax
    xor bx, bx
    mov ax, 0x0203
    mov cx, 0x0307
    mov dh, 5
    mov dl, [drive]
    ask 0x13, "02h", ax
    sum "02h data", 3
    mov ax, 0x0201
    mov cx, 0x4005 | 0x0000
    mov dh, 15
    mov dl, [drive]
    ask 0x13, "02h cylinder 64", ax
    sum "02h data", 1
    push 0
    pop es
    with_packet 7, 40000
    mov ah, 0x42
    ask 0x13, "42h", ah
    sum "42h data", 7
    # Writes come back.
    with_packet 2, 50000
    mov ah, 0x43
    mov al, 0
    ask 0x13, "43h", ah
    with_packet 3, 49999
    mov ah, 0x42
    ask 0x13, "42h again", ah
    sum "42h data again", 3
    push 0x1000
    pop es
    xor bx, bx
    mov ax, 0x0301
    mov cx, 0x1009
    mov dh, 2
    mov dl, [drive]
    ask 0x13, "03h", ax
    mov ax, 0x0401
    mov cx, 0x1009
    mov dh, 2
    mov dl, [drive]
    ask 0x13, "04h", ah
    mov ax, 0x0201
    mov cx, 0x1009
    mov dh, 2
    mov dl, [drive]
    ask 0x13, "02h of what was written", ax
    sum "02h data of it", 1
    push 0
    pop es
    mov ah, 0x01
    mov dl, [drive]
    ask 0x13, "01h", ah
    mov ah, 0x00
    mov dl, [drive]
    ask 0x13, "00h", ah
    mov ah, 0x10
    mov dl, [drive]
    ask 0x13, "10h", ah
    with_packet 1, 0
    mov ah, 0x47
    ask 0x13, "47h", ah
    with_packet 1, 0
    mov ah, 0x44
    ask 0x13, "44h", ah
    # What is refused: CF alone is compared where the reasons are told in different ways.
    with_packet 2, 65535
    mov ah, 0x42
    ask 0x13, "42h past the end"
    mov ax, 0x0200
    mov cx, 0x0001
    mov dh, 0
    mov dl, [drive]
    ask 0x13, "02h of nothing", ah
    mov ax, 0x0201
    mov cx, 0x0000
    mov dh, 0
    mov dl, [drive]
    ask 0x13, "02h of sector 0", ah
    mov ax, 0x0201
    mov cx, 0x0001
    mov dh, 16
    mov dl, [drive]
    ask 0x13, "02h of head 16", ah
    mov ah, 0x01
    mov dl, [drive]
    ask 0x13, "01h after that", ah
    mov ah, 0x41
    mov bx, 0x55aa
    mov dl, 0x85
    ask 0x13, "41h of no drive", ah
    mov ah, 0x08
    mov dl, 0x85
    ask 0x13, "08h of no drive", ah
    mov ah, 0x6f
    mov dl, [drive]
    ask 0x13, "6Fh", ah
    ret
.data
.balign 4
dap:
    .byte 16, 0
    .word 1
    .word 0, 0x1000
    .quad 0
.balign 4
result: .skip 32
