# Frames of words: from the same level, from outer levels, from 16-bit code and from virtual-8086 mode, with the stack of a TSS of
# 32 and of 16 bits.
.set UPPER_HALF, 0
.include "gates16.inc"
# What comes out of virtual-8086 mode.
.macro from_v86 suffix
    v86 "v86 interrupt gate\suffix", IOPL3 + IF, int 0x81
    v86 "v86 trap gate\suffix", IOPL3 + IF, int 0x82
    v86 "v86 int at iopl 0\suffix", IF, int 0x81
    v86 "v86 closed\suffix", IOPL3, int 0x87
    v86 "v86 ud\suffix", IF, ud2
    v86 "v86 gp\suffix", IF, hlt
    v86 "v86 int3 closed\suffix", IF, int3
.endm

tests:
    # Level 0.
    same "interrupt gate", int 0x81
    same "trap gate", int 0x82
    same "not present", int 0x88
    same "data", int 0x8a
    same "null", int 0x8b
    vector 3, TRAP
    vector 6, INTERRUPT
    vector 13, INTERRUPT
    same "int3", int3
    same "ud", ud2
    mov ecx, 0xfff8
    same "gp", mov fs, ecx

    # From level 3 to level 0.
    mov dword ptr [stack_top], offset ring0_stack_top
    outer "user interrupt gate", 0x3202, int 0x81
    outer "user trap gate", 0x3202, int 0x82
    outer "user, closed gate", 0x3202, int 0x87
    outer "user int3 closed", 0x3202, int3
    outer "user ud", 0x3202, ud2
    outer "user gp", 0x0202, cli
    outer "user to level 3", 0x3202, int 0x8b

    # To level 1.
    level1_stack S_STACK1, USER_STACK + 0x2000
    outer "level 1 interrupt gate", 0x3202, int 0x83
    outer "level 1 trap gate", 0x3202, int 0x84
    mov dword ptr [stack_mask], 0xffff
    level1_stack S_STACK1_16, 0x800
    mov dword ptr [tss + 12], 0x56780800
    outer "level 1, 16-bit stack", 0x3202, int 0x83
    mov dword ptr [stack_mask], -1
    level1_stack S_SMALL1, 10
    outer "room for five words", 0x3202, int 0x86

    # From 16-bit code, and back by IRET and RETF of 16 bits.
    mov dword ptr [stack_top], offset ring0_stack_top
    mov dword ptr [hook], offset drop_upper_half
    outer16 "16-bit code", 0xabcd0800, int_81
    outer16 "there and back", 0xabcd0800, int_85
    mov word ptr [USER_STACK + 0x7fa], 0x1111
    mov word ptr [USER_STACK + 0x7fc], 0x2222
    mov word ptr [USER_STACK + 0x7fe], 0x3333
    call_gate S_LOW0, report_low, 3
    outer16 "call", 0xabcd07fa, call_it
    call_gate S_LOW0, retf_low, 3
    outer16 "call and back", 0xabcd07fa, call_it
    mov word ptr [USER_STACK + 0xfffe], 0x4444
    mov word ptr [USER_STACK], 0x5555
    mov word ptr [USER_STACK + 2], 0x6666
    call_gate S_LOW0, report_low, 3
    outer16 "call, parameters around the end", 0xfffe, call_it
    call_gate S_LOW0, retf_low, 3
    outer16 "call and back, around the end", 0xfffe, call_it
    call_gate S_LOW0, report_low, 1
    outer "call from 32-bit code", 0x3202, lcall S_GATE3:0
    call_gate S_LOW1, report_low1, 2
    level1_stack S_STACK1, USER_STACK + 0x2000
    outer16 "call to level 1", 0x7fa, call_it
    mov dword ptr [stack_mask], 0xffff
    level1_stack S_STACK1_16, 0x800
    outer16 "call to level 1, 16-bit stack", 0x7fa, call_it
    mov dword ptr [stack_mask], -1
    mov dword ptr [hook], 0

    # From virtual-8086 mode.
    mov dword ptr [stack_top], offset ring0_stack_top
    from_v86 ""
    vector 3, TRAP + OPEN
    v86 "v86 int3", IF, int3
    vector 1, INTERRUPT
    v86 "v86 step", TF, nop
    vector 0x20, INTERRUPT
    call start_timer
    v86 "v86 timer", IF, jmp .
    call stop_timer
    vector 3, TRAP

    # The stack of a TSS of 16 bits, for gates of both sizes.
    mov word ptr [tss16 + 2], 0x2000
    mov word ptr [tss16 + 6], 0x800
    mov word ptr [tss16 + 8], S_STACK1_16
    describe S_TSS16, 0x0000002b, 0x00008100
    based S_TSS16, "offset tss16"
    mov eax, S_TSS16
    ltr ax
    mov dword ptr [stack_top], 0x2000
    .irp selector, S_STACK0, S_STACK0_16
        mov word ptr [tss16 + 4], \selector
        .if \selector == S_STACK0_16
            mov dword ptr [stack_mask], 0xffff
        .endif
        outer "tss16, user interrupt gate", 0x3202, int 0x81
        outer "tss16, user gp", 0x0202, cli
        from_v86 ", tss16"
        v86 "v86 out, tss16", IOPL3, out 0x80, al
    .endr
    mov word ptr [tss16 + 2], 0x7000
    mov word ptr [tss16 + 4], DATA
    mov dword ptr [stack_top], 0x800
    outer "tss16, level 1", 0x3202, int 0x83
    ret
