# The I/O permission bitmap at its edges: where the TSS ends, where it begins, ports of 1, 2 and 4 bytes across bytes of it.
.include "protected.inc"

.macro from_each name:req, instruction:vararg
    mov dword ptr [case_name], offset .Lname\name
    mov dword ptr [case_at], offset .Lcase\name
    call each
    .pushsection .rodata
.Lname\name: .asciz "\name"
    .popsection
    .pushsection .text, 1
.Lcase\name:
    \instruction
    int 0x80
    .popsection
.endm

main:
    mov dword ptr [hook], offset note
    mov byte ptr [tss + 104], 0x10      # port 4
    mov byte ptr [tss + 105], 0x01      # port 8
    mov byte ptr [tss + 106], 0xff
    from_each in8, in al, dx
    from_each in16, in ax, dx
    from_each in32, in eax, dx
    from_each out8, out dx, al
    from_each outs, outsb
    from_each ins, insw
    mov dword ptr [hook], 0
    ret

# For limits of the TSS, bases of the bitmap and ports: 1 for each port that is open, of 24, as bits of a number.
each:
    mov esi, offset limits
1:  mov ax, [esi]
    mov [tss_descriptor], ax
    mov [limit], ax
    and byte ptr [tss_descriptor + 5], ~2
    mov eax, TSS
    ltr ax
    mov edi, offset bases
2:  mov ax, [edi]
    mov [base], ax
    mov [tss + 0x66], ax
    push esi
    push edi
    call ports
    pop edi
    pop esi
    add edi, 2
    cmp edi, offset bases_end
    jne 2b
    add esi, 2
    cmp esi, offset limits_end
    jne 1b
    ret
ports:
    xor ebp, ebp
    mov dword ptr [open], 0
1:  mov [try_esp], esp
    mov dword ptr [try_resume], offset 2f
    mov [port], ebp
    push USER_DATA
    push offset user_stack_top
    push 2
    push USER_CODE32
    push [case_at]
    mov edx, ebp
    mov esi, offset scratch
    mov edi, offset scratch
    mov eax, USER_DATA
    mov ds, eax
    mov es, eax
    xor eax, eax
    iretd
2:  mov ebp, [port]
    rcr dword ptr [result], 1
    rcr dword ptr [open], 1
    inc ebp
    cmp ebp, 24
    jne 1b
    mov esi, [case_name]
    xor eax, eax
    mov ax, [limit]
    call put_string
    mov esi, offset text_limit
    call put_field
    mov esi, offset text_base
    movzx eax, word ptr [base]
    call put_field
    mov esi, offset text_open
    mov eax, [open]
    call put_field
    jmp put_newline

note:
    xor eax, eax
    cmp dword ptr [ebx + FRAME_VECTOR], 0x80
    setz al
    mov [result], eax
    mov eax, DATA
    mov ss, eax
    mov esp, [try_esp]
    push 2
    popfd
    jmp [try_resume]

.section .rodata
text_limit: .asciz " limit="
text_base: .asciz " base="
text_open: .asciz " open="
.data
.balign 4
limits: .word 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x2000
limits_end:
bases: .word 0x68, 0x67, 0x69, 0x6a, 0xffff
bases_end:
limit: .word 0
base: .word 0
.balign 4
case_name: .long 0
case_at: .long 0
port: .long 0
open: .long 0
result: .long 0
scratch: .long 0, 0
