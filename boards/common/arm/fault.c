#include "boards/common/arm/fault.h"
#include "boards/common/arm/irq.h"
#include "boards/common/arm/registers.h"
#include "boards/common/board.h"
#include "boards/common/print.h"
#include "core/mem.h"

/* linker/sections.ld */
extern uint8_t tri_stack_start[], tri_stack_top[], tri_data_start[],
    tri_arena_end[];
/* exceptions.S: within the bss */
extern uint8_t tri_fault_start[], tri_fault_end[];

enum { WIPING = 1, DEAF = 2, STOPPING = 3 }; /* the first byte there */
enum { STUCK = 1, ENDED = 2 };               /* why */

void tri_board_deaf(void)
{
    *tri_fault_start = DEAF;
}

/* Zeros that stay in a cache are lost at a reset, and the secrets are back. The
 * lines of Cortex-A7, A53 and A57 have 64 bytes. */
void tri_board_clean(const uint8_t *p, size_t n)
{
    enum { LINE = 64 };

    for (uintptr_t at = (uintptr_t)p / LINE * LINE; at < (uintptr_t)p + n;
         at += LINE)
        __asm__ volatile(TRI_CLEAN : : "r"(at) : "memory");
    TRI_DO("dsb sy");
}

void tri_fault_erase(uint8_t *p, size_t n)
{
    tri_wipe(p, n);
    tri_board_clean(p, n);
}

void tri_board_forget(void)
{
    tri_cores_forget();
    tri_stack_wipe(tri_stack_start);
    tri_board_clean(tri_stack_start, (size_t)(tri_arena_end - tri_stack_start));
}

_Noreturn void tri_board_fault(const struct tri_board_frame *f, unsigned why)
{
    while (*tri_fault_start == DEAF)
        TRI_DO(TRI_HOLD_ALL "\n wfi");
    /* Wiping itself may fail, where there is no memory. What goes before it may
     * fail, too: then it is left out. */
    if (*tri_fault_start == WIPING)
        tri_board_exit(TRI_BOARD_FAULT);
    if (*tri_fault_start != STOPPING) {
        *tri_fault_start = STOPPING;
        tri_cores_stop();
        if (why < ENDED)
            tri_print(
                "\n%s: esr 0x%llx, pc 0x%llx, address 0x%llx, sp 0x%llx\n",
                why == STUCK ? "watchdog: this party has come to a stop"
                             : "exception",
                (unsigned long long)f->esr, (unsigned long long)f->elr,
                (unsigned long long)f->far, (unsigned long long)f->sp);
        tri_board_still();
    }
    *tri_fault_start = WIPING;
    tri_cores_wipe(); /* what it knows of them is wiped next */
    tri_fault_erase(tri_stack_start, (size_t)(tri_stack_top - tri_stack_start));
    tri_fault_erase(tri_data_start, (size_t)(tri_fault_start - tri_data_start));
    tri_fault_erase(tri_fault_end, (size_t)(tri_arena_end - tri_fault_end));
    if (why >= ENDED)
        tri_board_exit((int)(why - ENDED));
    tri_print("wiped\n");
    if (why == STUCK)
        tri_board_restart();
    tri_board_exit(TRI_BOARD_FAULT);
}
