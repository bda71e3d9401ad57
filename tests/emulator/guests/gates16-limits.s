# What does not fit, where a gate may not lead, and what the entry of a 16-bit gate has above its offset. QEMU looks at none of it.
.set UPPER_HALF, 0xdead
.include "gates16.inc"

tests:
    vector 13, INTERRUPT
    same "interrupt gate", int 0x81
    same "beyond the limit", int 0x89
    mov dword ptr [stack_top], offset ring0_stack_top
    outer "user interrupt gate", 0x3202, int 0x81
    outer "user, beyond the limit", 0x3202, int 0x89

    level1_stack S_SMALL1, 10
    outer "room for five words", 0x3202, int 0x86
    level1_stack S_SMALL1, 9
    outer "room for less", 0x3202, int 0x86
    mov dword ptr [hook], offset drop_upper_half
    call_gate S_LOW1, silent_low, 2
    level1_stack S_SMALL1, 12
    outer16 "call, room for six words", 0x7fa, call_it
    level1_stack S_SMALL1, 11
    outer16 "call, room for less", 0x7fa, call_it
    call_gate S_LOW_LIMITED, report_low1
    mov dword ptr [stack_top], offset ring0_stack_top
    outer16 "call, beyond the limit", 0x7fa, call_it
    mov dword ptr [hook], 0

    # Virtual-8086 mode is left for level 0 alone.
    v86 "v86", IOPL3, int 0x81
    v86 "v86 beyond the limit", IOPL3, int 0x89
    v86 "v86 to level 1", IOPL3, int 0x83
    v86 "v86 to level 1 by a trap gate", IOPL3, int 0x84
    ret
