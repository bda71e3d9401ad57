# From the 32-bit entry of Multiboot2 or PVH to 64-bit Rust, with the first GiB mapped one to one.

.section .multiboot2, "a"
.balign 8
header:
    .long 0xe85250d6, 0, header_end - header
    .long -(0xe85250d6 + 0 + (header_end - header))
    .short 0, 0                     # end tag
    .long 8
header_end:

.section .note.pvh, "a", @note
    .long 4, 4, 18                  # name, descriptor, XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .long entry

.section .text.entry, "ax"
.code32
.global entry
entry:
    cli
    mov esp, offset stack_top

    mov eax, offset level3
    or eax, 3
    mov [level4], eax
    mov eax, offset level2
    or eax, 3
    mov [level3], eax
    xor ecx, ecx
2:  mov eax, ecx
    shl eax, 21
    or eax, 0x83                    # present, writable, 2 MiB
    mov [level2 + ecx * 8], eax
    inc ecx
    cmp ecx, 512
    jne 2b

    mov eax, offset level4
    mov cr3, eax
    mov eax, cr4
    or eax, 1 << 5                  # PAE
    mov cr4, eax
    mov ecx, 0xc0000080             # EFER
    rdmsr
    or eax, 1 << 8                  # LME
    wrmsr
    mov eax, cr0
    or eax, 1 << 31                 # PG
    mov cr0, eax

    lgdt [gdt_pointer]
    push 8
    mov eax, offset entry64
    push eax
    retf

.code64
entry64:
    xor eax, eax
    mov ss, eax
    mov ds, eax
    mov es, eax
    call guest_main
    ud2

.section .rodata.gdt, "a"
.balign 8
gdt:
    .quad 0
    .quad 0x00af9a000000ffff        # 64-bit code, ring 0
gdt_pointer:
    .short gdt_pointer - gdt - 1
    .long gdt

.section .bss.boot, "aw", @nobits
.balign 4096
level4: .skip 4096
level3: .skip 4096
level2: .skip 4096
.skip 65536
stack_top:
