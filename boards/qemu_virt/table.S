/*
 * Memory map of the machine: devices below 1 GiB, RAM above. Its first 2 MiB
 * hold the device tree, which nobody reads; they are not mapped, so that a
 * stack that grows too far ends in an exception. The last 2 of 128 MiB are the
 * stacks of further cores (cores.c).
 */
    .section .rodata.table, "a"
    .balign 4096
ram:
    .quad   0
    .set    at, 0x40200000
    .rept   62                  /* up to 126 MiB */
    .quad   at + 0x705          /* block, accessed, normal, inner shareable */
    .set    at, at + 0x200000
    .endr
    .fill   449, 8, 0

    .global tri_board_table
    .balign 64
tri_board_table:
    .quad   0x0060000000000401  /* block, accessed, never executed: device */
    .quad   ram + 3
    .quad   0
    .quad   0
