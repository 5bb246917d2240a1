#include "boards/common/aarch64/irq.h"
#include "boards/common/board.h"

enum { TIMER = 27, WATCHDOG = 30 }; /* private interrupts of the timers */
enum { TICK_US = 4000, WAIT_US = 1000000, NEVER = 0, ON = 1 };

/* Registers of the GICv2 (ARM IHI 0048B). */
enum {
    GICD_CTLR = 0x000,
    GICD_TYPER = 0x004,
    GICD_IGROUPR = 0x080,
    GICD_ISENABLER = 0x100,
    GICD_ICENABLER = 0x180,
    GICD_ITARGETSR = 0x800,
    GICC_CTLR = 0x00,
    GICC_PMR = 0x04
};
enum { GROUP_0 = 1, GROUP_1 = 2, FIQ_OF_0 = 8 };

static void (*tick)(void *self);
static void *tick_self;
static int within;

static volatile uint32_t *gicd(unsigned reg)
{
    return (volatile uint32_t *)(tri_irq_board.distributor + reg);
}

static volatile uint32_t *gicc(unsigned reg)
{
    return (volatile uint32_t *)(tri_irq_board.cpu + reg);
}

/* ---- time ---------------------------------------------------------------- */

static uint64_t per_second(void)
{
    uint64_t f;

    __asm__("mrs %0, cntfrq_el0" : "=r"(f));
    return f;
}

static uint64_t count(void)
{
    uint64_t t;

    __asm__ volatile("isb\n mrs %0, cntvct_el0" : "=r"(t) : : "memory");
    return t;
}

static uint64_t counts_of(uint64_t us)
{
    const uint64_t f = per_second();

    return us / 1000000 * f + us % 1000000 * f / 1000000;
}

uint64_t tri_board_us(void)
{
    const uint64_t f = per_second(), t = count();

    return t / f * 1000000 + t % f * 1000000 / f;
}

static void alarm(uint64_t at)
{
    __asm__ volatile("msr cntv_cval_el0, %0\n msr cntv_ctl_el0, %1\n isb"
                     :
                     : "r"(at), "r"((uint64_t)ON));
}

/* ---- the tick ------------------------------------------------------------ */

void tri_board_hold(void)
{
    __asm__ volatile("msr daifset, #2" : : : "memory");
}

void tri_board_let(void)
{
    if (!within)
        __asm__ volatile("msr daifclr, #2" : : : "memory");
}

void tri_irq(void)
{
    alarm(count() + counts_of(TICK_US));
    within = 1;
    if (tick != NULL)
        tick(tick_self);
    within = 0;
}

void tri_board_tick(void (*fn)(void *self), void *self)
{
    tri_board_hold();
    tick = fn;
    tick_self = self;
    alarm(count() + counts_of(TICK_US));
    tri_board_let();
}

/* ---- the watchdog -------------------------------------------------------- */

/* The physical and the virtual counter may differ. Off first: set to a time
 * that has come, it would bite. */
void tri_board_watchdog(uint32_t ms)
{
    uint64_t now;

    __asm__ volatile("msr cntp_ctl_el0, %1\n isb\n mrs %0, cntpct_el0"
                     : "=r"(now)
                     : "r"((uint64_t)0)
                     : "memory");
    if (ms != 0)
        __asm__ volatile("msr cntp_cval_el0, %0\n msr cntp_ctl_el0, %1\n isb"
                         :
                         : "r"(now + counts_of((uint64_t)ms * 1000)),
                           "r"((uint64_t)ON));
}

/* ---- the controller ------------------------------------------------------ */

void tri_irq_start(void)
{
    const unsigned lines = 32 * ((*gicd(GICD_TYPER) & 31) + 1);

    tri_board_watchdog(NEVER);
    *gicd(GICD_CTLR) = 0;
    for (unsigned i = 0; i < lines; i += 32) {
        *gicd(GICD_ICENABLER + i / 8) = UINT32_MAX;
        *gicd(GICD_IGROUPR + i / 8) =
            i == 0 ? ~(UINT32_C(1) << WATCHDOG) : UINT32_MAX;
    }
    for (unsigned i = 32; i < lines; i += 4)
        *gicd(GICD_ITARGETSR + i) = 0x01010101;
    *gicd(GICD_ISENABLER) = UINT32_C(1) << TIMER | UINT32_C(1) << WATCHDOG;
    *gicd(GICD_CTLR) = GROUP_0 | GROUP_1;
    *gicc(GICC_PMR) = 0xff;
    *gicc(GICC_CTLR) = GROUP_0 | GROUP_1 | FIQ_OF_0;
    alarm(count() + counts_of(TICK_US));
    __asm__ volatile("msr daifclr, #3" : : : "memory");
}

/* With IRQs held: what is pending ends the wait all the same. */
void tri_irq_wait(unsigned first, unsigned n, uint64_t until)
{
    const uint64_t most = tri_board_us() + WAIT_US;

    tri_board_hold();
    alarm(counts_of(until < most ? until : most));
    for (unsigned i = first; i < first + n; i++)
        *gicd(GICD_ISENABLER + i / 32 * 4) = UINT32_C(1) << i % 32;
    __asm__ volatile("dsb sy\n wfi" : : : "memory");
    for (unsigned i = first; i < first + n; i++)
        *gicd(GICD_ICENABLER + i / 32 * 4) = UINT32_C(1) << i % 32;
    alarm(count() + counts_of(TICK_US));
    tri_board_let();
}
