# From the 32-bit entry of PVH to C, in the flat segments and without paging, as the loader leaves the processor.
.intel_syntax noprefix
.section .note.pvh, "a", @note
    .long 4, 4, 18                  # name, descriptor, XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .long entry

.section .text.entry, "ax"
.code32
.global entry
entry:
    cli
    cld
    mov esp, offset stack_top
    call guest_main
    ud2

.section .bss.stack, "aw", @nobits
.balign 16
.skip 65536
stack_top:

.section .note.GNU-stack, "", @progbits
