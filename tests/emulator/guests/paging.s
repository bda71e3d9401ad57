# Page walks in long mode: page-fault error codes, accessed and dirty bits, page sizes, write protection, NX, reserved bits.
.include "long.inc"
.set P0, REGION
.set P1, REGION + 0x1000
.set P2, REGION + 0x2000
.set P3, REGION + 0x3000
.set ACCESSED, 0x20
.set DIRTY, 0x40

.macro entry_bits name:req, where:vararg
    push rax
    mov rax, \where
    and eax, 0xfff
    say "\name", rax
    pop rax
.endm

main:
    mov byte ptr [idt + 14 * 16 + 4], 1 # page faults on a stack of their own: some are faults of the stack
    # Not present: every kind of access.
    mov ebx, P0
    try "read", mov eax, [rbx + 8]
    try "write", mov [rbx + 16], eax
    try "rmw", add [rbx + 24], eax
    try "fetch", call rbx
    expect "push", pushing, pushed
    jmp push_there
pushed:
    mov esi, P0 + 5
    mov edi, offset frames
    try "movsb source", movsb
    xchg rsi, rdi
    try "movsb destination", movsb
    try_user "user read", mov al, [P0 + 8]
    try_user "user write", mov [P0 + 8], al
    mov ebx, P0
    try_user "user fetch", jmp rbx

    # Present, but not for this access.
    map 0, offset frames + PRESENT
    try "read only: read", mov eax, [rbx]
    try "read only: write", mov [rbx], eax
    try "read only: cmpxchg", cmpxchg [rbx], ecx
    try "read only: bts memory", bts dword ptr [rbx], 3
    try "read only: bt memory", bt dword ptr [rbx], 3
    try_user "supervisor page: read", mov al, [P0]
    try_user "supervisor page: write", mov [P0], al
    try_user "supervisor page: fetch", jmp rbx
    map 0, offset frames + PRESENT + USER
    try_user "user page: read", mov al, [P0]
    try_user "user page: write", mov [P0], al
    mov rax, cr0
    btr rax, 16
    mov cr0, rax
    try "WP off: write", mov [rbx], eax
    try_user "WP off: user write", mov [P0], al
    mov rax, cr0
    bts rax, 16
    mov cr0, rax
    try "WP on: write", mov [rbx], eax

    # Rights are those of all levels together.
    map 0, offset frames + PRESENT + WRITABLE + USER
    and byte ptr [pdpt + 8], ~WRITABLE
    mov rax, cr3
    mov cr3, rax
    try "read only above", mov [rbx], eax
    or byte ptr [pdpt + 8], WRITABLE
    and byte ptr [region_directory], ~USER
    mov cr3, rax
    try_user "supervisor above", mov al, [P0]
    or byte ptr [region_directory], USER
    mov cr3, rax

    # No execution.
    mov byte ptr [frames], 0xc3
    try "executable", call rbx
    mov rax, NX
    or [region_table], rax
    invlpg [rbx]
    try "nx: fetch", call rbx
    try "nx: read", mov eax, [rbx]
    try_user "nx: user fetch", jmp rbx
    btr qword ptr [region_table], 63
    bts qword ptr [region_directory], 63
    invlpg [rbx]
    try "nx above: fetch", call rbx
    btr qword ptr [region_directory], 63
    invlpg [rbx]
    try "executable again", call rbx

    # Reserved bits.
    bts qword ptr [region_table], 51
    invlpg [rbx]
    try "reserved: read", mov eax, [rbx]
    try "reserved: write", mov [rbx], eax
    try "reserved: fetch", call rbx
    try_user "reserved: user read", mov al, [P0]
    btr qword ptr [region_table], 51
    bts qword ptr [region_directory], 45
    invlpg [rbx]
    try "reserved in directory", mov eax, [rbx]
    btr qword ptr [region_directory], 45
    # A large page's bits below its frame.
    mov qword ptr [region_directory + 8], 0x2000 + PRESENT + LARGE
    mov ecx, REGION + 0x200000
    try "reserved in large page", mov eax, [rcx]
    mov qword ptr [pdpt + 16], 0x2000 + PRESENT + LARGE
    mov ecx, REGION * 2
    try "reserved in huge page", mov eax, [rcx]

    # NX is reserved while EFER.NXE is clear.
    mov ecx, EFER
    rdmsr
    btr eax, 11
    wrmsr
    bts qword ptr [region_table], 63
    invlpg [rbx]
    try "nx without nxe: read", mov eax, [rbx]
    try "nx without nxe: fetch", call rbx
    btr qword ptr [region_table], 63
    map 1, 0
    mov ecx, P1
    try "fetch without nxe", call rcx
    mov ecx, EFER
    rdmsr
    bts eax, 11
    wrmsr

    # Accessed and dirty bits of each level.
    and byte ptr [region_directory], ~ACCESSED
    and byte ptr [pdpt + 8], ~ACCESSED
    and byte ptr [pml4], ~ACCESSED
    map 0, offset frames + PRESENT + WRITABLE
    map 1, offset frames + 0x1000 + PRESENT + WRITABLE
    map 2, offset frames + 0x2000 + PRESENT + WRITABLE
    map 3, offset frames + 0x3000 + PRESENT
    mov rax, cr3
    mov cr3, rax
    mov al, [P0]
    entry_bits "read: page", [region_table]
    entry_bits "read: directory", [region_directory]
    entry_bits "read: pointers", [pdpt + 8]
    mov rax, [pml4]
    and eax, ACCESSED + DIRTY
    say "read: pml4", rax
    mov [P1], al
    entry_bits "write: page", [region_table + 8]
    entry_bits "write: directory", [region_directory]
    mov al, [P2]
    entry_bits "read then", [region_table + 16]
    mov [P2], al
    entry_bits "written", [region_table + 16]
    mov ebx, P3
    try "refused write", mov [rbx], al
    mov rax, [region_table + 24]
    and eax, DIRTY
    say "refused write: dirty", rax
    # Dirty again after it has been cleared.
    and byte ptr [region_table + 8], ~(DIRTY | ACCESSED)
    invlpg [P1]
    entry_bits "cleared", [region_table + 8]
    mov al, [P1]
    entry_bits "read after", [region_table + 8]
    mov [P1], al
    entry_bits "write after", [region_table + 8]
    mov byte ptr [frames], 0xc3
    map 0, offset frames + PRESENT
    mov ebx, P0
    call rbx
    entry_bits "executed", [region_table]

    # Changes that are not told: what is seen then is the processor's own affair, but the same on every engine; afterwards it
    # is what the tables say.
    mov qword ptr [frames + 0x4000], 0x44
    mov qword ptr [frames + 0x5000], 0x55
    map 2, offset frames + 0x4000 + PRESENT + WRITABLE
    mov ecx, 20
