/*
 * What a board's image does: every kernel against the reference, the published
 * vectors, and then its part as a party. Without a setup: network A in the
 * clear, on one image.
 */
#include "boards/common/board.h"
#include "boards/common/digits.h"
#include "boards/common/party.h"
#include "boards/common/print.h"
#include "boards/common/selftest.h"
#include "boards/common/vectors.h"
#include "core/err.h"
#include "core/mem.h"
#include "proto/nn/model.h"
#include "proto/plain/plain.h"

/* linker/sections.ld */
extern uint8_t tri_arena_start[], tri_arena_end[];

enum { CLASSES = 10, PIXELS = TRI_DIGITS_SIDE * TRI_DIGITS_SIDE };
enum { FRAC_BITS = 16, COMPARE_BITS = 32, SEED = 1 };

struct tally {
    unsigned passed, failed;
};

static void tell(void *self, const char *name, int ok)
{
    struct tally *const t = self;

    tri_print("  %s  %s\n", ok ? "ok    " : "FAILED", name);
    t->passed += ok != 0;
    t->failed += ok == 0;
}

static void print_cpu(const struct tri_kernels *k)
{
    tri_print("cpu 0x%llx", (unsigned long long)tri_board_cpu());
    for (unsigned bit = 1; bit != 0; bit <<= 1)
        if ((k->cpu & bit) != 0)
            tri_print(" %s", tri_cpu_name(bit));
    tri_print("\nkernels: ring %s, gemm %s, chacha20 %s, poly1305 %s, "
              "aes %s, zp %s, lane %s, chain %s\n",
              k->ring_name, k->gemm_name, k->chacha20_name, k->poly1305_name,
              k->aes_name, k->zp_name, k->lane_name, k->chain_name);
}

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

static void network(struct tally *t, const struct tri_kernels *k,
                    const struct tri_kernels *ref)
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
    tell(t, "runs in the memory measured", rc == TRI_OK);
    tell(t, "logits differ from each other", !all_equal(got));
    tell(t, "logits are those of the reference",
         rc == TRI_OK && memcmp(got, want, sizeof got) == 0);
}

/* As a party, if there is a setup: its memory is the front of the arena's. */
static int party(const struct tri_kernels *k)
{
    const size_t room = (size_t)(tri_arena_end - tri_arena_start);
    const uint8_t *p = NULL;
    size_t used = 0, n = 0;
    int status = tri_board_setup(&p, &n, tri_arena_start, room);

    if (status == TRI_E_NOMEM) {
        tri_print("this board takes no part: the setup has %zu bytes, the "
                  "memory %zu\n",
                  n, room);
        return 7;
    }
    if (status != TRI_OK) {
        tri_print("this board takes no part: the setup cannot be read\n");
        return 4;
    }
    if (n == 0)
        return -1;
    if (p == tri_arena_start)
        used = (n + TRI_ALIGN - 1) / TRI_ALIGN * TRI_ALIGN;
    status = tri_board_party(k, p, n, tri_arena_start + used, room - used);
    tri_wipe(tri_arena_start, used);
    return status;
}

int tri_board_main(void)
{
    struct tri_kernels k, ref;
    struct tally t = { 0, 0 };
    int status;

    tri_kernels_init(&k, tri_cpu_detect());
    tri_kernels_init(&ref, 0);
    print_cpu(&k);
    (void)tri_selftest(&k, SEED, tell, &t);
    (void)tri_vectors(&k, tell, &t);
    if (t.failed > 0) {
        tri_print("the self-test failed: this board takes no part\n");
        return 3;
    }
    status = party(&k);
    if (status >= 0)
        return status;
    network(&t, &k, &ref);
    tri_print("%u passed, %u failed\n", t.passed, t.failed);
    return t.failed == 0 ? 0 : 1;
}
