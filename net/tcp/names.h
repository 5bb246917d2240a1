#ifndef TRI_NET_TCP_NAMES_H
#define TRI_NET_TCP_NAMES_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/** \file net/tcp/names.h
 *
 * # Addresses and names of hosts
 *
 * An address in numbers is read at once. A name is looked up by a thread: the
 * system's resolver may take longer than any deadline, and cannot be stopped.
 * Without a thread the caller itself waits for it.
 *
 * A program that is linked statically has no resolver, as glibc would have to
 * load its parts at run time: with lookup_static.c in the place of lookup.c
 * there are addresses in numbers only.
 */
union tri_tcp_addr {
    struct sockaddr sa;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

enum { TRI_TCP_ADDRS = 8, TRI_TCP_WHY = 160, TRI_TCP_SHOWN = 64 };

/** Addresses of one host, to be tried in order. */
struct tri_tcp_addrs {
    size_t n;
    union tri_tcp_addr a[TRI_TCP_ADDRS];
};

socklen_t tri_tcp_addr_len(const union tri_tcp_addr *a);

/** Read "192.0.2.1", "2001:db8::1" or "fe80::1%eth0".
 *  \return non-zero if it is one */
int tri_tcp_numeric(union tri_tcp_addr *out, const char *host, uint16_t port);

/** Print "192.0.2.1:80" or "[2001:db8::1]:80". */
void tri_tcp_print(char out[TRI_TCP_SHOWN], const union tri_tcp_addr *a);

/** 16 bytes: IPv6, or IPv4 mapped to it. */
void tri_tcp_bytes(uint8_t out[16], const union tri_tcp_addr *a);

/** Can this program use `host`? Not a name, if it has no resolver.
 *  \param why  receives a text if not
 *  \return non-zero if it can */
int tri_tcp_usable(const char *host, char why[TRI_TCP_WHY]);

/** Non-zero if names can be looked up. */
int tri_lookup_possible(void);

/** A name that is being looked up. */
struct tri_lookup;

/** Begin. \return NULL without memory, or without a resolver */
struct tri_lookup *tri_lookup_start(const char *host, uint16_t port);

/** What came of it. \param why  receives a text with -1
 *  \return 1: out is filled in; 0: not yet; -1: there are no addresses */
int tri_lookup_done(struct tri_lookup *q, struct tri_tcp_addrs *out,
                    char why[TRI_TCP_WHY]);

/** Let go of it, finished or not; q may be NULL. */
void tri_lookup_end(struct tri_lookup *q);

#endif
