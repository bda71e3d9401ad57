# Task switches in protected mode: what is saved and loaded, links and busy bits, task gates for calls, interrupts and exceptions,
# and which task each fault arises in.
.include "protected.inc"
.set S_X, SPARE                         # the task that is tried
.set S_TSS16, SPARE + 8
.set S_GATE, SPARE + 0x10               # task gate
.set S_LDT, SPARE + 0x18
.set S_ABSENT, SPARE + 0x20             # data
.set S_CODE_ABSENT, SPARE + 0x28
.set S_READ_ONLY, SPARE + 0x30
.set S_EXECUTE_ONLY, SPARE + 0x38
.set S_CONFORMING3, SPARE + 0x40        # code, DPL 3
.set S_CODE_SMALL, SPARE + 0x48         # code with a limit of 0xff
.set S_HANDLERS, SPARE + 0x50           # tasks that handle vectors 10 to 13 and 8
.set S_LDT_ABSENT, SPARE + 0x78
.set S_CODE16, USER_CODE64 & ~3         # made code of 16 bits, based at `task16`
.set S_X3, S_X + 3
.set S_GATE3, S_GATE + 3

.set T_LINK, 0
.set T_ESP0, 4
.set T_SS0, 8
.set T_CR3, 0x1c
.set T_EIP, 0x20
.set T_EFLAGS, 0x24
.set T_EAX, 0x28
.set T_ECX, 0x2c
.set T_ESP, 0x38
.set T_EDI, 0x44
.set T_ES, 0x48
.set T_CS, 0x4c
.set T_SS, 0x50
.set T_DS, 0x54
.set T_FS, 0x58
.set T_GS, 0x5c
.set T_LDT, 0x60
.set T_TRAP, 0x64
.set T_IO, 0x66
.set T_SIZE, 0x68

.bss
.balign 128
tss_x: .skip 128
tss16: .skip 128
tss_handlers: .skip 5 * 128
stack_x: .skip 1024
stack_x_top:
stack_16: .skip 1024
stack_16_top:
stack_0: .skip 1024
stack_0_top:
stacks: .skip 5 * 1024
.balign 4096
directory_1: .skip 4096
directory_2: .skip 4096
.data
.balign 8
ldt: .quad 0x00cf93000000ffff, 0x0000890000000067
.text

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
.macro idt_task_gate vector:req, selector:req, access=0xe5
    mov dword ptr [idt + \vector * 8], (\selector) << 16
    mov dword ptr [idt + \vector * 8 + 4], \access << 8
.endm
.macro show name:req, value:vararg
    mov eax, \value
    say "\name", eax
.endm
.macro set field:req, value:req
    mov dword ptr [tss_x + \field], \value
.endm

main:
    mov [kernel_stack], esp
    describe S_CODE16, 0x0000ffff, 0x00009b00
    based S_CODE16, "offset task16"
    call prepare
    # A call: registers, link, NT, busy bits, CR0.TS.
    mov eax, 0x700
    mov dr7, eax
    mov ecx, 0x0c0c0c0c
    mov edi, 0xd1d1d1d1
    push 0x8d7
    popfd
    lcall S_X:0x12345678
after_call:
    pushfd
    pop [flags]
    say "back, ecx", ecx
    show "flags", [flags]
    str eax
    say "tr", eax
    movzx eax, byte ptr [tss_descriptor + 5]
    say "type", eax
    movzx eax, byte ptr [gdt + S_X + 5]
    say "type of x", eax
    mov eax, [tss + T_EIP]
    sub eax, offset after_call
    say "saved eip", eax
    show "saved eflags", [tss + T_EFLAGS]
    show "saved ecx", [tss + T_ECX]
    show "saved edi", [tss + T_EDI]
    mov eax, [tss + T_ESP]
    sub eax, [kernel_stack]
    say "saved esp", eax
    show "saved cs", [tss + T_CS]
    show "saved ss", [tss + T_SS]
    show "saved fs", [tss + T_FS]
    show "x saved eflags", [tss_x + T_EFLAGS]
    mov eax, [tss_x + T_EIP]
    sub eax, offset after_iret
    say "x saved eip", eax
    mov eax, dr7
    say "dr7", eax
    call prepare

    # A jump and back.
    mov dword ptr [tss_x + T_EIP], offset jumped
    mov word ptr [tss_x + T_LINK], 0x5a5a
    push 0x4002                         # NT stays in the old task's flags
    popfd
    clts
    ljmp S_X:0
    pushfd
    pop [flags]
    show "jumped back, flags", [flags]
    smsw eax
    and eax, 8
    say "ts", eax
    push 2
    popfd
    movzx eax, byte ptr [tss_descriptor + 5]
    say "type", eax
    movzx eax, byte ptr [gdt + S_X + 5]
    say "type of x", eax
    call prepare

    # By a task gate, from level 3 too.
    mov dword ptr [tss_x + T_EIP], offset through_gate
    lcall S_GATE:0
    say "through a gate", 1
    call prepare
    mov dword ptr [tss_x + T_EIP], offset through_gate
    try_user "gate from level 3", lcall S_GATE3:0
    call prepare
    # An interrupt, twice.
    idt_task_gate 0x90, S_X
    mov dword ptr [tss_x + T_EIP], offset interrupt_task
    int 0x90
    say "after int", 1
    int 0x90
    say "after int", 2
    try_user "int at level 3", int 0x90
    idt_task_gate 0x90, S_X, 0x85
    try_user "int, gate of level 0", int 0x90
    idt_task_gate 0x90, S_X, 0x65
    call prepare

    # An interrupt from outside.
    call prepare
    idt_task_gate 0x20, S_X, 0x85
    mov dword ptr [tss_x + T_EIP], offset timer_task
    call start_timer
    sti
