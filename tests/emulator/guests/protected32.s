# Exceptions, segments and old instructions in 32-bit protected mode.
.include "protected.inc"
.set S_LIMITED, SPARE                   # data, base at `frames`, limit 0xfff
.set S_DOWN, SPARE + 8                  # data, expand-down: offsets from 0x1000 on
.set S_READ_ONLY, SPARE + 16
.set S_EXECUTE_ONLY, SPARE + 24
.set S_NOT_PRESENT, SPARE + 32
.set S_CODE_READABLE, SPARE + 40

main:
    mov dword ptr [spare], 0x00000fff
    mov dword ptr [spare + 4], 0x00409300
    mov eax, offset frames
    mov [spare + 2], ax
    shr eax, 16
    mov [spare + 4], al
    mov [spare + 7], ah
    mov dword ptr [spare + 8], 0x00000fff
    mov dword ptr [spare + 12], 0x00409700
    mov dword ptr [spare + 16], 0x0000ffff
    mov dword ptr [spare + 20], 0x00cf9100
    mov dword ptr [spare + 24], 0x0000ffff
    mov dword ptr [spare + 28], 0x00cf9900
    mov dword ptr [spare + 32], 0x0000ffff
    mov dword ptr [spare + 36], 0x00cf1300
    mov dword ptr [spare + 40], 0x0000ffff
    mov dword ptr [spare + 44], 0x00cf9b00

    # Exceptions.
    xor ebx, ebx
    mov eax, 1
    cdq
    try "de", div ebx
    try "de idiv", idiv bl
    try "aam 0", aam 0
    try "bp", int3
    xor eax, eax
    try "into without of", into
    mov al, 0x7f
    inc al
    try "into", into
    mov dword ptr [frames], 5
    mov dword ptr [frames + 4], 10
    mov eax, 7
    try "bound inside", bound eax, [frames]
    mov eax, 11
    try "bound above", bound eax, [frames]
    mov eax, -1
    try "bound below", bound eax, [frames]
    mov word ptr [frames + 8], -3
    mov word ptr [frames + 10], -1
    mov eax, 0xabcdfffe
    try "bound 16 inside", bound ax, [frames + 8]
    xor eax, eax
    try "bound 16 above", bound ax, [frames + 8]
    try "ud2", ud2
    try "bound with register", .byte 0x62, 0xc0
    try "lock inc register", .byte 0xf0, 0x40
    try "16 bytes", .byte 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x90
    try "int 0x90", int 0x90
    try_user "user int 0x90", int 0x90
    try_user "user hlt", hlt
    try_user "user cli", cli
    try_user "user mov cr0", mov eax, cr0
    try_user "user into", into
    try_user "user ud2", ud2
    try_user "user far jump to level 0", jmp CODE32:0
    try_user "user ss", mov ss, [zero]

    # Segments.
    mov eax, S_NOT_PRESENT
    try "ds not present", mov ds, eax
    try "ss not present", mov ss, eax
    xor eax, eax
    try "ss null", mov ss, eax
    try "fs null", mov fs, eax
    try "fs null load", mov al, fs:[0]
    mov eax, S_READ_ONLY
    try "ss read-only", mov ss, eax
    mov eax, S_EXECUTE_ONLY
    try "es execute-only", mov es, eax
    mov eax, 0x1000
    try "gs outside", mov gs, eax
    try "far jump data", jmp DATA:0
    try "far jump null", jmp 0:0
    try "far jump outside", jmp 0x1000:0
    try "far jump absent", jmp S_NOT_PRESENT:0
    mov eax, S_LIMITED
    mov fs, eax
    mov dword ptr [frames + 0x123], 0x89abcdef
    say "base", fs:[0x123]
    mov ebx, 0x120
    mov esi, 1
    mov eax, fs:[ebx + esi * 2 + 1]
    say "base and index", eax
    mov dword ptr fs:[0xffc], 0x76543210
    say "up to the limit", [frames + 0xffc]
    add dword ptr fs:[ebx + 3], 1
    say "rmw", [frames + 0x123]
    .byte 0x64
    lea eax, [ebx + 3]
    say "lea", eax
    mov word ptr [frames + 0x200], 0xfefe
    mov bx, 0x200
    mov ax, fs:[bx]
    and eax, 0xffff
    say "16-bit address", eax
    mov ecx, 35
    bts dword ptr fs:[0x300], ecx
    say "bit string", [frames + 0x304]
    mov eax, S_READ_ONLY
    mov gs, eax
    mov ecx, 33
    try "bit test in a read-only segment", bt dword ptr gs:[frames + 0x300], ecx
    push dword ptr fs:[0x123]
    pop dword ptr fs:[0x127]
    say "push and pop", [frames + 0x127]

    # Old instructions, with operands and addresses of both sizes.
    mov eax, 0x11111111
    mov ecx, 0x22222222
    mov edx, 0x33333333
    mov ebx, 0x44444444
    mov ebp, 0x55555555
    mov esi, 0x66666666
    mov edi, 0x77777777
    mov [saved_esp], esp
    pushad
    pushaw
    say "pushaw di", [esp]
    say "pushaw ax", [esp + 12]
    popaw
    say "pushad edi", [esp]
    mov eax, [esp + 12]
    sub eax, [saved_esp]
    say "pushad esp", eax
    mov dword ptr [esp + 12], 0         # POPA leaves esp alone
    mov dword ptr [esp + 4], 0x12121212
    popad
    say "popad esi", esi
    say "popad eax", eax
    mov ecx, esp
    sub ecx, [saved_esp]
    say "popad esp", ecx
    .macro adjust name:req, ax:req, flags:req, instruction:vararg
        mov eax, \ax
        push \flags
        popfd
        \instruction
        pushfd
        pop edx
        and edx, 0xd5 & \instruction\()_flags
        say "\name", eax
        say "\name flags", edx
    .endm
    .set aaa_flags, 0x11
    .set aas_flags, 0x11
    .set daa_flags, 0xd5
    .set das_flags, 0xd5
    adjust "aaa", 0xffff000b, 2, aaa
    adjust "aaa af", 0xffff00fa, 0x12, aaa
    adjust "aas", 0xffff000b, 2, aas
    adjust "aas no", 0xffff0308, 2, aas
    adjust "daa", 0xffff009b, 2, daa
    adjust "daa cf", 0xffff0005, 3, daa
    adjust "das", 0xffff00ac, 2, das
    adjust "das af cf", 0xffff0002, 0x13, das
    mov eax, 0xffff00ff
    aam
    say "aam", eax
    aad
    say "aad", eax
    mov eax, 0xffff0000
    stc
    .byte 0xd6
    say "salc", eax
    mov ax, 0x10
    mov bx, 0x13
    arpl ax, bx
    setz cl
    movzx ecx, cl
    say "arpl", ecx
    and eax, 0xffff
    say "arpl ax", eax
    les ebx, [far_data]
    say "les", ebx
    mov eax, es
    say "es", eax
    mov eax, DATA
    mov es, eax
    lfs bx, [far_data16]
    say "lfs", ebx
    enter 8, 2
    mov eax, ebp
    sub eax, [saved_esp]
    say "enter ebp", eax
    mov eax, esp
    sub eax, [saved_esp]
    say "enter esp", eax
    leave
    mov eax, esp
    sub eax, [saved_esp]
    say "leave", eax
    pushfw
    pop ax
    push cs
    pop eax
    say "push cs", eax
    push S_LIMITED
    pop gs
    mov eax, gs
    say "pop gs", eax
    mov eax, -1
    mov ax, gs
    say "mov ax, gs", eax
    mov ecx, 0x10000
    .byte 0x67
    jcxz 1f
    say "jcxz", 0
1:  mov ecx, 0x10001
    .byte 0x67
    loop 1f
    say "loop", ecx
1:
    # 32-bit far call and return; a jump with 16-bit operand size cuts eip.
    push cs
    push offset 1f
    retf
1:  lcall CODE32:far_function
    say "far call", eax
    mov eax, offset far_function
    push cs
    call eax
    say "retf", eax
    # IRET to the same level leaves the stack.
    mov [saved_esp], esp
    pushfd
    push cs
    push offset 1f
    iretd
1:  mov eax, esp
    sub eax, [saved_esp]
    say "iret", eax
    # LMSW and SMSW.
    smsw eax
    and eax, 0xffff
    and eax, 0xb
    say "smsw", eax
    or eax, 8
    lmsw ax
    smsw eax
    and eax, 0xb
    say "task switched", eax
    clts
    smsw eax
    and eax, 0xb
    say "clts", eax
    sgdt [frames + 0x400]
    movzx eax, word ptr [frames + 0x400]
    say "sgdt", eax
    ret

far_function:
    mov eax, [esp + 4]
    retf

.data
zero: .word DATA
far_data:
.long 0x89abcdef
.word DATA
far_data16:
.word 0x1234, DATA
.balign 4
saved_esp: .long 0
