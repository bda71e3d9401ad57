# INT 10h/4Fh: the modes of 32 bits that both displays have, and one of them set and drawn in.
.include "bios.inc"
main:
    mov dword ptr [0x9000], 0x32454256
    mov ax, 0x4f00
    mov di, 0x9000
    ask 0x10, "4F00h", ax
    say "signature", [0x9000]
    # The mode list, searched for sizes.
    mov ax, 640
    mov bx, 480
    call find
    mov ax, 800
    mov bx, 600
    call find
    mov ax, 1280
    mov bx, 1024
    call find
    mov ax, 1024
    mov bx, 768
    call find
    mov bx, [found]
    or bx, 0x4000
    mov ax, 0x4f02
    ask 0x10, "4F02h", ax
    mov ax, 0x4f03
    int 0x10
    sub bx, [found]
    movzx eax, ax
    say "4F03h", eax
    movzx ebx, bx
    say "4F03h linear", ebx
    # The interface's own registers.
    mov cx, 0
1:  mov dx, 0x1ce
    mov ax, cx
    out dx, ax
    inc dx
    in ax, dx
    movzx eax, ax
    cmp cx, 4
    jne 2f
    and al, 0x41
2:  say "register", eax
    inc cx
    cmp cx, 7
    jb 1b
    mov ax, 0x0003
    int 0x10
    mov ax, 0x4f03
    ask 0x10, "4F03h in text", ax, bx
    mov ax, 0x4f02
    mov bx, 0x4fff
    ask 0x10, "4F02h of no mode", ax
    mov ax, 0x4f01
    mov cx, 0x0fff
    mov di, 0x9200
    ask 0x10, "4F01h of no mode", ax
    mov ax, 0x4f15
    mov bx, 0x0001
    xor cx, cx
    xor dx, dx
    mov di, 0x9400
    ask 0x10, "4F15h", ax
    say "EDID", [0x9400]
    xor bl, bl
    mov si, 0x9400
    mov cx, 128
1:  lodsb
    add bl, al
    loop 1b
    movzx eax, bl
    say "EDID checksum", eax
    ret
# ax, bx: width and height. The first linear mode of 32 bits with them, in `found`.
find:
    mov [width], ax
    mov [height], bx
    lds si, [0x900e]
1:  lodsw
    cmp ax, 0xffff
    je 9f
    mov cx, ax
    push ds
    push 0
    pop ds
    push si
    push cx
    mov ax, 0x4f01
    mov di, 0x9200
    int 0x10
    pop cx
    pop si
    mov ax, [width]
    mov bx, [height]
    cmp ax, [0x9200 + 18]
    jne 2f
    cmp bx, [0x9200 + 20]
    jne 2f
    cmp byte ptr [0x9200 + 25], 32
    jne 2f
    pop ds
    push 0
    pop ds
    mov [found], cx
    movzx eax, word ptr [0x9200 + 18]
    say "width", eax
    movzx eax, word ptr [0x9200 + 16]
    say "pitch", eax
    movzx eax, word ptr [0x9200]
    and eax, 0x9b
    say "attributes", eax
    say "colours", [0x9200 + 31]
    say "more colours", [0x9200 + 35]
    say "framebuffer", [0x9200 + 40]
    ret
2:  pop ds
    jmp 1b
9:  push 0
    pop ds
    say "no such mode", 0
    ret
.data
found: .word 0
width: .word 0
height: .word 0
