#ifndef TRI_NET_HOST_LINE_H
#define TRI_NET_HOST_LINE_H

#include "net/link.h"

/** \file net/host/line.h
 *
 * # A network as a run knows it: to be emulated (emulate.h) or to be tuned for
 */
struct tri_line {
    uint64_t rtt_ns; /**< there and back, 0..TRI_EMULATE_RTT_MAX            */
    uint64_t rate;   /**< bytes a second in each direction of each pair,
                          TRI_EMULATE_RATE_MIN..TRI_EMULATE_RATE_MAX          */
    int separate;    /**< the parties do not share a clock                */
};

enum { TRI_EMULATE_ERROR = 160 /**< bytes for an error text */ };

/** Both, for a program that can be linked without. */
struct tri_emulate_ops {
    int (*parse)(struct tri_line *line, const char *text,
                 char error[TRI_EMULATE_ERROR]);
    int (*wrap)(struct tri_link *l, struct tri_link *inner,
                const struct tri_line *line);
};
extern const struct tri_emulate_ops tri_emulate_ops;

#endif
