# SYSCALL, SYSRET, SYSENTER, SYSEXIT, SWAPGS from level 3, their registers, faults and flags; RDTSCP.
.include "long.inc"
.set STAR, 0xc0000081
.set LSTAR, 0xc0000082
.set SFMASK, 0xc0000084
.set FS_BASE, 0xc0000100
.set GS_BASE, 0xc0000101
.set KERNEL_GS_BASE, 0xc0000102
.set TSC_AUX, 0xc0000103
.set SYSENTER_CS, 0x174
.set SYSENTER_ESP, 0x175
.set SYSENTER_EIP, 0x176
# SYSRET takes CS from here + 16, SS from here + 8: the selectors of entry.inc lie so. SYSEXIT wants four in a row: see `flat`.
.set RETURN_BASE, 0x20

.macro write_msr index:req, value:req
    mov ecx, \index
    mov rax, \value
    mov rdx, rax
    shr rdx, 32
    wrmsr
.endm
# To level 3, at the given address, with the given flags.
.macro enter_user at:req, flags=0x202
    push USER_DATA
    push offset user_stack_top
    push \flags
    push USER_CODE64
    push offset \at
    iretq
.endm

main:
    try "syscall without sce", syscall
    try "sysret without sce", sysretq
    try_user "user syscall without sce", syscall
    mov ecx, EFER
    rdmsr
    or eax, 1
    wrmsr
    rdmsr
    and eax, 0xd01
    say "efer", rax
    mov eax, 0x80000001
    cpuid
    shr edx, 11
    and edx, 0x10001
    say "cpuid: syscall, rdtscp", rdx
    write_msr STAR, (RETURN_BASE | 3) << 48 | CODE64 << 32
    write_msr LSTAR, "offset entered"
    write_msr SFMASK, 0x44700
    mov ecx, STAR
    rdmsr
    say "star high", rdx
    try_user "user sysret", sysretq
    write_msr GS_BASE, 0x1111
    write_msr KERNEL_GS_BASE, 0x2222

    # A system call: what the entry finds.
    enter_user 1f, 0x246ed7 & ~0x4000
1:  mov rbx, 0x1234
    syscall
2:  pushfq
    pop r15
    mov r14, rcx
    mov eax, cs
    mov r13, rax
    mov eax, ss
    mov r12, rax
    int 0x80
    # Entered by SYSCALL.
entered:
    mov r8, rsp
    mov r9, rcx
    mov r10, r11
    mov rsp, offset ring0_stack_top
    swapgs
    pushfq
    pop rbp
    say "flags inside", rbp
    mov eax, cs
    say "cs inside", rax
    mov eax, ss
    say "ss inside", rax
    sub r8, offset user_stack_top
    say "rsp is the user's", r8
    sub r9, offset 2b
    say "rcx", r9
    say "r11", r10
    mov ecx, GS_BASE
    rdmsr
    say "gs base inside", rax
    mov ecx, KERNEL_GS_BASE
    rdmsr
    say "kernel gs base inside", rax
    swapgs
    # Back, with flags that SYSRET takes and some that it does not.
    mov qword ptr [hook], offset tell_user
    mov rsp, offset user_stack_top
    mov ecx, offset 2b
    mov r11, 0x253ad7
    sysretq
tell_user:
    mov rbx, rdi
    say "vector after sysret", [rbx + FRAME_VECTOR]
    mov rax, [rbx + FRAME_CS]
    say "cs after sysret", rax
    mov rax, [rbx + FRAME_SS]
    say "ss after sysret", rax
    say "flags after sysret", [rbx]
    say "cs read", [rbx + 16]
    say "ss read", [rbx + 24]
    mov qword ptr [hook], 0
    jmp after_call

after_call:
    mov esp, offset boot_stack_top
    push 2
    popfq
    mov eax, DATA
    mov ss, eax
    # 32-bit: to compatibility mode.
    mov qword ptr [hook], offset tell_compatibility
    mov ecx, offset compatible
    mov r11, 0x202
    mov rsp, offset user_stack_top
    sysretd
