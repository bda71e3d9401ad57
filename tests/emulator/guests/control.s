# Control registers, EFER and other MSRs, CPUID, segment bases in 64-bit mode.
.include "long.inc"
.set FS_BASE, 0xc0000100
.set GS_BASE, 0xc0000101
.set KERNEL_GS_BASE, 0xc0000102

# wrmsr/rdmsr of a 64-bit value.
.macro write_msr index:req, value:req
    mov ecx, \index
    mov rax, \value
    mov rdx, rax
    shr rdx, 32
    wrmsr
.endm

main:
    mov rax, 0x123456789abcdef0
    try "cr2", mov cr2, rax
    mov rbx, cr2
    say "cr2 is", rbx
    mov eax, 5
    mov cr8, rax
    mov rbx, cr8
    say "cr8", rbx
    xor eax, eax
    mov cr8, rax
    try "no cr1", .byte 0x0f, 0x20, 0xc8
    try "no cr5", .byte 0x0f, 0x22, 0xe8
    mov rbx, -1
    smsw ebx
    and ebx, 0x80010001
    say "smsw 32", rbx
    mov ecx, EFER
    rdmsr
    and eax, 0xd00
    say "efer", rax
    try_user "user mov from cr0", mov rax, cr0
    try_user "user mov to cr3", mov cr3, rax
    try_user "user rdmsr", rdmsr
    try_user "user wrmsr", wrmsr
    try_user "user lgdt", lgdt [gdt_pointer]
    try_user "user lidt", lidt [idt_pointer]
    try_user "user ltr", ltr ax
    try_user "user lldt", lldt ax
    try_user "user invlpg", invlpg [rax]
    try_user "user clts", clts
    try_user "user lmsw", lmsw ax
    try_user "user swapgs", swapgs
    try_user "user wbinvd", wbinvd
    try_user "user sgdt", sgdt [frames]
    try_user "user smsw", smsw eax
    try_user "user str", str eax
    try_user "user rdtsc", rdtsc
    mov rax, cr4
    bts eax, 2
    mov cr4, rax
    try_user "user rdtsc with tsd", rdtsc
    try "rdtsc with tsd", rdtsc
    mov rax, cr4
    btr eax, 2
    mov cr4, rax
    rdtsc
    mov ebx, eax
    mov ecx, 100
1:  loop 1b
    rdtsc
    cmp eax, ebx
    setne al
    movzx eax, al
    say "time passes", rax

    mov eax, 0x80000001
    cpuid
    shr edx, 20
    and edx, 0x201
    say "cpuid: long mode and nx", rdx
    mov eax, 1
    cpuid
    and edx, 0x8168
    say "cpuid: pse msr pae cx8 cmov", rdx
    mov rax, 0xffffffff80000008
    mov rbx, -1
    cpuid
    movzx eax, ah
    say "cpuid: linear address bits", rax
    shr rbx, 32
    say "cpuid: upper half of rbx", rbx

    # Segment bases.
    mov rax, 0x1111111122222222
    mov [frames + 0x80], rax
    mov rax, 0x3333333344444444
    mov [frames + 0x1080], rax
    write_msr FS_BASE, "offset frames"
    write_msr GS_BASE, "offset frames + 0x1000"
    write_msr KERNEL_GS_BASE, "offset frames + 0x40"
    mov ebx, 0x80
    say "fs", fs:[rbx]
    say "gs", gs:[rbx]
    say "fs absolute", fs:[0x80]
    mov eax, dword ptr fs:[ebx + 4]
    say "fs addr32", rax
    mov rbx, -0x80
    say "gs negative", gs:[rbx + 0x100]
    mov rbx, 0xffffffff00000080
    mov rax, gs:[ebx]
    say "gs addr32", rax
    .byte 0x64
    lea rax, [rbx + 1]
    say "lea", rax
    .byte 0x64
    lea rax, [ebx + 1]
    say "lea addr32", rax
    mov ebx, 0x80
    mov rax, ds:[frames + 0x80]
    say "ds", rax
    mov qword ptr gs:[rbx + 8], 0x55
    add qword ptr gs:[rbx + 8], 0x11
    say "store", [frames + 0x1088]
    push qword ptr fs:[rbx]
    pop qword ptr gs:[rbx + 16]
    say "push and pop", [frames + 0x1090]
    mov esi, 0x80
    mov edi, offset frames + 0x2000
    movs qword ptr es:[rdi], qword ptr gs:[rsi]
    say "movs", [frames + 0x2000]
    mov esi, 0x80
    lods rax, qword ptr fs:[rsi]
    say "lods", rax
    mov ebx, 0
    mov al, 0x87
    xlatb fs:[rbx]
    movzx eax, al
    say "xlat", rax
    mov ecx, 65
    bts qword ptr gs:[rbx + 0x80], rcx
    say "bts", [frames + 0x1088]
    mov qword ptr [frames + 0x3000], offset called
    call fs:[0x3000]
    mov qword ptr [frames + 0x3000], offset jumped
    jmp fs:[0x3000]
called:
    ret
jumped:
    swapgs
    say "swapped", gs:[rbx + 0x40]
    mov ecx, GS_BASE
    rdmsr
    sub rax, offset frames
    say "gs base", rax
    mov ecx, KERNEL_GS_BASE
    rdmsr
    sub rax, offset frames
    say "kernel gs base", rax
    swapgs
    # Loading a selector replaces the base; a null one clears it.
    mov eax, DATA
    mov fs, eax
    say "fs loaded", fs:[frames + 0x80]
    mov ecx, FS_BASE
    rdmsr
    say "fs base", rax
    # Bases in the upper half: addresses wrap.
    write_msr FS_BASE, -0x1000
    mov ebx, offset frames + 0x1000 + 0x80
    say "fs wraps", fs:[rbx]
    mov rax, 0x800000000000
    mov rdx, rax
    shr rdx, 32
    mov ecx, FS_BASE
    try "fs base not canonical", wrmsr
    mov ecx, 0xc0000082
    try "lstar not canonical", wrmsr
    write_msr FS_BASE, 0x7ffffffff000
    mov ebx, 0x1000
    try "fs not canonical", mov al, fs:[rbx]
    # Bases of DS and SS do not count, nor do their limits.
    mov rax, 0x0040930000000000
    mov [spare], rax
    mov eax, SPARE
    mov ds, eax
    mov rax, [frames + 0x80]
    mov ebx, DATA
    mov ds, ebx
    say "ds limit", rax
    ret
