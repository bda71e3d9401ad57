# What every type of descriptor does in every place that a selector can be used, in long mode: in 64-bit code and in compatibility
# mode, at levels 0 and 3. The instructions are the same bytes in both.
.include "long.inc"
.set TESTED, SPARE + 0x10

.macro op name:req, mode:req, variants:req, at:req
    .pushsection .rodata
.Lop\@: .asciz "\name"
    .popsection
    mov dword ptr [op_name], offset .Lop\@
    mov dword ptr [op_mode], \mode
    mov qword ptr [op_variants], offset \variants
    mov dword ptr [op_at], offset \at
    call all_types
.endm
# Modes: bit 0 level 3, bit 1 compatibility.

main:
    mov qword ptr [hook], offset note
    mov dword ptr [idt + 0x81 * 16], offset landing
    mov dword ptr [idt + 0x81 * 16 + 4], 0xee00
    .irp mode, 0, 1, 2, 3
        op "ds", \mode, one, do_ds
        op "ss", \mode, one, do_ss
        op "lfs", \mode, one, do_lfs
        op "pop gs", \mode, one, do_pop
        op "lar", \mode, system, do_lar
        op "lsl", \mode, system, do_lsl
        op "verr", \mode, one, do_verr
        op "verw", \mode, one, do_verw
        op "jmp", \mode, code, do_jmp
        op "call", \mode, code, do_call
        op "retf", \mode, code, do_retf
        op "iret", \mode, code, do_iret
        op "int", \mode, code, do_int
        op "jmp gate", \mode, gate, do_jmp
        op "call gate", \mode, gate, do_call
        op "jmp system", \mode, system, do_jmp
    .endr
    op "lldt", 0, system, do_lldt
    op "ltr", 0, system, do_ltr
    op "iret ss", 0, one, do_iret_ss
    op "retf ss", 0, one, do_retf_ss
    op "iret ss in", 2, one, do_iret_ss
    mov qword ptr [hook], 0
    ret

# For each variant of a descriptor and each RPL, over present bit, level and type: a sum of what came of it; with DETAIL, each.
all_types:
    mov r12, [op_variants]
0:  mov r13, [r12]                      # upper dword of the descriptor, but for its access rights
    cmp r13, -1
    jne 1f
    ret
1:  mov dword ptr [rpl], 0
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
    add r12, 32
    jmp 0b

tell:
    mov esi, [op_name]
    call put_string
    mov esi, offset text_mode
    mov eax, [op_mode]
    call put_field
    mov esi, offset text_variant
    mov rax, r12
    sub rax, [op_variants]
    shr eax, 5
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
    mov esi, offset text_space
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

one_type:
    mov ecx, [access]
    shl rcx, 40
    mov rax, [r12]
    or rax, rcx
    # What expands down, as far as it can.
    mov ecx, [access]
    and ecx, 0x1c
    cmp ecx, 0x14
    jne 1f
    mov rdx, 0x000f00000000ffff
    not rdx
    and rax, rdx
1:  mov [gdt + TESTED], rax
    mov rax, [r12 + 8]
    mov [gdt + TESTED + 8], rax
    mov ebp, TESTED
    or ebp, [rpl]
    mov word ptr [far_pointer + 4], bp
    mov [idt + 0x81 * 16 + 2], bp
    mov dword ptr [far_pointer], offset landing
    mov [try_rsp], rsp
    mov qword ptr [try_resume], offset 9f
    mov r14d, DATA
    cmp dword ptr [rpl], 3
    jne 1f
    mov r14d, USER_DATA
1:  mov [outer], r14d
    mov eax, -1
    test byte ptr [op_mode], 1
    jnz 1f
    mov ecx, CODE64
    mov edx, CODE32
    test byte ptr [op_mode], 2
    cmovnz ecx, edx
    push rcx
    mov ecx, [op_at]
    push rcx
    mov edx, [outer]
    retfq
1:  push USER_DATA
    push offset user_stack_top
    push 2
    mov ecx, USER_CODE64
    mov edx, USER_CODE32
    test byte ptr [op_mode], 2
    cmovnz ecx, edx
    push rcx
    mov ecx, [op_at]
    push rcx
    mov edx, USER_DATA
    mov ds, edx
    mov es, edx
    iretq
9:  ret

# rdi: the frame.
note:
    mov rbx, rdi
    mov ecx, [rbx + FRAME_CS]
    mov eax, [rbx + FRAME_VECTOR]
    mov [result], eax
    mov edx, [rbx + FRAME_ERROR]
    xor esi, esi
    cmp eax, 0x80
    jne 1f
    mov edx, [gdt + TESTED + 4]
    shl edx, 8
    mov dl, cl
    mov esi, [rbx + SAVED_RAX]
1:  mov [result + 4], edx
    mov [result + 8], esi
    mov eax, DATA
    mov ss, eax
    mov ds, eax
    mov es, eax
    mov rsp, [try_rsp]
    xor eax, eax
    lldt ax
    cmp dword ptr [op_at], offset do_ltr
    jne 1f
    btr qword ptr [gdt + TSS], 41
    mov eax, TSS
    ltr ax
1:  push 2
    popfq
    jmp [try_resume]

do_ds:
    mov ds, ebp
    jmp landing
do_ss:
    mov ss, ebp
    jmp landing
do_lfs:
    lfs esi, [far_pointer]
    jmp landing
do_pop:
    push rbp
    pop gs
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
    push rdx
    push offset user_stack_top
    push rbp
    push offset landing
    rex.w retf
do_iret:
    push rdx
    push offset user_stack_top
    push 2
    push rbp
    push offset landing
    iretq
do_iret_ss:
    push rbp
    push offset user_stack_top
    push 2
    push USER_CODE32
    push offset landing
    iretq
do_retf_ss:
    push rbp
    push offset user_stack_top
    push USER_CODE64
    push offset landing
    rex.w retf
do_lldt:
    lldt bp
    jmp landing
do_ltr:
    ltr bp
    jmp landing
do_int:
    int 0x81
landing:
    int 0x80

.section .rodata
text_mode: .asciz " mode="
text_variant: .asciz " variant="
text_rpl: .asciz " rpl="
text_access: .asciz " access="
text_value: .asciz " value="
text_sum: .asciz " sum="
.balign 8
# Descriptors, 16 bytes, but for their access rights.
one: .quad 0x00cf00000000ffff, 0, 0, 0, -1
code: .quad 0x008f00000000ffff, 0, 0, 0, 0x00af00000000ffff, 0, 0, 0, 0x00cf00000000ffff, 0, 0, 0, 0x00ef00000000ffff, 0, 0, 0, -1
system: .quad 0x0000000000000010, 0, 0, 0, 0x0000000000000010, 0x8000, 0, 0, 0x0000000000000010, 0x0000e00000000000, 0, 0, -1
gate: .quad landing + (CODE64 << 16), 0, 0, 0, landing + (CODE32 << 16), 0, 0, 0, landing + (CODE64 << 16), 0x8000, 0, 0, landing + (CODE64 << 16), 0x0000010000000000, 0, 0, landing, 0, 0, 0, landing + (DATA << 16), 0, 0, 0, -1
.data
.balign 8
op_name: .long 0
op_mode: .long 0
op_variants: .quad 0
op_at: .long 0
rpl: .long 0
access: .long 0
outer: .long 0
result: .long 0, 0, 0
sum: .long 0
.balign 8
far_pointer: .quad 0, 0
