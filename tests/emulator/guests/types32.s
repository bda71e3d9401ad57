# What every type of descriptor does in every place that a selector can be used, at levels 0 and 3.
.include "protected.inc"
.set TESTED, SPARE + 0x10
.set CONFORMING, SPARE + 0x20
.set CALL_GATE, SPARE + 0x28
.set TASKS, SPARE + 0x30                # five of them
.set NOWHERE, 0x7000
# Fields of a TSS.
.set TSS_EIP, 0x20
.set TSS_FLAGS, 0x24
.set TSS_EAX, 0x28
.set TSS_ESP, 0x38
.set TSS_ES, 0x48
.set TSS_CS, 0x4c
.set TSS_SS, 0x50
.set TSS_DS, 0x54
.set TSS_FS, 0x58
.set TSS_GS, 0x5c
.set TSS_LDT, 0x60

.macro op name:req, cpl:req, shape:req, at:req
    .pushsection .rodata
.Lop\@: .asciz "\name"
    .popsection
    mov dword ptr [op_name], offset .Lop\@
    mov dword ptr [op_cpl], \cpl
    mov dword ptr [op_shape], \shape
    mov dword ptr [op_at], offset \at
    call all_types
.endm
.set SEGMENT, 0
.set GATE, 1

main:
    mov dword ptr [hook], offset note
    .irp cpl, 0, 3
        op "ds", \cpl, SEGMENT, do_ds
        op "ss", \cpl, SEGMENT, do_ss
        op "lds", \cpl, SEGMENT, do_lds
        op "pop es", \cpl, SEGMENT, do_pop
        op "lar", \cpl, SEGMENT, do_lar
        op "lsl", \cpl, SEGMENT, do_lsl
        op "verr", \cpl, SEGMENT, do_verr
        op "verw", \cpl, SEGMENT, do_verw
        op "jmp", \cpl, SEGMENT, do_jmp
        op "call", \cpl, SEGMENT, do_call
        op "retf", \cpl, SEGMENT, do_retf
        op "iret", \cpl, SEGMENT, do_iret
        op "jmp gate", \cpl, GATE, do_jmp
        op "call gate", \cpl, GATE, do_call
    .endr
    op "lldt", 0, SEGMENT, do_lldt
    op "ltr", 0, SEGMENT, do_ltr
    op "iret ss", 0, SEGMENT, do_iret_ss
    op "retf ss", 0, SEGMENT, do_retf_ss
    # The code segment of a gate of the IDT, and the stack of the TSS.
    mov dword ptr [idt + 0x81 * 8], offset landing
    mov dword ptr [idt + 0x81 * 8 + 4], 0xee00
    op "int", 0, SEGMENT, do_int
    op "int", 3, SEGMENT, do_int
    # The task of a gate, and of a back link.
    mov dword ptr [idt + 0x83 * 8 + 4], 0xe500
    op "task gate", 0, SEGMENT, do_task_gate
    op "task gate", 3, SEGMENT, do_task_gate
    op "back link", 0, SEGMENT, do_back_link
    # What a task names that is gone to. Faults over it lead to tasks as well.
    .irp n, 0, 1, 2, 3, 4
        mov eax, offset task_states + \n * 104
        mov edx, TASKS + \n * 8
        call describe_task
    .endr
    .irp n, 1, 2, 3, 4
        mov ebx, offset task_states + \n * 104
        mov eax, DATA
        mov ecx, CODE32
        call fill_task
        mov dword ptr [ebx + TSS_ESP], offset ist_stack_top
        mov word ptr [idt + (9 + \n) * 8 + 2], TASKS + \n * 8
        mov byte ptr [idt + (9 + \n) * 8 + 5], 0x85
    .endr
    mov dword ptr [task_states + 104 + TSS_EIP], offset fault_10
    mov dword ptr [task_states + 208 + TSS_EIP], offset fault_11
    mov dword ptr [task_states + 312 + TSS_EIP], offset fault_12
    mov dword ptr [task_states + 416 + TSS_EIP], offset fault_13
    .irp field, CS, SS, DS, GS, LDT
        mov dword ptr [tested_field], TSS_\field
        op "task \field", 0, SEGMENT, do_task
    .endr
    # The stack of the TSS: handlers of faults over it run at level 3, in a conforming segment.
    mov dword ptr [gdt + CONFORMING], 0xffff
    mov dword ptr [gdt + CONFORMING + 4], 0x00cf9f00
    .irp vector, 10, 11, 12, 13
        mov eax, offset fault_\vector
        mov word ptr [idt + \vector * 8], ax
        mov word ptr [idt + \vector * 8 + 2], CONFORMING
        mov byte ptr [idt + \vector * 8 + 5], 0x8e
        shr eax, 16
        mov word ptr [idt + \vector * 8 + 6], ax
    .endr
    mov eax, offset landing
    mov word ptr [idt + 0x82 * 8], ax
    mov byte ptr [idt + 0x82 * 8 + 5], 0xee
    mov word ptr [gdt + CALL_GATE], ax
    mov word ptr [gdt + CALL_GATE + 2], CODE32
    mov word ptr [gdt + CALL_GATE + 4], 0xec00
    shr eax, 16
    mov word ptr [idt + 0x82 * 8 + 6], ax
    mov word ptr [gdt + CALL_GATE + 6], ax
    op "int stack", 3, SEGMENT, do_int_stack
    op "call stack", 3, SEGMENT, do_call_stack
    mov dword ptr [hook], 0
    ret

