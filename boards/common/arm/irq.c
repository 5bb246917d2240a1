#include "boards/common/arm/irq.h"
#include "boards/common/arm/registers.h"
#include "boards/common/board.h"
#include "boards/common/print.h"

enum { TIMER = 27, WATCHDOG = TRI_WATCHDOG_IRQ }; /* private interrupts */
enum { TICK_US = 4000, WAIT_US = 1000000, NEVER = 0, ON = 1 };

/* Registers of the GICv2 (ARM IHI 0048B). */
enum {
    GICD_CTLR = 0x000,
    GICD_TYPER = 0x004,
    GICD_IGROUPR = 0x080,
    GICD_ISENABLER = 0x100,
    GICD_ICENABLER = 0x180,
    GICD_IPRIORITYR = 0x400,
    GICD_ITARGETSR = 0x800,
    GICD_SGIR = 0xf00,
    GICD_CPENDSGIR = 0xf10,
    GICC_CTLR = 0x00,
    GICC_PMR = 0x04
};
#define URGENT (UINT32_C(1) << WATCHDOG | UINT32_C(1) << TRI_IRQ_STOP)
enum { FIRST = 0, LATER = 0xa0 }; /* priorities */
enum { GROUP_0 = 1, GROUP_1 = 2, FIQ_OF_0 = 8 };

static void (*tick)(void *self);
static void *tick_self;
static int within, urgent;

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
    return TRI_READ(TRI_TIMER_RATE);
}

static uint64_t count(void)
{
    return TRI_READ_LONG(TRI_TICK_NOW);
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
    TRI_WRITE_LONG(TRI_TICK_AT, at);
    TRI_WRITE(TRI_TICK_CONTROL, ON);
}

/* ---- the tick ------------------------------------------------------------ */

void tri_board_hold(void)
{
    TRI_DO(TRI_HOLD_IRQ);
}

void tri_board_let(void)
{
    if (!within)
        TRI_DO(TRI_LET_IRQ);
}

int tri_irq(void)
{
    enum { BITTEN = 1 << 2 | ON };

    alarm(count() + counts_of(TICK_US));
    within = 1;
    if (tick != NULL)
        tick(tick_self);
    within = 0;
    return (TRI_READ(TRI_WATCH_CONTROL) & BITTEN) == BITTEN;
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
    TRI_WRITE(TRI_WATCH_CONTROL, 0);
    if (ms == 0)
        return;
    TRI_WRITE_LONG(TRI_WATCH_AT, TRI_READ_LONG(TRI_WATCH_NOW) +
                                     counts_of((uint64_t)ms * 1000));
    TRI_WRITE(TRI_WATCH_CONTROL, ON);
}

/* ---- the controller ------------------------------------------------------ */

/* Of what is pending the controller offers one interrupt alone. By its number
 * that would be the tick before the watchdog, also while IRQs are held. */
static void rank(unsigned lines)
{
    for (unsigned i = 0; i < lines; i++)
        *((volatile uint8_t *)gicd(GICD_IPRIORITYR) + i) =
            i < 32 && (URGENT >> i & 1) != 0 ? FIRST : LATER;
}

void tri_irq_start(void)
{
    const unsigned lines = 32 * ((*gicd(GICD_TYPER) & 31) + 1);

    tri_board_watchdog(NEVER);
    *gicd(GICD_CTLR) = 0;
    for (unsigned i = 0; i < lines; i += 32) {
        *gicd(GICD_ICENABLER + i / 8) = UINT32_MAX;
        *gicd(GICD_IGROUPR + i / 8) = i == 0 ? ~URGENT : UINT32_MAX;
    }
    urgent = (*gicd(GICD_IGROUPR) & (URGENT | UINT32_C(1) << TIMER)) ==
             UINT32_C(1) << TIMER;
    if (!urgent)
        tri_print("no interrupt is urgent here: this board uses one core, and "
                  "holding the tick holds the watchdog\n");
    rank(lines);
    for (unsigned i = 32; i < lines; i += 4)
        *gicd(GICD_ITARGETSR + i) = 0x01010101;
    *gicd(GICD_ISENABLER) = UINT32_C(1) << TIMER | URGENT;
    *gicd(GICD_CTLR) = GROUP_0 | GROUP_1;
    *gicc(GICC_PMR) = 0xff;
    *gicc(GICC_CTLR) = GROUP_0 | GROUP_1 | FIQ_OF_0;
    alarm(count() + counts_of(TICK_US));
    TRI_DO(TRI_LET_ALL);
}

int tri_irq_urgent(void)
{
    return urgent;
}

/* ---- other cores --------------------------------------------------------- */

void tri_irq_core(void)
{
    *gicd(GICD_IGROUPR) = ~URGENT;
    rank(32);
    *gicd(GICD_ISENABLER) = 1 << TRI_IRQ_STOP | 1 << TRI_IRQ_WAKE;
    *gicc(GICC_PMR) = 0xff;
    *gicc(GICC_CTLR) = GROUP_0 | GROUP_1 | FIQ_OF_0;
    TRI_DO(TRI_LET_FIQ);
}

void tri_irq_send(unsigned number)
{
    enum { ALL_OTHERS = 1 << 24 };

    TRI_DO("dsb sy");
    *gicd(GICD_SGIR) = ALL_OTHERS | number;
}

void tri_irq_heard(unsigned number)
{
    *((volatile uint8_t *)gicd(GICD_CPENDSGIR) + number) = 0xff;
    TRI_DO("dsb sy");
}

/* With IRQs held: what is pending ends the wait all the same. */
void tri_irq_wait(unsigned first, unsigned n, uint64_t until)
{
    const uint64_t most = tri_board_us() + WAIT_US;

    tri_board_hold();
    alarm(counts_of(until < most ? until : most));
    for (unsigned i = first; i < first + n; i++)
        *gicd(GICD_ISENABLER + i / 32 * 4) = UINT32_C(1) << i % 32;
    TRI_DO("dsb sy\n wfi");
    for (unsigned i = first; i < first + n; i++)
        *gicd(GICD_ICENABLER + i / 32 * 4) = UINT32_C(1) << i % 32;
    alarm(count() + counts_of(TICK_US));
    tri_board_let();
}