wait_for_timer:
    jmp wait_for_timer
timer_over:
    pushfd
    pop [flags]
    show "timer over, flags", [flags]
    cli
    call prepare

    # A task of level 3, which enters level 0 by its own TSS.
    mov dword ptr [tss_x + T_EIP], offset user_task
    set T_CS, USER_CODE32
    set T_SS, USER_DATA
    set T_DS, USER_DATA
    set T_ES, USER_DATA
    set T_ESP0, "offset stack_0_top"
    set T_SS0, DATA
    mov dword ptr [try_esp], offset stack_x_top
    expect "level 3", user_task, 1f
    mov dword ptr [try_esp], offset stack_x_top
    ljmp S_X:0
    jmp 2f
1:  ljmp TSS:0
2:  mov esp, [kernel_stack]
    call prepare

    # A TSS of 16 bits.
    mov word ptr [tss16 + 0x0e], offset 0
    mov eax, 0x89abcdef
    mov ebx, 0x7654ba98
    lcall S_TSS16:0
    say "eax", eax
    say "ebx", ebx
    mov eax, esp
    sub eax, [kernel_stack]
    say "esp", eax
    movzx eax, word ptr [tss16 + 0x12]
    say "16-bit ax", eax
    movzx eax, word ptr [tss16 + 0x0e]
    say "16-bit ip", eax
    movzx eax, word ptr [tss16 + 0x10]
    say "16-bit flags", eax
    movzx eax, word ptr [tss16]
    say "16-bit link", eax
    call prepare

    # The T flag.
    mov dword ptr [tss_x + T_TRAP], 1
    mov dword ptr [tss_x + T_EIP], offset trapped
    expect "trap", trapped, 1f
    mov dword ptr [try_esp], offset stack_x_top
    xor eax, eax
    mov dr6, eax
    ljmp S_X:0
    jmp 2f
1:  mov eax, dr6
    and eax, 0xe00f
    say "dr6", eax
    ljmp TSS:0
2:  mov esp, [kernel_stack]
    call prepare

    # An LDT of the task's own.
    set T_LDT, S_LDT
    set T_DS, 4
    mov dword ptr [tss_x + T_EIP], offset with_ldt
    lcall S_X:0
    xor eax, eax
    sldt eax
    say "ldt", eax
    call prepare

    # Exceptions whose handlers are tasks, with error codes; the double fault.
    call handle_in_tasks
    expect "gp", 1f, 2f
    mov eax, 0xfff8
1:  mov ds, ax
2:  expect "np", 1f, 2f
    mov eax, S_ABSENT
1:  mov ds, ax
2:  mov dword ptr [idt + 0 * 8 + 4], 0
    expect "double fault", 1f, 2f
    mov byte ptr [gdt + S_HANDLERS + 8 + 5], 0x09   # the handler of #NP is not present
    xor ecx, ecx
