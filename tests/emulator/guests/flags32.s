# CLI, STI, PUSHF, POPF, IRET and INT n at level 0, at level 3 and in virtual-8086 mode, with every IOPL, with and without the
# virtual interrupt flag, for flags before and images of all kinds.
.include "protected.inc"
.set CODE_AT, 0x1000                    # where virtual-8086 mode reaches it
.set STACK_AT, 0x3000
.set VM, 0x20000
.set VECTOR, 0x40

main:
    mov dword ptr [hook], offset note
    mov esi, offset code16
    mov edi, CODE_AT
    mov ecx, offset code16_end - code16
    rep movsb
    mov edi, STACK_AT - 0x100
    mov ecx, 0x80
    xor eax, eax
    rep stosd
    mov dword ptr [VECTOR * 4], CODE_AT + handler16 - code16
    mov dword ptr [config], 0
1:  mov eax, cr4
    and al, 0xfc
    or eax, [config]
    mov cr4, eax
    mov dword ptr [place], 0
2:  mov dword ptr [iopl], 0
3:  mov esi, offset ops
4:  mov [op], esi
    call one_op
    mov esi, [op]
    add esi, 12
    cmp esi, offset ops_end
    jne 4b
    add dword ptr [iopl], 0x1000
    cmp dword ptr [iopl], 0x4000
    jne 3b
    inc dword ptr [place]
    cmp dword ptr [place], 3
    jne 2b
    inc dword ptr [config]
    cmp dword ptr [config], 4
    jne 1b
    mov dword ptr [hook], 0
    ret

one_op:
    mov dword ptr [sum], 0
    mov esi, offset before
1:  mov [flags_at], esi
    mov edi, offset images
2:  mov [image_at], edi
    call one_case
    mov eax, [sum]
    .irp n, 0, 4, 8, 12, 16
        rol eax, 7
        xor eax, [result + \n]
        imul eax, eax, 0x01000193
    .endr
    mov [sum], eax
    .ifdef DETAIL
    call tell
    .endif
    mov edi, [image_at]
    add edi, 4
    mov eax, [op]
    cmp dword ptr [eax + 8], 0
    je 3f
    cmp edi, offset images_end
    jne 2b
3:  mov esi, [flags_at]
    add esi, 4
    cmp esi, offset before_end
    jne 1b
    .ifndef DETAIL
    call tell
    .endif
    ret

tell:
    mov esi, [op]
    mov esi, [esi]
    call put_string
    .irp name, config, place, iopl
        mov esi, offset text_\name
        mov eax, [\name]
        call put_field
    .endr
    .ifdef DETAIL
    mov esi, offset text_flags
    mov eax, [flags_at]
    mov eax, [eax]
    call put_field
    mov esi, offset text_image
    mov eax, [image_at]
    mov eax, [eax]
    call put_field
    .irp n, 0, 4, 8, 12, 16
        mov esi, offset text_space
        mov eax, [result + \n]
        call put_field
    .endr
    .else
    mov esi, offset text_sum
    mov eax, [sum]
    call put_field
    .endif
    jmp put_newline

one_case:
    # With VIF and VIP set Bochs raises #GP at IOPL 3, and for PVI in virtual-8086 mode, too.
    mov eax, [flags_at]
    mov eax, [eax]
    not eax
    test eax, 0x180000
    jnz 1f
    cmp dword ptr [iopl], 0x3000
    je 9f
    cmp dword ptr [place], 2
    jne 1f
    test byte ptr [config], 1
    jz 9f
1:  mov [try_esp], esp
    mov dword ptr [try_resume], offset 9f
    mov eax, [flags_at]
    mov eax, [eax]
    or eax, [iopl]
    mov ebx, [image_at]
    mov ebx, [ebx]
    mov edx, [op]
    mov edx, [edx + 4]
    cmp dword ptr [place], 1
    je 1f
    ja 2f
    add edx, offset code32
    mov [from], edx
    sub esp, 16                         # what is popped beyond what was pushed
    push eax
    push CODE32
    push edx
    mov eax, 0x12345678
    iretd
