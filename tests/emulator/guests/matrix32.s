# The permission matrix of PAE paging (4 KiB and 2 MiB pages) and 32-bit paging (4 KiB and 4 MiB): see matrix64.s.
.include "protected.inc"
.set RESULTS, 0x900000
.set ONLY, 0x8ffff0
.set TRIED, 0x80000000
.set REGION, 0x40000000
.set PRESENT, 1
.set WRITABLE, 2
.set USER, 4
.set LARGE, 0x80
.set EFER, 0xc0000080
.set AC, 0x40000
.set ACCESSED, 0x20
.set DIRTY, 0x40
.set AT_INT, 8
.set AT_DATA, 16
.set AT_DESCRIPTOR, 32                  # selector 24h of the LDT
.set S_LDT, SPARE

.bss
.balign 4096
page: .skip 4096
pae_directory: .skip 4096
pae_user_directory: .skip 4096
pae_user_table: .skip 4096
pae_pointers: .skip 4096
directory: .skip 4096
user_table: .skip 4096
own_directory: .skip 4096               # with PAE paging
own_table: .skip 4096

.data
.balign 4
settings:                               # WP, NXE, SMEP, SMAP, AC
.byte 0x02, 0x03, 0x06, 0x07, 0x0a, 0x0b, 0x0e, 0x0f, 0x1a, 0x1b, 0x1e, 0x1f, 0x01, 0x05
settings_end:
modes:                                  # PAE, large pages; the levels above the page
.byte 1, 1
.byte 3, 0
.byte 0, 1
.byte 2, 0
modes_end:
.balign 4
resume_esp: .long 0
setting: .long 0
index: .long 0
mode: .long 0
above: .long 0
level: .long 0
rights: .long 0
access: .long 0
result: .long RESULTS
entries: .long 0, 0
tried_at: .long 0
checksum: .long 0
.text

main:
    mov eax, USER_DATA
    mov ds, eax
    mov es, eax
    # What is the guest's own is mapped for the supervisor, two pages for the user.
    xor ecx, ecx
1:  mov eax, ecx
    shl eax, 21
    add eax, PRESENT + WRITABLE + LARGE
    mov [pae_directory + ecx * 8], eax
    inc ecx
    cmp ecx, 8
    jne 1b
    mov dword ptr [pae_pointers], offset pae_directory + PRESENT
    mov dword ptr [pae_pointers + 8], offset pae_user_directory + PRESENT
    mov dword ptr [pae_pointers + 16], offset own_directory + PRESENT
    mov dword ptr [pae_user_directory], offset pae_user_table + PRESENT + WRITABLE + USER
    mov eax, offset frames + PRESENT + WRITABLE + USER
    mov [pae_user_table], eax
    mov [user_table], eax
    add eax, 4096
    mov [pae_user_table + 8], eax
    mov [user_table + 4], eax
    xor ecx, ecx
1:  mov eax, ecx
    shl eax, 22
    add eax, PRESENT + WRITABLE + LARGE
    mov [directory + ecx * 4], eax
    inc ecx
    cmp ecx, 4
    jne 1b
    mov dword ptr [directory + (REGION >> 20)], offset user_table + PRESENT + WRITABLE + USER
    mov esi, offset user_stubs
    mov edi, offset frames
    mov ecx, 64
    rep movsb
    mov byte ptr [page], 0xc3
    mov word ptr [page + AT_INT], 0x80cd
    mov dword ptr [gdt + S_LDT], 0xfff
    mov dword ptr [gdt + S_LDT + 4], 0x8200
    .macro gate vector:req, where:req, access=0x8e
        mov eax, \where
        mov [idt + \vector * 8], ax
        mov byte ptr [idt + \vector * 8 + 5], \access
        shr eax, 16
        mov [idt + \vector * 8 + 6], ax
    .endm
    gate 14, "offset page_fault"
    gate 0x80, "offset no_fault", 0xee
next_setting:
    mov ecx, [index]
    mov eax, [ONLY]
    test eax, eax
    jz 1f
    dec eax
    cmp eax, ecx
    jne skip_setting
1:  movzx eax, byte ptr [settings + ecx]
    mov [setting], eax
    mov dword ptr [checksum], 0
    mov dword ptr [mode], 0
next_mode:
    call enter_mode
    mov dword ptr [level], 0
next_level:
    mov dword ptr [rights], 0
next_rights:
    mov dword ptr [access], 0
next_access:
    call build
    call try_access
    mov edi, [result]
    mov [edi], al
    call marks
    mov [edi + 1], al
    movzx eax, word ptr [edi]
    mov ecx, [checksum]
    rol ecx, 5
    xor ecx, eax
    mov [checksum], ecx
    add dword ptr [result], 2
    inc dword ptr [access]
    cmp dword ptr [access], 10
    jne next_access
    inc dword ptr [rights]
    cmp dword ptr [rights], 8
    jne next_rights
    inc dword ptr [level]
    mov eax, [level]
    cmp eax, [above]
    jbe next_level
    inc dword ptr [mode]
    cmp dword ptr [mode], (modes_end - modes) / 2
    jne next_mode
    call leave_mode
    mov eax, [setting]
    say "setting", eax
    mov eax, [checksum]
    say "checksum", eax
skip_setting:
    inc dword ptr [index]
    cmp dword ptr [index], settings_end - settings
    jne next_setting
    ret

leave_mode:
    mov eax, cr0
    and eax, 0x7ffeffff
    mov cr0, eax
    mov eax, cr4
    and eax, ~0x300030
    mov cr4, eax
    ret
