# Single steps into and out of system calls: TF that SFMASK clears does not count any more, TF that SYSRET loads does at once.
.include "debug64.inc"
.set STAR, 0xc0000081
.set LSTAR, 0xc0000082
.set SFMASK, 0xc0000084
.set SYSENTER_CS, 0x174
.set SYSENTER_ESP, 0x175
.set SYSENTER_EIP, 0x176
.set RETURN_BASE, 0x20

.macro write_msr index:req, value:req
    mov ecx, \index
    mov eax, \value
    xor edx, edx
    wrmsr
.endm

main:
    mov ecx, EFER
    rdmsr
    or eax, 1
    wrmsr
    mov ecx, STAR
    mov edx, (RETURN_BASE | 3) << 16 | CODE64
    xor eax, eax
    wrmsr
    write_msr LSTAR, "offset called"
    write_msr SFMASK, TF
    watch "step over syscall, masked"
    mov r8d, 0
    mov qword ptr [user_flags], 0x302
    call to_user
    write_msr SFMASK, 0
    watch "step over syscall, not masked"
    mov r8d, 0
    call to_user
    write_msr SFMASK, TF
    watch "sysret loads tf"
    mov r8d, TF
    mov qword ptr [user_flags], 0x202
    call to_user
    watch "sysret clears tf"
    mov r8d, TF << 16
    call to_user
    # SYSENTER leaves TF alone.
    write_msr SYSENTER_CS, CODE64
    write_msr SYSENTER_ESP, "offset ring0_stack_top"
    write_msr SYSENTER_EIP, "offset sysentered"
    watch "step over sysenter"
    mov qword ptr [user_flags], 0x302
    mov eax, offset 1f
    push offset 2f
    jmp to_user_at
1:  sysenter
sysentered:
    nop
    int 0x80
2:  ret

to_user:
    mov eax, offset 1f
to_user_at:
    pop [stopped_at]
    push USER_DATA
    push offset user_stack_top
    push [user_flags]
    push USER_CODE64
    push rax
    mov [try_at], rax
    iretq
1:  nop
    syscall
    nop
    nop
    int 0x80
called:
    nop
    and r11d, ~TF
    test r8d, TF << 16
    jz 1f
    step
1:  or r11d, r8d
    and r11d, 0xfff
    sysretq
