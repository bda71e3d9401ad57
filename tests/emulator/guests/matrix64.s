# The permission matrix of 4-level paging: every access through every combination of rights at each level, with pages of all sizes.
# What happened lies at RESULTS in memory, two bytes an access: the error code of its page fault or ffh, and which entries were
# marked (bit 0: accessed, in the entry of the page; bits 1 to 3: in those above; bit 7: dirty).
.include "long.inc"
.set RESULTS, 0x900000
.set ONLY, 0x8ffff0                     # another value than 0: the one setting, plus 1, that is tried
.set TRIED, 0x8000000000                # where the page is: entry 1 of the highest level
.set AC, 0x40000
.set ACCESSED, 0x20
.set DIRTY, 0x40
# Within the page.
.set AT_RET, 0
.set AT_INT, 8
.set AT_DATA, 16
.set AT_DESCRIPTOR, 32                  # selector 24h of the LDT
.set S_LDT, SPARE

.bss
.balign 0x1000
own_tables: .skip 3 * 4096              # from the page directory pointer table down
page: .skip 4096

.data
.balign 8
settings:                               # WP, NXE, SMEP, SMAP, AC
.byte 0x02, 0x03, 0x06, 0x07, 0x0a, 0x0b, 0x0e, 0x0f, 0x1a, 0x1b, 0x1e, 0x1f, 0x01, 0x05
settings_end:
.balign 8
resume: .quad 0
resume_rsp: .quad 0
setting: .quad 0
entries: .quad 0, 0, 0, 0               # addresses of the entries, that of the page first
checksum: .quad 0
.text

main:
    # The guest's own pages are the supervisor's; the user's code and stack are two pages of the region.
    mov ecx, 512
1:  and qword ptr [directory + rcx * 8 - 8], ~USER
    loop 1b
    mov rax, offset frames + PRESENT + WRITABLE + USER
    mov [region_table], rax
    add rax, 0x1000
    mov [region_table + 8], rax
    mov esi, offset user_stubs
    mov edi, offset frames
    mov ecx, 64
    rep movsb
    mov byte ptr [page + AT_RET], 0xc3
    mov word ptr [page + AT_INT], 0x80cd
    mov rax, 0x0000820000000fff
    mov [gdt + S_LDT], rax
    mov qword ptr [gdt + S_LDT + 8], TRIED >> 32
    # Page faults and int 80h go on after the access.
    .macro gate vector:req, where:req, access=0x8e
        mov eax, \where
        mov [idt + \vector * 16], ax
        mov byte ptr [idt + \vector * 16 + 5], \access
        shr eax, 16
        mov [idt + \vector * 16 + 6], ax
    .endm
    gate 14, "offset page_fault"
    gate 0x80, "offset no_fault", 0xee
    mov r15d, RESULTS
    xor r14d, r14d                      # index of the setting
next_setting:
    mov eax, [ONLY]
    test eax, eax
    jz 1f
    dec eax
    cmp eax, r14d
    jne skip_setting
1:  movzx eax, byte ptr [settings + r14]
    mov [setting], rax
    call apply_setting
    mov qword ptr [checksum], 0
    mov r13d, 3                         # levels above the page: 3, 2, 1
size:
    mov r12d, 0                         # level whose rights vary
level:
    xor ebp, ebp                        # rights: U, W, NX
rights:
    xor ebx, ebx                        # access
access:
    call build
    call try_access
    mov [r15], al
    call marks
    mov [r15 + 1], al
    movzx eax, word ptr [r15]
    mov rcx, [checksum]
    rol rcx, 5
    xor rcx, rax
    mov [checksum], rcx
    add r15, 2
    inc ebx
    cmp ebx, 10
    jne access
    inc ebp
    cmp ebp, 8
    jne rights
    inc r12d
    cmp r12d, r13d
    jbe level
    dec r13d
    jnz size
    mov rax, cr4
    and eax, ~0x300000
    mov cr4, rax
    say "setting", [setting]
    say "checksum", [checksum]
skip_setting:
    inc r14d
    cmp r14d, settings_end - settings
    jne next_setting
    mov byte ptr [setting], 3
    call apply_setting
    ret

apply_setting:
    mov edx, [setting]
    mov rax, cr0
    btr eax, 16
    test dl, 1
    jz 1f
    bts eax, 16
1:  mov cr0, rax
    push rdx
    mov ecx, EFER
    rdmsr
    pop rcx
    btr eax, 11
    test cl, 2
    jz 1f
    bts eax, 11
1:  push rcx
    mov ecx, EFER
    xor edx, edx
    wrmsr
    pop rdx
    shr edx, 2
    and edx, 3
    shl edx, 20
    mov rax, cr4
    and eax, ~0x300000
    or eax, edx
    mov cr4, rax
    ret

