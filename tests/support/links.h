#ifndef TRI_TESTS_SUPPORT_LINKS_H
#define TRI_TESTS_SUPPORT_LINKS_H

#include "net/tcp/tcp.h"
#include "tests/support/check.h"

/** \file tests/support/links.h
 *
 * Three linked parties as three threads of the test process.
 */
enum tri_links_kind {
    TRI_LINKS_MEM,    /**< net/host/mem.h                          */
    TRI_LINKS_TCP,    /**< tri_tcp_open() over the loopback    */
    TRI_LINKS_SEALED, /**< the same with keys; P1 has no AES in its table, so
                           that both algorithms are in use */
    TRI_LINKS_KINDS
};

extern const char *const tri_links_name[TRI_LINKS_KINDS];

/** One party's part. Its failures go to its own `c`. */
typedef void tri_links_fn(struct tri_check *c, struct tri_link *l, void *arg);

/** Make three links; on failure `c` has the text. */
void tri_links_make(struct tri_check *c, struct tri_link l[3], int kind,
                    uint32_t deadline_ms);

/** Run fn as P0, P1 and P2; each link is closed where fn ends. The first
 *  failure is copied to `c`. */
void tri_links_run(struct tri_check *c, struct tri_link l[3], tri_links_fn *fn,
                   void *arg);

/** Both in turn. */
void tri_links_go(struct tri_check *c, int kind, uint32_t deadline_ms,
                  tri_links_fn *fn, void *arg);

/** Listening sockets on the loopback for P0 and P1, their addresses in text
 *  (entry 2: a name for P2). */
void tri_links_listen(struct tri_check *c, int fd[2], char addr[3][32]);

/** The configuration of party `id` from these; plaintext, deadlines 60 s. */
struct tri_tcp_config tri_links_config(unsigned id, const int fd[2],
                                       char addr[3][32]);

/** Seal with fixed keys, the same in every call. */
void tri_links_seal(struct tri_tcp_config *cfg);

/** Milliseconds of a steady clock. */
uint64_t tri_links_ms(void);
void tri_links_sleep(unsigned ms);

#endif
