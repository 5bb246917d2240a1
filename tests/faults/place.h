#ifndef TRI_TESTS_FAULTS_PLACE_H
#define TRI_TESTS_FAULTS_PLACE_H

#include "net/link.h"

/** \file tests/faults/place.h
 *
 * # Where the parties live
 *
 * As root: each party in a network namespace of its own, joined by one
 * virtual cable ("p<i>" at the party, "h<i>" here) with this process, which
 * has a namespace of its own as well and forwards IP between the cables.
 * Ethernet frames go from cable to cable only through hub.h.
 *
 * Without the rights all parties share the machine's loopback, and there are
 * no cables.
 */
struct place {
    int netns[TRI_PARTIES]; /**< file descriptors, or -1: loopback          */
    int home;               /**< this process's own namespace, or -1        */
    char why[128];          /**< why there are no cables, or ""             */
};

/** Make it; before there are threads. */
void place_make(struct place *p);

/** Non-zero if there are namespaces and cables. */
int place_cables(const struct place *p);

/** Move this process to party i's namespace, and back. */
void place_enter(const struct place *p, unsigned i);
void place_leave(const struct place *p);

/** The address of party i, and of this process as party i sees it. */
const char *place_party(const struct place *p, unsigned i);
const char *place_middle(const struct place *p, unsigned i);

/** Party i's cable at this end: 1 up, 0 down. */
void place_cable(unsigned i, int up);

/** A listening socket at party i (or here, as party i sees it), its address
 *  in text. Ends the program on failure. */
int place_listen(const struct place *p, unsigned i, char addr[32]);
int place_listen_here(const struct place *p, unsigned i, char addr[32]);

#endif
