# Faults while a fault is delivered: what becomes a double fault (Intel SDM volume 3, section 6.15, interrupt 8) and what is
# delivered instead. The double fault has a stack of its own.
.include "long.inc"

# Breaks the gate of a vector, tries an instruction, and mends the gate.
.macro with_broken vector:req, name:req, instruction:vararg
    mov byte ptr [idt + \vector * 16 + 5], 0x0e
    try "\name", \instruction
    mov byte ptr [idt + \vector * 16 + 5], 0x8e
.endm

main:
    mov byte ptr [idt + 8 * 16 + 4], 1
    mov byte ptr [idt + 14 * 16 + 4], 1
    xor ebx, ebx
    mov eax, 1
    cdq
    mov rsi, REGION
    # Contributory while contributory: #DF. Benign first: the second is delivered. #PF first: #DF, too.
    with_broken 0, "de then np", div ebx
    with_broken 13, "gp then np", mov ds, [wild]
    with_broken 6, "ud then np", ud2
    with_broken 14, "pf then np", mov al, [rsi]
    with_broken 3, "bp then np", int3
    # Through a stack that is not there: the push faults by paging.
    mov byte ptr [idt + 14 * 16 + 4], 0
    expect "ud then pf then df", on_no_stack, 1f
    lea rsp, [rsi + 0x100]
on_no_stack:
    ud2
1:  expect "pf then pf", on_no_stack_2, 1f
    lea rsp, [rsi + 0x100]
on_no_stack_2:
    mov al, [rsi]
1:  mov byte ptr [idt + 14 * 16 + 4], 1
    expect "gp then pf", on_no_stack_3, 1f
    lea rsp, [rsi + 0x100]
on_no_stack_3:
    mov ds, [wild]
1:  # A stack that is not canonical: #SS while #GP, #UD.
    mov byte ptr [idt + 12 * 16 + 4], 1
    mov rdi, 0x800000001000
    expect "ud then ss", on_wild_stack, 1f
    mov rsp, rdi
on_wild_stack:
    ud2
1:  expect "gp then ss", on_wild_stack_2, 1f
    mov rsp, rdi
on_wild_stack_2:
    mov ds, [wild]
1:  # An IDT that is too short.
    lidt [short_table]
    try "np beyond the idt", mov ds, [absent]
    lidt [idt_pointer]
    try_user "user ud2", ud2
    ret
.data
wild: .word 0xff00
absent: .word SPARE
short_table: .word 11 * 16 - 1
.quad idt
