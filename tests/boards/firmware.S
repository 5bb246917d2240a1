/*
 * What stands between a processor with a secure state and a board that is started
 * in the other one, as by TF-A: all interrupts are of group 1, and whoever calls
 * to start anew ends the emulator. MMU and caches are on, as under U-Boot (in one of
 * 32 bits with short descriptors), and what is writable may not be executed, accesses
 * have to be aligned, interrupts are let in: all that a loader could leave behind.
 * GICD, GICC: the interrupt controller. IMAGE: where the board begins, at EL2, or
 * with EL1 defined at EL1.
 */
    .global _start
#ifdef __aarch64__
_start:
    ldr     x1, =GICD + 0x80
    mov     w0, #-1
    mov     w2, #8
1:  str     w0, [x1], #4
    subs    w2, w2, #1
    b.ne    1b
    ldr     x1, =GICC
    mov     w0, #0xf0           /* below that, all priorities are secure ones */
    str     w0, [x1, #4]
    adr     x0, vectors
    msr     vbar_el3, x0
    msr     vbar_el2, x0
    msr     cptr_el3, xzr
    mov     x0, #(1 << 10 | 1 << 8 | 3 << 4 | 1)    /* 64 bits, HVC, not secure */
    msr     scr_el3, x0
    mov     x0, #(1 << 31)
    msr     hcr_el2, x0
    mov     x0, #3
    msr     cnthctl_el2, x0
    mov     x0, #0x33ff
    msr     cptr_el2, x0
    mov     x0, #0x03c00000     /* towards zero, flushed to it, one NaN */
    msr     fpcr, x0
    ldr     x0, =0x44ffff
    adr     x1, table
    ldr     x2, =0x30d80800 | 1 << 12 | 1 << 3 | 1 << 2 | 1 << 1 | 1
#ifdef EL1
    ldr     x3, =32 | 1 << 23
    msr     tcr_el1, x3
    msr     mair_el1, x0
    msr     ttbr0_el1, x1
    msr     sctlr_el1, x2
    mov     x0, #4              /* EL1, with the stack of EL0 */
#else
    ldr     x3, =32 | 1 << 23 | 1 << 31
    msr     tcr_el2, x3
    msr     mair_el2, x0
    msr     ttbr0_el2, x1
    msr     sctlr_el2, x2
    msr     sctlr_el1, x2       /* there is no table for that */
    mov     x0, #8              /* EL2, likewise */
#endif
    msr     spsr_el3, x0
    dsb     sy
    ldr     x0, =IMAGE
    msr     elr_el3, x0
    eret
    .ltorg

    /* Blocks of 1 GiB, read only: so they may be executed. */
    .balign 64
table:
    .set    at, 0
    .rept   4
    .quad   at + 0x785
    .set    at, at + 0x40000000
    .endr

    .balign 2048
vectors:
    .skip   0x400               /* none comes from here */
    ldr     w1, =0x84000009     /* SYSTEM_RESET of PSCI */
    cmp     w0, w1
    b.ne    .
    mov     w0, #0x20           /* semihosting, SYS_EXIT_EXTENDED */
    adr     x1, end
    hlt     #0xf000
    .balign 8
end:
    .quad   0x20026, 0
#else
    .syntax unified
    .arm
    .arch   armv7-a
    .arch_extension sec
    .fpu    vfpv3
_start:
    ldr     r1, =GICD + 0x80
    mvn     r0, #0
    mov     r2, #8
1:  str     r0, [r1], #4
    subs    r2, r2, #1
    bne     1b
    ldr     r1, =GICC
    mov     r0, #0xf0           /* below that, all priorities are secure ones */
    str     r0, [r1, #4]
    mrc     p15, 0, r0, c1, c1, 2
    orr     r0, r0, #0xc00      /* floating point and vectors */
    mcr     p15, 0, r0, c1, c1, 2
    cps     #0x16
    mrc     p15, 0, r0, c1, c1, 0
    orr     r0, r0, #1          /* not secure */
    mcr     p15, 0, r0, c1, c1, 0
    isb
    mov     r0, #0x1d3          /* supervisor, interrupts held */
    msr     spsr_cxsf, r0
    adr     lr, 1f
    movs    pc, lr
1:  ldr     r0, =TABLE          /* sections of 1 MiB, of which all may do all */
    ldr     r1, =0xc02
    mov     r2, #0
2:  str     r1, [r0, r2, lsl #2]
    add     r1, r1, #(1 << 20)
    add     r2, r2, #1
    cmp     r2, #4096
    bne     2b
    mov     r1, #0
    mcr     p15, 0, r1, c2, c0, 2
    mcr     p15, 0, r0, c2, c0, 0
    mvn     r1, #0
    mcr     p15, 0, r1, c3, c0, 0
    mcr     p15, 0, r1, c8, c7, 0
    mrc     p15, 0, r0, c1, c0, 0
    ldr     r1, =1 << 30 | 3 << 28 | 3 << 19 | 1 << 13 | 1 << 12 | 1 << 2 | 1 << 1 | 1
    orr     r0, r0, r1
    ldr     r1, =IMAGE
    mrc     p15, 0, r2, c1, c0, 2
    orr     r2, r2, #(0xf << 20)
    mcr     p15, 0, r2, c1, c0, 2
    mov     r2, #(1 << 30)
    vmsr    fpexc, r2
    mov     r2, #0x03c00000     /* towards zero, flushed to it, one NaN */
    vmsr    fpscr, r2
    mcr     p15, 0, r0, c1, c0, 0
    isb
    setend  be
    bx      r1
    .ltorg
    .equ    TABLE, _start + 0x10000
#endif