1:  div ecx
2:  call prepare
    call handle_in_tasks

    # Faults in the old task.
    .macro old name:req, instruction:vararg
        expect "\name", 6f, 7f
    6:  \instruction
        call none
    7:  call prepare
        call handle_in_tasks
    .endm
    .macro old_user name:req, instruction:vararg
        try_user "\name", \instruction
        call prepare
        call handle_in_tasks
    .endm
    mov byte ptr [gdt + S_X + 5], 0x09
    old "not present", lcall S_X:0
    mov byte ptr [gdt + S_X + 5], 0x8b
    old "busy", lcall S_X:0
    old "itself", ljmp TSS:0
    mov word ptr [gdt + S_X], 0x66
    old "too short", lcall S_X:0
    mov word ptr [gdt + S_TSS16], 0x2a
    old "16 bits too short", lcall S_TSS16:0
    old "rpl 3", lcall S_X3:0
    mov byte ptr [gdt + S_GATE + 5], 0x05
    old "gate not present", lcall S_GATE:0
    mov word ptr [gdt + S_GATE + 2], 0
    old "gate to null", lcall S_GATE:0
    mov word ptr [gdt + S_GATE + 2], 0xff00
    old "gate outside", lcall S_GATE:0
    mov word ptr [gdt + S_GATE + 2], DATA
    old "gate to data", lcall S_GATE:0
    mov word ptr [gdt + S_GATE + 2], S_X + 4
    old "gate to the ldt", lcall S_GATE:0
    mov byte ptr [gdt + S_X + 5], 0x8b
    old "gate to a busy task", lcall S_GATE:0
    mov eax, S_LDT
    lldt ax
    old "in the ldt", lcall 0xc:0
    idt_task_gate 0x90, S_X
    mov byte ptr [gdt + S_X + 5], 0x8b
    old "int, busy", int 0x90
    idt_task_gate 0x90, 0xff00
    old "int, outside", int 0x90
    idt_task_gate 0x90, S_X, 0x65
    old "int, gate not present", int 0x90
    # IRET to a task.
    .macro link name:req, selector:req
        mov word ptr [tss + T_LINK], \selector
        push 0x4002
        popfd
        old "\name", iretd
    .endm
    link "link null", 0
    link "link available", S_X
    link "link data", DATA
    link "link outside", 0xff00
    link "link to the ldt", 0xc
    mov byte ptr [gdt + S_X + 5], 0x0b
    link "link not present", S_X
    mov byte ptr [gdt + S_X + 5], 0x8b
    mov word ptr [gdt + S_X], 0x20
    link "link too short", S_X

    # Faults in the new task.
    .macro new name:req, field:req, value:req
        set \field, \value
        expect "\name", in_x, 7f
        ljmp S_X:0
    7:  call prepare
        call handle_in_tasks
    .endm
    new "ldt in the ldt", T_LDT, 0xc
    new "ldt outside", T_LDT, 0xff00
    new "ldt is data", T_LDT, DATA
    new "ldt not present", T_LDT, S_LDT_ABSENT
    new "cs null", T_CS, 0
    new "cs outside", T_CS, 0xff00
    new "cs data", T_CS, DATA
    # Bochs looks at CS last, which the manual allows: nothing else is wrong.
    set T_SS, USER_DATA
    set T_DS, 0
    set T_ES, 0
    new "cs rpl 3 of level 0", T_CS, CODE32 + 3
    new "cs rpl 0 of level 3", T_CS, (USER_CODE32 & ~3)
    new "cs conforming outward", T_CS, S_CONFORMING3
    new "cs not present", T_CS, S_CODE_ABSENT
    new "ss null", T_SS, 0
    new "ss outside", T_SS, 0xff00
    new "ss read-only", T_SS, S_READ_ONLY
    new "ss code", T_SS, CODE32
    new "ss rpl 3", T_SS, DATA + 3
    new "ss dpl 3", T_SS, USER_DATA
    new "ss not present", T_SS, S_ABSENT
    new "ds outside", T_DS, 0xff00
    new "es execute-only", T_ES, S_EXECUTE_ONLY
    new "fs not present", T_FS, S_ABSENT
    new "gs tss", T_GS, TSS
    new "ds in no ldt", T_DS, 4
    set T_CS, S_CODE_SMALL
    new "eip beyond", T_EIP, 0x100
    set T_SS, USER_DATA
    set T_CS, USER_CODE32
    set T_ES, 0
    new "ds of level 0", T_DS, DATA

    # CR3 is the task's.
    mov dword ptr [directory_1], 0x83
    mov dword ptr [directory_1 + 4], 0x400083
    mov dword ptr [directory_2], 0x83
    mov dword ptr [directory_2 + 4], 0x800083
    mov dword ptr [0x400000], 0x11111111
    mov dword ptr [0x800000], 0x22222222
    call prepare
    mov eax, cr4
    or eax, 0x10
    mov cr4, eax
    mov eax, offset directory_1
    mov cr3, eax
    mov dword ptr [tss + T_CR3], eax
    mov eax, offset directory_2
    mov dword ptr [tss_x + T_CR3], eax
    mov dword ptr [tss_x + T_EIP], offset with_paging
    mov eax, cr0
    or eax, 0x80000000
    mov cr0, eax
    show "first", [0x400000]
    lcall S_X:0
    show "first again", [0x400000]
    # What is not mapped is found in the old task.
    mov eax, 0xc00000
    mov [gdt + S_X + 2], ax
    shr eax, 16
    mov [gdt + S_X + 4], al
    expect "tss not mapped", 1f, 2f
