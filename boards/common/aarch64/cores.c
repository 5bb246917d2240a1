/*
 * A run is published as one turn: fn, arg and n, then the number of the turn,
 * then an interrupt that nobody takes but that ends a sleep. Every core takes
 * tasks until none is left and says so; core 0 waits for all of them, so none
 * is ever late for the next turn.
 */
#include "boards/common/aarch64/cores.h"
#include "boards/common/arm/fault.h"
#include "boards/common/arm/irq.h"
#include "boards/common/board.h"
#include "boards/common/print.h"
#include "core/par.h"

/* Function identifiers of PSCI, and an answer. */
#define CPU_ON       UINT64_C(0xc4000003)
#define SYSTEM_RESET UINT64_C(0x84000009)
enum { NO_SUCH_CORE = -2 };

enum { PATIENCE_US = 5000000, STOP_US = 50000 };
enum { ASLEEP, CALLED, UP, GIVEN_UP }; /* of a core, before it takes tasks */

/* A stack's place holds as much above as is not mapped below. */
enum { PAGE = 4096, STACK = TRI_CORES_STACKS / TRI_CORES / 2 };

/* start.S */
extern uint8_t tri_start_core[];
/* exceptions.S */
extern uint32_t tri_fault_parked;

static struct {
    _Alignas(64) uint32_t turn;
    _Alignas(64) size_t next;   /* task */
    _Alignas(64) uint32_t busy; /* cores that have not said so yet */
    tri_task_fn *fn;
    void *arg;
    size_t n;
} run;

static uint32_t state[TRI_CORES], tasks[TRI_CORES];
static unsigned cores = 1;

/* What a call may change besides (SMC Calling Convention, Arm DEN 0028). */
#define CALL_CHANGES                                                       \
    "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", \
        "x15", "x16", "x17", "memory"

/* An answer has 32 bits. */
static int32_t firmware(uint64_t call, uint64_t a, uint64_t b, uint64_t c)
{
    register uint64_t x0 __asm__("x0") = call;
    register uint64_t x1 __asm__("x1") = a;
    register uint64_t x2 __asm__("x2") = b;
    register uint64_t x3 __asm__("x3") = c;

    if (tri_entered_at_el2 != 0 || tri_cores_board.smc)
        __asm__ volatile("smc #0"
                         : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
                         :
                         : CALL_CHANGES);
    else
        __asm__ volatile("hvc #0"
                         : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
                         :
                         : CALL_CHANGES);
    return (int32_t)x0;
}

_Noreturn void tri_board_restart(void)
{
    for (;;)
        (void)firmware(SYSTEM_RESET, 0, 0, 0);
}

static uint8_t *stack_top(unsigned core)
{
    return (uint8_t *)tri_cores_board.stacks + core * 2 * STACK;
}

/* ---- tasks --------------------------------------------------------------- */

static void take_tasks(unsigned core)
{
    size_t t;

    while ((t = __atomic_fetch_add(&run.next, 1, __ATOMIC_RELAXED)) < run.n) {
        run.fn(run.arg, t, core);
        tasks[core]++;
    }
}

static void run_all(void *self, tri_task_fn *fn, void *arg, size_t n)
{
    (void)self;
    run.fn = fn;
    run.arg = arg;
    run.n = n;
    run.next = 0;
    run.busy = cores - 1;
    __atomic_fetch_add(&run.turn, 1, __ATOMIC_RELEASE);
    tri_irq_send(TRI_IRQ_WAKE);
    take_tasks(0);
    while (__atomic_load_n(&run.busy, __ATOMIC_ACQUIRE) != 0)
        __asm__ volatile("wfe" : : : "memory");
}

