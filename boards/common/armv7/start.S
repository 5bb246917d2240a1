/*
 * Entry of a board with an ARMv7-A processor that has large physical addresses
 * (Cortex-A7, A15, A17): supervisor mode, memory mapped to itself if at all, as a
 * boot loader leaves it that has not started another system. U-Boot goes with MMU
 * and data cache on, and has no long descriptors: both are off before anything
 * else. Registers that say how code runs are written as a whole: nothing of the
 * loader's counts. Without the MMU unaligned accesses fault; so RAM is mapped to
 * itself as normal cached memory before any C code runs. What is mapped is the
 * board's: tri_board_table, with nothing below the stack.
 */
    .syntax unified
    .arm
    .cpu    cortex-a7
    .fpu    neon-vfpv4
    .section .start, "ax"
    .global tri_start
    .type   tri_start, %function
tri_start:
    cpsid   aif, #0x13
    setend  le
    /* All bits that are 1: MMU and caches off, what is writable may be executed,
     * exceptions to ARM code where VBAR says, little-endian. */
    movw    r6, #0x0078
    movt    r6, #0x00c5
    mcr     p15, 0, r6, c1, c0, 0
    isb
    /* What is only in the data caches goes to memory: of each level, to the point of
     * coherency, all sets of all ways (Arm DDI 0406C, B2.2.7). */
    dmb
    mrc     p15, 1, r0, c0, c0, 1
    ubfx    r3, r0, #24, #3
    lsl     r3, r3, #1          /* the first level beyond, times 2 */
    mov     r10, #0             /* level, times 2 */
1:  cmp     r10, r3
    bhs     5f
    add     r2, r10, r10, lsr #1
    lsr     r1, r0, r2
    and     r1, r1, #7
    cmp     r1, #2
    blt     4f                  /* none, or of instructions only */
    mcr     p15, 2, r10, c0, c0, 0
    isb
    mrc     p15, 1, r1, c0, c0, 0
    and     r2, r1, #7
    add     r2, r2, #4          /* where the set stands */
    ubfx    r4, r1, #3, #10     /* the last way */
    clz     r5, r4
    ubfx    r7, r1, #13, #15    /* the last set */
2:  mov     r9, r4
3:  orr     r11, r10, r9, lsl r5
    orr     r11, r11, r7, lsl r2
    mcr     p15, 0, r11, c7, c14, 2
    subs    r9, r9, #1
    bge     3b
    subs    r7, r7, #1
    bge     2b
4:  add     r10, r10, #2
    b       1b
5:  dsb
    /* In a system of several cores: without this bit (SMP) nothing is cached. */
    mrc     p15, 0, r0, c1, c0, 1
    orr     r0, r0, #(1 << 6)
    mcr     p15, 0, r0, c1, c0, 1
    /* Floating point and vectors, all of them; to the nearest, no flush to zero. */
    mov     r0, #(0xf << 20)
    mcr     p15, 0, r0, c1, c0, 2
    isb
    mov     r0, #(1 << 30)
    vmsr    fpexc, r0
    mov     r0, #0
    vmsr    fpscr, r0
    ldr     r0, =tri_exceptions
    mcr     p15, 0, r0, c12, c0, 0

    /* Attributes: 0 strongly ordered, 1 normal, write-back, 2 normal, not cached. */
    ldr     r0, =0x44ff00
    mcr     p15, 0, r0, c10, c2, 0
    /* Long descriptors, for all of the addresses. Walks write-back, inner
     * shareable; nothing through TTBR1. */
    ldr     r0, =(1 << 31 | 1 << 23 | 3 << 12 | 1 << 10 | 1 << 8)
    mcr     p15, 0, r0, c2, c0, 2
    ldr     r0, =tri_board_table
    mov     r1, #0
    mcrr    p15, 0, r0, r1, c2
    mcr     p15, 0, r1, c8, c7, 0       /* no translations, instructions, branches */
    mcr     p15, 0, r1, c7, c5, 0
    mcr     p15, 0, r1, c7, c5, 6
    dsb
    isb
    /* MMU, caches, branch prediction on. */
    movw    r1, #(1 << 12 | 1 << 11 | 1 << 2 | 1 << 0)
    orr     r6, r6, r1
    mcr     p15, 0, r6, c1, c0, 0
    isb

    ldr     sp, =tri_stack_top

    /* bss starts and ends at multiples of 64 bytes. */
    ldr     r0, =tri_bss_start
    ldr     r1, =tri_bss_end
    mov     r2, #0
    mov     r3, #0
1:  cmp     r0, r1
    strdlo  r2, r3, [r0], #8
    blo     1b

    bl      tri_irq_start
    bl      tri_board_main
    b       tri_ended
    .ltorg
