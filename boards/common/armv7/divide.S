/*
 * What a compiler for ARMv7-A leaves to a library (Arm IHI 0043, 4.2): division
 * of 64 bits. numbers.c has the rest. Divisors and what they divide are public:
 * time depends on them. A division by zero gives zero, as the processor's own.
 */
    .syntax unified
    .arm
    .cpu    cortex-a7
    .section .text.divide, "ax"

    /* r0, r1 by r2, r3: quotient in r0, r1, remainder in r2, r3. */
    .global __aeabi_uldivmod
    .type   __aeabi_uldivmod, %function
__aeabi_uldivmod:
    orrs    r12, r1, r3
    bne     1f
    udiv    r12, r0, r2
    mls     r2, r12, r2, r0
    mov     r0, r12
    bx      lr
1:  orrs    r12, r2, r3
    beq     4f
    push    {r4-r6, lr}
    mov     r4, #0          /* the remainder */
    mov     r5, #0
    mov     r6, #64
2:  adds    r0, r0, r0
    adcs    r1, r1, r1
    adcs    r4, r4, r4
    adc     r5, r5, r5
    cmp     r5, r3
    cmpeq   r4, r2
    blo     3f
    subs    r4, r4, r2
    sbc     r5, r5, r3
    orr     r0, r0, #1
3:  subs    r6, r6, #1
    bne     2b
    mov     r2, r4
    mov     r3, r5
    pop     {r4-r6, pc}
4:  mov     r2, r0
    mov     r3, r1
    mov     r0, #0
    mov     r1, #0
    bx      lr

    /* Signed: towards zero, the remainder of the sign of what is divided. */
    .global __aeabi_ldivmod
    .type   __aeabi_ldivmod, %function
__aeabi_ldivmod:
    push    {r4, r5, r6, lr}
    mov     r4, r1
    eor     r5, r1, r3
    cmp     r1, #0
    bge     1f
    rsbs    r0, r0, #0
    rsc     r1, r1, #0
1:  cmp     r3, #0
    bge     2f
    rsbs    r2, r2, #0
    rsc     r3, r3, #0
2:  bl      __aeabi_uldivmod
    cmp     r5, #0
    bge     3f
    rsbs    r0, r0, #0
    rsc     r1, r1, #0
3:  cmp     r4, #0
    bge     4f
    rsbs    r2, r2, #0
    rsc     r3, r3, #0
4:  pop     {r4, r5, r6, pc}

    .section .note.GNU-stack, "", %progbits
