/*
 * What a board's image does: every kernel against the reference, the published
 * vectors, and then its part as a party. Without a setup: network A in the
 * clear, if the image has it.
 */
#include "boards/common/board.h"
#include "boards/common/clear.h"
#include "boards/common/party.h"
#include "boards/common/print.h"
#include "boards/common/selftest.h"
#include "boards/common/vectors.h"
#include "core/err.h"
#include "core/mem.h"

/* linker/sections.ld */
extern uint8_t tri_arena_start[], tri_arena_end[];
/* linked.S */
extern uint8_t tri_linked_start[], tri_linked_end[];

enum { SEED = 1 };

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
              k->aes_name != NULL ? k->aes_name : "none", k->zp_name,
              k->lane_name, k->chain_name);
}

/* The setup in the image, or else the one that the board was given. */
static int setup(const uint8_t **p, size_t *n, uint8_t *room, size_t bytes)
{
    *n = (size_t)(tri_linked_end - tri_linked_start);
    if (*n == 0)
        return tri_board_setup(p, n, room, bytes);
    *p = tri_linked_start;
    return TRI_OK;
}

/* As a party, if there is a setup: its memory is the front of the arena's. */
static int party(const struct tri_kernels *k)
{
    const size_t room = (size_t)(tri_arena_end - tri_arena_start);
    const uint8_t *p = NULL;
    size_t used = 0, n = 0;
    const int status = setup(&p, &n, tri_arena_start, room);

    if (status == TRI_E_NOMEM) {
        tri_print("this board takes no part: the setup has %zu bytes, the "
                  "memory %zu\n",
                  n, room);
        return TRI_BOARD_MEMORY;
    }
    if (status != TRI_OK) {
        tri_print("this board takes no part: the setup cannot be read\n");
        return TRI_BOARD_SETUP;
    }
    if (n == 0)
        return -1;
    if (p == tri_arena_start)
        used = (n + TRI_ALIGN - 1) / TRI_ALIGN * TRI_ALIGN;
    return tri_board_party(k, p, n, tri_arena_start + used, room - used);
}

int tri_board_main(void)
{
    struct tri_kernels k, ref;
    struct tally t = { 0, 0 };
    int status;

    tri_board_still();
    tri_kernels_init(&k, tri_cpu_detect());
    tri_kernels_init(&ref, 0);
    print_cpu(&k);
    (void)tri_selftest(&k, SEED, tell, &t);
    (void)tri_vectors(&k, tell, &t);
    if (t.failed > 0) {
        tri_print("the self-test failed: this board takes no part\n");
        return TRI_BOARD_SELFTEST;
    }
    status = party(&k);
    if (status >= 0)
        return status;
    if (tri_board_alone == NULL) {
        tri_print("this board takes no part: there is no setup\n");
        return TRI_BOARD_SETUP;
    }
    tri_print("there is no setup\n");
    tri_board_alone(&k, &ref, tell, &t);
    tri_print("%u passed, %u failed\n", t.passed, t.failed);
    return t.failed == 0 ? TRI_BOARD_WELL : TRI_BOARD_WRONG;
}
