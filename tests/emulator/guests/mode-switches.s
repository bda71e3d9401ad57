# Real mode, 16-bit and 32-bit protected mode, long mode and back, by every road between them.
.include "real.inc"

.set CODE32, 0x08
.set DATA32, 0x10
.set CODE16, 0x18
.set DATA16, 0x20
.set CODE64, 0x28
.set BASED16, 0x30
.set SMALL_STACK, 0x38
.set DATA16_BIG, 0x40
.set TSS16, 0x48
.set USER_CODE16, 0x50 | 3
.set USER_DATA16, 0x58 | 3
.set RESULTS, 0x5000
.set PML4, 0xc000
.set EFER, 0xc0000080

# Into and out of protected mode with the segments as they are: from here on PE alone decides.
.macro set_pe
    mov eax, cr0
    or al, 1
    mov cr0, eax
.endm
.macro clear_pe
    mov eax, cr0
    and al, 0xfe
    mov cr0, eax
.endm

main:
    lgdt [gdt_pointer]

    # PE set, CS not reloaded: still 16-bit code with real mode's segments.
    mov dword ptr [0x6000], 0x11112222
    mov ax, 0x500
    mov fs, ax
    set_pe
    mov ebx, fs:[0x1000]
    mov cx, cs
    call subroutine
    clear_pe
    say "PE without a jump", ebx
    movzx ecx, cx
    say "cs", ecx
    say "subroutine", edx

    # 32-bit protected mode and back through 16-bit protected mode.
    set_pe
    ljmp CODE32, offset protected32
protected32:
.code32
    mov eax, DATA32
    mov ds, eax
    mov es, eax
    mov ss, eax
    mov dword ptr [0x00100000], 0x55aa1234
    mov ebx, [0x00100000]
    push 0x12345678
    pop ecx
    call 1f
1:  pop edx
    sub edx, offset 1b
    mov eax, offset idt32
    lidt [idt32_pointer]
    int 0x40
    mov edi, eax
    ljmp CODE16, offset protected16
protected16:
.code16
    mov ax, DATA16
    mov ds, ax
    mov es, ax
    mov ss, ax
    clear_pe
    ljmp 0, offset 1f
1:  xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    lidt [real_idt]
    say "32-bit store", ebx
    say "32-bit push", ecx
    say "32-bit call", edx
    say "32-bit int", edi

    # 16-bit protected mode in segments with a base, interrupts through 16-bit and 32-bit gates.
    lidt [idt32_pointer]
    set_pe
    ljmp BASED16, offset based - based
after_based:
    mov ax, DATA16
    mov ds, ax
    mov es, ax
    mov ss, ax
    clear_pe
    ljmp 0, offset 1f
1:  xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, STACK_TOP - 2
    lidt [real_idt]
    say "based ip", [RESULTS]
    say "based stack", [RESULTS + 4]
    say "16-bit gate", [RESULTS + 8]
    say "32-bit gate", [RESULTS + 12]
    say "far call", [RESULTS + 16]
    say "sp", [RESULTS + 20]
    say "32-bit call in 16-bit code", [RESULTS + 24]

    # "Unreal" mode: limits of 4 GiB outlive protected mode, whatever is loaded in real mode.
    set_pe
    mov ax, DATA32
    mov ds, ax
    mov fs, ax
    clear_pe
    mov ax, 0x123
    mov fs, ax
    xor ax, ax
    mov ds, ax
    mov edi, 0x00180000
    mov dword ptr [edi], 0x600dcafe
    mov ebx, fs:[edi - 0x1230]
    say "unreal", ebx
    mov ecx, 4
    mov esi, edi
    mov edi, RESULTS
    mov eax, 0x0badf00d
    .byte 0x67
    rep movsb
    say "unreal movsb", [RESULTS]
    say "unreal esi", esi

    # A 32-bit code segment is left without a jump: real mode goes on with 32-bit code.
    lidt [real_idt]
    set_pe
    ljmp CODE32, offset protected32_again
protected32_again:
.code32
    mov eax, cr0
    and al, 0xfe
    mov cr0, eax
    mov eax, 0x12345678
    lea ebx, [eax + eax * 2]
    mov ecx, cs
    .byte 0x66, 0xea                    # ljmp with a 16-bit offset: still with D set
    .word 1f, 0
1:  mov edx, 0x87654321
    mov eax, cr0
    or al, 1
    mov cr0, eax
    ljmp CODE16, offset 1f
.code16
1:  clear_pe
    ljmp 0, offset 1f
1:  say "32-bit real mode", ebx
    say "its cs", ecx
    say "after a jump", edx

    # Long mode from 16-bit protected mode, compatibility mode, 64-bit mode, and all the way back.
    cld
    mov edi, PML4
    mov ecx, 0x3000 / 4
    xor eax, eax
    .byte 0x67
    rep stosd
    mov dword ptr [edi - 0x3000], PML4 + 0x1000 + 3
    mov dword ptr [edi - 0x2000], PML4 + 0x2000 + 3
    mov dword ptr [edi - 0x1000], 0x83
    set_pe
    ljmp CODE16, offset 1f
1:  mov ax, DATA16_BIG
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov eax, cr4
    or al, 0x20
    mov cr4, eax
    mov eax, PML4
    mov cr3, eax
    mov ecx, EFER
    rdmsr
    or ah, 1
    wrmsr
    mov eax, cr0
    or eax, 0x80000000
    mov cr0, eax
    mov ecx, EFER
    rdmsr
    mov [RESULTS], eax                  # compatibility mode, 16-bit
    ljmp CODE64, offset long_mode