enter_mode:
    call leave_mode
    mov ebx, [setting]
    mov ecx, EFER
    rdmsr
    btr eax, 11
    test bl, 2
    jz 1f
    bts eax, 11
1:  wrmsr
    mov ecx, [mode]
    movzx eax, byte ptr [modes + ecx * 2 + 1]
    mov [above], eax
    movzx edx, byte ptr [modes + ecx * 2]
    mov eax, ebx
    shr eax, 2
    and eax, 3
    shl eax, 20
    or eax, 0x10                        # PSE
    mov ecx, offset directory
    test edx, 1
    jz 2f
    or eax, 0x20
    mov ecx, offset pae_pointers
2:  mov cr4, eax
    mov cr3, ecx
    mov eax, cr0
    or eax, 0x80000000
    test ebx, 1
    jz 3f
    or eax, 0x10000
3:  mov cr0, eax
    mov eax, offset page
    test edx, 2
    jnz 4f
    xor eax, eax
4:  and eax, 0x1fffff
    test edx, 1
    jnz 5f
    mov eax, offset page
    and eax, 0x3fffff
    test edx, 2
    jnz 5f
    xor eax, eax
5:  add eax, TRIED
    mov [tried_at], eax
    ret

# The entries of the page that is tried: `level` has the rights in `rights`, the other all.
build:
    mov ecx, [mode]
    movzx edx, byte ptr [modes + ecx * 2]
    xor ecx, ecx
1:  mov eax, PRESENT + WRITABLE + USER
    xor ebx, ebx                        # upper half, with PAE paging
    cmp ecx, [level]
    jne 2f
    mov eax, PRESENT
    mov esi, [rights]
    test esi, 1
    jz 3f
    or eax, USER
3:  test esi, 2
    jz 3f
    or eax, WRITABLE
3:  test esi, 4
    jz 2f
    mov ebx, 0x80000000
2:  # Where the entry lies.
    mov edi, offset own_table
    cmp ecx, [above]
    jne 4f
    mov edi, offset own_directory
    test edx, 1
    jnz 4f
    mov edi, offset directory + (TRIED >> 20)
4:  mov [entries + ecx * 4], edi
    # What it points to.
    mov esi, offset own_table
    test ecx, ecx
    jnz 6f
    mov esi, offset page
    test edx, 2
    jz 6f
    or eax, LARGE
    and esi, ~0x1fffff
    test edx, 1
    jnz 6f
    and esi, ~0x3fffff
6:  add eax, esi
    mov [edi], eax
    test edx, 1
    jz 7f
    mov [edi + 4], ebx
7:  inc ecx
    cmp ecx, [above]
    jbe 1b
    mov eax, cr3
    mov cr3, eax
    ret

# Carries out the access. al: error code, or ffh.
try_access:
    mov [resume_esp], esp
    mov ebx, [access]
    mov edi, [tried_at]
    mov eax, edi
    mov [gdt + S_LDT + 2], ax
    shr eax, 16
    mov [gdt + S_LDT + 4], al
    mov [gdt + S_LDT + 7], ah
    mov dword ptr [page + AT_DESCRIPTOR], 0xffff
    mov dword ptr [page + AT_DESCRIPTOR + 4], 0xcff300
    cmp ebx, 7
    je 2f
    cmp ebx, 9
    jne 3f
2:  btr dword ptr [page + AT_DESCRIPTOR + 4], 8
3:  mov eax, S_LDT
    lldt ax
    mov ecx, 0x27
    xor eax, eax
    mov edx, 2
    test byte ptr [setting], 0x10
    jz 4f
    or edx, AC
4:  jmp [access_table + ebx * 4]
supervisor_read:
    push edx
    popfd
    mov al, [edi + AT_DATA]
    jmp no_fault
supervisor_write:
    push edx
    popfd
    mov [edi + AT_DATA], al
    jmp no_fault
supervisor_fetch:
    push edx
    popfd
    call edi
    jmp no_fault
supervisor_implicit:
    push edx
    popfd
    mov fs, ecx
    jmp no_fault
user_access:
    mov esi, [stub_table + ebx * 4 - 3 * 4]
    add esi, REGION
    push USER_DATA
    push REGION + 0x2000
    push edx
    push USER_CODE32
    push esi
    iretd
page_fault:
    pop eax
    jmp 1f
no_fault:
    mov eax, 0xff
1:  mov ecx, DATA
    mov ss, ecx
    mov esp, [resume_esp]
    push 2
    popfd
    xor ecx, ecx
    mov fs, ecx
    ret

# al: which entries were marked. edi is kept.
marks:
    xor eax, eax
    mov ecx, [above]
1:  mov edx, [entries + ecx * 4]
    shl eax, 1
    test byte ptr [edx], ACCESSED
    jz 2f
    inc eax
2:  dec ecx
    jns 1b
    test byte ptr [edx], DIRTY
    jz 3f
    or al, 0x80
3:  ret

.balign 8
user_stubs:
user_read:
    mov al, [edi + AT_DATA]
    int 0x80
user_write:
    mov [edi + AT_DATA], al
    int 0x80
user_fetch:
    add edi, AT_INT
    jmp edi
user_implicit:
    mov fs, ecx
    int 0x80
.balign 64

.section .rodata
.balign 4
access_table:
.long supervisor_read, supervisor_write, supervisor_fetch
.long user_access, user_access, user_access
.long supervisor_implicit, supervisor_implicit, user_access, user_access
stub_table:
.long user_read - user_stubs, user_write - user_stubs, user_fetch - user_stubs, 0, 0
.long user_implicit - user_stubs, user_implicit - user_stubs
