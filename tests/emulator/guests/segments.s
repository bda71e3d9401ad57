# Descriptors and segment registers in 64-bit and compatibility mode: loads, accessed bits, questions about descriptors, tables,
# TR and LDTR, far transfers.
.include "long.inc"

# Descriptors of the guest's own, by selector.
.set S_NOT_PRESENT, SPARE               # data
.set S_READ_ONLY, SPARE + 0x08
.set S_CODE_EXECUTE_ONLY, SPARE + 0x10
.set S_CONFORMING, SPARE + 0x18
.set S_CODE_ABSENT, SPARE + 0x20
.set S_FRESH, SPARE + 0x28              # data, never accessed
.set S_BASED, SPARE + 0x38              # data with base 0x12345678 and a limit of 0x1fff bytes
.set S_LDT, SPARE + 0x40
.set S_FRESH_CODE, SPARE + 0x50
.set S_CALL_GATE, SPARE + 0x60
.set S_LDT_ABSENT, SPARE + 0x70

.macro describe_segment selector:req, descriptor:req
    mov rax, \descriptor
    mov [gdt + \selector], rax
.endm

main:
    xor eax, eax
    lldt ax
    describe_segment S_NOT_PRESENT, 0x00cf13000000ffff
    describe_segment S_READ_ONLY, 0x00cf91000000ffff
    describe_segment S_CODE_EXECUTE_ONLY, 0x00cf99000000ffff
    describe_segment S_CONFORMING, 0x00af9f000000ffff
    describe_segment S_CODE_ABSENT, 0x00af1b000000ffff
    describe_segment S_FRESH, 0x00cf92000000ffff
    describe_segment S_BASED, 0x1240933456780fff+0x1000
    describe_segment S_LDT, 0x000082000000000f
    describe_segment S_FRESH_CODE, 0x00af98000000ffff
    describe_segment S_CALL_GATE, 0x00008c0000080000
    describe_segment S_LDT_ABSENT, 0x000002000000000f
    mov eax, offset ldt
    mov [gdt + S_LDT + 2], ax
    shr eax, 16
    mov [gdt + S_LDT + 4], al

    # Loads.
    mov eax, S_NOT_PRESENT
    try "ds not present", mov ds, eax
    try "ss not present", mov ss, eax
    try "fs not present", mov fs, eax
    mov eax, S_READ_ONLY
    try "es read-only", mov es, eax
    try "ss read-only", mov ss, eax
    mov eax, S_CODE_EXECUTE_ONLY
    try "ds execute-only", mov ds, eax
    try "ss code", mov ss, eax
    mov eax, DATA + 1
    try "ss rpl 1", mov ss, eax
    try "ds rpl 1", mov ds, eax
    mov eax, USER_DATA
    try "ss dpl 3", mov ss, eax
    try "ds dpl 3", mov ds, eax
    mov eax, TSS
    try "gs system", mov gs, eax
    mov eax, 0xfff8
    try "gs outside", mov gs, eax
    mov eax, 4 + 8
    try "gs no ldt", mov gs, eax
    xor eax, eax
    try "ss null", mov ss, eax
    try "ds null", mov ds, eax
    mov eax, 3
    try "es null rpl 3", mov es, eax
    mov eax, es
    say "es", rax
    try_user "user ss dpl 0", mov ss, [selectors]
    try_user "user ds dpl 0", mov ds, [selectors]
    try_user "user ss null", mov ss, [selectors + 2]
    try_user "user ds conforming", mov ds, [selectors + 4]
    mov eax, DATA
    mov ss, eax
    mov ds, eax
    mov es, eax

    # The accessed bit.
    say "fresh", [gdt + S_FRESH]
    mov eax, S_FRESH
    lar ecx, eax
    say "asked", [gdt + S_FRESH]
    mov fs, eax
    say "accessed", [gdt + S_FRESH]
    mov eax, S_FRESH
    btr qword ptr [gdt + S_FRESH], 40
    mov ss, eax
    say "stack accessed", [gdt + S_FRESH]
    mov eax, DATA
    mov ss, eax
    btr qword ptr [gdt + S_FRESH], 40
    push S_FRESH
    push rsp
    pushfq
    push S_FRESH_CODE
    push offset 1f
    iretq
1:  say "iret stack accessed", [gdt + S_FRESH]
    say "iret code accessed", [gdt + S_FRESH_CODE]
    mov eax, DATA
    mov ss, eax
    mov esp, offset boot_stack_top - 8
    push CODE64
    push offset 1f
    retfq
