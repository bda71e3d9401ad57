# Virtual-8086 mode: entry and exit, segments, what IOPL guards, what does not exist there, ports, and its extensions (VME, PVI).
.include "protected.inc"
.set S_TASK, SPARE
.set PARAGRAPH, 0x6000
.set CODE_AT, PARAGRAPH << 4
.set IF, 0x200
.set TF, 0x100
.set VM, 0x20000
.set IOPL3, 0x3000
.set VIF, 0x80000
.set VIP, 0x100000

# A piece of 16-bit code that starts with these flags, and what is found when it ends in an exception.
.macro v86 name:req, flags=0
    .pushsection .rodata
.Lv86\@: .asciz "\name"
    .popsection
    mov dword ptr [try_name], offset .Lv86\@
    mov dword ptr [try_resume], offset 9f
    mov dword ptr [v86_flags], VM + 2 + \flags
    call run_v86
.code16
.endm
.macro end_v86
    ud2
.code32
9:
.endm
.macro v86_one name:req, flags:req, instruction:vararg
    v86 "\name", \flags
    \instruction
    end_v86
.endm
.macro open_gate vector:req
    mov byte ptr [idt + \vector * 8 + 5], 0xee
.endm
.macro close_gate vector:req
    mov byte ptr [idt + \vector * 8 + 5], 0x8e
.endm

main:
    mov [kernel_stack], esp
    mov dword ptr [hook], offset report
    mov word ptr [tss + 0x66], 136      # 32 bytes of the interrupt redirection bitmap before it

    v86 "entry", IF
    mov ax, cs
    mov bx, ss
    mov cx, ds
    mov dx, es
    mov si, fs
    mov di, gs
    end_v86
    v86 "segments"
    mov ax, 0x6001
    mov ds, ax
    mov bx, [0x7ff0]
    mov cs:[0x100], ax                  # code can be written
    mov cx, cs:[0x100]
    push 0xffff
    pop es
    mov word ptr cs:[0x200], 0x1234
    mov word ptr cs:[0x202], 0x89ab
    les dx, cs:[0x200]
    lgs di, cs:[0x200]
    end_v86
    # Far transfers take paragraphs: 5Fh bytes further on in the same code.
    v86 "far call inside"
    .set start, .
    lcall 0x6000, 2f - start
2:  pop ax
    pop bx
    sub ax, 2f - start
    end_v86
    v86 "far return"
    .set start, .
    push 0x6001
    push 3f - start - 0x10
    .balign 16
    retf