# For each RPL, over present bit, level and type: a sum of what came of it; with DETAIL, each.
all_types:
    mov dword ptr [rpl], 0
1:  mov dword ptr [access], 0
    mov dword ptr [sum], 0
2:  call one_type
    mov eax, [sum]
    .irp n, 0, 4, 8
        rol eax, 7
        xor eax, [result + \n]
        imul eax, eax, 0x01000193
    .endr
    mov [sum], eax
    .ifdef DETAIL
    call tell
    .endif
    inc dword ptr [access]
    .ifndef DETAIL
    # Levels 0 and 3 alone.
    test byte ptr [access], 0x20
    jz 3f
    add dword ptr [access], 0x40
3:
    .endif
    cmp dword ptr [access], 256
    jb 2b
    .ifndef DETAIL
    call tell
    .endif
    add dword ptr [rpl], 3
    cmp dword ptr [rpl], 6
    jne 1b
    ret

tell:
    mov esi, [op_name]
    call put_string
    mov esi, offset text_cpl
    mov eax, [op_cpl]
    call put_field
    mov esi, offset text_rpl
    mov eax, [rpl]
    call put_field
    .ifdef DETAIL
    mov esi, offset text_access
    mov eax, [access]
    call put_field
    mov esi, offset text_vector
    mov eax, [result]
    call put_field
    mov esi, offset text_more
    mov eax, [result + 4]
    call put_field
    mov esi, offset text_value
    mov eax, [result + 8]
    call put_field
    .else
    mov esi, offset text_sum
    mov eax, [sum]
    call put_field
    .endif
    jmp put_newline

# A descriptor at gdt + edx for the TSS at eax.
describe_task:
    mov dword ptr [gdt + edx], 103
    mov [gdt + edx + 2], ax
    shr eax, 16
    mov ah, 0x89
    mov [gdt + edx + 4], eax
    ret
# The TSS at ebx: stacks of selector eax, code of selector ecx.
fill_task:
    mov dword ptr [ebx + 4], offset ring0_stack_top
    mov dword ptr [ebx + 8], DATA
    mov dword ptr [ebx + TSS_EIP], offset landing
    mov dword ptr [ebx + TSS_FLAGS], 2
    mov dword ptr [ebx + TSS_EAX], -1
    mov dword ptr [ebx + TSS_ESP], offset user_stack_top
    mov [ebx + TSS_CS], cx
    .irp field, ES, SS, DS, FS, GS
        mov [ebx + TSS_\field], ax
    .endr
    mov word ptr [ebx + TSS_LDT], 0
    ret

one_type:
    mov ecx, [access]
    # An available TSS of a gate's shape would be gone to; of the other it is too short.
    cmp dword ptr [op_shape], GATE
    jne 1f
    mov eax, ecx
    and eax, 0x17
    cmp eax, 1
    je 8f
1:  test cl, 0x80                       # where Bochs raises #NP in place of #SS
    jnz 1f
    cmp dword ptr [op_at], offset do_iret_ss
    je 8f
1:  mov eax, 0xffff
    mov edx, 0x00cf0000
    test cl, 0x10
    jz 2f
    # What expands down, as far as it can.
    test cl, 8
    jnz 1f
    test cl, 4
    jz 1f
    xor eax, eax
    mov edx, 0x00400000
    jmp 1f
2:  mov eax, 0x10
    mov edx, 0
    cmp dword ptr [op_shape], GATE
    jne 1f
    mov eax, offset landing + (CODE32 << 16)
    mov edx, 0
