/*
 * Memory map: RAM at the bottom, devices in the last GiB below 4 GiB. The first
 * 2 MiB are not mapped, so that a stack that grows too far, or a pointer that
 * is none, ends in an exception. The last 2 MiB of the first 128 MiB are not
 * cached: the network cards look into RAM past the caches.
 */
    .section .rodata.table, "a"
    .balign 4096
ram:
    .quad   0
    .set    at, 0x200000
    .rept   61
    .quad   at + 0x705          /* block, accessed, normal, inner shareable */
    .set    at, at + 0x200000
    .endr
    .quad   0                   /* stacks of further cores (cores.c) */
    .quad   0x0060000000000709 + 0x07e00000 /* never executed, not cached */
    .fill   448, 8, 0

    .global tri_board_table
    .balign 64
tri_board_table:
    .quad   ram + 3
    .quad   0
    .quad   0
    .quad   0x00600000c0000401  /* block, accessed, never executed: device */
