#include "boards/host/party/onether.h"
#include <string.h>
#include "net/ether/ether.h"

static int address(uint8_t mac[6], const char *text, size_t n)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < 6 && n == 23; i++) {
        const char *const at = text + 6 + 3 * i;
        const char *const high = memchr(digits, at[0], 16);
        const char *const low = memchr(digits, at[1], 16);

        if (high == NULL || low == NULL || at[-1] != ':')
            return 0;
        mac[i] =
            (uint8_t)((size_t)(high - digits) << 4 | (size_t)(low - digits));
    }
    return n == 5 || n == 23;
}

/* All three by Ethernet, with an interface, or none. */
static void check(const struct tri_config *c, struct tri_config_errors *e)
{
    const struct tri_config_peer *wire = NULL, *ip = NULL;

    for (unsigned i = 0; i < TRI_PARTIES; i++)
        if (c->party[i].line != 0)
            *(c->party[i].ether ? &wire : &ip) = &c->party[i];
    if (wire != NULL && ip != NULL)
        tri_config_complain(e, ip->line,
                            "party %td is at '%s', party %td at '%s': all "
                            "three are reached by Ethernet, or none",
                            ip - c->party, ip->addr, wire - c->party,
                            wire->addr);
    if (wire != NULL && c->line[TRI_CONFIG_INTERFACE_LINE] == 0)
        tri_config_complain(e, 0,
                            "a line is missing: interface NAME, this party's "
                            "own; `ip link` lists them");
    if (wire == NULL && c->line[TRI_CONFIG_INTERFACE_LINE] != 0)
        tri_config_complain(e, c->line[TRI_CONFIG_INTERFACE_LINE],
                            "interface: no party is at ether or ether:...; "
                            "leave the line out");
    if (wire != NULL && c->id != 2 && c->line[TRI_CONFIG_LISTEN] != 0)
        tri_config_complain(e, c->line[TRI_CONFIG_LISTEN],
                            "listen: has no meaning on raw Ethernet; leave "
                            "the line out");
}

static int open_link(struct tri_link *l, const struct tri_tcp_config *tcp,
                     const struct tri_config *c)
{
    struct tri_ether_config e = { .id = c->id,
                                  .interface = c->interface,
                                  .keys = tcp->keys,
                                  .k = tcp->k,
                                  .connect_ms = tcp->connect_ms,
                                  .deadline_ms = tcp->deadline_ms };

    for (unsigned j = 0; j < TRI_PARTIES; j++)
        memcpy(e.mac[j], c->party[j].mac, sizeof e.mac[j]);
    return tri_ether_open(l, &e);
}

const struct tri_onether tri_onether = { address, check, open_link };
