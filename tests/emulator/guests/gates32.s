# Call gates of 32 and 16 bits, returns to outer levels, and what they refuse, in 32-bit protected mode.
.include "protected.inc"
.set S_CODE1, SPARE | 1                 # code of level 1
.set S_STACK1, SPARE + 8 | 1            # its stack: flat
.set S_SMALL1, SPARE + 0x10 | 1         # likewise, 17 bytes of `frames`
.set S_ABSENT1, SPARE + 0x18 | 1
.set S_READ_ONLY1, SPARE + 0x20 | 1
.set S_GATE, SPARE + 0x28               # the gate that is tried
.set S_GATE3, S_GATE + 3
.set S_CONFORMING, SPARE + 0x30         # code of level 0
.set S_CODE_ABSENT, SPARE + 0x38
.set S_CODE_SMALL, SPARE + 0x40         # code of level 0 with a limit of 0xfff
.set S_USER_SMALL, SPARE + 0x48 | 3     # stack of level 3: 16 bytes of `frames`
.set S_STACK1_16, SPARE + 0x50 | 1      # stack of level 1 with a 16-bit pointer, in `frames`

.macro describe selector:req, low:req, high:req
    mov dword ptr [gdt + ((\selector) & ~7)], \low
    mov dword ptr [gdt + ((\selector) & ~7) + 4], \high
.endm
.macro based selector:req, address:req
    mov eax, \address
    mov [gdt + ((\selector) & ~7) + 2], ax
    shr eax, 16
    mov [gdt + ((\selector) & ~7) + 4], al
    mov [gdt + ((\selector) & ~7) + 7], ah
.endm
# Makes the gate: target, access byte, parameters.
.macro gate selector:req, offset:req, access:req, count=0
    push eax
    mov eax, \offset
    mov [gdt + S_GATE], ax
    mov word ptr [gdt + S_GATE + 2], \selector
    mov byte ptr [gdt + S_GATE + 4], \count
    mov byte ptr [gdt + S_GATE + 5], \access
    shr eax, 16
    mov [gdt + S_GATE + 6], ax
    pop eax
.endm
.macro stack1 selector:req, pointer:req
    mov dword ptr [tss + 12], \pointer
    mov dword ptr [tss + 16], \selector
.endm
.macro level3 name:req, instructions:vararg
    try_user "\name", \instructions
.endm

main:
    describe S_CODE1, 0x0000ffff, 0x00cfbb00
    describe S_STACK1, 0x0000ffff, 0x00cfb300
    describe S_SMALL1, 0x00000010, 0x0040b300
    based S_SMALL1, "offset frames"
    describe S_ABSENT1, 0x0000ffff, 0x00cf3300
    describe S_READ_ONLY1, 0x0000ffff, 0x00cfb100
    describe S_CONFORMING, 0x0000ffff, 0x00cf9f00
    describe S_CODE_ABSENT, 0x0000ffff, 0x00cf1b00
    describe S_CODE_SMALL, 0x00000fff, 0x00409b00
    describe S_USER_SMALL, 0x0000000f, 0x0040f300
    based S_USER_SMALL, "offset frames"
    describe S_STACK1_16, 0x0000ffff, 0x0000b300
    based S_STACK1_16, "offset frames"
    mov [kernel_stack], esp

    # From level 0 to level 0: a frame of two values, of the gate's size.
    gate CODE32, "offset tell", 0x8c, 5
    lcall S_GATE:0x12345678
    mov eax, [kernel_stack]
    sub eax, esp
    say "left", eax
    gate CODE32, "offset tell", 0x84
    mov eax, offset tell
    mov [near_target], eax
    gate S_CONFORMING, "offset tell", 0x8c
    lcall S_GATE:0
    expect "jmp", 1f, 1f
    gate CODE32, "offset 1f", 0x8c
    ljmp S_GATE:0
    say "not reached", 0
