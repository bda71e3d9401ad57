# Descriptor tables that reach over the end of a 32-bit address space, with PAE paging.
.include "protected.inc"
.set TESTED, SPARE + 0x10
.set BEYOND, 0xff00                        # a selector that reaches from the table's base to TESTED
.set VECTOR, 0xf0
.set LOW_GATE, 0x500                    # its gate, in an IDT that begins below 4 GiB

main:
    mov eax, offset frames + 0x1001
    mov [frames], eax
    mov dword ptr [frames + 0x1000], 0x83
    mov dword ptr [frames + 0x1008], 0x200083
    mov eax, offset frames
    mov cr3, eax
    mov eax, cr4
    or al, 0x20
    mov cr4, eax
    mov eax, cr0
    or eax, 0x80000000
    mov cr0, eax

    mov dword ptr [gdt + TESTED], 0x0000ffff
    mov dword ptr [gdt + TESTED + 4], 0x00cf9200
    mov word ptr [wide_gdt], 0xffff
    mov eax, offset gdt + TESTED
    sub eax, BEYOND
    mov [wide_gdt + 2], eax
    lgdt [wide_gdt]
    mov eax, BEYOND
    lar ebx, eax
    mov fs, eax
    mov ecx, fs:[gdt + TESTED + 4]
    lgdt [gdt_pointer]
    say "rights", ebx
    say "accessed", ecx

    # Vectors below this one lie at the end of the address space.
    mov eax, [idt + VECTOR * 8]
    mov edx, [idt + VECTOR * 8 + 4]
    mov dword ptr [LOW_GATE], eax
    mov dword ptr [LOW_GATE + 4], edx
    mov word ptr [wide_idt], 0x7ff
    mov eax, LOW_GATE
    sub eax, VECTOR * 8
    mov [wide_idt + 2], eax
    expect "int", 1f, 2f
    lidt [wide_idt]
1:  int VECTOR
2:  lidt [idt_pointer]
    ret

.data
wide_gdt: .word 0, 0, 0
wide_idt: .word 0, 0, 0