1:  add edx, offset code32
    mov [from], edx
    push USER_DATA
    push offset user_stack_top
    push eax
    push USER_CODE32
    push edx
    mov edx, USER_DATA
    mov ds, edx
    mov es, edx
    mov eax, 0x12345678
    iretd
2:  mov edx, [op]
    mov edx, [edx + 8 - 4]
    add edx, CODE_AT + code16 - code16
    mov [from], edx
    or eax, VM
    push 0
    push 0
    push 0
    push 0
    push 0
    push STACK_AT
    push eax
    push 0
    push edx
    mov eax, 0x12345678
    iretd
9:  ret

note:
    mov eax, [ebx + FRAME_VECTOR]
    mov [result], eax
    mov eax, [ebx + FRAME_ERROR]
    mov [result + 4], eax
    mov eax, [ebx + FRAME_EIP]
    sub eax, [from]
    mov [result + 8], eax
    mov eax, [ebx + FRAME_EFLAGS]
    mov [result + 12], eax
    mov eax, [ebx + 28]
    mov [result + 16], eax
    mov eax, DATA
    mov ss, eax
    mov esp, [try_esp]
    push 2
    popfd
    jmp [try_resume]

# The same in both, each at a multiple of 16.
.macro sequences
    cli
    ud2
    .balign 16
    sti
    nop
    ud2
    .balign 16
    .byte 0x9c                          # pushf and popf of the code's own size, and of the other
    pop eax
    ud2
    .balign 16
    .byte 0x66, 0x9c
    pop eax
    ud2
    .balign 16
    push ebx
    .byte 0x9d
    nop
    ud2
    .balign 16
    push ebx
    .byte 0x66, 0x9d
    nop
    ud2
    .balign 16
    int VECTOR
    ud2
    .balign 16
    int3
    ud2
    .balign 16
.endm
.balign 16
code32:
    sequences
    push ebx
    push cs
    push offset 1f
    iretd
1:  nop
    ud2
    .balign 16
    ud2
.balign 16
code16:
.code16
    sequences
    push ebx
    push 0
    push cs
    push 0
    push CODE_AT + 1f - code16
    iretd
1:  nop
    ud2
    .balign 16
    push bx
    push cs
    push CODE_AT + 1f - code16
    iret
1:  nop
    ud2
handler16:
    pop cx
    pop cx
    pop ax
    ud2
code16_end:
.code32

.section .rodata
.irp name, cli, sti, pushf, pushf_other, popf, popf_other, int, int3, iret, iret_16
text_\name: .asciz "\name"
.endr
text_config: .asciz " cr4="
text_place: .asciz " place="
text_iopl: .asciz " iopl="
text_sum: .asciz " sum="
text_image: .asciz " image="
text_space: .asciz " "
.data
.balign 4
# Name, offset of its code, whether it takes an image.
ops:
.set at, 0
.irp name, cli, sti, pushf, pushf_other
    .long text_\name, at, 0
    .set at, at + 16
.endr
.irp name, popf, popf_other
    .long text_\name, at, 1
    .set at, at + 16
.endr
.irp name, int, int3
    .long text_\name, at, 0
    .set at, at + 16
.endr
.long text_iret, at, 1
.long text_iret_16, at + 16, 1
ops_end:
before: .long 0x002, 0x202, 0x80002, 0x80202, 0x100002, 0x100202, 0x180002, 0x200ad7
before_end:
images: .long 0x002, 0x202, 0x302, 0x7202, 0x3002, 0x5ad7, 0x3d7202, 0x182002, 0x80202, 0x100202, 0x250002
images_end:
config: .long 0
place: .long 0
iopl: .long 0
op: .long 0
flags_at: .long 0
image_at: .long 0
from: .long 0
sum: .long 0
result: .long 0, 0, 0, 0, 0
