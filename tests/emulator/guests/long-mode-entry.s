# What keeps long mode from being entered (Intel SDM volume 3, section 9.8.5): each #GP(0), and nothing has changed.
.include "protected.inc"
.set EFER, 0xc0000080
.set TSS_16, SPARE
.set LONG_CODE, SPARE + 8

.macro turn_paging_on name:req
    mov eax, cr0
    or eax, 0x80000000
    try "\name", mov cr0, eax
    mov eax, cr0
    shr eax, 31
    say "paging", eax
    mov ecx, EFER
    rdmsr
    say "efer", eax
.endm
.macro set_pae
    mov eax, cr4
    or al, 0x20
    mov cr4, eax
.endm

main:
    mov ecx, EFER
    rdmsr
    or eax, 0x100
    wrmsr
    mov eax, offset frames
    mov cr3, eax
    turn_paging_on "without pae"
    set_pae
    mov dword ptr [gdt + TSS_16], 0x0000002b
    mov dword ptr [gdt + TSS_16 + 4], 0x00008100
    mov eax, TSS_16
    ltr ax
    turn_paging_on "16-bit tss"
    and dword ptr [gdt + TSS + 4], ~0x200
    mov eax, TSS
    ltr ax
    mov dword ptr [gdt + LONG_CODE], 0xffff
    mov dword ptr [gdt + LONG_CODE + 4], 0x00ef9b00
    ljmp LONG_CODE, offset 1f
1:  turn_paging_on "l and d"
    ljmp CODE32, offset 1f
1:  ret
