#ifndef TRI_TESTS_NET_DOOR_CROWD_H
#define TRI_TESTS_NET_DOOR_CROWD_H

#include "tests/support/check.h"

/** \file tests/net/door_crowd.h
 *
 * Many callers at one door; entries of check_join.c.
 */
void tri_check_cookies(struct tri_check *c);
void tri_check_replays(struct tri_check *c);

#endif
