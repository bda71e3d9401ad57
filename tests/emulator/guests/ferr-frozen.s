# What waits for an x87 exception to be answered is not executed before: each kind of instruction, other interrupts meanwhile, and
# what IGNNE# lets pass.
.include "real.inc"
.include "x87-error.inc"
.set CR0_MP_EM_TS_NE, 0x2e
.set CR4_OSFXSR, 0x200
.set TOO_MUCH, 4000
# An instruction after a division: the interrupts that it took, and where the last of them came.
.macro frozen name:req, instruction:vararg
    divide
    mov dword ptr [served], 0
    mov word ptr [wait_at], offset .Lfrozen\@
    mov dword ptr [operand], 0x40400000
    sti
.Lfrozen\@:
    \instruction
    cli
    say "\name: interrupts", [served]
    say "\name: ip", [served_ip]
.endm
.macro status name:req
    fnstsw ax
    movzx eax, ax
    say "\name: status", eax
.endm

main:
    mov eax, cr0
    and eax, ~CR0_MP_EM_TS_NE
    mov cr0, eax
    mov eax, cr4
    or eax, CR4_OSFXSR
    mov cr4, eax
    mov word ptr [0x75 * 4], offset serve
    mov word ptr [0x08 * 4], offset tick
    outb MASTER + 1, 0xfb
    outb SLAVE + 1, 0xdf

    mov word ptr [answer], offset initialise
    frozen "fld1", fld1
    status "fld1"
    fistp word ptr [operand]
    say "fld1: value", [operand]
    frozen "fst", fst dword ptr [operand]
    say "fst: before", [served_operand]
    say "fst: after", [operand]
    pxor mm1, mm1
    frozen "movd", movd [operand], mm1
    say "movd: before", [served_operand]
    say "movd: after", [operand]
    status "movd"
    mov eax, 0x01020304
    movd mm0, eax
    frozen "paddb", paddb mm0, mm0
    movd [operand], mm0
    say "paddb: value", [operand]

    # Other interrupts come to a frozen processor, which is frozen again afterwards. The third tick opens IRQ 13.
    outb SLAVE + 1, 0xff
    outb MASTER + 1, 0xfa
    outb 0x43, 0x34
    outb 0x40, TOO_MUCH & 0xff
    outb 0x40, TOO_MUCH >> 8
    frozen "masked", fld1
    status "masked"
    outb MASTER + 1, 0xfb

    # With IGNNE# they are executed, the exception pending all the while.
    mov word ptr [answer], offset answer_only
    frozen "ignored fld1", fld1
    fst dword ptr [operand]
    say "ignored: fst", [operand]
    mov dword ptr [served], 0
    mov eax, 0x01020304
    movd mm0, eax
    paddb mm0, mm0
    movd [operand], mm0
    sti
    nop
    nop
    cli
    say "ignored: paddb", [operand]
    emms
    status "ignored"
    say "ignored: interrupts", [served]
    fninit
    frozen "after that", fld1
    fninit
    ret

serve:
    pushad
    inc dword ptr [served]
    mov bp, sp
    mov ax, [bp + 32]
    sub ax, [wait_at]
    mov [served_ip], ax
    mov eax, [operand]
    mov [served_operand], eax
    call [answer]
    outb SLAVE, EOI
    outb MASTER, EOI
    popad
    iret
initialise:
    out 0xf0, al
    fninit
    ret
answer_only:
    out 0xf0, al
    ret
tick:
    pushad
    mov bp, sp
    mov ax, [bp + 32]
    sub ax, [wait_at]
    movzx eax, ax
    say "tick", eax
    inc dword ptr [ticks]
    cmp dword ptr [ticks], 3
    jne 1f
    outb SLAVE + 1, 0xdf
1:  outb MASTER, EOI
    popad
    iret

.bss
.balign 4
served: .skip 4
served_ip: .skip 4
served_operand: .skip 4
ticks: .skip 4
operand: .skip 8
wait_at: .skip 2
answer: .skip 2
control_word: .skip 4