.code64
long_mode:
    mov rax, 0x123456789abcdef0
    mov rbx, rax
    shr rbx, 32
    mov rcx, 0x7c00
    mov edx, dword ptr [rcx + 0x1fe]
    push rax
    pop rdi
    shr rdi, 60
    push CODE16
    mov esi, offset compatibility
    push rsi
    .byte 0x48, 0xcb                    # retf of 64 bits
.code16
compatibility:
    mov eax, cr0
    and eax, 0x7fffffff
    mov cr0, eax                        # paging off: long mode ends
    mov ecx, EFER
    rdmsr
    mov ebp, eax
    and ah, 0xfe
    wrmsr
    clear_pe
    ljmp 0, offset 1f
1:  xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    say "in compatibility mode, efer", [RESULTS]
    say "64-bit", ebx
    shr edx, 16
    movzx edx, dx
    movzx edi, di
    say "stack", edi
    say "back, efer", ebp
    mov eax, cr4
    and al, 0xdf
    mov cr4, eax

    # Ring 3 in 16-bit segments, and back through a 16-bit TSS.
    mov word ptr [tss16 + 2], STACK_TOP - 0x40
    mov word ptr [tss16 + 4], DATA16
    lidt [idt32_pointer]
    set_pe
    ljmp CODE16, offset 1f
1:  mov ax, DATA16
    mov ds, ax
    mov ss, ax
    mov ax, TSS16
    ltr ax
    push USER_DATA16
    push 0x7a00
    push 0x3202
    push USER_CODE16
    push offset user16
    iret
user16:
    mov ax, ss
    mov bx, sp
    int 0x42
after_user16:
    mov ax, DATA16
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, STACK_TOP - 2
    clear_pe
    ljmp 0, offset 1f
1:  xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    lidt [real_idt]
    movzx eax, word ptr [RESULTS + 28]
    say "user ss", eax
    movzx eax, word ptr [RESULTS + 30]
    say "user sp", eax
    movzx eax, word ptr [RESULTS + 32]
    say "pushed ss", eax
    movzx eax, word ptr [RESULTS + 34]
    say "pushed sp", eax
    movzx eax, word ptr [RESULTS + 36]
    say "pushed cs", eax
    movzx eax, word ptr [RESULTS + 38]
    say "inner sp", eax

    # LMSW enters protected mode too, and cannot leave it.
    smsw ax
    or al, 1
    lmsw ax
    mov ax, 0xfff0
    lmsw ax
    smsw bx
    clear_pe
    movzx ebx, bx
    and bx, 0xf
    say "lmsw", ebx
    mov eax, cr0
    and eax, 0xe
    mov ecx, cr0
    and ecx, ~0xe
    mov cr0, ecx
    say "lmsw bits", eax
    ret

subroutine:
    mov dx, 0x7777
    movzx edx, dx
    ret

.balign 16
based:
    mov ax, DATA16
    mov es, ax
    call 1f
1:  pop bx
    movzx ebx, bx
    mov ss:[RESULTS], ebx               # SS is still real mode's
    mov es:[RESULTS], ebx
    mov ax, SMALL_STACK
    mov ss, ax
    mov sp, 0x100
    mov eax, 0x11223344
    push eax
    push ax
    mov ecx, es:[0x7a00 + 0xfa]
    mov es:[RESULTS + 4], ecx
    add sp, 6
    mov eax, 0
    int 0x41
    mov es:[RESULTS + 8], eax
    int 0x40
    mov es:[RESULTS + 12], eax
    lcall CODE16, offset far_in_flat
    mov es:[RESULTS + 16], eax
    movzx eax, sp
    mov es:[RESULTS + 20], eax
    .byte 0x66, 0xe8                    # call with a 32-bit displacement
    .long 0
1:  pop eax
    sub eax, offset 1b - based
    mov es:[RESULTS + 24], eax
    ljmp CODE16, offset after_based
far_in_flat:
    mov bp, sp
    mov eax, [bp]
    retf

gate16:
    mov bp, sp
    mov eax, [bp]                       # IP and CS
    iret
gate_from_user:
    mov cx, DATA16
    mov ds, cx
    mov [RESULTS + 28], ax
    mov [RESULTS + 30], bx
    mov bp, sp
    mov ax, [bp + 8]
    mov [RESULTS + 32], ax
    mov ax, [bp + 6]
    mov [RESULTS + 34], ax
    mov ax, [bp + 2]
    mov [RESULTS + 36], ax
    mov [RESULTS + 38], sp
    ljmp CODE16, offset after_user16
.code32
gate32:
    xor eax, eax
    mov ax, cs
    iretd
.code16

.data
.balign 8
gdt:
    .quad 0
    .quad 0x00cf9b000000ffff
    .quad 0x00cf93000000ffff
    .quad 0x00009b000000ffff
    .quad 0x000093000000ffff
    .quad 0x00af9b000000ffff
    .word 0xffff, based, 0x9b00, 0
    .word 0x01ff, 0x7a00, 0x9300, 0
    .quad 0x008f93000000ffff
    .word 43, tss16, 0x8100, 0
    .quad 0x0000fb000000ffff
    .quad 0x0000f3000000ffff
gdt_end:
gdt_pointer:
    .word gdt_end - gdt - 1
    .long gdt
tss16: .skip 44
.balign 8
idt32:
    .skip 0x40 * 8
    .word gate32, CODE32, 0x8e00, 0
    .word gate16, CODE16, 0x8600, 0
    .word gate_from_user, CODE16, 0xe700, 0
idt32_pointer:
    .word 0x43 * 8 - 1
    .long idt32
real_idt:
    .word 0x3ff
    .long 0