3:  mov ax, cs
    end_v86
    v86 "16 bits and 32"
    mov eax, 0x12345678
    push eax
    pop bx
    pop cx
    mov edx, 0x7ff0
    mov esi, [edx]
    end_v86

    # Limits.
    v86_one "word at ffff", 0, mov ax, ds:[0xffff]
    v86_one "word at 10000", 0, .byte 0x67, 0x8b, 0x05, 0x00, 0x00, 0x01, 0x00
    v86 "stack at 1"
    mov sp, 1
    push ax
    end_v86
    v86 "jump beyond"
    .byte 0x66, 0xe9, 0x00, 0x00, 0x01, 0x00
    end_v86

    # What IOPL guards.
    .macro guarded flags:req, suffix:req
        v86_one "cli\suffix", \flags, cli
        v86_one "sti\suffix", \flags, sti
        v86 "pushf\suffix", \flags
        pushf
        pop ax
        end_v86
        v86 "pushfd\suffix", \flags
        pushfd
        pop eax
        end_v86
        v86 "popf\suffix", \flags
        push 0x4cd5
        popf
        end_v86
        v86 "popf if\suffix", \flags
        push 0x202
        popf
        end_v86
        v86 "popfd\suffix", \flags
        push 0x3c0000 >> 16
        push 0x7202
        popfd
        end_v86
        v86_one "int 21\suffix", \flags, int 0x21
        v86_one "int 80\suffix", \flags, int 0x80
        v86 "iret\suffix", \flags
        .set start, .
        push 0x4ed7 & ~0x100
        push cs
        push 4f - start
        iret
    4:  nop
        end_v86
        v86 "iretd\suffix", \flags
        .set start, .
        push 0x1c
        push 0x4202
        push 0
        push 0x6000
        pushd 5f - start
        iretd
    5:  nop
        end_v86
    .endm
    guarded 0, " plain"
    guarded IF, " with if"
    guarded IOPL3, " at iopl 3"
    guarded IOPL3 + IF, " at iopl 3 with if"

    # INT3, INTO and INT1 are none of IOPL's business, but of the gates'.
    v86_one "int3", 0, int3
    open_gate 3
    v86_one "int3 open", 0, int3
    close_gate 3
    v86 "into"
    mov al, 0x7f
    inc al
    into
    end_v86
    open_gate 4
    v86 "into open"
    mov al, 0x7f
    inc al
    into
    end_v86
    close_gate 4
    v86_one "int1", 0, .byte 0xf1
    v86 "divide"
    xor cx, cx
    div cx
    end_v86
    v86_one "step", TF, nop
    # A gate may lead to level 0 alone.
    mov word ptr [idt + 0x81 * 8 + 2], USER_CODE32
    open_gate 0x81
    v86_one "gate to level 3", IOPL3, int 0x81

    # What is refused.
    v86_one "arpl", IOPL3, arpl ax, bx
    v86_one "lar", IOPL3, lar ax, bx
    v86_one "lsl", IOPL3, lsl ax, bx
    v86_one "verr", IOPL3, verr ax
    v86_one "verw", IOPL3, verw ax
    v86_one "sldt", IOPL3, sldt ax
    v86_one "str", IOPL3, str ax
    v86_one "lldt", IOPL3, lldt ax
    v86_one "ltr", IOPL3, ltr ax
    v86_one "hlt", IOPL3, hlt
    v86_one "lgdt", IOPL3, lgdt [0]
    v86_one "lidt", IOPL3, lidt [0]
    v86_one "mov cr0", IOPL3, mov eax, cr0
    v86_one "mov to cr3", IOPL3, mov cr3, eax
    v86_one "mov dr7", IOPL3, mov eax, dr7
    v86_one "clts", IOPL3, clts
    v86_one "lmsw", IOPL3, lmsw ax
    v86_one "invd", IOPL3, invd
    v86_one "invlpg", IOPL3, invlpg [bx]
    v86_one "rdmsr", IOPL3, rdmsr
    v86_one "sysexit", IOPL3, sysexit
    v86_one "syscall", IOPL3, .byte 0x0f, 0x05
    v86_one "lock nop", IOPL3, .byte 0xf0, 0x90
    v86 "smsw"
    smsw ax
    and ax, 0xb
    end_v86
    v86 "sgdt"
    sgdt [0x100]
    mov ax, [0x100]
    end_v86

    # Ports: the bitmap decides, whatever IOPL says.
    v86_one "out", 0, out 0x80, al
    bts dword ptr [tss + 136 + 0x10], 0     # port 0x80
    v86_one "out refused", 0, out 0x80, al
    v86_one "out refused at iopl 3", IOPL3, out 0x80, al
    v86_one "out word refused", IOPL3, out 0x7f, ax
    v86_one "in refused", 0, in al, 0x80
    v86 "outsb refused", IOPL3
    mov dx, 0x80
    outsb
    end_v86
    btr dword ptr [tss + 136 + 0x10], 0

    # An interrupt from outside.
    call start_timer
    v86 "timer", IF
1:  jmp 1b
    end_v86
    call stop_timer

    # By a task switch.
    mov dword ptr [gdt + S_TASK], 0x67
    mov dword ptr [gdt + S_TASK + 4], 0x8900
    mov eax, offset task
    mov [gdt + S_TASK + 2], ax
    shr eax, 16
    mov [gdt + S_TASK + 4], al
    mov dword ptr [task + 4], offset ring0_stack_top
    mov dword ptr [task + 8], DATA
    mov dword ptr [task + 0x24], VM + 2 + IOPL3
    mov dword ptr [task + 0x38], 0x0800
    mov dword ptr [task + 0x48], 0x1111
    mov dword ptr [task + 0x4c], PARAGRAPH
    mov dword ptr [task + 0x50], 0x6400
    mov dword ptr [task + 0x54], 0x2222
    mov dword ptr [task + 0x58], 0x3333
    mov dword ptr [task + 0x5c], 0x4444
    mov word ptr [task + 0x66], 0x68
    mov word ptr [CODE_AT], 0x80cd      # int 0x80
    mov dword ptr [try_name], offset name_task
    mov dword ptr [try_resume], offset 1f
    ljmp S_TASK:0
1:  mov eax, offset 2f
    mov [tss + 0x20], eax
    mov [tss + 0x38], esp
    ljmp TSS:0