.code32
compatible:
    mov eax, cs
    mov ebx, ss
    pushfd
    pop ebp
    int 0x80
.code64
tell_compatibility:
    mov rbx, rdi
    say "compatibility: cs", [rbx + FRAME_CS]
    say "compatibility: ss", [rbx + FRAME_SS]
    say "compatibility: cs read", [rbx + SAVED_RAX]
    say "compatibility: ss read", [rbx + SAVED_RBX]
    say "compatibility: flags", [rbx + SAVED_RBP]
    mov rax, [rbx + FRAME_RSP]
    sub rax, offset user_stack_top
    say "compatibility: rsp", rax
    mov qword ptr [hook], 0
    mov esp, offset boot_stack_top
    mov eax, DATA
    mov ss, eax

    # Faults: at level 0, with the user's address in RCX.
    mov rcx, 0x800000000000
    mov r11, 2
    try "sysret to an address that is not canonical", sysretq
    mov rax, 0x800000000000
    mov rdx, rax
    shr rdx, 32
    mov ecx, LSTAR
    try "lstar not canonical", wrmsr
    # The last canonical address: the fetch faults, at level 3.
    mov rcx, 0x7fffffffffff
    mov r11, 2
    expect "sysret to the last canonical address", 1f, 1f
    sysretq
1:  mov eax, DATA
    mov ss, eax

    # SYSENTER and SYSEXIT.
    try "sysenter without a selector", sysenter
    try "sysexit without a selector", sysexitd
    # SYSEXIT wants four code and data segments in a row.
    mov rax, DESCRIPTOR_CODE64
    mov [spare], rax
    mov rax, DESCRIPTOR_DATA
    mov [spare + 8], rax
    mov rax, DESCRIPTOR_CODE32 | DESCRIPTOR_DPL3
    mov [spare + 16], rax
    mov rax, DESCRIPTOR_DATA | DESCRIPTOR_DPL3
    mov [spare + 24], rax
    mov [spare + 40], rax
    mov rax, DESCRIPTOR_CODE64 | DESCRIPTOR_DPL3
    mov [spare + 32], rax
    write_msr SYSENTER_CS, SPARE
    write_msr SYSENTER_ESP, "offset ring0_stack_top"
    write_msr SYSENTER_EIP, "offset sysentered"
    try_user "user sysexit", sysexitd
    enter_user 1f
1:  sysenter
sysentered:
    pushfq
    pop rbp
    say "sysenter: flags", rbp
    mov eax, cs
    say "sysenter: cs", rax
    mov eax, ss
    say "sysenter: ss", rax
    mov rax, rsp
    sub rax, offset ring0_stack_top
    say "sysenter: rsp", rax
    mov rdx, 0x800000000000
    mov rcx, offset user_stack_top
    try "sysexit not canonical", sysexitq
    mov qword ptr [hook], offset tell_exit
    mov edx, offset 2f
    mov ecx, offset user_stack_top
    sysexitq
2:  mov eax, cs
    mov ebx, ss
    int 0x80
tell_exit:
    mov rbx, rdi
    say "sysexit: cs", [rbx + FRAME_CS]
    say "sysexit: ss", [rbx + FRAME_SS]
    say "sysexit: cs read", [rbx + SAVED_RAX]
    say "sysexit: ss read", [rbx + SAVED_RBX]
    mov rax, [rbx + FRAME_RSP]
    sub rax, offset user_stack_top
    say "sysexit: rsp", rax
    mov qword ptr [hook], 0
    mov esp, offset boot_stack_top
    mov eax, DATA
    mov ss, eax

    # RDTSCP.
    write_msr TSC_AUX, 0x1234567
    rdtsc
    mov ebx, eax
    mov rcx, -1
    rdtscp
    say "rdtscp: rcx", rcx
    sub eax, ebx
    setnz al
    movzx eax, al
    say "rdtscp: time passes", rax
    mov rax, cr4
    bts eax, 2
    mov cr4, rax
    try_user "user rdtscp with tsd", rdtscp
    mov ecx, 0xc0000104
    try "no such msr", rdmsr
    jmp finish
