# Single steps and the breakpoints of the debug registers, in real mode: where a debug exception comes, and why.
.include "real.inc"
.set TF, 0x100
.set LOG, 0x5000
.set WATCHED, 0x6000

.macro set_tf
    pushf
    or word ptr [esp], TF
    popf
.endm
.macro clear_tf
    pushf
    and word ptr [esp], ~TF
    popf
.endm
.macro watch name:req
    .pushsection .rodata
.Lwatch\@: .asciz "\name"
    .popsection
    mov word ptr [try_name], offset .Lwatch\@
    mov word ptr [try_at], offset .Lfrom\@
.Lfrom\@:
.endm

main:
    mov word ptr [4], offset debug_handler
    mov word ptr [0x90 * 4], offset plain_handler
    mov word ptr [log_at], LOG
    mov eax, dr7
    say "dr7", eax
    mov eax, dr6
    and eax, 0xf000
    say "dr6", eax

    watch "step"
    set_tf
    nop
    mov ax, 1
    xor cx, cx
    mov ss, cx                          # the next instruction is part of its step
    inc ax
    pushf
    pop dx
    int 0x90                            # no step: the handler runs without TF
    nop
    mov cx, 3
    mov si, 0x7e00
    mov di, WATCHED
    rep movsb
    jmp 1f
    nop
1:  push cx
    pop ss                              # likewise
    nop
    sti
    cli
    clear_tf
    nop
    call print_log
    and edx, TF
    say "pushed tf", edx

    # A fault is no step; its handler runs without TF.
    watch "fault while stepping"
    set_tf
    xor cx, cx
    mov word ptr [0], offset divide_handler
    div cx
    nop
    clear_tf
    call print_log

    # Breakpoints on instructions come before them, and RF lets them pass.
    watch "instruction"
    mov eax, offset 1f
    mov dr0, eax
    mov eax, offset 2f
    mov dr1, eax
    mov eax, 0x00000005                 # L0, L1
    mov dr7, eax
    mov cx, 3
1:  inc bx
2:  loop 1b
    mov eax, 0x400
    mov dr7, eax
    call print_log

    # Breakpoints on data come after the instruction: 4 bytes written, 1 byte read or written, 2 bytes written.
    watch "data"
    mov eax, WATCHED
    mov dr0, eax
    mov eax, WATCHED + 0x11
    mov dr1, eax
    mov eax, WATCHED + 0x23             # aligned to its length: 22h and 23h
    mov dr2, eax
    mov eax, 0x05 + 0x20 + (0xd << 16) + (3 << 20) + (5 << 24)
    mov dr7, eax
    mov al, [WATCHED]
    mov [WATCHED + 3], al
    mov [WATCHED + 4], al
    mov eax, [WATCHED - 2]
    mov [WATCHED - 2], eax
    mov al, [WATCHED + 0x10]
    mov ax, [WATCHED + 0x10]
    add byte ptr [WATCHED + 0x11], 1
    mov [WATCHED + 0x12], al
    mov [WATCHED + 0x22], al
    mov [WATCHED + 0x24], al
    mov cx, 4
    mov si, 0x7e00
    mov di, WATCHED + 0x21
    rep movsb
    mov sp, WATCHED + 2
    push ax
    mov sp, STACK_TOP - 2
    mov di, WATCHED
    lodsb
    stosb
    mov eax, 0x400
    mov dr7, eax
    call print_log

    # Both at once.
    watch "data while stepping"
    mov eax, 0x00010001
    mov dr7, eax
    set_tf
    mov byte ptr [WATCHED], 1
    clear_tf
    mov eax, 0x400
    mov dr7, eax
    call print_log

    # Breakpoints on ports, with CR4.DE: port 80h, and ports 84h to 87h.
    watch "port"
    mov eax, cr4
    or al, 8
    mov cr4, eax
    mov eax, 0x80
    mov dr0, eax
    mov eax, 0x86
    mov dr1, eax
    mov eax, 0x05 + (2 << 16) + (14 << 20)
    mov dr7, eax
    out 0x80, al
    in al, 0x80
    out 0x81, al
    mov dx, 0x7f
    in ax, dx
    out 0x83, al
    out 0x87, al
    out 0x88, al
    mov dx, 0x82
    in eax, dx
    mov [0x80], al                      # memory is something else
    mov cx, 2
    mov si, 0x7e00
    mov dx, 0x80
    rep outsb
    mov di, WATCHED
    insb
    mov eax, 0x400
    mov dr7, eax
    call print_log
    watch "dr4 with de"
    mov word ptr [6 * 4], offset undefined_handler
    mov bp, 0
    mov eax, dr4
    movzx ebp, bp
    say "undefined", ebp
    mov eax, cr4
    and al, 0xf7
    mov cr4, eax

    # What the registers hold.
    mov eax, 0xffffffff
    mov dr6, eax
    mov ebx, dr6
    say "dr6 written", ebx
    xor eax, eax
    mov dr6, eax
    mov ebx, dr6
    say "dr6 zero", ebx
    mov dr3, ecx
    mov eax, 0x12345678
    mov dr3, eax
    mov ebx, dr3
    say "dr3", ebx
    mov ebx, dr5
    say "dr5", ebx
    ret

# A word of the address beside try_at, a word of TF, a word of DR6 for each debug exception.
debug_handler:
    push bp
    mov bp, sp
    push eax
    push di
    mov di, cs:[log_at]
    mov ax, [bp + 2]
    sub ax, cs:[try_at]
    mov cs:[di], ax
    mov ax, [bp + 6]
    and ax, TF
    mov cs:[di + 2], ax
    mov eax, dr6
    and ax, 0xf00f
    mov cs:[di + 4], ax
    add di, 6
    mov cs:[log_at], di
    xor eax, eax
    mov dr6, eax
    pop di
    pop eax
    pop bp
    # Back with RF, which a 16-bit IRET does not have.
    sub sp, 6
    push eax
    push bp
    mov bp, sp
    movzx eax, word ptr [bp + 12]
    mov [bp + 6], eax
    movzx eax, word ptr [bp + 14]
    mov [bp + 10], eax
    movzx eax, word ptr [bp + 16]
    or eax, 0x10000
    mov [bp + 14], eax
    pop bp
    pop eax
    iretd
plain_handler:
    nop
    iret
undefined_handler:
    mov bp, sp
    add word ptr [bp], 3
    mov bp, 6
    iret
divide_handler:
    push bp
    mov bp, sp
    add word ptr [bp + 2], 2
    pop bp
    iret

print_log:
    push eax
    push si
    push di
    mov di, LOG
1:  cmp di, [log_at]
    je 2f
    mov si, [try_name]
    call put_string
    mov si, offset text_ip
    movzx eax, word ptr [di]
    call put_field
    mov si, offset text_tf
    movzx eax, word ptr [di + 2]
    call put_field
    mov si, offset text_dr6
    movzx eax, word ptr [di + 4]
    call put_field
    call put_newline
    add di, 6
    jmp 1b
2:  mov word ptr [log_at], LOG
    pop di
    pop si
    pop eax
    ret

.section .rodata
text_tf: .asciz " tf="
text_dr6: .asciz " dr6="
.data
log_at: .word 0
