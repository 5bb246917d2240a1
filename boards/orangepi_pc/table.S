/*
 * Memory map: RAM from 1 GiB on, devices in the 4 MiB that have those of the
 * board. The first 2 MiB of RAM are not mapped, so that a stack that grows too
 * far ends in an exception, and neither is 0. The last 2 MiB of the first 128 MiB
 * are not cached: the network card looks into RAM past the caches.
 */
    .section .rodata.table, "a"
    .balign 4096
devices:
    .fill   14, 8, 0
    .quad   0x0060000000000401 + 0x01c00000 /* block, accessed, never executed: device */
    .quad   0x0060000000000401 + 0x01e00000
    .fill   496, 8, 0
ram:
    .quad   0
    .set    at, 0x40200000
    .rept   62
    .quad   at + 0x705          /* block, accessed, normal, inner shareable */
    .set    at, at + 0x200000
    .endr
    .quad   0x0060000000000709 + 0x47e00000 /* never executed, not cached */
    .fill   448, 8, 0

    .global tri_board_table
    .balign 64
tri_board_table:
    .word   devices + 3, 0
    .word   ram + 3, 0
    .quad   0
    .quad   0