1:  mov [gdt + TESTED], eax
    shl ecx, 8
    or edx, ecx
    mov [gdt + TESTED + 4], edx
    mov ebp, TESTED
    or ebp, [rpl]
    mov [far_pointer + 4], bp
    mov [idt + 0x81 * 8 + 2], bp
    mov dword ptr [far_pointer], offset landing
    mov dword ptr [value], 0
    mov [try_esp], esp
    mov dword ptr [try_resume], offset 9f
    mov eax, -1
    cmp dword ptr [op_cpl], 0
    jne 1f
    jmp [op_at]
1:  push USER_DATA
    push offset user_stack_top
    push 2
    push USER_CODE32
    push [op_at]
    mov edx, USER_DATA
    mov ds, edx
    mov es, edx
    iretd
8:  mov dword ptr [result], NOWHERE
9:  ret

# ebx: the frame.
note:
    mov ecx, [ebx + FRAME_CS]
    mov eax, [ebx + FRAME_VECTOR]
    mov [result], eax
    mov edx, [ebx + FRAME_ERROR]
    cmp eax, 0x80
    jne 1f
    # What became of the descriptor, and the level.
    mov edx, [gdt + TESTED + 4]
    shl edx, 8
    mov dl, cl
    mov ecx, [ebx + 28]
    mov [value], ecx
1:  mov [result + 4], edx
    mov ecx, [value]
    mov [result + 8], ecx
    mov eax, DATA
    mov ss, eax
    mov esp, [try_esp]
    xor eax, eax
    lldt ax
    and dword ptr [gdt + TSS + 4], ~0x200
    .irp n, 0, 1, 2, 3, 4
        and dword ptr [gdt + TASKS + \n * 8 + 4], ~0x200
    .endr
    mov eax, TSS
    ltr ax
    push 2
    popfd
    jmp [try_resume]

do_ds:
    mov ds, ebp
    jmp landing
do_ss:
    mov ss, ebp
    jmp landing
do_lds:
    lds esi, [far_pointer]
    jmp landing
do_pop:
    push ebp
    pop es
    jmp landing
.macro asking instruction:vararg
    \instruction
    setz cl
    movzx ecx, cl
    shl ecx, 31
    xor eax, ecx
    jmp landing
.endm
do_lar: asking lar eax, ebp
do_lsl: asking lsl eax, ebp
do_verr: asking verr bp
do_verw: asking verw bp
do_jmp: jmp fword ptr [far_pointer]
do_call: call fword ptr [far_pointer]
do_retf:
    push USER_DATA
    push offset user_stack_top
    push ebp
    push offset landing
    retf
do_iret:
    push USER_DATA
    push offset user_stack_top
    push 2
    push ebp
    push offset landing
    iretd
do_iret_ss:
    push ebp
    push offset user_stack_top
    push 2
    push USER_CODE32
    push offset landing
    iretd
do_retf_ss:
    push ebp
    push offset user_stack_top
    push USER_CODE32
    push offset landing
    retf
do_lldt:
    lldt bp
    jmp landing
do_ltr:
    ltr bp
    jmp landing
do_int:
    int 0x81
do_task_gate:
    mov ss:[idt + 0x83 * 8 + 2], bp
    int 0x83
    jmp landing
do_back_link:
    mov [tss], bp
    push 0x4002
    popfd
    iretd
do_task:
    mov ebx, offset task_states
    mov eax, DATA
    mov ecx, CODE32
    test ebp, 3
    jz 1f
    mov eax, USER_DATA
    mov ecx, USER_CODE32
1:  call fill_task
    mov eax, [tested_field]
    mov [ebx + eax], bp
    ljmp TASKS, 0
do_int_stack:
    mov [tss + 8], ebp
    int 0x82
do_call_stack:
    mov [tss + 8], ebp
    call CALL_GATE + 3, 0
landing:
    mov dword ptr ss:[tss + 8], DATA
    int 0x80
.irp vector, 10, 11, 12, 13
fault_\vector:
    pop eax
    or eax, \vector << 16
    jmp landing
.endr

.section .rodata
text_cpl: .asciz " cpl="
text_rpl: .asciz " rpl="
text_access: .asciz " access="
text_more: .asciz " "
text_value: .asciz " value="
text_sum: .asciz " sum="
.data
.balign 4
op_name: .long 0
op_cpl: .long 0
op_shape: .long 0
op_at: .long 0
rpl: .long 0
access: .long 0
value: .long 0
result: .long 0, 0, 0
sum: .long 0
far_pointer: .long 0, 0
tested_field: .long 0
.balign 4
task_states: .fill 5 * 104, 1, 0