1:  lcall S_X:0
2:  mov eax, cr2
    say "cr2", eax
    mov eax, cr0
    and eax, 0x7fffffff
    mov cr0, eax
    mov eax, cr0
    ret

# Fresh descriptors and tasks.
prepare:
    push eax
    describe S_X, 0x00000067, 0x00008900
    based S_X, "offset tss_x"
    describe S_TSS16, 0x0000002b, 0x00008100
    based S_TSS16, "offset tss16"
    describe S_GATE, (S_X << 16), 0x0000e500
    describe S_LDT, 0x0000000f, 0x00008200
    based S_LDT, "offset ldt"
    describe S_ABSENT, 0x0000ffff, 0x00cf1300
    describe S_CODE_ABSENT, 0x0000ffff, 0x00cf1b00
    describe S_READ_ONLY, 0x0000ffff, 0x00cf9100
    describe S_EXECUTE_ONLY, 0x0000ffff, 0x00cf9900
    describe S_CONFORMING3, 0x0000ffff, 0x00cfff00
    describe S_CODE_SMALL, 0x000000ff, 0x00409b00
    describe S_LDT_ABSENT, 0x0000000f, 0x00000200
    mov byte ptr [tss_descriptor + 5], 0x8b
    push ecx
    push edi
    mov edi, offset tss_x
    mov ecx, 64
    xor eax, eax
    rep stosd
    mov dword ptr [tss_x + T_EIP], offset in_x
    mov dword ptr [tss_x + T_EFLAGS], 2
    mov dword ptr [tss_x + T_EAX], 0xaaaa0000
    mov dword ptr [tss_x + T_ECX], 0xcccc0000
    mov dword ptr [tss_x + T_ESP], offset stack_x_top
    mov dword ptr [tss_x + T_CS], CODE32
    .irp field, T_SS, T_DS, T_ES
        mov dword ptr [tss_x + \field], DATA
    .endr
    mov word ptr [tss_x + T_IO], 0x68
    mov word ptr [tss16 + 0x0e], 0
    mov word ptr [tss16 + 0x10], 2
    mov word ptr [tss16 + 0x12], 0x1616
    mov word ptr [tss16 + 0x1a], 0x3ff0
    mov word ptr [tss16 + 0x22], DATA
    mov word ptr [tss16 + 0x24], S_CODE16
    mov word ptr [tss16 + 0x26], DATA
    mov word ptr [tss16 + 0x28], DATA
    xor eax, eax
    lldt ax
    mov dword ptr [tss + T_LINK], 0
    mov dword ptr [tss + T_LDT], 0
    pop edi
    pop ecx
    pop eax
    ret

# Vectors 10 to 13 and 8 become tasks.
handle_in_tasks:
    pushad
    xor ecx, ecx
1:  mov eax, ecx
    shl eax, 7
    lea edi, [tss_handlers + eax]
    mov dword ptr [gdt + S_HANDLERS + ecx * 8], 0x67
    mov dword ptr [gdt + S_HANDLERS + ecx * 8 + 4], 0x8900
    mov eax, edi
    mov [gdt + S_HANDLERS + ecx * 8 + 2], ax
    shr eax, 16
    mov [gdt + S_HANDLERS + ecx * 8 + 4], al
    mov eax, offset handler_entries
    lea eax, [eax + ecx * 8]
    mov [edi + T_EIP], eax
    mov dword ptr [edi + T_EFLAGS], 2
    lea eax, [ecx + 1]
    shl eax, 10
    add eax, offset stacks
    mov [edi + T_ESP], eax
    mov dword ptr [edi + T_CS], CODE32
    mov eax, DATA
    mov [edi + T_SS], eax
    mov [edi + T_DS], eax
    mov [edi + T_ES], eax
    lea eax, [S_HANDLERS + ecx * 8]
    shl eax, 16
    movzx ebx, byte ptr [handled + ecx]
    mov [idt + ebx * 8], eax
    mov dword ptr [idt + ebx * 8 + 4], 0x8500
    inc ecx
    cmp ecx, 5
    jne 1b
    popad
    ret