# Fresh tables for r13d levels above the page; r12d has the rights in ebp, all others have all.
build:
    xor ecx, ecx                        # level from the page on
    mov edi, r13d
1:  mov rax, PRESENT + WRITABLE + USER
    cmp ecx, r12d
    jne 2f
    mov eax, PRESENT
    test ebp, 1
    jz 3f
    or eax, USER
3:  test ebp, 2
    jz 3f
    or eax, WRITABLE
3:  test ebp, 4
    jz 2f
    bts rax, 63
2:  # Where the entry lies: the table of its level, counted from the top.
    mov esi, r13d
    sub esi, ecx                        # 0: the highest
    lea rdx, [pml4 + 8]
    test esi, esi
    jz 4f
    mov edx, esi
    shl edx, 12
    add edx, offset own_tables - 4096
4:  mov [entries + rcx * 8], rdx
    # What it points to: the next table, or the page.
    test ecx, ecx
    jz 5f
    mov edi, esi
    shl edi, 12
    add edi, offset own_tables
    add rax, rdi
    jmp 6f
5:  mov edi, offset page
    cmp r13d, 3
    je 7f
    or rax, LARGE
    and edi, ~0x1fffff
    cmp r13d, 2
    je 7f
    xor edi, edi
7:  add rax, rdi
6:  mov [rdx], rax
    inc ecx
    cmp ecx, r13d
    jbe 1b
    mov rax, cr3
    mov cr3, rax
    ret

# Carries out access ebx. al: error code, or ffh.
try_access:
    mov [resume_rsp], rsp
    mov qword ptr [resume], offset accessed
    mov rdi, TRIED
    mov eax, offset page
    cmp r13d, 2
    jb 1f
    and eax, 0x1fffff
1:  cmp r13d, 3
    je 1f
    add rdi, rax
    # The LDT, for the processor's own accesses.
1:  mov rax, rdi
    mov [gdt + S_LDT + 2], ax
    shr eax, 16
    mov [gdt + S_LDT + 4], al
    mov [gdt + S_LDT + 7], ah
    mov rax, 0x00cff3000000ffff
    mov [page + AT_DESCRIPTOR], rax
    cmp ebx, 7
    je 2f
    cmp ebx, 9
    jne 3f
2:  btr qword ptr [page + AT_DESCRIPTOR], 40
3:  mov eax, S_LDT
    lldt ax
    mov ecx, 0x27
    xor eax, eax
    mov edx, 2
    test byte ptr [setting], 0x10
    jz 4f
    or edx, AC
4:  jmp [access_table + rbx * 8]
supervisor_read:
    push rdx
    popfq
    mov al, [rdi + AT_DATA]
    jmp no_fault
supervisor_write:
    push rdx
    popfq
    mov [rdi + AT_DATA], al
    jmp no_fault
supervisor_fetch:
    push rdx
    popfq
    call rdi
    jmp no_fault
supervisor_implicit:
    push rdx
    popfq
    mov fs, ecx
    jmp no_fault
user_access:
    mov esi, [user_table + rbx * 8 - 3 * 8]
    add esi, REGION
    push USER_DATA
    push REGION + 0x2000
    push rdx
    push USER_CODE64
    push rsi
    iretq
page_fault:
    pop rax
    jmp 1f
no_fault:
    mov eax, 0xff
1:  mov rsp, [resume_rsp]
    mov ecx, DATA
    mov ss, ecx
    push 2
    popfq
    jmp [resume]
accessed:
    xor ecx, ecx
    mov fs, ecx
    ret

# al: which entries were marked.
marks:
    xor eax, eax
    mov ecx, r13d
1:  mov rdx, [entries + rcx * 8]
    shl eax, 1
    test byte ptr [rdx], ACCESSED
    jz 2f
    inc eax
2:  dec ecx
    jns 1b
    test byte ptr [rdx], DIRTY
    jz 3f
    or al, 0x80
3:  ret

.balign 8
user_stubs:
user_read:
    mov al, [rdi + AT_DATA]
    int 0x80
user_write:
    mov [rdi + AT_DATA], al
    int 0x80
user_fetch:
    add rdi, AT_INT
    jmp rdi
user_implicit:
    mov fs, ecx
    int 0x80
.balign 64

.section .rodata
.balign 8
access_table:
.quad supervisor_read, supervisor_write, supervisor_fetch
.quad user_access, user_access, user_access
.quad supervisor_implicit, supervisor_implicit, user_access, user_access
user_table:
.quad user_read - user_stubs, user_write - user_stubs, user_fetch - user_stubs, 0, 0
.quad user_implicit - user_stubs, user_implicit - user_stubs
