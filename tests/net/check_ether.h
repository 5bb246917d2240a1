#ifndef TRI_TESTS_NET_CHECK_ETHER_H
#define TRI_TESTS_NET_CHECK_ETHER_H

#include "tests/support/check.h"

/** Checks of the raw Ethernet link: frames, the state machine under a
 *  simulated network, three parties over virtual cables. */
extern const struct tri_check_entry tri_checks_ether[];
extern const size_t tri_checks_ether_n;

/* tests/net/ether_sim.c: the state machine. */
tri_check_fn tri_check_ether_frame, tri_check_ether_fuzz, tri_check_ether_clean,
    tri_check_ether_storm, tri_check_ether_cut, tri_check_ether_mtu,
    tri_check_ether_epoch, tri_check_ether_half_open, tri_check_ether_abort,
    tri_check_ether_window;

/* tests/net/ether_attack.c: three links over a driver that is hostile. */
tri_check_fn tri_check_ether_attacks, tri_check_ether_handshake,
    tri_check_ether_gone, tri_check_ether_restart;

/* tests/net/ether_beats.c: signs of life over virtual cables. */
tri_check_fn tri_check_ether_computing, tri_check_ether_slow,
    tri_check_ether_late, tri_check_ether_bare;

#endif
