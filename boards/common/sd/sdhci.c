#include "boards/common/sd/sdhci.h"
#include "core/err.h"
#include "core/le.h"

/* Registers, by words: block size and count; argument; transfer mode and
 * command; response; data; state; power; clock, timeout and reset; interrupts
 * raised; which of them are noticed. */
enum {
    BLOCK = 0x04,
    ARGUMENT = 0x08,
    COMMAND = 0x0c,
    RESPONSE = 0x10,
    DATA = 0x20,
    STATE = 0x24,
    POWER = 0x28,
    CLOCK = 0x2c,
    RAISED = 0x30,
    NOTICED = 0x34
};

enum {
    COMMAND_BUSY = 1 << 0,
    DATA_BUSY = 1 << 1,
    CARD = 1 << 16, /* state */
    POWER_3V3 = 0xf << 8,
    CLOCK_ON = 1 << 0,
    CLOCK_STABLE = 1 << 1,
    CLOCK_OUT = 1 << 2,
    CLOCK_SLOW = 1 << 6, /* 1/512 of up to 200 MHz, for waking */
    CLOCK_FAST = 4 << 8, /* 1/8 */
    LONGEST = 0xe << 16,
    RESET_ALL = 1 << 24,
    COMMAND_DONE = 1 << 0,
    TRANSFER_DONE = 1 << 1,
    MAY_WRITE = 1 << 4,
    MAY_READ = 1 << 5,
    ERROR = 1 << 15,
    FROM_CARD = 1 << 4 /* transfer mode */
};

/* Kind of answer and checks, as the command register has them. */
enum {
    LONG = 1,
    SHORT = 2,
    SHORT_BUSY = 3,
    CRC = 8,
    INDEX = 16,
    WITH_DATA = 32
};

static uint32_t rd(const struct tri_sd *s, unsigned reg)
{
    return s->read(s->ctx, reg);
}

static void wr(const struct tri_sd *s, unsigned reg, uint32_t v)
{
    s->write(s->ctx, reg, v);
}

static int until(const struct tri_sd *s, unsigned reg, uint32_t mask,
                 uint32_t want)
{
    return tri_sd_until(s, reg, mask, want, reg == RAISED ? ERROR : 0);
}

static int send(const struct tri_sd *s, unsigned number, uint32_t flags,
                uint32_t mode, uint32_t argument)
{
    int rc = until(s, STATE, COMMAND_BUSY, 0);

    if (rc != TRI_OK)
        return rc;
    wr(s, RAISED, UINT32_MAX);
    wr(s, ARGUMENT, argument);
    wr(s, COMMAND, (uint32_t)number << 24 | flags << 16 | mode);
    return until(s, RAISED, COMMAND_DONE, COMMAND_DONE);
}

static int command(const struct tri_sd *s, unsigned number,
                   enum tri_sd_answer kind, uint32_t argument, uint32_t *answer)
{
    static const uint8_t flags[] = { [TRI_SD_STATE] = SHORT | CRC | INDEX,
                                     [TRI_SD_BUSY] = SHORT_BUSY | CRC | INDEX,
                                     [TRI_SD_LONG] = LONG | CRC,
                                     [TRI_SD_UNCHECKED] = SHORT };
    const int rc = send(s, number, flags[kind], 0, argument);

    if (answer != NULL)
        *answer = rd(s, RESPONSE);
    return rc;
}

static int pace(const struct tri_sd *s, uint32_t divisor)
{
    int rc;

    wr(s, CLOCK, divisor | CLOCK_ON | LONGEST);
    rc = until(s, CLOCK, CLOCK_STABLE, CLOCK_STABLE);
    wr(s, CLOCK, divisor | CLOCK_ON | CLOCK_OUT | LONGEST);
    return rc;
}

int tri_sdhci_start(struct tri_sd *s)
{
    int rc, silent;

    s->present = (rd(s, STATE) & CARD) != 0;
    if (!s->present)
        return TRI_E_IO;
    wr(s, CLOCK, RESET_ALL);
    rc = until(s, CLOCK, RESET_ALL, 0);
    if (rc != TRI_OK)
        return rc;
    wr(s, POWER, POWER_3V3);
    rc = pace(s, CLOCK_SLOW);
    wr(s, NOTICED, UINT32_MAX);
    if (rc == TRI_OK)
        rc = tri_sd_wake(s, command, &silent);
    return rc == TRI_OK ? pace(s, CLOCK_FAST) : rc;
}

/* A command that moves one block, and the wait until its data may go. */
static int begin(struct tri_sd *s, unsigned number, uint32_t block,
                 uint32_t mode, uint32_t ready)
{
    int rc = until(s, STATE, DATA_BUSY, 0);

    wr(s, BLOCK, UINT32_C(1) << 16 | TRI_SD_BLOCK);
    if (rc == TRI_OK)
        rc = send(s, number, SHORT | CRC | INDEX | WITH_DATA, mode,
                  s->by_block ? block : block * TRI_SD_BLOCK);
    return rc == TRI_OK ? until(s, RAISED, ready, ready) : rc;
}

int tri_sdhci_get(void *ctx, uint32_t block, uint8_t out[TRI_SD_BLOCK])
{
    struct tri_sd *const s = ctx;
    const int rc = begin(s, 17, block, FROM_CARD, MAY_READ);

    if (rc != TRI_OK)
        return rc;
    for (unsigned i = 0; i < TRI_SD_BLOCK; i += 4)
        tri_le_store32(out + i, rd(s, DATA));
    return until(s, RAISED, TRANSFER_DONE, TRANSFER_DONE);
}

int tri_sdhci_put(void *ctx, uint32_t block, const uint8_t in[TRI_SD_BLOCK])
{
    struct tri_sd *const s = ctx;
    const int rc = begin(s, 24, block, 0, MAY_WRITE);

    if (rc != TRI_OK)
        return rc;
    for (unsigned i = 0; i < TRI_SD_BLOCK; i += 4)
        wr(s, DATA, tri_le_load32(in + i));
    return until(s, RAISED, TRANSFER_DONE, TRANSFER_DONE);
}
