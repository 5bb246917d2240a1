#ifndef TRI_BOARDS_HOST_SERVE_METRICS_H
#define TRI_BOARDS_HOST_SERVE_METRICS_H

#include <stddef.h>
#include <stdint.h>
#include "boards/host/base/why.h"

/** \file boards/host/serve/metrics.h
 *
 * # Numbers about a party, for whoever watches it on its own machine
 *
 * A local socket answers `GET /metrics` by HTTP, one caller after the other:
 *
 *     curl --unix-socket metrics.sock http://party/metrics
 *
 * Its file belongs to the party's user and group, nobody else can open it.
 * Numbers only, and no names of clients; nothing of what is computed.
 */
enum {
    TRI_METRICS_TEXT = 8192,
    TRI_METRICS_CALL = 1024, /**< longest request             */
    TRI_METRICS_MS = 1000    /**< who calls may take so long  */
};

/** How long answers took: up to so many milliseconds each, and all. */
enum { TRI_METRICS_BOUNDS = 12 };
extern const uint32_t tri_metrics_bound[TRI_METRICS_BOUNDS];

/** What is told. */
struct tri_metrics_numbers {
    double up_s;
    unsigned joined, joins;
    uint64_t asked, answered, images, refused, failed;
    uint64_t waiting, computations;
    uint64_t within[TRI_METRICS_BOUNDS];  /**< answers in this span only    */
    uint64_t wait_ns;                     /**< of all answers               */
    uint64_t sent, received, rounds;      /**< of the mesh                  */
    uint64_t clients, callers, strangers; /**< connected; who called; who was
                                               not known                   */
    uint64_t models;
    uint64_t ends; /**< of the mesh in the middle of a verification */
};

/** The text; \return its length, below TRI_METRICS_TEXT. Pure. */
size_t tri_metrics_print(char out[TRI_METRICS_TEXT],
                         const struct tri_metrics_numbers *m);

/** What `n` bytes of a request are, up to its empty line: 1 for the metrics, 0
 *  for something else, -1 if it is not complete yet. Pure, takes any input. */
int tri_metrics_asked(const char *call, size_t n);

struct tri_metrics;

/**
 * Listen at the socket `path` and start the thread that answers. A socket that
 * nobody listens at any more is replaced.
 * \param look  fills in the numbers; called by that thread
 * \return TRI_OK; TRI_E_ARG: the name is too long, or something else is there;
 *         TRI_E_IO, TRI_E_NOMEM; with a text
 */
int tri_metrics_start(struct tri_metrics **metrics, const char *path,
                      void (*look)(void *self, struct tri_metrics_numbers *m),
                      void *self, struct tri_why *why);

/** Stop, and remove the socket. NULL: nothing. */
void tri_metrics_stop(struct tri_metrics *m);

#endif
