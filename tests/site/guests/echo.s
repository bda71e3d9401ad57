# A boot sector for the tests of the panel. It shows the byte that its disk holds in sector 1, and echoes what is typed:
#   !  writes the character before it to sector 1
#   #  goes to protected mode and back, then shows 320 x 200 pixels of one colour
#   .  ends: cli, hlt
.intel_syntax noprefix
.code16
.global boot
boot:
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7c00
    mov [drive], dl
    mov ah, 0x42
    call disk
    mov si, offset kept
    call say
    mov al, [0x8000]
    call put
    mov si, offset prompt
    call say
next:
    xor ah, ah
    int 0x16
    cmp al, '!'
    je write
    cmp al, '#'
    je picture
    cmp al, '.'
    je end
    mov [0x8000], al
    call put
    jmp next
write:
    mov ax, 0x4300
    call disk
    mov si, offset wrote
    call say
    jmp next
end:
    cli
    hlt

picture:
    cli
    lgdt [table]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    mov bx, 8
    mov fs, bx
    and al, 0xfe
    mov cr0, eax
    sti
    mov si, offset mode
    mov cx, 4
1:  lodsw
    mov dx, 0x1ce
    out dx, ax
    inc dx
    lodsw
    out dx, ax
    loop 1b
    mov edi, 0xfd000000
    mov ecx, 320 * 200
2:  mov dword ptr fs:[edi], 0x336699
    add edi, 4
    dec ecx
    jnz 2b
    jmp next

disk:
    mov si, offset packet
    mov dl, [drive]
    int 0x13
    ret
say:
    lodsb
    test al, al
    jz 3f
    call put
    jmp say
put:
    mov ah, 0x0e
    mov bx, 7
    int 0x10
3:  ret

    .balign 4
packet:
    .byte 16, 0
    .word 1, 0x8000, 0
    .quad 1
# Registers of the display interface and their values: width, height, bits a pixel, enable with a linear framebuffer.
mode:
    .word 1, 320, 2, 200, 3, 32, 4, 0x41
    .balign 8
descriptors:
    .quad 0, 0x00cf92000000ffff
table:
    .word 15
    .long descriptors
kept:
    .asciz "kept: "
prompt:
    .asciz "\r\n> "
wrote:
    .asciz " (written)\r\n> "
drive:
    .byte 0
    .org 510
    .word 0xaa55
# Sector 1, and room.
    .ascii "-"
    .org 0x8000
