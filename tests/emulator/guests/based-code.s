# 32-bit code in segments that are not flat: offsets count from the base, and beyond the limit nothing is executed.
.include "protected.inc"
.set LIMIT, 0x7f

.macro try_based name:req, entry:req
    expect "\name", (\entry-based), .Ldone\@
    ljmp SPARE:\entry-based
.Ldone\@:
.endm

main:
    mov ebx, 3                          # decoded in the flat segment first
1:  dec ebx
    jnz 1b
    say "flat", ebx
    mov eax, offset based
    mov word ptr [spare], LIMIT
    mov word ptr [spare + 2], ax
    shr eax, 16
    mov byte ptr [spare + 4], al
    mov byte ptr [spare + 5], 0x9b
    mov byte ptr [spare + 6], 0x40
    mov byte ptr [spare + 7], ah
    lcall SPARE:0
    say "eip in the segment", eax
    lcall SPARE:loop_with_call - based
    say "called in the segment", ecx
    lcall SPARE:indirect - based
    say "indirect", ecx
    try_based "jump beyond", jump_out
    try_based "jcc beyond", jcc_out
    mov ecx, 5
    try_based "loop beyond", loop_out
    say "loop has left", ecx
    try_based "call beyond", call_out
    mov eax, LIMIT + 1
    try_based "call register beyond", call_register_out
    try_based "jump register beyond", jump_register_out
    mov dword ptr [frames], LIMIT + 1
    try_based "jump memory beyond", jump_memory_out
    try_based "ret beyond", ret_out
    try_based "fall beyond", last
    try_based "instruction beyond", last+4
    # A gate into the segment: the return address counts from its base, and the handler's address too.
    mov word ptr [idt + 0x90 * 8], handler - based
    mov word ptr [idt + 0x90 * 8 + 2], SPARE
    mov word ptr [idt + 0x90 * 8 + 6], 0
1:  int 0x90
    sub eax, offset 1b
    say "handler", eax
    ret

.balign 16
based:
    call 1f
1:  pop eax
    retf
loop_with_call:
    mov ecx, 0
    mov edx, 3
1:  call subroutine
    dec edx
    jnz 1b
    retf
subroutine:
    inc ecx
    ret
indirect:
    mov eax, offset subroutine - based
    call eax
    retf
jump_out: jmp beyond
jcc_out:
    cmp eax, eax
    je beyond
loop_out: loop beyond
call_out: call beyond
call_register_out: call eax
jump_register_out: jmp eax
jump_memory_out: jmp [frames]
ret_out:
    push LIMIT + 1
    ret
handler:
    mov eax, [esp + 4]
    iretd
interrupt:
    int 0x91
    retf
.org based + LIMIT - 4
last:
    mov eax, 0xb8909090                 # B8, the last byte within the limit, starts another mov
beyond:
    nop
    nop
    nop
    nop
    ljmp CODE32:beyond_in_flat
beyond_in_flat:
    call none
    mov esp, [try_esp]
    jmp [try_resume]