1:  say "jumped", 1
    mov edx, offset far_memory
    gate CODE32, "offset tell", 0x8c
    call fword ptr [edx]

    # To level 1 and back, with parameters.
    stack1 S_STACK1, "offset frames + 0x1000"
    gate S_CODE1, "offset tell1", 0xec, 3
    mov dword ptr [user_stack_top - 12], 0x11111111
    mov dword ptr [user_stack_top - 8], 0x22222222
    mov dword ptr [user_stack_top - 4], 0x33333333
    .macro from3 name:req, instructions:vararg
        expect "\name", 6f, 7f
        push USER_DATA
        push offset user_stack_top - 12
        push 0x202
        push USER_CODE32
        push offset 6f
        mov word ptr [user_selector], USER_DATA
        mov ds, [user_selector]
        mov es, [user_selector]
        iretd
    6:  \instructions
        int 0x80
    7:
    .endm
    from3 "32-bit gate to level 1", lcall S_GATE3:0
    gate S_CODE1, "offset tell1_16", 0xe4, 3
    from3 "16-bit gate to level 1", lcall S_GATE3:0
    gate CODE32, "offset tell0", 0xec, 2
    from3 "to level 0", lcall S_GATE3:0
    stack1 S_STACK1_16, 0x56780800
    gate S_CODE1, "offset tell1_small", 0xec, 1
    from3 "to a 16-bit stack", lcall S_GATE3:0
    stack1 S_STACK1, "offset frames + 0x1000"
    gate S_CONFORMING, "offset tell_level", 0xec
    from3 "conforming", lcall S_GATE3:0
    gate USER_CODE32, "offset tell_level", 0xec, 31
    from3 "to level 3", lcall S_GATE3:0
    gate USER_CODE32, "offset tell_level_jump", 0xec
    from3 "jmp to level 3", ljmp S_GATE3:0
    # DS that level 3 may not have is null after the return.
    gate CODE32, "offset load_segments", 0xec
    from3 "segments", lcall S_GATE3:0
    mov eax, ds
    say "ds", eax
    mov eax, es
    say "es", eax
    mov eax, fs
    say "fs", eax
    mov eax, gs
    say "gs", eax
    mov eax, DATA
    mov ds, eax
    mov es, eax

    # What a gate refuses.
    gate CODE32, "offset tell", 0x8c
    level3 "gate of level 0", lcall S_GATE3:0
    gate CODE32, "offset tell", 0xac
    level3 "gate of level 1", lcall S_GATE3:0
    try "rpl 3", lcall S_GATE3:0
    gate CODE32, "offset tell", 0x0c
    try "gate not present", lcall S_GATE:0
    gate 0, "offset tell", 0x8c
    try "null code", lcall S_GATE:0
    gate 3, "offset tell", 0x8c
    try "null code, rpl 3", lcall S_GATE:0
    gate 0xfff8, "offset tell", 0x8c
    try "code outside", lcall S_GATE:0
    gate DATA, "offset tell", 0x8c
    try "data", lcall S_GATE:0
    gate S_GATE, "offset tell", 0x8c
    try "gate to a gate", lcall S_GATE:0
    gate USER_CODE32, "offset tell", 0x8c
    try "outer code", lcall S_GATE:0
    gate S_CODE_ABSENT, "offset tell", 0x8c
    try "code not present", lcall S_GATE:0
    gate S_CODE_SMALL, 0x1000, 0x8c
    try "beyond the limit", lcall S_GATE:0
    gate CODE32, "offset tell", 0xec
    level3 "jmp inner code", ljmp S_GATE3:0
    gate S_CODE1, "offset tell", 0x8c
    try "jmp outer code of level 1", ljmp S_GATE:0
    gate CODE32, "offset tell", 0x86
    try "interrupt gate", lcall S_GATE:0
    gate CODE32, "offset tell", 0x82
    try "ldt", lcall S_GATE:0
    gate CODE32, "offset tell", 0x8d
    try "reserved type", ljmp S_GATE:0

    # What the TSS may name as a stack.
    gate S_CODE1, "offset tell1", 0xec, 3
    stack1 0, 0
    level3 "null stack", lcall S_GATE3:0
    stack1 1, 0
    level3 "null stack, rpl 1", lcall S_GATE3:0
    stack1 0xfff9, 0
    level3 "stack outside", lcall S_GATE3:0
    stack1 (S_STACK1 & ~3), 0
    level3 "stack rpl 0", lcall S_GATE3:0
    stack1 (DATA | 1), 0
    level3 "stack dpl 0", lcall S_GATE3:0
    stack1 S_READ_ONLY1, 0
    level3 "stack read-only", lcall S_GATE3:0
    stack1 S_CODE1, 0
    level3 "stack code", lcall S_GATE3:0
    stack1 S_ABSENT1, 0
    level3 "stack not present", lcall S_GATE3:0
    stack1 S_SMALL1, 0x11
    level3 "stack too small", lcall S_GATE3:0
    gate S_CODE1, "offset tell1_16", 0xe4, 3
    stack1 S_SMALL1, 0xd
    level3 "stack too small for 16 bits", lcall S_GATE3:0
    gate S_CODE1, "offset tell1_16", 0xe4, 4
    stack1 S_STACK1, "offset frames + 0x1000"
    # Too few parameters on the caller's stack.
    gate S_CODE1, "offset tell1", 0xec, 3
    expect "parameters missing", 1f, 2f
    push S_USER_SMALL
    push 8
    push 0x202
    push USER_CODE32
    push offset 1f
    iretd
