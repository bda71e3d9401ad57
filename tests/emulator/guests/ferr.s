# x87 exceptions of a PC/AT: with CR0.NE clear they come as IRQ 13, vector 75h, and port F0h answers. FWAIT and FNOP wait here, which
# leave nothing behind: it does not matter whether they are executed before the interrupt, too.
.include "real.inc"
.include "x87-error.inc"
.set CR0_MP_EM_TS, 0xe
.set CR0_NE, 0x20
.set CR4_OSFXSR, 0x200
# The instruction that waits, between two labels; what is served while it does is told after it.
.macro wait name:req, instruction:vararg
    mov word ptr [wait_at], offset .Lwait\@
    sti
.Lwait\@:
    \instruction
    nop
    cli
    say "\name: interrupts", [served]
    say "\name: ip", [served_ip]
    say "\name: status", [served_status]
    say "\name: in service", [served_in_service]
    mov dword ptr [served], 0
    mov dword ptr [served_ip], 0xff
    mov dword ptr [served_status], 0
    fnstsw ax
    movzx eax, ax
    say "\name: status after", eax
.endm
# Whether an instruction waits: how many interrupts it takes.
.macro waits name:req, instruction:vararg
    divide
    sti
    \instruction
    nop
    cli
    say "\name waits", [served]
    mov dword ptr [served], 0
.endm

main:
    mov eax, cr4
    or eax, CR4_OSFXSR
    mov cr4, eax
    mov eax, cr0
    and eax, ~(CR0_MP_EM_TS + CR0_NE)
    mov cr0, eax
    mov word ptr [0x75 * 4], offset serve
    outb MASTER + 1, 0xfb
    outb SLAVE + 1, 0xdf

    # Not waited for.
    mov word ptr [answer], offset answer_first
    divide
    sti
    fnstsw ax
    fnstcw [control_word]
    nop
    cli
    movzx eax, ax
    say "pending", eax
    say "pending: interrupts", [served]
    in al, 0xf0
    movzx eax, al
    say "port", eax

    wait "fwait", fwait
    divide
    wait "fnop", fnop
    # The request is answered after the exception has gone.
    mov word ptr [answer], offset answer_last
    divide
    wait "answered last", fwait
    divide
    wait "again", fwait
    # FNINIT takes the exception away as well.
    mov word ptr [answer], offset initialise
    divide
    wait "fninit", fwait
    # By its own mask.
    mov word ptr [answer], offset mask_all
    divide
    wait "masked", fwait

    mov word ptr [answer], offset initialise
    waits "fld1", fld1
    waits "fild", fild word ptr [control_word]
    waits "fst", fst dword ptr [environment]
    waits "fxch", fxch
    waits "fcomi", fcomi
    waits "ffree", ffree st
    waits "fincstp", fincstp
    waits "fldcw", fldcw [control_word]
    waits "fldenv", fldenv [environment]
    waits "frstor", frstor [image]
    waits "emms", emms
    waits "paddb", paddb mm1, mm0
    waits "paddb from memory", paddb mm1, [image]
    waits "movd", movd [image], mm1
    waits "movq2dq", movq2dq xmm0, mm0
    waits "cvtpi2ps", cvtpi2ps xmm0, mm0
    waits "fnstsw", fnstsw [environment]
    waits "fnstcw", fnstcw [environment]
    waits "fnclex", fnclex
    waits "fninit", fninit
    waits "fnstenv", fnstenv [environment]
    waits "fnsave", fnsave [image]
    waits "fxsave", fxsave [image]
    waits "addps", addps xmm0, xmm1
    waits "nop", nop

    # Answered, and the exception left: IGNNE# lets everything pass until it has gone.
    mov word ptr [answer], offset answer_only
    divide
    wait "ignored", fwait
    wait "ignored still", fwait
    wait "ignored by fnop", fnop
    fnclex
    wait "cleared", fwait
    mov word ptr [answer], offset answer_first
    divide
    wait "after that", fwait
    # Answered without need: IGNNE# needs FERR#.
    fninit
    outb 0xf0, 0
    divide
    wait "answered in vain", fwait

    # With CR0.NE it is an exception of the processor alone.
    divide
    mov eax, cr0
    or eax, CR0_NE
    mov cr0, eax
    sti
    try "native", fwait
    cli
    fninit
    say "native: interrupts", [served]
    ret

serve:
    pushad
    inc dword ptr [served]
    mov bp, sp
    mov ax, [bp + 32]
    sub ax, [wait_at]
    mov [served_ip], ax
    fnstsw [served_status]
    outb SLAVE, 0x0b
    in al, SLAVE
    mov [served_in_service], al
    call [answer]
    outb SLAVE, EOI
    outb MASTER, EOI
    popad
    iret
answer_first:
    out 0xf0, al
    fnclex
    ret
answer_last:
    fnclex
    out 0xf0, al
    ret
answer_only:
    out 0xf0, al
    ret
initialise:
    out 0xf0, al
    fninit
    ret
mask_all:
    out 0xf0, al
    fnstenv [environment]
    ret

.bss
.balign 4
served: .skip 4
served_ip: .skip 4
served_status: .skip 4
served_in_service: .skip 4
wait_at: .skip 2
answer: .skip 2
control_word: .skip 4
environment: .skip 28
.balign 16
image: .skip 512
