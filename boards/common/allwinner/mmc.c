#include "boards/common/allwinner/mmc.h"
#include "core/err.h"
#include "core/le.h"

/* Registers. */
enum {
    CONTROL = 0x00,
    CLOCK = 0x04,
    TIMEOUT = 0x08,
    WIDTH = 0x0c,
    BLOCK_SIZE = 0x10,
    BYTES = 0x14,
    COMMAND = 0x18,
    ARGUMENT = 0x1c,
    RESPONSE = 0x20,
    MASK = 0x30,
    RAISED = 0x38,
    STATE = 0x3c,
    FIFO = 0x200
};

enum {
    RESETS = 7,         /* control: of the device, its FIFO, its DMA */
    CLOCK_ON = 1 << 16, /* clock */
    SLOW = 127,         /* 1/254 of up to 100 MHz, for waking */
    FAST = 2,           /* 1/4 */
    ANSWERED = 1 << 2,  /* raised */
    MOVED = 1 << 3,
    ERRORS = 0xbfc2,     /* no or wrong answer, checksums, time, FIFO, bits */
    FIFO_EMPTY = 1 << 2, /* state */
    FIFO_FULL = 1 << 3,
    CARD_BUSY = 1 << 9,
    WITH_ANSWER = 1 << 6, /* command */
    LONG = 1 << 7,
    CHECKED = 1 << 8,
    WITH_DATA = 1 << 9,
    TO_CARD = 1 << 10,
    AFTER_DATA = 1 << 13,
    WAKING = 1 << 15, /* 80 clocks before it */
    CLOCK_ONLY = 1 << 21
};
/* Data moves through the FIFO, not by DMA; the command goes. */
static const uint32_t by_hand = UINT32_C(1) << 31, go = UINT32_C(1) << 31;

static uint32_t rd(const struct tri_sd *s, unsigned reg)
{
    return s->read(s->ctx, reg);
}

static void wr(const struct tri_sd *s, unsigned reg, uint32_t v)
{
    s->write(s->ctx, reg, v);
}

static int send(const struct tri_sd *s, uint32_t cmd, uint32_t argument)
{
    wr(s, RAISED, UINT32_MAX);
    wr(s, ARGUMENT, argument);
    wr(s, COMMAND, cmd | go);
    return tri_sd_until(s, RAISED, ANSWERED, ANSWERED, ERRORS);
}

static int command(const struct tri_sd *s, unsigned number,
                   enum tri_sd_answer kind, uint32_t argument, uint32_t *answer)
{
    static const uint32_t flags[] = {
        [TRI_SD_SILENT] = WAKING,
        [TRI_SD_STATE] = WITH_ANSWER | CHECKED,
        [TRI_SD_BUSY] = WITH_ANSWER | CHECKED,
        [TRI_SD_LONG] = WITH_ANSWER | LONG | CHECKED,
        [TRI_SD_UNCHECKED] = WITH_ANSWER,
    };
    int rc = send(s, number | AFTER_DATA | flags[kind], argument);

    if (rc == TRI_OK && kind == TRI_SD_BUSY)
        rc = tri_sd_until(s, STATE, CARD_BUSY, 0, 0);
    if (answer != NULL)
        *answer = rd(s, RESPONSE);
    return rc;
}

/* A new clock counts from a command that is none. */
static int pace(const struct tri_sd *s, uint32_t divisor)
{
    int rc = TRI_OK;

    for (int on = 0; on < 2 && rc == TRI_OK; on++) {
        wr(s, CLOCK, on ? divisor | CLOCK_ON : divisor);
        wr(s, COMMAND, go | CLOCK_ONLY | AFTER_DATA);
        rc = tri_sd_until(s, COMMAND, go, 0, 0);
    }
    return rc;
}

int tri_mmc_start(struct tri_sd *s)
{
    int silent = 1, rc;

    wr(s, CONTROL, RESETS);
    rc = tri_sd_until(s, CONTROL, RESETS, 0, 0);
    wr(s, CONTROL, by_hand);
    wr(s, MASK, 0);
    wr(s, TIMEOUT, UINT32_MAX);
    wr(s, WIDTH, 0);
    if (rc == TRI_OK)
        rc = pace(s, SLOW);
    if (rc == TRI_OK)
        rc = tri_sd_wake(s, command, &silent);
    s->present = !silent;
    return rc == TRI_OK ? pace(s, FAST) : rc;
}

/* A command that moves one block. */
static int begin(const struct tri_sd *s, unsigned number, uint32_t block,
                 uint32_t flags)
{
    const int rc = tri_sd_until(s, STATE, CARD_BUSY, 0, 0);

    wr(s, BLOCK_SIZE, TRI_SD_BLOCK);
    wr(s, BYTES, TRI_SD_BLOCK);
    return rc == TRI_OK ? send(s,
                               number | WITH_ANSWER | CHECKED | WITH_DATA |
                                   AFTER_DATA | flags,
                               s->by_block ? block : block * TRI_SD_BLOCK)
                        : rc;
}

static int moved(const struct tri_sd *s, int rc)
{
    return rc == TRI_OK ? tri_sd_until(s, RAISED, MOVED, MOVED, ERRORS) : rc;
}

int tri_mmc_get(void *ctx, uint32_t block, uint8_t out[TRI_SD_BLOCK])
{
    struct tri_sd *const s = ctx;
    int rc = begin(s, 17, block, 0);

    for (unsigned i = 0; i < TRI_SD_BLOCK && rc == TRI_OK; i += 4) {
        rc = tri_sd_until(s, STATE, FIFO_EMPTY, 0, 0);
        tri_le_store32(out + i, rd(s, FIFO));
    }
    return moved(s, rc);
}

int tri_mmc_put(void *ctx, uint32_t block, const uint8_t in[TRI_SD_BLOCK])
{
    struct tri_sd *const s = ctx;
    int rc = begin(s, 24, block, TO_CARD);

    for (unsigned i = 0; i < TRI_SD_BLOCK && rc == TRI_OK; i += 4) {
        rc = tri_sd_until(s, STATE, FIFO_FULL, 0, 0);
        wr(s, FIFO, tri_le_load32(in + i));
    }
    rc = moved(s, rc);
    return rc == TRI_OK ? tri_sd_until(s, STATE, CARD_BUSY, 0, 0) : rc;
}
