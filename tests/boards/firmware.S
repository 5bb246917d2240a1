/*
 * What stands between a processor with a secure state and a board that is started
 * in the other one, as by TF-A: all interrupts are of group 1, and whoever calls
 * to start anew ends the emulator. One of 32 bits finds MMU and caches on, with
 * short descriptors, as under U-Boot. GICD, GICC: the interrupt controller. IMAGE:
 * where the board begins.
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
    msr     cptr_el3, xzr
    mov     x0, #(1 << 10 | 1 << 8 | 3 << 4 | 1)    /* 64 bits, HVC, not secure */
    msr     scr_el3, x0
    mov     x0, #0x3c9          /* EL2 */
    msr     spsr_el3, x0
    ldr     x0, =IMAGE
    msr     elr_el3, x0
    eret
    .ltorg

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
    orr     r0, r0, #(1 << 12)
    orr     r0, r0, #(1 << 2 | 1 << 0)
    mcr     p15, 0, r0, c1, c0, 0
    isb
    ldr     pc, =IMAGE
    .ltorg
    .equ    TABLE, _start + 0x10000
#endif
