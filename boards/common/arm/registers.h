#ifndef TRI_BOARDS_COMMON_ARM_REGISTERS_H
#define TRI_BOARDS_COMMON_ARM_REGISTERS_H

#include <stdint.h>

/** \file boards/common/arm/registers.h
 *
 * # Registers of the processor: AArch64 at EL1, ARMv7-A at PL1
 *
 * What the files of this folder need of either, by one name: identification,
 * the generic timer, of which the virtual one is the tick and the physical one
 * the watchdog, masks of interrupts, the trap of semihosting, a line of the
 * cache to memory (Arm DDI 0487 and DDI 0406C; Semihosting for AArch32 and
 * AArch64).
 */

/* One instruction, which reads a register; and one that writes it, in force at
 * once. */
#define TRI_GET(type, text)                             \
    __extension__({                                     \
        type v_;                                        \
        __asm__ volatile(text : "=r"(v_) : : "memory"); \
        v_;                                             \
    })
#define TRI_PUT(text, v) __asm__ volatile(text "\n isb" : : "r"(v) : "memory")

#ifdef __aarch64__

enum { TRI_WATCHDOG_IRQ = 30 }; /**< private interrupt of the physical timer */

#define TRI_READ(name)     TRI_GET(uint64_t, "mrs %0, " name)
#define TRI_WRITE(name, v) TRI_PUT("msr " name ", %0", (uint64_t)(v))
/* A counter, as it is now and not earlier. */
#define TRI_READ_LONG(name) TRI_GET(uint64_t, "isb\n mrs %0, " name)
#define TRI_WRITE_LONG      TRI_WRITE

#define TRI_CPU_ID        "midr_el1"
#define TRI_TIMER_RATE    "cntfrq_el0"
#define TRI_TICK_NOW      "cntvct_el0"
#define TRI_TICK_AT       "cntv_cval_el0"
#define TRI_TICK_CONTROL  "cntv_ctl_el0"
#define TRI_WATCH_NOW     "cntpct_el0"
#define TRI_WATCH_AT      "cntp_cval_el0"
#define TRI_WATCH_CONTROL "cntp_ctl_el0"

#define TRI_HOLD_IRQ "msr daifset, #2"
#define TRI_LET_IRQ  "msr daifclr, #2"
#define TRI_LET_FIQ  "msr daifclr, #1"
#define TRI_LET_ALL  "msr daifclr, #3"
#define TRI_HOLD_ALL "msr daifset, #15"
#define TRI_TRAP     "hlt #0xf000"
#define TRI_R0       "x0"
#define TRI_R1       "x1"
#define TRI_CLEAN    "dc civac, %0"

#else

/* In the secure state, where an image runs, that timer has its own. */
enum { TRI_WATCHDOG_IRQ = 29 };

#define TRI_READ(name)     TRI_GET(uint32_t, "mrc p15, 0, %0, " name)
#define TRI_WRITE(name, v) TRI_PUT("mcr p15, 0, %0, " name, (uint32_t)(v))
#define TRI_READ_LONG(name) \
    TRI_GET(uint64_t, "isb\n mrrc p15, " name ", %Q0, %R0, c14")
#define TRI_WRITE_LONG(name, v) \
    TRI_PUT("mcrr p15, " name ", %Q0, %R0, c14", (uint64_t)(v))

#define TRI_CPU_ID        "c0, c0, 0"
#define TRI_TIMER_RATE    "c14, c0, 0"
#define TRI_TICK_NOW      "1"
#define TRI_TICK_AT       "3"
#define TRI_TICK_CONTROL  "c14, c3, 1"
#define TRI_WATCH_NOW     "0"
#define TRI_WATCH_AT      "2"
#define TRI_WATCH_CONTROL "c14, c2, 1"

#define TRI_HOLD_IRQ "cpsid i"
#define TRI_LET_IRQ  "cpsie i"
#define TRI_LET_FIQ  "cpsie f"
#define TRI_LET_ALL  "cpsie if"
#define TRI_HOLD_ALL "cpsid aif"
/* HLT 0x3c of Thumb, whose name an assembler for ARMv7 does not know. */
#define TRI_TRAP     ".inst.n 0xbabc"
#define TRI_R0       "r0"
#define TRI_R1       "r1"
#define TRI_CLEAN    "mcr p15, 0, %0, c7, c14, 1"

#endif

/** One of the instructions above; memory is as it stands there. */
#define TRI_DO(text) __asm__ volatile(text : : : "memory")

#endif
