# A fault that no gate can take: the processor shuts down.
.include "long.inc"
main:
    say "before", 1
    lidt [no_table]
    ud2
    say "after", 1
    ret
.data
no_table: .word 0
.quad 0