handled: .byte 10, 11, 12, 13, 8
.balign 8
handler_entries:
.irp vector, 10, 11, 12, 13, 8
    push \vector
    jmp handler_task
    .balign 8
.endr
handler_task:
    mov esi, [try_name]
    call put_string
    pop eax
    mov esi, offset text_vector
    call put_field
    pop eax
    mov esi, offset text_error
    call put_field
    xor eax, eax
    str eax
    mov ebx, eax
    mov al, [gdt + ebx + 7]             # its own TSS, and the one before
    shl eax, 24
    mov edx, [gdt + ebx + 2]
    and edx, 0xffffff
    or edx, eax
    movzx ebx, word ptr [edx + T_LINK]
    mov eax, ebx
    mov esi, offset text_link
    call put_field
    mov ebp, offset tss
    cmp ebx, TSS
    je 1f
    mov ebp, offset tss_x
1:  mov eax, [ebp + T_EIP]
    mov ecx, [try_at]
    mov esi, offset text_eip
    call put_near
    movzx eax, word ptr [ebp + T_CS]
    mov esi, offset text_cs
    call put_field
    movzx eax, word ptr [ebp + T_SS]
    mov esi, offset text_ss
    call put_field
    mov eax, [ebp + T_EFLAGS]
    mov esi, offset text_flags
    call put_field
    call put_newline
    cmp ebx, TSS
    jne 2f
    mov eax, [try_resume]
    mov [tss + T_EIP], eax
    mov eax, [try_esp]
    mov [tss + T_ESP], eax
    mov dword ptr [tss + T_EFLAGS], 2
    mov dword ptr [tss + T_CS], CODE32
    mov dword ptr [tss + T_SS], DATA
    mov dword ptr [tss + T_DS], DATA
    mov dword ptr [tss + T_ES], DATA
    iretd
2:  mov eax, [try_resume]
    mov [tss + T_EIP], eax
    ljmp TSS:0

# The tasks.
in_x:
    pushfd
    pop [flags]
    say "in x, eax", eax
    say "ecx", ecx
    show "flags", [flags]
    xor eax, eax
    str eax
    say "tr", eax
    movzx eax, word ptr [tss_x + T_LINK]
    say "link", eax
    movzx eax, byte ptr [tss_descriptor + 5]
    say "type of main", eax
    movzx eax, byte ptr [gdt + S_X + 5]
    say "type", eax
    smsw eax
    and eax, 8
    say "ts", eax
    mov eax, offset stack_x_top
    sub eax, esp
    say "pushed", eax
    mov eax, fs
    say "fs", eax
    clts
    iretd
after_iret:
    ud2
jumped:
    pushfd
    pop [flags]
    show "jumped, flags", [flags]
    movzx eax, word ptr [tss_x + T_LINK]
    say "link", eax
    movzx eax, byte ptr [tss_descriptor + 5]
    say "type of main", eax
    show "saved eflags", [tss + T_EFLAGS]
    ljmp TSS:0
through_gate:
    mov eax, cs
    say "cs", eax
    movzx eax, word ptr [tss_x + T_LINK]
    say "link", eax
    iretd
interrupt_task:
    mov eax, [tss + T_EFLAGS]
    say "interrupt task, eflags", eax
    mov eax, [tss + T_CS]
    say "from cs", eax
    mov eax, offset stack_x_top
    sub eax, esp
    say "pushed", eax
    iretd
    jmp interrupt_task
timer_task:
    call stop_timer
    mov eax, [tss + T_EIP]
    sub eax, offset wait_for_timer
    say "timer task, eip", eax
    mov eax, [tss + T_EFLAGS]
    and eax, 0x4200
    say "eflags", eax
    movzx eax, word ptr [tss_x + T_LINK]
    say "link", eax
    mov dword ptr [tss + T_EIP], offset timer_over
    iretd
user_task:
    int 0x80
trapped:
    jmp trapped
task16:
.code16
    inc ax
    .byte 0x66
    mov cx, fs
    push cx
    iret
.code32
with_ldt:
    mov eax, ds
    say "ds", eax
    xor eax, eax
    sldt eax
    say "ldt", eax
    iretd
with_paging:
    show "second", [0x400000]
    mov eax, cr3
    sub eax, offset directory_2
    say "cr3", eax
    iretd

.section .rodata
text_link: .asciz " link="
.data
.balign 4
flags: .long 0
kernel_stack: .long 0
