# SMEP, SMAP, UMIP, FSGSBASE, process-context identifiers, global pages: what CR4 turns on, and what it asks for.
.include "long.inc"
.set AC, 0x40000
.set UMIP, 1 << 11
.set FSGSBASE, 1 << 16
.set PCIDE, 1 << 17
.set SMEP, 1 << 20
.set SMAP, 1 << 21
.set PGE, 1 << 7
.set GLOBAL, 0x100
.set PAGE_3, REGION + 0x3000

.macro set_cr4 bits:req
    mov rax, cr4
    or eax, \bits
    mov cr4, rax
.endm
.macro clear_cr4 bits:req
    mov rax, cr4
    and eax, ~(\bits)
    mov cr4, rax
.endm
.macro set_frame number:req, value:req
    mov dword ptr [frames + \number * 4096], \value
.endm
# Maps a page of the region without telling anyone.
.macro remap page:req, entry:vararg
    mov rax, \entry
    mov [region_table + \page * 8], rax
.endm
.macro look name:req
    mov eax, [PAGE_3]
    say "\name", rax
.endm
.macro invalidate type:req, pcid:req, address:req
    mov qword ptr [descriptor], \pcid
    mov rax, \address
    mov [descriptor + 8], rax
    mov eax, \type
    invpcid rax, [descriptor]
.endm

main:
    # What the processor says of itself.
    mov eax, 7
    xor ecx, ecx
    cpuid
    and ebx, 0x00100481
    say "leaf 7 ebx", rbx
    and ecx, 4
    say "leaf 7 ecx", rcx
    mov eax, 1
    cpuid
    and ecx, 1 << 17
    say "leaf 1 ecx", rcx
    and edx, (1 << 17) | 6
    say "leaf 1 edx", rdx

    # The guest's own pages are the supervisor's; the user's code is in the region.
    mov ecx, 512
1:  and qword ptr [directory + rcx * 8 - 8], ~USER
    loop 1b
    map 0, offset frames + PRESENT + WRITABLE + USER
    mov byte ptr [frames], 0xc3
    mov rax, cr3
    mov cr3, rax

    # STAC and CLAC exist at level 0, CR4.SMAP or not.
    stac
    pushfq
    pop rbx
    clac
    pushfq
    pop rcx
    xor ecx, ebx
    say "ac", rcx
    mov edi, REGION
    try "read without smap", mov al, [rdi]
    try "fetch without smep", call rdi
    set_cr4 SMAP + SMEP
    try "read with smap", mov al, [rdi]
    try "write with smap", mov [rdi], al
    try "rmw with smap", add byte ptr [rdi], 0
    try "fetch with smep", call rdi
    stac
    mov al, [rdi]
    movzx eax, al
    clac
    say "with ac", rax
    stac
    try "fetch with ac", call rdi
    stac
    clac
    try "ac off again", mov al, [rdi]
    # Many times in one trace each.
    mov ecx, 3
1:  stac
    mov al, [rdi]
    clac
    loop 1b
    push AC + 2
    popfq
    mov al, [rdi]
    push 2
    popfq
    try "by popf", mov al, [rdi]
    mov rdx, rsp
    mov eax, ss
    push rax
    push rdx
    push AC + 2
    push CODE64
    push offset 1f
    iretq
1:  mov al, [rdi]
    clac
    mov esi, offset frames + 0x100
    mov ecx, 4
    try "movsb with smap", rep movsb
    clear_cr4 SMAP + SMEP
    try "read again", mov al, [rdi]

    # At level 3: UMIP; and the pages that it needs.
    mov ecx, 512
