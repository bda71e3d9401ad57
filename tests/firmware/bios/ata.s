# The disk behind the primary IDE channel, by its registers alone: status, error and data after each step, and the interrupts.
.include "bios.inc"
.set BASE, 0x1f0

.macro set register, value
    mov dx, BASE + \register
    mov al, \value
    out dx, al
.endm
.macro get name, register
    mov dx, BASE + \register
    in al, dx
    movzx eax, al
    say "\name", eax
.endm
.macro lba device, count, low, mid, high
    set 6, \device
    set 2, \count
    set 3, \low
    set 4, \mid
    set 5, \high
.endm
# Waits until BSY is clear, and prints Alternate Status without the bits that drives differ in.
.macro settle name
    call wait
    say "\name", eax
.endm
.macro take name, words
    mov cx, \words
    mov di, 0
    push 0x1000
    pop es
    mov dx, BASE
    rep insw
    push ds
    push 0x1000
    pop ds
    xor si, si
    mov cx, \words * 2
    call checksum
    pop ds
    say "\name", eax
.endm
.macro give words
    mov cx, \words
    mov si, 0
    push ds
    push 0x1000
    pop ds
    mov dx, BASE
    rep outsw
    pop ds
.endm
main:
    cli
    mov word ptr [0x76 * 4], offset interrupted
    mov word ptr [0x76 * 4 + 2], 0
    in al, 0xa1
    and al, 0xbf
    out 0xa1, al
    in al, 0x21
    and al, 0xfb
    out 0x21, al
    sti

    # Software reset, with interrupts off.
    mov dx, 0x3f6
    mov al, 6
    out dx, al
    mov al, 2
    out dx, al
    settle "after SRST"
    get "error", 1
    get "count", 2
    get "low", 3
    get "mid", 4
    get "high", 5
    mov dx, 0x3f6
    mov al, 0
    out dx, al

    set 6, 0xa0
    set 7, 0xec
    settle "IDENTIFY"
    mov cx, 256
    mov di, offset identify
    push 0
    pop es
    mov dx, BASE
    rep insw
    settle "IDENTIFY read"
    movzx eax, word ptr [identify + 2]
    say "cylinders", eax
    movzx eax, word ptr [identify + 6]
    say "heads", eax
    movzx eax, word ptr [identify + 12]
    say "sectors", eax
    mov eax, [identify + 120]
    say "total", eax
    mov eax, [identify + 200]
    say "total of 48 bits", eax
    movzx eax, word ptr [identify + 98]
    and eax, 0x200
    say "LBA", eax
    movzx eax, word ptr [identify + 166]
    and eax, 0x7400
    say "48 bits, FLUSH CACHE", eax
    movzx eax, word ptr [identify + 94]
    say "most of READ MULTIPLE", eax
    call told

    lba 0xe0, 3, 0x21, 0x43, 0x00
    set 7, 0x20
    settle "READ SECTORS"
    take "first", 256
    settle "second sector"
    take "second", 256
    settle "third sector"
    take "third", 256
    settle "READ SECTORS read"
    call told

    # Cylinder 10, head 3, sector 4.
    lba 0xa3, 1, 4, 10, 0
    set 7, 0x20
    settle "by CHS"
    take "CHS", 256
    settle "by CHS read"

    # 48 bits: the high bytes first.
    lba 0x40, 0, 0, 0, 0
    set 2, 2
    set 3, 0x99
    set 4, 0x88
    set 5, 0x00
    set 7, 0x24
    settle "READ SECTORS EXT"
    take "EXT", 256
    settle "EXT second"
    take "EXT second", 256
    settle "EXT read"
    call told

    lba 0xe0, 4, 0x10, 0x50, 0x00
    set 7, 0x30
    settle "WRITE SECTORS"
    call told
    give 256
    settle "written"
    call told
    give 256
    settle "written"
    give 256
    settle "written"
    give 256
    settle "written"
    call told
    set 7, 0xe7
    settle "FLUSH CACHE"
    call told
    set 2, 8
    set 7, 0xc6
    settle "SET MULTIPLE"
    lba 0xe0, 12, 0x0e, 0x50, 0x00
    set 7, 0xc4
    settle "READ MULTIPLE"
    take "eight", 2048
    settle "the rest"
    take "four", 1024
    settle "READ MULTIPLE read"
    call told
    lba 0xe0, 8, 0x80, 0x50, 0x00
    set 7, 0xc5
    settle "WRITE MULTIPLE"
    give 2048
    settle "WRITE MULTIPLE written"
    call told
    lba 0xe0, 2, 0x86, 0x50, 0x00
    set 7, 0x20
    settle "written, read"
    take "data", 256
    settle "written, read again"
    take "data", 256
    settle "end"
    call told

    lba 0xe0, 9, 0x00, 0x00, 0x00
    set 7, 0x40
    settle "READ VERIFY"
    set 7, 0xe5
    settle "CHECK POWER MODE"
    get "count", 2
    set 1, 0x03
    set 2, 0x0c
    set 7, 0xef
    settle "SET FEATURES: PIO 4"
    set 1, 0x99
    set 7, 0xef
    settle "SET FEATURES: nothing"
    get "error", 1
    set 7, 0x0f
    settle "no command"
    get "error", 1
    set 7, 0xa1
    settle "IDENTIFY PACKET DEVICE"
    get "error", 1
    get "mid", 4
    call told

    # Past the end: drives tell different errors, but tell one.
    lba 0xe0, 1, 0x00, 0x00, 0x40
    set 7, 0x20
    settle "past the end"
    call told

    # nIEN holds the interrupt back.
    mov dx, 0x3f6
    mov al, 2
    out dx, al
    lba 0xe0, 1, 1, 0, 0
    set 7, 0x20
    settle "without interrupts"
    call told
    take "without interrupts", 256
    mov dx, 0x3f6
    mov al, 0
    out dx, al
    call told

    # There is no device 1.
    set 6, 0xb0
    mov dx, 0x1f7
    in al, dx
    movzx eax, al
    say "device 1", eax
    set 6, 0xa0
    get "device 0", 7
    ret

wait:
    mov dx, 0x3f6
    in al, dx
    in al, dx
    in al, dx
    in al, dx
1:  in al, dx
    test al, 0x80
    jnz 1b
    # Data requests come with the interrupt: let it.
    nop
    nop
    and al, 0xef                        # "seek complete", of ATA-3
    movzx eax, al
    ret
told:
    # Acknowledges what may be pending, and tells how many interrupts there were.
    mov cx, 50
1:  nop
    loop 1b
    mov dx, 0x1f7
    in al, dx
    movzx eax, word ptr [count]
    say "interrupts", eax
    mov word ptr [count], 0
    ret
interrupted:
    push ax
    push dx
    push ds
    push 0
    pop ds
    inc word ptr [count]
    mov dx, 0x1f7
    in al, dx
    mov al, 0x20
    out 0xa0, al
    out 0x20, al
    pop ds
    pop dx
    pop ax
    iret
.data
.balign 4
count: .word 0
.balign 4
identify: .skip 512
