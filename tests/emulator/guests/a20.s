# The A20 gate, by port 92h and by the keyboard controller: what lies above 1 MiB, and what is seen there while it is closed.
.include "real.inc"

.macro say_byte name:req, where:vararg
    movzx eax, byte ptr \where
    say "\name", eax
.endm

main:
    mov ax, 0xffff
    mov es, ax
    in al, 0x92
    or al, 2
    and al, 0xfe
    out 0x92, al
    mov byte ptr [0x500], 0x11
    mov byte ptr es:[0x510], 0x22       # 100500h
    say_byte "open, low", [0x500]
    say_byte "open, high", es:[0x510]
    # mov al, 1; retf at 600h, mov al, 2; retf at 100600h
    mov dword ptr [0x600], 0xcb01b0
    mov dword ptr es:[0x610], 0xcb02b0
    lcall 0xffff, 0x0610
    movzx eax, al
    say "open, code", eax

    # A real board's gate is open while either wants it so; QEMU and Bochs follow the last that spoke.
    mov bl, 0xdd
    call tell_controller
    in al, 0x92
    and al, 0xfc
    out 0x92, al
    say_byte "closed, high", es:[0x510]
    mov byte ptr es:[0x511], 0x33
    say_byte "closed, stored high, low", [0x501]
    lcall 0xffff, 0x0610
    movzx eax, al
    say "closed, code", eax
    mov ax, es:[0x50f]                  # 1004FFh and 100500h
    movzx eax, ah
    say "closed, word", eax

    in al, 0x92
    or al, 2
    and al, 0xfe
    out 0x92, al
    say_byte "open again, high", es:[0x510]
    say_byte "open again, low", [0x501]
    mov byte ptr es:[0x511], 0x44
    say_byte "open again, stored high, low", [0x501]
    lcall 0xffff, 0x0610
    movzx eax, al
    say "open again, code", eax

    # The keyboard controller's output port; port 92h has to let go first.
    in al, 0x92
    and al, 0xfc
    out 0x92, al
    mov bl, 0xdf
    call tell_controller
    say_byte "open by the controller", es:[0x510]
    mov bl, 0xdd
    call tell_controller
    say_byte "closed by the controller", es:[0x510]

    in al, 0x92
    or al, 2
    and al, 0xfe
    out 0x92, al
    ret

# Writes bl to the controller's output port.
tell_controller:
    call wait_for_controller
    mov al, 0xd1
    out 0x64, al
    call wait_for_controller
    mov al, bl
    out 0x60, al
wait_for_controller:
    in al, 0x64
    test al, 2
    jnz wait_for_controller
    ret