1:  or qword ptr [directory + rcx * 8 - 8], USER
    loop 1b
    mov rax, cr3
    mov cr3, rax
    try_user "stac at level 3", stac
    try_user "clac at level 3", clac
    try_user "sgdt", sgdt [frames]
    try_user "smsw", smsw eax
    try_user "invpcid at level 3", invpcid rax, [descriptor]
    set_cr4 UMIP
    try_user "sgdt, umip", sgdt [frames]
    try_user "sidt, umip", sidt [frames]
    try_user "sldt, umip", sldt eax
    try_user "str, umip", str eax
    try_user "smsw, umip", smsw eax
    try_user "smsw to memory, umip", smsw [frames]
    try "sgdt at level 0, umip", sgdt [frames]
    try "str at level 0, umip", str eax
    clear_cr4 UMIP

    # FSGSBASE.
    try "rdfsbase without", rdfsbase rax
    set_cr4 FSGSBASE
    mov rax, 0x123456789abc
    wrfsbase rax
    rdfsbase rbx
    say "fs base", rbx
    mov rax, 0xffff8000deadbeef
    wrgsbase rax
    rdgsbase rbx
    say "gs base", rbx
    mov rbx, -1
    rdgsbase ebx
    say "gs base, 32 bits", rbx
    wrgsbase eax
    rdgsbase rbx
    say "gs base from 32 bits", rbx
    mov rax, 0x800000000000
    try "not canonical", wrfsbase rax
    mov eax, offset frames
    mov dword ptr [frames + 0x80], 0x600dcafe
    wrfsbase rax
    mov ebx, fs:[0x80]
    say "through fs", rbx
    try_user "wrfsbase at level 3", wrfsbase rcx
    clear_cr4 FSGSBASE

    # Global pages outlive a write to CR3, and nothing else.
    set_frame 4, 0x44444444
    set_frame 5, 0x55555555
    set_cr4 PGE
    map 3, offset frames + 4 * 4096 + PRESENT + WRITABLE + GLOBAL
    look "global"
    remap 3, offset frames + 5 * 4096 + PRESENT + WRITABLE + GLOBAL
    mov rax, cr3
    mov cr3, rax
    look "global, cr3 written"
    invlpg [PAGE_3]
    look "global, invlpg"
    remap 3, offset frames + 4 * 4096 + PRESENT + WRITABLE + GLOBAL
    clear_cr4 PGE
    look "global, pge off"
    remap 3, offset frames + 5 * 4096 + PRESENT + WRITABLE + GLOBAL
    mov rax, cr3
    mov cr3, rax
    look "not global without pge"

    # PCIDs: each has its own translations, which stay if bit 63 says so.
    mov rax, cr3
    or rax, 1
    mov cr3, rax
    mov rbp, cr4
    or ebp, PCIDE
    try "pcide with a pcid", mov cr4, rbp
    mov rax, cr3
    and rax, ~1
    mov cr3, rax
    bts rax, 63
    try "bit 63 without pcide", mov cr3, rax
    set_cr4 PCIDE
    mov rbx, cr0
    btr rbx, 31
    mov rsi, cr3
    map 3, offset frames + 4 * 4096 + PRESENT + WRITABLE
    look "pcid 0"
    remap 3, offset frames + 5 * 4096 + PRESENT + WRITABLE
    lea rax, [rsi + 1]
    mov cr3, rax
    look "pcid 1"
    mov rax, rsi
    bts rax, 63
    mov cr3, rax
    mov rax, cr3
    sub rax, rsi
    say "cr3", rax
    look "pcid 0 kept"
    mov cr3, rsi
    look "pcid 0 forgotten"
    remap 3, offset frames + 4 * 4096 + PRESENT + WRITABLE
    invalidate 1, 1, 0
    look "pcid 0, invpcid of 1"
    invalidate 0, 0, PAGE_3
    look "pcid 0, invpcid of the page"
    lea rax, [rsi + 1]
    bts rax, 63
    mov cr3, rax
    look "pcid 1 was forgotten"
    remap 3, offset frames + 5 * 4096 + PRESENT + WRITABLE
    invalidate 3, 0, 0
    look "all, but global ones"
    mov rax, rsi
    bts rax, 63
    mov cr3, rax
    look "pcid 0 too"
    # What INVPCID refuses.
    mov qword ptr [descriptor], 0
    mov qword ptr [descriptor + 8], 0
    mov eax, 4
    try "type 4", invpcid rax, [descriptor]
    mov eax, 2
    mov qword ptr [descriptor], 0x1000
    try "reserved bits", invpcid rax, [descriptor]
    mov qword ptr [descriptor], 0
    mov rdx, 0x800000000000
    mov [descriptor + 8], rdx
    mov eax, 0
    try "address not canonical", invpcid rax, [descriptor]
    mov eax, 1
    try "of no account for type 1", invpcid rax, [descriptor]
    try "register", .byte 0x66, 0x0f, 0x38, 0x82, 0xc0
    mov cr3, rsi
    clear_cr4 PCIDE
    mov eax, 1
    mov qword ptr [descriptor], 5
    mov qword ptr [descriptor + 8], 0
    try "pcid without pcide", invpcid rax, [descriptor]
    mov qword ptr [descriptor], 0
    try "pcid 0 without pcide", invpcid rax, [descriptor]
    ret

.data
.balign 16
descriptor: .quad 0, 0