1:

    # Questions.
    .macro ask name:req, selector:req
        mov edx, \selector
        mov rax, -1
        lar eax, edx
        setz bl
        movzx ebx, bl
        say "lar \name", rbx
        say "lar \name is", rax
        mov rax, -1
        lsl eax, edx
        setz bl
        say "lsl \name", rbx
        say "lsl \name is", rax
        verr dx
        setz bl
        say "verr \name", rbx
        verw dx
        setz bl
        say "verw \name", rbx
    .endm
    ask "null", 0
    ask "data", DATA
    ask "code", CODE64
    ask "execute-only", S_CODE_EXECUTE_ONLY
    ask "read-only", S_READ_ONLY
    ask "based", S_BASED
    ask "tss", TSS
    ask "ldt", S_LDT
    ask "outside", 0xff00
    ask "absent", S_NOT_PRESENT
    ask "rpl 3", DATA + 3
    ask "conforming rpl 3", S_CONFORMING + 3
    ask "no ldt", 4
    mov edx, DATA
    mov rax, -1
    lar ax, dx
    say "lar 16", rax
    mov rax, -1
    rex.w lsl eax, edx
    say "lsl 64", rax

    # Tables.
    mov qword ptr [stored + 8], -1
    sgdt [stored]
    say "sgdt limit", [stored]
    say "sgdt base", [stored + 2]
    sidt [stored]
    say "sidt limit", [stored]
    lgdt [far_table]
    sgdt [stored]
    say "lgdt base", [stored + 2]
    lgdt [gdt_pointer]
    try "lgdt not canonical", lgdt [wild_table]
    sgdt [stored]
    say "gdt stays", [stored + 2]
    lgdt [gdt_pointer]
    xor eax, eax
    mov rax, -1
    str eax
    say "str 32", rax
    mov rax, -1
    str ax
    say "str 16", rax
    mov qword ptr [stored], -1
    sldt [stored]
    say "sldt memory", [stored]

    # LDTR and TR.
    mov eax, S_LDT
    try "lldt", lldt ax
    mov rax, [gdt + S_LDT]
    mov eax, 4 + 8
    try "gs from ldt", mov gs, eax
    mov eax, gs
    say "gs", rax
    xor eax, eax
    mov eax, S_LDT_ABSENT
    try "lldt absent", lldt ax
    mov eax, DATA
    try "lldt data", lldt ax
    mov eax, 4 + 8
    try "lldt local", lldt ax
    xor eax, eax
    try "lldt null", lldt ax
    mov eax, 4 + 8
    try "gs from no ldt", mov gs, eax
    mov eax, TSS
    try "ltr busy", ltr ax
    xor eax, eax
    try "ltr null", ltr ax
    xor eax, eax
    mov eax, DATA
    try "ltr data", ltr ax
    mov eax, S_LDT
    try "ltr ldt", ltr ax
    btr qword ptr [gdt + TSS], 41
    mov eax, TSS
    try "ltr available", ltr ax
    bt qword ptr [gdt + TSS], 41
    setc al
    movzx eax, al
    say "busy", rax

    # Far transfers.
    .macro far_to name:req, selector:req, where:req
        mov dword ptr [far_pointer], offset \where
        mov word ptr [far_pointer + 4], \selector
        try "\name", jmp fword ptr [far_pointer]
    .endm
    far_to "far jump null", 0, landing
    far_to "far jump data", DATA, landing
    far_to "far jump absent", S_CODE_ABSENT, landing
    far_to "far jump dpl 3", USER_CODE64, landing
    far_to "far jump tss", TSS, landing
    far_to "far jump ldt", S_LDT, landing
    far_to "far jump outside", 0xff00, landing
    mov dword ptr [far_pointer], offset conforming_landing
    mov word ptr [far_pointer + 4], S_CONFORMING
    jmp fword ptr [far_pointer]
conforming_landing:
    mov ax, cs
    movzx eax, ax
    say "conforming cs", rax
    mov qword ptr [far_pointer], offset landing_call
    mov dword ptr [far_pointer + 8], CODE64
    mov [try_rsp], rsp
    rex.w call fword ptr [far_pointer]
    say "far call back", rsp
    mov ax, cs
    movzx eax, ax
    say "cs", rax
    mov rax, 0x800000000000
    mov [far_pointer], rax
    try "far jump not canonical", rex.w jmp fword ptr [far_pointer]
    # To compatibility mode and back, by jump, call and return.
    mov rax, -1
    mov dword ptr [far_pointer], offset compatible
    mov dword ptr [far_pointer + 4], CODE32
    jmp fword ptr [far_pointer]
.code32
compatible:
    inc eax                             # 40: an instruction here, a prefix in 64-bit mode
    mov ecx, esp
    push eax
    sub ecx, esp
    pushfd
    pop edx
    pop ebx
    jmp CODE64:back
.code64
back:
    say "compatibility rax", rax
    say "compatibility push", rcx
    mov dword ptr [far_pointer], offset compatible_call
    mov dword ptr [far_pointer + 4], CODE32
    mov rbx, rsp
    call fword ptr [far_pointer]
    sub rbx, rsp
    say "back from compatibility", rbx
    say "its frame", rdx
    # An exception in compatibility mode: a 64-bit frame.
    expect "ud in compatibility mode", compatible_ud, 2f
    mov dword ptr [far_pointer], offset compatible_ud
    jmp fword ptr [far_pointer]
2:  expect "limit in compatibility mode", compatible_load, 2f
    mov eax, S_BASED
    mov fs, eax
    mov dword ptr [far_pointer], offset compatible_load
    jmp fword ptr [far_pointer]
2:  ret

landing:
    ret
landing_call:
    mov eax, 0
    mov rcx, [rsp + 8]
    say "pushed cs", rcx
    retfq
.code32
compatible_call:
    mov edx, [esp + 4]
    retf
compatible_ud:
    ud2
compatible_load:
    mov eax, fs:[0x2000]
    ud2
.code64
.data
.balign 8
selectors: .word DATA, 0, S_CONFORMING
stored: .quad 0, 0
far_table: .word 0xff
.quad 0xffff800012345678
wild_table: .word 0xff
.quad 0x123456789abcdef0
far_pointer: .quad 0, 0
ldt: .quad 0, DESCRIPTOR_DATA