1:  mov rax, [P2]
    and byte ptr [region_table + 16], ~(ACCESSED | DIRTY)
    mov rax, [P2]
    mov [P2 + 8], rcx
    and byte ptr [region_table + 16], ~(ACCESSED | DIRTY)
    mov [P2 + 8], rax
    xor qword ptr [region_table + 16], 0x1000
    add rdx, [P2]
    loop 1b
    invlpg [P2]
    say "told", [P2]
    xor qword ptr [region_table + 16], 0x3000
    invlpg [P2]
    say "told again", [P2]
    entry_bits "told: page", [region_table + 16]

    # Larger pages: 2 MiB and 1 GiB, at an offset.
    mov qword ptr [region_directory + 8], PRESENT + WRITABLE + LARGE
    mov qword ptr [pdpt + 16], PRESENT + WRITABLE + LARGE
    mov rax, cr3
    mov cr3, rax
    mov rax, 0x123456789abcdef0
    mov [frames + 0x1238], rax
    mov ecx, REGION + 0x200000
    mov rax, [rcx + frames + 0x1238]
    say "2 MiB", rax
    mov ecx, REGION * 2
    mov rax, [rcx + frames + 0x1238]
    say "1 GiB", rax
    entry_bits "2 MiB read", [region_directory + 8]
    mov [rcx + frames + 0x1240], rax
    entry_bits "1 GiB written", [pdpt + 16]
    ret
push_there:
    lea rsp, [rbx + 0x1000]
.globl pushing
pushing:
    push rax
    hlt
