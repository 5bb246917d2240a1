#include <string.h>
#include "core/err.h"
#include "net/ether/frame.h"
#include "tests/fuzz/fuzz.h"

/* An accepted frame prints as it came, and its payload lies inside. */
static void check(const uint8_t *data, size_t size)
{
    struct tri_frame f;
    uint8_t again[TRI_FRAME_HEADER];
    struct tri_piece piece;

    if (tri_frame_parse(&f, data, size) != TRI_OK)
        return;
    MUST(f.len == 0 || (f.payload >= data + TRI_FRAME_HEADER &&
                        f.payload + f.len <= data + size));
    piece = (struct tri_piece){ f.payload, f.len };
    tri_frame_print(again, &f, &piece, 1);
    MUST(memcmp(again, data, sizeof again) == 0);
}

/* Once as it is; hardly any input gets past the checksum. So once more with
 * the same fields and a good one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tri_frame f;
    struct tri_piece piece;
    uint8_t *frame;

    check(data, size);
    if (size < TRI_FRAME_HEADER || size > 4096)
        return 0;
    frame = malloc(size);
    MUST(frame != NULL);
    memcpy(frame, data, size);
    f = (struct tri_frame){ .type = data[3],
                            .from = data[8],
                            .to = data[9],
                            .len = (uint16_t)(size - TRI_FRAME_HEADER) };
    memcpy(&f.epoch, data + 12, 4);
    memcpy(&f.peer_epoch, data + 16, 4);
    memcpy(&f.stamp, data + 20, 4);
    memcpy(&f.seq, data + 24, 8);
    memcpy(&f.ack, data + 32, 8);
    memcpy(&f.window, data + 40, 4);
    memcpy(&f.echo, data + 44, 4);
    piece = (struct tri_piece){ data + TRI_FRAME_HEADER, f.len };
    tri_frame_print(frame, &f, &piece, 1);
    check(frame, size);
    free(frame);
    return 0;
}
