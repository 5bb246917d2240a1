/*
 * Entry of a board with an AArch64 processor, and of each further core (cores.c),
 * at EL1 or EL2, memory mapped to itself if at all. Registers that say how code
 * runs are written as a whole: nothing of the loader's counts.
 * Without the MMU all memory counts as device memory, where unaligned accesses
 * fault; so RAM is mapped to itself as normal cached memory before any C code
 * runs. What is mapped is the board's: tri_board_table, for addresses of 32
 * bits in granules of 4 KiB, with nothing below the stack.
 */
    .section .start, "ax"
    .global tri_start, tri_start_core
tri_start_core:                 /* x0: the top of its stack, and its number */
    mov     x20, x0
    b       0f
tri_start:
    mov     x20, #0
0:  msr     daifset, #15
    msr     spsel, #1
    mov     w19, #0
    ldr     x21, =0x30d00800    /* all bits that are 1: MMU and caches off, what is
                                 * writable may be executed, little-endian */
    /* Firmware may start a program at EL2, where nothing here is written for:
     * down to EL1, with both timers, no traps, 64 bits, interrupts masked. */
    mrs     x0, currentel
    cmp     x0, #(2 << 2)
    b.lo    1f
    b.hi    el3
    mov     w19, #1
    mov     x0, #(1 << 31)
    msr     hcr_el2, x0
    mov     x0, #3
    msr     cnthctl_el2, x0
    msr     cntvoff_el2, xzr
    mov     x0, #0x33ff         /* all bits that are 1, and no trap */
    msr     cptr_el2, x0
    msr     hstr_el2, xzr
    mrs     x0, midr_el1
    msr     vpidr_el2, x0
    mrs     x0, mpidr_el1
    msr     vmpidr_el2, x0
    msr     sctlr_el1, x21
    mov     x0, #0x3c5
    msr     spsr_el2, x0
    adr     x0, 1f
    msr     elr_el2, x0
    eret
1:  msr     sctlr_el1, x21
    isb
    /* Floating point and vectors: do not trap; to the nearest, no flush to zero. */
    mov     x0, #(3 << 20)
    msr     cpacr_el1, x0
    isb
    msr     fpcr, xzr
    adrp    x0, tri_exceptions
    add     x0, x0, :lo12:tri_exceptions
    msr     vbar_el1, x0
    isb

    /* Attributes: 0 device-nGnRnE, 1 normal, write-back, 2 normal, not cached. */
    ldr     x0, =0x44ff00
    msr     mair_el1, x0
    /* 32 bits of address in 4 KiB granules. Walks write-back, inner shareable;
     * nothing through TTBR1. */
    ldr     x0, =(32 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23)
    msr     tcr_el1, x0
    adrp    x0, tri_board_table
    add     x0, x0, :lo12:tri_board_table
    msr     ttbr0_el1, x0
    tlbi    vmalle1
    ic      iallu
    dsb     nsh
    isb
    /* MMU, data cache, instruction cache on. */
    mov     x0, #(1 << 12 | 1 << 2 | 1 << 0)
    orr     x0, x0, x21
    msr     sctlr_el1, x0
    isb
    cbz     x20, 2f

    and     x0, x20, #63
    sub     x1, x20, x0
    mov     sp, x1
    b       tri_core_main

2:  adrp    x0, tri_stack_top
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

2:  adrp    x0, tri_entered_at_el2
    str     w19, [x0, :lo12:tri_entered_at_el2]
    bl      tri_irq_start
    bl      tri_board_main
    b       tri_ended

    /* There is no firmware, which starts cores and the board anew. */
el3:
    adrp    x0, tri_stack_top
    add     x0, x0, :lo12:tri_stack_top
    mov     sp, x0
    adr     x19, 3f
1:  ldrb    w0, [x19], #1
    cbz     w0, 2f
    bl      tri_board_putc
    b       1b
2:  mov     w0, #0x20           /* semihosting, SYS_EXIT_EXTENDED */
    adr     x1, 4f
    hlt     #0xf000
    wfi
    b       2b
3:  .asciz  "this board takes no part: it was started at EL3\n"
    .balign 8
4:  .quad   0x20026, 2
