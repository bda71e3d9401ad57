# INT 11h, 12h, 15h, 1Ah and the vectors: what does not depend on the machine's size.
.include "bios.inc"
main:
    ask 0x12, "12h", ax
    # A20.
    mov ax, 0x2403
    ask 0x15, "2403h", ah, bx
    mov ax, 0x2402
    ask 0x15, "2402h", ax
    mov ax, 0x2400
    ask 0x15, "2400h", ah
    mov ax, 0x2402
    ask 0x15, "2402h of a closed gate", ax
    mov ax, 0x2401
    ask 0x15, "2401h", ah
    mov ax, 0x2402
    ask 0x15, "2402h of an open gate", ax
    # The first three entries of the memory map; their order and the rest is each machine's.
    xor ebx, ebx
    xor bp, bp
1:  push bp
    mov eax, 0xe820
    mov edx, 0x534d4150
    mov ecx, 20
    mov di, offset entry
    int 0x15
    pop bp
    jc 2f
    cmp dword ptr [entry + 4], 0
    jne 3f
    cmp dword ptr [entry], 0x100000
    ja 3f
    je 4f
    say "E820h start", [entry]
    say "E820h length", [entry + 8]
4:  say "E820h type", [entry + 16]
    say "E820h signature", eax
    say "E820h size", ecx
3:  inc bp
    test ebx, ebx
    jnz 1b
2:  mov eax, 0xe820
    mov edx, 0x12345678
    mov ecx, 20
    xor ebx, ebx
    mov di, offset entry
    ask 0x15, "E820h without its signature", ah
    mov ah, 0x4f
    mov al, 0x1e
    stc
    ask 0x15, "4Fh", al
    mov ah, 0xc0
    push es
    ask 0x15, "C0h", ah
    mov al, es:[bx + 2]
    pop es
    movzx eax, al
    say "C0h model", eax
    # A block of 4 KiB goes above 1 MiB and back.
    push 0x1000
    pop es
    xor di, di
    mov cx, 4096
1:  mov ax, di
    stosb
    loop 1b
    push 0
    pop es
    mov dword ptr [table + 18], 0x93010000
    mov dword ptr [table + 26], 0x93200000
    mov ah, 0x87
    mov cx, 2048
    mov si, offset table
    ask 0x15, "87h", ah
    mov dword ptr [table + 18], 0x93200000
    mov dword ptr [table + 26], 0x93020000
    mov ah, 0x87
    mov cx, 2048
    mov si, offset table
    ask 0x15, "87h back", ah
    push 0x2000
    pop ds
    xor si, si
    mov cx, 4096
    call checksum
    push 0
    pop ds
    say "87h data", eax
    mov ah, 0x86
    mov cx, 0
    mov dx, 500
    ask 0x15, "86h"
    mov ah, 0x77
    ask 0x15, "77h", ah
    # Ticks pass, and INT 1Ch tells of them.
    mov word ptr [0x1c * 4], offset ticked
    mov word ptr [0x1c * 4 + 2], 0
    mov ah, 0
    int 0x1a
    mov bx, dx
1:  hlt
    mov ah, 0
    int 0x1a
    sub dx, bx
    cmp dx, 3
    jb 1b
    cmp word ptr [ticks], 3
    sbb eax, eax
    inc eax
    say "three ticks", eax
    # The clock counts in BCD, and its date is one.
    mov ah, 2
    int 0x1a
    mov al, cl
    call is_bcd
    mov al, dh
    call is_bcd
    mov ah, 4
    ask 0x1a, "1Ah/04h"
    mov al, dl
    call is_bcd
    movzx eax, ch
    say "century", eax
    mov ah, 1
    mov cx, 0x12
    mov dx, 0x3456
    ask 0x1a, "1Ah/01h"
    mov ah, 0
    int 0x1a
    and dx, 0xfff0
    say "ticks as set", edx
    mov ah, 0xee
    ask 0x1a, "1Ah/EEh"
    mov ah, 0x03
    mov dx, 3
    ask 0x14, "14h of no port"
    mov ah, 0x03
    mov dx, 0
    int 0x14
    and eax, 0x6000
    say "14h transmitter", eax
    movzx eax, byte ptr [0x475]
    say "disks", eax
    movzx eax, word ptr [0x40e]
    say "EBDA", eax
    movzx eax, word ptr [0x400]
    say "COM1", eax
    # INT 75h hands on to INT 02h.
    mov word ptr [ticks], 0
    mov word ptr [0x02 * 4], offset ticked
    mov word ptr [0x02 * 4 + 2], 0
    int 0x75
    movzx eax, word ptr [ticks]
    say "75h to 02h", eax
    ret
is_bcd:
    mov ah, al
    and al, 15
    cmp al, 10
    sbb bl, bl
    shr ah, 4
    cmp ah, 10
    sbb bh, bh
    and bl, bh
    movzx eax, bl
    say "BCD", eax
    ret
ticked:
    push ds
    push 0
    pop ds
    inc word ptr [ticks]
    pop ds
    iret
.data
.balign 4
ticks: .word 0
.balign 4
entry: .skip 24
.balign 8
table:
    .skip 16
    .word 0xffff
    .long 0
    .word 0
    .word 0xffff
    .long 0
    .word 0
    .skip 16