_Noreturn void tri_core_main(unsigned index)
{
    uint32_t seen = 0, called = CALLED;

    tri_irq_core();
    if (!__atomic_compare_exchange_n(&state[index], &called, UP, 0,
                                     __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        for (;;) /* nobody waits for it any more */
            __asm__ volatile("wfi" : : : "memory");
    for (;;) {
        while (__atomic_load_n(&run.turn, __ATOMIC_ACQUIRE) == seen) {
            __asm__ volatile("dsb sy\n wfi" : : : "memory");
            tri_irq_heard(TRI_IRQ_WAKE);
        }
        seen++;
        tri_irq_heard(TRI_IRQ_WAKE); /* if it was not asleep */
        take_tasks(index);
        if (run.n == 0)
            tri_stack_wipe(stack_top(index) - STACK);
        __atomic_fetch_sub(&run.busy, 1, __ATOMIC_RELEASE);
        __asm__ volatile("dsb ish\n sev" : : : "memory");
    }
}

/* ---- starting ------------------------------------------------------------ */

/* Where the board's table has nothing: half of each stack's place. */
static void map_stacks(void)
{
    enum { TABLE = 3, PAGES = 512 };
    static _Alignas(PAGE) uint64_t page[PAGES];
    const uintptr_t at = tri_cores_board.stacks;
    uint64_t *up, *slot;

    __asm__("mrs %0, ttbr0_el1" : "=r"(up));
    slot = (uint64_t *)(uintptr_t)(up[at >> 30] & ~(uint64_t)(PAGE - 1)) +
           (at >> 21) % PAGES;
    for (size_t i = 0; i < PAGES; i++)
        /* accessed, inner shareable, normal; never executed */
        page[i] = i * PAGE / STACK % 2 == 0
                      ? 0
                      : UINT64_C(0x0060000000000707) | (at + i * PAGE);
    *slot = (uintptr_t)page | TABLE;
    __asm__ volatile("dsb ish\n isb" : : : "memory");
}

/* Non-zero if it has come. */
static int start(unsigned core)
{
    const uint64_t end = tri_board_us() + PATIENCE_US;
    uint32_t called = CALLED;
    int32_t rc;

    state[core] = CALLED;
    __asm__ volatile("dsb sy" : : : "memory"); /* before it looks there */
    rc = firmware(CPU_ON, core, (uintptr_t)tri_start_core,
                  (uintptr_t)stack_top(core) | core);
    if (rc == NO_SUCH_CORE)
        return 0;
    while (rc == 0 && tri_board_us() < end)
        if (__atomic_load_n(&state[core], __ATOMIC_ACQUIRE) == UP)
            return 1;
    if (__atomic_compare_exchange_n(&state[core], &called, GIVEN_UP, 0,
                                    __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
        tri_print("core %u does not start: %d\n", core, (int)rc);
        return 0;
    }
    return 1;
}

const struct tri_par *tri_board_cores(const uint32_t **ran)
{
    static struct tri_par par = { 1, NULL, run_all };

    *ran = tasks;
    if (cores == 1 && tri_irq_urgent()) {
        map_stacks();
        while (cores < TRI_CORES && start(cores))
            cores++;
        par.workers = cores;
    }
    return cores > 1 ? &par : NULL;
}

/* ---- nothing is left ----------------------------------------------------- */

/* A turn without tasks. */
void tri_cores_forget(void)
{
    if (cores == 1)
        return;
    run_all(NULL, NULL, NULL, 0);
    for (unsigned i = 1; i < cores; i++)
        tri_board_clean(stack_top(i) - STACK, STACK);
}

void tri_cores_stop(void)
{
    const uint64_t end = tri_board_us() + STOP_US;

    if (cores == 1)
        return;
    tri_irq_send(TRI_IRQ_STOP);
    while (tri_board_us() < end &&
           __atomic_load_n(&tri_fault_parked, __ATOMIC_ACQUIRE) < cores - 1)
        ;
}

void tri_cores_wipe(void)
{
    for (unsigned i = 1; i < cores; i++)
        tri_fault_erase(stack_top(i) - STACK, STACK);
}