2:  mov eax, [task + 0x24]
    say "flags of the task", eax

    # Extensions. The vector table leads to code at 6000:0800.
    mov dword ptr [0x21 * 4], 0x60000800
    mov eax, cr4
    or eax, 3                           # VME, PVI
    mov cr4, eax
    mov eax, offset handler_8086
    mov esi, eax
    mov edi, CODE_AT + 0x800
    mov ecx, 8
    rep movsd
    bts dword ptr [tss + 104 + 0x10], 0     # INT 80h to the IDT
    guarded 0, ", vme"
    guarded VIF, ", vme, vif"
    guarded VIP, ", vme, vip"
    guarded IOPL3, ", vme, iopl 3"
    guarded IOPL3 + IF, ", vme, iopl 3, if"
    v86 "popf tf, vme"
    push 0x102
    popf
    end_v86
    mov dword ptr [0x80 * 4], 0x60000800
    mov word ptr [tss + 0x66], 0xffff
    v86_one "no bitmap", 0, int 0x21
    mov word ptr [tss + 0x66], 136

    # The same for protected code of level 3.
    mov dword ptr [hook], 0
    .macro pvi name:req, flags:req, instruction:vararg
        mov dword ptr [user_flags], \flags
        try_user "\name", \instruction
    .endm
    pvi "pvi cli", 0x202 + VIF, cli
    pvi "pvi sti", 0x202, sti
    pvi "pvi sti, vip", 0x202 + VIP, sti
    pvi "pvi cli, iopl 3", 0x202 + IOPL3 + VIF, cli
    pvi "pvi popf", 2, popf
    pvi "pvi pushf", 0x202 + VIF, pushf
    mov eax, cr4
    and eax, ~3
    mov cr4, eax
    pvi "no pvi cli", 0x202, cli
    ret

# Tells the flags, their image on the stack, and returns with IF set.
.code16
handler_8086:
    mov bp, sp
    mov ax, [bp + 4]
    pushf
    pop bx
    mov cx, [bp]
    or word ptr [bp + 4], 0x200
    iret
.balign 32
.code32

run_v86:
    pop esi
    mov edi, CODE_AT
    mov ecx, 64
    rep movsd
    mov dword ptr [CODE_AT + 0x8000], 0x600df00d
    xor eax, eax
    mov ebx, eax
    mov ecx, eax
    mov edx, eax
    mov ebp, eax
    mov edi, eax
    push 0x6300                         # gs
    push 0x6200                         # fs
    push PARAGRAPH                      # ds
    push 0x6100                         # es
    push 0x6400                         # ss
    push 0x56781000                     # esp
    push [v86_flags]
    push PARAGRAPH                      # cs
    push 0
    xor esi, esi
    iretd

report:
    mov esi, [try_name]
    call put_string
    mov esi, offset text_vector
    mov eax, [ebx + FRAME_VECTOR]
    call put_field
    mov esi, offset text_error
    mov eax, [ebx + FRAME_ERROR]
    call put_field
    mov esi, offset text_eip
    mov eax, [ebx + FRAME_EIP]
    test dword ptr [ebx + FRAME_EFLAGS], VM
    jnz 1f
    xor eax, eax
1:  call put_field
    mov esi, offset text_cs
    mov eax, [ebx + FRAME_CS]
    call put_field
    mov esi, offset text_flags
    mov eax, [ebx + FRAME_EFLAGS]
    call put_field
    test eax, VM
    jz 3f
    mov edi, offset texts_frame
    lea ebp, [ebx + FRAME_ESP]
    mov ecx, 6
2:  mov esi, [edi]
    mov eax, [ebp]
    call put_field
    add edi, 4
    add ebp, 4
    loop 2b
    mov esi, offset text_inside
    mov eax, fs
    shl eax, 16
    mov ax, gs
    call put_field
    call put_newline
    # The registers that the code may have changed.
    lea ebp, [ebx + 28]
    mov ecx, 8
    mov esi, offset text_registers
4:  mov eax, [ebp]
    cmp ecx, 4                          # not esp
    je 5f
    call put_field
5:  mov esi, offset text_space
    sub ebp, 4
    loop 4b
3:  call put_newline
    mov esp, [kernel_stack]
    push 2
    popfd
    jmp [try_resume]

.section .rodata
name_task: .asciz "task"
text_fesp: .asciz " esp="
text_fss: .asciz " ss="
text_fes: .asciz " es="
text_fds: .asciz " ds="
text_ffs: .asciz " fs="
text_fgs: .asciz " gs="
text_inside: .asciz " inside="
text_registers: .asciz " "
text_space: .asciz " "
.balign 4
texts_frame: .long text_fesp, text_fss, text_fes, text_fds, text_ffs, text_fgs
.data
.balign 4
kernel_stack: .long 0
v86_flags: .long 0
.balign 128
task: .skip 0x68
