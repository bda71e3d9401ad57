# PAE paging and 32-bit paging: when the page-directory-pointer table is read and what its entries may not hold, reserved bits at
# every level, pages above 4 GiB (PSE-36).
.include "protected.inc"
.set TRIED, 0x80000000
.set PRESENT, 1
.set WRITABLE, 2
.set LARGE, 0x80

.bss
.balign 4096
pae_directory: .skip 4096
own_directory: .skip 4096
own_table: .skip 4096
pointers: .skip 4096
directory: .skip 4096
.text

.macro on
    mov eax, cr0
    or eax, 0x80000000
    mov cr0, eax
.endm
.macro off
    mov eax, cr0
    and eax, 0x7fffffff
    mov cr0, eax
.endm
# Sets reserved bits of an entry for a while.
.macro spoil name:req, entry:req, bits:req
    or dword ptr [\entry], \bits
    mov eax, cr3
    try "\name", mov cr3, eax
    try "\name, read", mov al, [TRIED]
    and dword ptr [\entry], ~(\bits)
    mov eax, cr3
    mov cr3, eax
.endm

main:
    xor ecx, ecx
1:  mov eax, ecx
    shl eax, 21
    add eax, PRESENT + WRITABLE + LARGE
    mov [pae_directory + ecx * 8], eax
    inc ecx
    cmp ecx, 8
    jne 1b
    mov dword ptr [pointers], offset pae_directory + PRESENT
    mov dword ptr [pointers + 16], offset own_directory + PRESENT
    mov dword ptr [own_directory], offset own_table + PRESENT + WRITABLE
    mov dword ptr [own_table], offset frames + PRESENT + WRITABLE
    mov dword ptr [frames], 0x11111111
    mov dword ptr [frames + 4096], 0x22222222
    mov ecx, 0xc0000080                 # EFER.NXE
    rdmsr
    or eax, 0x800
    wrmsr
    mov eax, cr4
    or eax, 0x20                        # PAE
    mov cr4, eax

    # The table is read with paging and with CR3.
    mov eax, offset pointers
    mov cr3, eax
    on
    mov eax, [TRIED]
    say "first", eax
    mov dword ptr [pointers + 16], 0
    invlpg [TRIED]
    mov eax, [TRIED]
    say "pointer removed", eax
    mov eax, cr3
    mov cr3, eax
    try "cr3 written", mov al, [TRIED]
    mov dword ptr [pointers + 16], offset own_directory + PRESENT
    try "pointer there again", mov al, [TRIED]
    mov eax, cr4
    xor eax, 0x80                       # PGE
    mov cr4, eax
    mov eax, [TRIED]
    say "cr4 written", eax
    xor dword ptr [pointers + 16], 1
    mov eax, cr0
    xor eax, 0x60000000                 # CD, NW
    mov cr0, eax
    try "cr0 written", mov al, [TRIED]
    xor dword ptr [pointers + 16], 1
    mov eax, cr0
    xor eax, 0x60000000
    mov cr0, eax

    # Reserved bits.
    spoil "pointer bit 1", pointers + 16, 2
    spoil "pointer bit 2", pointers + 16, 4
    spoil "pointer bit 5", pointers + 16, 0x20
    spoil "pointer bit 7", pointers + 16, 0x80
    spoil "pointer bit 8", pointers + 16, 0x100
    spoil "pointer bit 9", pointers + 16, 0x200
    spoil "pointer bit 63", pointers + 20, 0x80000000
    spoil "pointer bit 52", pointers + 20, 0x00100000
    and dword ptr [pointers + 8], ~1
    spoil "absent pointer", pointers + 8, 0xfffffffe
    mov dword ptr [pointers + 8], 0
    spoil "directory bit 62", own_directory + 4, 0x40000000
    spoil "directory bit 52", own_directory + 4, 0x00100000
    spoil "table bit 62", own_table + 4, 0x40000000
    spoil "table bit 52", own_table + 4, 0x00100000
    mov dword ptr [own_directory], 0x200000 + PRESENT + WRITABLE + LARGE
    spoil "large page", own_directory, 0
    spoil "large page bit 12", own_directory, 0x1000
    spoil "large page bit 13", own_directory, 0x2000
    spoil "large page bit 20", own_directory, 0x100000
    mov dword ptr [own_directory], offset own_table + PRESENT + WRITABLE
    mov ecx, 0xc0000080
    rdmsr
    and eax, ~0x800
    wrmsr
    spoil "directory nx without nxe", own_directory + 4, 0x80000000
    spoil "table nx without nxe", own_table + 4, 0x80000000
    # A table that cannot be loaded: nothing happens to paging.
    off
    or dword ptr [pointers], 2
    mov ebx, cr0
    or ebx, 0x80000000
    try "paging on", mov cr0, ebx
    mov eax, cr0
    shr eax, 31
    say "paging", eax
    and dword ptr [pointers], ~2
    mov cr0, ebx
    or dword ptr [pointers], 2
    mov ebx, cr4
    xor ebx, 0x80
    try "cr4 refused", mov cr4, ebx
    mov eax, cr4
    xor eax, ebx
    say "cr4 stays", eax
    and dword ptr [pointers], ~2
    off

    # 32-bit paging.
    mov eax, cr4
    and eax, ~0x20
    or eax, 0x10                        # PSE
    mov cr4, eax
    xor ecx, ecx
1:  mov eax, ecx
    shl eax, 22
    add eax, PRESENT + WRITABLE + LARGE
    mov [directory + ecx * 4], eax
    inc ecx
    cmp ecx, 4
    jne 1b
    mov dword ptr [directory + (TRIED >> 20)], 0x400000 + PRESENT + WRITABLE + LARGE
    mov dword ptr [0x400000], 0x600df00d
    mov eax, offset directory
    mov cr3, eax
    on
    mov eax, [TRIED]
    say "4 MiB", eax
    spoil "4 MiB, bit 21", directory + (TRIED >> 20), 0x200000
    spoil "4 MiB, bit 12", directory + (TRIED >> 20), 0x1000
    # Above 4 GiB there is no memory here.
    spoil "4 MiB, bit 13", directory + (TRIED >> 20), 0x2000
    off
    ret
