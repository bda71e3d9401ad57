# RETF and IRET of every operand size from 64-bit code and from compatibility mode, to code and stacks of every size, within level 0
# and out of it: what becomes of the instruction pointer, of the stack pointer and of the flags.
.include "long.inc"
.set CODE16, SPARE
.set STACK16, SPARE + 8
.set USER_CODE16, SPARE + 16 + 3
.set USER_STACK16, SPARE + 24 + 3
.set LANDING, 0x1000
.set INNER_STACK, 0x5000
.set OUTER_STACK, 0x1122334455667788
.set RELEASED, 24

.macro cases kind:req, size:req, mode:req
    .irp code, CODE64, CODE32, CODE16
        .irp stack, DATA, STACK16
            returning \kind, \size, \mode, \code, \stack, INNER_STACK
            returning \kind, \size, \mode, USER_\code, USER_\stack, OUTER_STACK
        .endr
    .endr
.endm
.macro returning kind:req, size:req, mode:req, code:req, stack:req, pointer:req
    .pushsection .rodata
.Lreturn\@: .asciz "\kind \size from \mode to \code, \stack"
    .popsection
    mov qword ptr [try_name], offset .Lreturn\@
    mov qword ptr [try_resume], offset .Lreturned\@
    mov [try_rsp], rsp
    mov edi, offset returning_frame
    put \size, LANDING
    put \size, \code
    .ifc \kind, iret
        put \size, 0x247ed7 & ~0x4100
    .endif
    .ifc \kind, release
        add edi, RELEASED
    .endif
    put \size, \pointer
    put \size, \stack
    .ifc \mode, compatibility
        push CODE32
        push offset \kind\size\mode
        retfq
    .else
        jmp \kind\size\mode
    .endif
.Lreturned\@:
.endm
.macro put size:req, value:req
    mov rax, \value
    mov [rdi], rax
    add edi, \size / 8
.endm
.macro instructions mode:req
iret16\mode:
    mov esp, offset returning_frame
    .byte 0x66, 0xcf
iret32\mode:
    mov esp, offset returning_frame
    .byte 0xcf
iret64\mode:
    mov esp, offset returning_frame
    .byte 0x48, 0xcf
far16\mode:
    mov esp, offset returning_frame
    .byte 0x66, 0xcb
far32\mode:
    mov esp, offset returning_frame
    .byte 0xcb
far64\mode:
    mov esp, offset returning_frame
    .byte 0x48, 0xcb
release16\mode:
    mov esp, offset returning_frame
    .byte 0x66, 0xca, RELEASED, 0
release32\mode:
    mov esp, offset returning_frame
    .byte 0xca, RELEASED, 0
release64\mode:
    mov esp, offset returning_frame
    .byte 0x48, 0xca, RELEASED, 0
.endm

main:
    mov word ptr [LANDING], 0x80cd
    mov rax, 0x008f9b000000ffff
    mov [gdt + CODE16], rax
    bts rax, 45
    bts rax, 46
    mov [gdt + USER_CODE16 - 3], rax
    mov rax, 0x000093000000ffff
    mov [gdt + STACK16], rax
    bts rax, 45
    bts rax, 46
    mov [gdt + USER_STACK16 - 3], rax
    mov qword ptr [hook], offset note
    .irp kind, iret, far, release
        .irp size, 16, 32, 64
            cases \kind, \size, long
        .endr
        .irp size, 16, 32
            cases \kind, \size, compatibility
        .endr
    .endr
    mov qword ptr [hook], 0
    ret

instructions long
.code32
instructions compatibility
.code64

note:
    mov rbx, rdi
    mov rsi, [try_name]
    call put_string
    mov esi, offset text_vector
    mov rax, [rbx + FRAME_VECTOR]
    call put_field
    mov esi, offset text_error
    mov rax, [rbx + FRAME_ERROR]
    call put_field
    mov rax, [rbx + FRAME_RIP]
    cmp rax, LANDING + 2
    mov eax, 0
    setz al
    mov esi, offset text_rip
    call put_field
    mov esi, offset text_cs
    mov rax, [rbx + FRAME_CS]
    call put_field
    mov esi, offset text_ss
    mov rax, [rbx + FRAME_SS]
    call put_field
    mov esi, offset text_flags
    mov rax, [rbx + FRAME_RFLAGS]
    call put_field
    mov esi, offset text_rsp
    mov rax, [rbx + FRAME_RSP]
    # Within the frame, or with the upper half that the stack pointer had there.
    mov rcx, rax
    sub rcx, offset returning_frame
    cmp rcx, 256
    cmovb rax, rcx
    mov rcx, rax
    xor rcx, offset returning_frame
    cmp rcx, 0x10000
    jae 1f
    movzx eax, ax
    mov esi, offset text_kept
1:  call put_field
    call put_newline
    mov eax, DATA
    mov ss, eax
    mov ds, eax
    mov es, eax
    mov rsp, [try_rsp]
    push 2
    popfq
    jmp [try_resume]

.section .rodata
text_kept: .asciz " rsp=upper half, "
.bss
.balign 4096
.skip 4096 - 64
returning_frame: .skip 4096
