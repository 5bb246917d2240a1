/*
 * What an image without a setup does, if it is one of all parts: network A
 * forward on one image, in the clear, in exactly the memory that a dry run
 * measured.
 */
#include "boards/common/clear.h"
#include "boards/common/digits.h"
#include "boards/common/print.h"
#include "core/err.h"
#include "core/mem.h"
#include "proto/nn/model.h"
#include "proto/plain/plain.h"

/* linker/sections.ld */
extern uint8_t tri_arena_start[], tri_arena_end[];

enum { CLASSES = 10, PIXELS = TRI_DIGITS_SIDE * TRI_DIGITS_SIDE };
enum { FRAC_BITS = 16, COMPARE_BITS = 32, SEED = 1 };

/* Network A forward on one image, engine plain. With a measuring arena: the
 * same calls, dry; logits stay. */
static int forward(uint64_t logits[CLASSES], const struct tri_net *net,
                   const struct tri_kernels *k, struct tri_arena *arena,
                   const uint8_t image[PIXELS])
{
    static struct tri_model m;
    struct tri_session s = { .dry = tri_arena_measuring(arena),
                             .cx = { .k = k, .arena = arena } };
    const struct tri_engine_config config = { .f = FRAC_BITS,
                                              .k = COMPARE_BITS };
    static tri_ring pixel[PIXELS];
    const tri_ring *const in[2] = { pixel };
    tri_ring *const out[2] = { logits };
    struct tri_engine e;
    int rc = tri_engine_start(&e, &tri_engine_plain, &s, &config);

    for (size_t i = 0; i < PIXELS; i++)
        pixel[i] = (tri_ring)image[i] << (FRAC_BITS - 8);
    if (rc == TRI_OK)
        rc = tri_model_build(&m, &e, net, 1, 0, 0);
    if (rc == TRI_OK)
        rc = tri_model_init(&m, SEED);
    if (rc == TRI_OK)
        rc = tri_import(&e, &m.in, 0, PIXELS, in);
    if (rc == TRI_OK)
        rc = tri_model_forward(&m);
    if (rc == TRI_OK)
        rc = tri_export(&e, tri_model_logits(&m), 0, CLASSES, out);
    return rc;
}

/* A dry run measures, then the real one gets exactly that much. */
static int measured(uint64_t logits[CLASSES], const struct tri_net *net,
                    const struct tri_kernels *k, const uint8_t image[PIXELS])
{
    const size_t room = (size_t)(tri_arena_end - tri_arena_start);
    struct tri_arena arena;
    int rc;

    tri_arena_measure(&arena);
    rc = forward(logits, net, k, &arena, image);
    if (rc != TRI_OK)
        return rc;
    tri_print("  needs %zu of %zu bytes on ring %s, gemm %s\n", arena.peak,
              room, k->ring_name, k->gemm_name);
    if (arena.peak > room)
        return TRI_E_NOMEM;
    tri_arena_init(&arena, tri_arena_start, arena.peak);
    return forward(logits, net, k, &arena, image);
}

static int all_equal(const uint64_t v[CLASSES])
{
    for (size_t i = 1; i < CLASSES; i++)
        if (v[i] != v[0])
            return 0;
    return 1;
}

void tri_board_clear(const struct tri_kernels *k, const struct tri_kernels *ref,
                     tri_selftest_fn *tell, void *self)
{
    static uint8_t image[PIXELS];
    static struct tri_net net;
    const char *const text = tri_net_builtin("A");
    uint64_t got[CLASSES] = { 0 }, want[CLASSES] = { 0 };
    uint8_t label;
    char err[TRI_NET_ERROR];
    size_t len = 0;
    int rc;

    tri_print("network A, one image:\n");
    while (text[len] != '\0')
        len++;
    tri_digits(image, &label, TRI_DIGITS_TEST, 1, SEED);
    rc = tri_net_parse(&net, text, len, err);
    if (rc == TRI_OK)
        rc = measured(got, &net, k, image);
    if (rc == TRI_OK)
        rc = measured(want, &net, ref, image);
    tri_print("  logits");
    for (size_t i = 0; i < CLASSES; i++) {
        tri_print(" ");
        tri_print_fixed((int64_t)got[i], FRAC_BITS);
    }
    tri_print("\n");
    if (rc != TRI_OK)
        tri_print("  %s\n", tri_strerror(rc));
    tell(self, "runs in the memory measured", rc == TRI_OK);
    tell(self, "logits differ from each other", !all_equal(got));
    tell(self, "logits are those of the reference",
         rc == TRI_OK && memcmp(got, want, sizeof got) == 0);
}