1:  lcall S_GATE3:0
2:

    # Returns that are refused.
    .macro return_frame name:req, instruction:req, ss:req, esp:req, cs:req, eip:req
        expect "\name", 6f, 7f
        push \ss
        push \esp
        push \cs
        push \eip
    6:  \instruction
    7:
    .endm
    return_frame "retf null", retf, USER_DATA, 0, 0, 0
    return_frame "retf data", retf, USER_DATA, 0, DATA, 0
    return_frame "retf outside", retf, USER_DATA, 0, 0xfff8, 0
    return_frame "retf rpl 3 of level 0", retf, USER_DATA, 0, CODE32 + 3, 0
    return_frame "retf rpl 0 of level 3", retf, USER_DATA, 0, (USER_CODE32 & ~3), 0
    return_frame "retf code absent", retf, USER_DATA, 0, S_CODE_ABSENT, 0
    return_frame "retf beyond", retf, USER_DATA, 0, S_CODE_SMALL, 0x1000
    return_frame "retf ss null", retf, 0, 0, USER_CODE32, 0
    return_frame "retf ss outside", retf, 0xfffb, 0, USER_CODE32, 0
    return_frame "retf ss rpl 0", retf, (USER_DATA & ~3), 0, USER_CODE32, 0
    return_frame "retf ss dpl 0", retf, DATA + 3, 0, USER_CODE32, 0
    return_frame "retf ss code", retf, USER_CODE32, 0, USER_CODE32, 0
    return_frame "retf ss absent", retf, S_ABSENT1, 0, S_CODE1, 0
    return_frame "retf ss null before eip", retf, 0, 0, USER_CODE32, 0xffffffff
    # RETF n releases on both sides.
    expect "retf 8", 1f, 2f
    push USER_DATA
    push offset user_stack_top - 8
    push 0xbad
    push 0xbad
    push USER_CODE32
    push offset 1f
    mov word ptr [user_selector], USER_DATA
    mov ds, [user_selector]
    mov es, [user_selector]
    retf 8
1:  int 0x80
2:  # A stack that ends within the frame.
    mov eax, offset frames
    shr eax, 12
    describe S_SMALL1, 0, 0x00c09300    # level 0, up to the end of the first page of `frames`
    mov [gdt + (S_SMALL1 & ~7)], ax
    mov dword ptr [frames + 0xff8], offset none
    mov dword ptr [frames + 0xffc], USER_CODE32
    expect "retf over the end", 1f, 2f
    mov eax, S_SMALL1 & ~3
    mov ss, eax
    mov esp, offset frames + 0xff8
    mov [try_esp], esp
1:  retf
2:  mov eax, DATA
    mov ss, eax
    mov esp, [kernel_stack]
    ret

# The values on the stack from the return address on: 2, and what the gate brought.
tell:
    mov eax, [esp]
    sub eax, [try_at]
    mov eax, [esp + 4]
    say "cs", eax
    mov eax, [kernel_stack]
    sub eax, esp
    say "pushed", eax
    retf
tell1_small:
    mov edx, esp
    movzx esp, sp
tell1:
    mov [inner_stack], esp
    mov eax, cs
    say "cs", eax
    mov eax, ss
    say "ss", eax
    mov edx, [inner_stack]
    mov eax, edx
    and eax, 0xfff
    say "esp", eax
    mov eax, ss:[edx]
    sub eax, [try_at]
    say "eip", eax
    .irp at, 4, 8, 12, 16, 20, 24
        mov eax, ss:[edx + \at]
        say "frame \at", eax
    .endr
    movzx eax, byte ptr [gdt + S_GATE + 4]
    cmp eax, 3
    jne 1f
    retf 12
1:  retf 4
tell1_16:
    mov edx, esp
    mov eax, ss
    say "ss", eax
    .irp at, 2, 4, 8, 10, 12, 14
        movzx eax, word ptr ss:[edx + \at]
        say "frame \at", eax
    .endr
    # The return address was cut to 16 bits.
    movzx eax, word ptr [edx]
    mov ecx, [try_at]
    sub ax, cx
    say "ip", eax
    add esp, 10
    movzx eax, word ptr [esp]
    mov ebx, offset user_stack_top - 12
    sub ax, bx
    say "sp", eax
    int 0x80
tell0:
    mov eax, cs
    say "cs", eax
    mov eax, offset ring0_stack_top
    sub eax, esp
    say "pushed", eax
    mov eax, [esp + 8]
    say "first", eax
    mov eax, [esp + 12]
    say "second", eax
    retf 8
tell_level:
    mov eax, cs
    say "cs", eax
    mov eax, offset user_stack_top - 12
    sub eax, esp
    say "pushed", eax
    retf
tell_level_jump:
    mov eax, cs
    say "cs", eax
    int 0x80
load_segments:
    mov eax, DATA
    mov ds, eax
    mov eax, USER_DATA
    mov es, eax
    mov eax, S_CONFORMING
    mov fs, eax
    mov eax, CODE32
    mov gs, eax
    retf

.data
.balign 4
near_target: .long 0
far_memory: .long 0
.word S_GATE
.balign 4
kernel_stack: .long 0
inner_stack: .long 0
