#include "boards/common/sd/card.h"
#include "core/err.h"

enum { WAIT_US = 1000000 };

int tri_sd_until(const struct tri_sd *s, unsigned reg, uint32_t mask,
                 uint32_t want, uint32_t bad)
{
    uint64_t now, end = 0;

    do {
        const uint32_t v = s->read(s->ctx, reg);

        if ((v & bad) != 0)
            return TRI_E_IO;
        if ((v & mask) == want)
            return TRI_OK;
        now = s->now();
        end = end == 0 ? now + WAIT_US : end;
    } while (now < end);
    return TRI_E_IO;
}

int tri_sd_wake(struct tri_sd *s, tri_sd_command *command, int *silent)
{
    enum { ECHO = 0x1aa, VOLTAGES = 0x40300000, CAPACITY = 1 << 30 };
    const uint64_t end = s->now() + WAIT_US;
    uint32_t card = 0, answer = 0;
    int rc = command(s, 0, TRI_SD_SILENT, 0, NULL);

    if (rc == TRI_OK)
        rc = command(s, 8, TRI_SD_STATE, ECHO, &answer);
    *silent = rc != TRI_OK;
    if (rc == TRI_OK && (answer & 0xfff) != ECHO)
        rc = TRI_E_IO;
    while (rc == TRI_OK && card >> 31 == 0) {
        rc = s->now() < end ? command(s, 55, TRI_SD_STATE, 0, NULL) : TRI_E_IO;
        if (rc == TRI_OK)
            rc = command(s, 41, TRI_SD_UNCHECKED, VOLTAGES, &card);
    }
    s->by_block = (card & CAPACITY) != 0;
    if (rc == TRI_OK)
        rc = command(s, 2, TRI_SD_LONG, 0, NULL);
    if (rc == TRI_OK)
        rc = command(s, 3, TRI_SD_STATE, 0, &answer);
    if (rc == TRI_OK)
        rc = command(s, 7, TRI_SD_BUSY, answer & 0xffff0000, NULL);
    return rc == TRI_OK ? command(s, 16, TRI_SD_STATE, TRI_SD_BLOCK, NULL) : rc;
}
