/*
 * Entry at EL1, MMU and caches off. Without the MMU all memory counts as
 * device memory, where unaligned accesses fault; so RAM is mapped to itself
 * as normal cached memory before any C code runs.
 */
    .section .start, "ax"
    .global tri_start
tri_start:
    /* Floating point and vectors: do not trap. */
    mov     x0, #(3 << 20)
    msr     cpacr_el1, x0
    adr     x0, vectors
    msr     vbar_el1, x0
    isb

    /* Attributes: 0 device-nGnRnE, 1 normal, write-back. */
    mov     x0, #0xff00
    msr     mair_el1, x0
    /* 39 bits of address in 4 KiB granules: one level-1 table of 1 GiB
     * blocks. Walks write-back, inner shareable; nothing through TTBR1. */
    ldr     x0, =(25 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23)
    msr     tcr_el1, x0
    adrp    x0, table
    msr     ttbr0_el1, x0
    tlbi    vmalle1
    ic      iallu
    dsb     nsh
    isb
    /* MMU, data cache, instruction cache on; alignment checks off. */
    mrs     x0, sctlr_el1
    mov     x1, #(1 << 12 | 1 << 2 | 1 << 0)
    orr     x0, x0, x1
    bic     x0, x0, #(1 << 1)
    msr     sctlr_el1, x0
    isb

    adrp    x0, tri_stack_top
    add     x0, x0, :lo12:tri_stack_top
    mov     sp, x0

    /* bss starts and ends at multiples of 64 bytes. */
    adrp    x0, tri_bss_start
    add     x0, x0, :lo12:tri_bss_start
    adrp    x1, tri_bss_end
    add     x1, x1, :lo12:tri_bss_end
1:  cmp     x0, x1
    b.hs    2f
    stp     xzr, xzr, [x0], #16
    b       1b

2:  bl      tri_board_main
    bl      tri_board_exit

    /* 16 exceptions, 128 bytes each: all are the same here. */
    .balign 2048
vectors:
    .rept   16
    .balign 128
    b       fault
    .endr
    .balign 128
fault:
    /* A fresh stack: the old one may be what failed. */
    adrp    x0, tri_stack_top
    add     x0, x0, :lo12:tri_stack_top
    mov     sp, x0
    mrs     x0, esr_el1
    mrs     x1, elr_el1
    mrs     x2, far_el1
    b       tri_board_fault

    /* Valid block, accessed; device: never executed; RAM: inner shareable. */
    .section .rodata.table, "a"
    .balign 4096
table:
    .quad   0x0060000000000401
    .quad   0x0000000040000705
    .fill   510, 8, 0
