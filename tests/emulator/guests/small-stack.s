# A stack segment with 16-bit stack pointers: pushes wrap in 64 KiB and leave the upper half of esp alone.
.include "protected.inc"
main:
    mov dword ptr [spare], 0x0000ffff
    mov dword ptr [spare + 4], 0x008f9300
    mov [saved_esp], esp
    mov ebx, 3
1:  push ebx                            # on the one stack and then on the other, by the same code
    pop ecx
    dec ebx
    jz 2f
    mov eax, SPARE
    mov ss, eax
    mov esp, 0x12340002
    jmp 1b
2:
    mov dword ptr [0xfffc], 0
    mov dword ptr [0], 0
    mov eax, 0x89abcdef
    push eax
    mov ecx, esp
    call function
    mov edx, esp
    pushad
    mov ebp, esp
    popad
    enter 4, 1
    mov esi, esp
    leave
    mov edi, esp
    pop eax
    mov ebx, DATA
    mov ss, ebx
    mov esp, [saved_esp]
    say "popped", eax
    say "after push", ecx
    say "after call", edx
    say "entered", esi
    say "left", edi
    say "frame", ebp
    mov eax, [0]
    say "at 0", eax
    movzx eax, word ptr [0xfffe]
    say "at 0xfffe", eax
    ret
function:
    ret 0
.data
.balign 4
saved_esp: .long 0
