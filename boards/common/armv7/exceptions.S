/*
 * Exceptions of an ARMv7-A board. An IRQ is the timer's tick (irq.c), which may
 * have found that the watchdog is due, and an FIQ the watchdog; everything else
 * is an error. The end is taken as one, for all memory is wiped there as well.
 * All C code runs in supervisor mode.
 */
    .syntax unified
    .arm
    .cpu    cortex-a7
    .fpu    neon-vfpv4
    .text
    .balign 32
    .global tri_exceptions
tri_exceptions:
    b       .               /* reset: is not taken from here */
    b       undefined
    b       call
    b       fetch
    b       data
    b       .               /* of hypervisors: there is none */
    b       irq
    b       fiq

    /* Where it was goes to a frame: esr is the number of the vector in the upper
     * half, and the status of the fault; other registers may hold
     * secrets, and nothing of them is left. The stack is a fresh one: the old one
     * may be what failed, and is to be wiped. */
    .macro  leave number, back, what=0
    sub     r3, lr, #\back
    mov     r1, #\what
    mov     r2, #(\number << 16)
    b       gone
    .endm

undefined:
    mrs     r0, spsr        /* an instruction of Thumb is shorter */
    tst     r0, #(1 << 5)
    addne   lr, lr, #2
    mov     r4, #0
    mov     r5, #0
    leave   1, 4
call:
    mov     r4, #0
    mov     r5, #0
    leave   2, 4
fetch:
    mrc     p15, 0, r4, c5, c0, 1
    mrc     p15, 0, r5, c6, c0, 2
    leave   3, 4
data:
    mrc     p15, 0, r4, c5, c0, 0
    mrc     p15, 0, r5, c6, c0, 0
    leave   4, 8
fiq:
    mov     r4, #0
    mov     r5, #0
    leave   7, 4, 1
    .global tri_ended           /* from start.S. r0: the status */
tri_ended:
    add     r1, r0, #2
    mov     r2, #0
    mov     r3, #0
    mov     r4, #0
    mov     r5, #0
gone:
    cpsid   aif, #0x13
    orr     r2, r2, r4
    ldr     r0, =tri_fault_end - 16
    str     sp, [r0]
    str     r2, [r0, #4]
    str     r3, [r0, #8]
    str     r5, [r0, #12]
    mov     sp, r0
    .irp    n, 2,3,4,5,6,7,8,9,10,11,12
    mov     r\n, #0
    .endr
    .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
    vmov.i32 q\n, #0
    .endr
    bl      tri_board_fault

    /* Between r0 and the stack in use there are zeros. Registers that a call need
     * not keep may hold what was computed, and an interrupt puts them there:
     * nothing is left of them before the first zero is. */
    .global tri_stack_wipe
    .type   tri_stack_wipe, %function
tri_stack_wipe:
    .irp    n, 1,2,3,12
    mov     r\n, #0
    .endr
    .irp    n, 0,1,2,3,8,9,10,11,12,13,14,15
    vmov.i32 q\n, #0
    .endr
1:  cmp     r0, sp
    strdlo  r2, r3, [r0], #8
    blo     1b
    bx      lr

    /* What C code may change is kept, vectors included, on the stack that was
     * interrupted, which may stand at any multiple of 4. */
irq:
    sub     lr, lr, #4
    srsdb   sp!, #0x13
    cps     #0x13
    push    {r0-r3, r12, lr}
    and     r1, sp, #4
    sub     sp, sp, r1
    vmrs    r0, fpscr
    push    {r0, r1}
    vpush   {d0-d7}
    vpush   {d16-d31}
    bl      tri_irq
    cmp     r0, #0
    bne     bitten
    vpop    {d16-d31}
    vpop    {d0-d7}
    pop     {r0, r1}
    vmsr    fpscr, r0
    add     sp, sp, r1
    pop     {r0-r3, r12, lr}
    rfeia   sp!

    /* The watchdog as an IRQ: from where that interrupted, as an FIQ would. */
bitten:
    ldr     r1, [sp, #196]
    add     sp, sp, #200
    add     sp, sp, r1
    ldr     lr, [sp, #24]
    add     lr, lr, #4
    add     sp, sp, #32
    b       fiq
    .ltorg

    .bss
    .global tri_fault_start, tri_fault_end
    .balign 64
tri_fault_start:
    .skip   2048
tri_fault_end:
