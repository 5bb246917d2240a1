/*
 * Exceptions of an AArch64 board. From EL1 with its own stack an IRQ is the
 * timer's tick (irq.c), and an FIQ the watchdog; everything else is an error.
 * The end is taken as one, for all memory is wiped there as well.
 */
    .text
    .balign 2048
    .global tri_exceptions
tri_exceptions:
    .rept   4               /* EL1 with the stack of EL0: is never used */
    .balign 128
    b       fault
    .endr
    .balign 128
    b       fault           /* synchronous */
    .balign 128
    b       irq
    .balign 128
    b       fiq
    .balign 128
    b       fault           /* SError */
    .rept   8               /* from EL0: there is none */
    .balign 128
    b       fault
    .endr
    .balign 128

    /* Where it was goes to a frame; other registers may hold secrets, and nothing
     * of them is left. The stack is a fresh one: the old one may be what failed,
     * and is to be wiped. The first core that comes here has it; others stay, with
     * all masked. */
fault:
    mov     w1, #0
    b       1f
fiq:
    mov     w1, #1
    b       1f
    .global tri_ended       /* from start.S. w0: the status */
tri_ended:
    msr     daifset, #15
    add     w1, w0, #2
1:  .irp    n, 2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    mov     x\n, xzr
    .endr
    .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    movi    v\n\().2d, #0
    .endr
    mrs     x6, mpidr_el1
    and     x6, x6, #0xff
    add     x6, x6, #1
    adrp    x0, tri_fault_owner
    add     x0, x0, :lo12:tri_fault_owner
1:  ldaxr   w7, [x0]
    cbnz    w7, 2f
    stlxr   w8, w6, [x0]
    cbnz    w8, 1b
    mov     w7, w6
2:  cmp     w7, w6
    b.ne    park
    mov     x5, sp
    mrs     x2, esr_el1
    mrs     x3, elr_el1
    mrs     x4, far_el1
    adrp    x0, tri_fault_end
    add     x0, x0, :lo12:tri_fault_end
    sub     x0, x0, #32
    stp     x5, x2, [x0]
    stp     x3, x4, [x0, #16]
    mov     sp, x0
    b       tri_board_fault

    /* Between x0 and the stack in use there are zeros. Registers that a call need
     * not keep may hold what was computed, and an interrupt puts them there:
     * nothing is left of them before the first zero is. */
    .global tri_stack_wipe
tri_stack_wipe:
    .irp    n, 2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18
    mov     x\n, xzr
    .endr
    .irp    n, 0,1,2,3,4,5,6,7,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    movi    v\n\().2d, #0
    .endr
    .irp    n, 8,9,10,11,12,13,14,15
    fmov    d\n, d\n         /* the lower half is the caller's */
    .endr
    mov     x1, sp
1:  cmp     x0, x1
    b.hs    2f
    stp     xzr, xzr, [x0], #16
    b       1b
2:  ret

park:
    adrp    x0, tri_fault_parked
    add     x0, x0, :lo12:tri_fault_parked
1:  ldaxr   w7, [x0]
    add     w7, w7, #1
    stlxr   w8, w7, [x0]
    cbnz    w8, 1b
2:  msr     daifset, #15
    wfi
    b       2b

    /* What C code may change is kept, vectors included. The watchdog, which does
     * not return, may interrupt it anywhere. */
irq:
    msr     daifclr, #1
    sub     sp, sp, #704
    stp     x0, x1, [sp]
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x30, [sp, #144]
    mrs     x0, elr_el1
    mrs     x1, spsr_el1
    stp     x0, x1, [sp, #160]
    mrs     x0, fpcr
    mrs     x1, fpsr
    stp     x0, x1, [sp, #176]
    add     x0, sp, #192
    stp     q0, q1, [x0], #32
    stp     q2, q3, [x0], #32
    stp     q4, q5, [x0], #32
    stp     q6, q7, [x0], #32
    stp     q8, q9, [x0], #32
    stp     q10, q11, [x0], #32
    stp     q12, q13, [x0], #32
    stp     q14, q15, [x0], #32
    stp     q16, q17, [x0], #32
    stp     q18, q19, [x0], #32
    stp     q20, q21, [x0], #32
    stp     q22, q23, [x0], #32
    stp     q24, q25, [x0], #32
    stp     q26, q27, [x0], #32
    stp     q28, q29, [x0], #32
    stp     q30, q31, [x0], #32
    bl      tri_irq
    cbnz    w0, fiq
    add     x0, sp, #192
    ldp     q0, q1, [x0], #32
    ldp     q2, q3, [x0], #32
    ldp     q4, q5, [x0], #32
    ldp     q6, q7, [x0], #32
    ldp     q8, q9, [x0], #32
    ldp     q10, q11, [x0], #32
    ldp     q12, q13, [x0], #32
    ldp     q14, q15, [x0], #32
    ldp     q16, q17, [x0], #32
    ldp     q18, q19, [x0], #32
    ldp     q20, q21, [x0], #32
    ldp     q22, q23, [x0], #32
    ldp     q24, q25, [x0], #32
    ldp     q26, q27, [x0], #32
    ldp     q28, q29, [x0], #32
    ldp     q30, q31, [x0], #32
    ldp     x0, x1, [sp, #176]
    msr     fpcr, x0
    msr     fpsr, x1
    ldp     x0, x1, [sp, #160]
    msr     elr_el1, x0
    msr     spsr_el1, x1
    ldp     x18, x30, [sp, #144]
    ldp     x16, x17, [sp, #128]
    ldp     x14, x15, [sp, #112]
    ldp     x12, x13, [sp, #96]
    ldp     x10, x11, [sp, #80]
    ldp     x8, x9, [sp, #64]
    ldp     x6, x7, [sp, #48]
    ldp     x4, x5, [sp, #32]
    ldp     x2, x3, [sp, #16]
    ldp     x0, x1, [sp]
    add     sp, sp, #704
    eret

    .bss
    .global tri_fault_start, tri_fault_end
    .balign 64
tri_fault_start:
    .skip   8               /* fault.c's */
    .global tri_fault_parked
tri_fault_owner:
    .skip   4
tri_fault_parked:
    .skip   4
    .global tri_entered_at_el2
tri_entered_at_el2:
    .skip   4               /* for the call that starts anew */
    .skip   2028
tri_fault_end:
