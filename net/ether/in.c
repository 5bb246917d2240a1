/* No OS header: boards link this file as it is. */
#include "net/ether/in.h"

#include "core/err.h"
#include "core/mem.h"
#include "net/fail.h"

void tri_ether_in_init(struct tri_ether_in *m, struct tri_secure *sec)
{
    memset(m, 0, sizeof *m);
    m->sec = sec;
}

void tri_ether_in_want(struct tri_ether_in *m, void *buf, size_t len)
{
    m->active = 1;
    m->buf = buf;
    m->x.len = len;
    m->done = m->body = m->have = 0;
    m->tag = 0;
}

/* The header is complete in m->part. */
static int check_header(struct tri_ether_in *m, struct tri_link *l,
                        unsigned from)
{
    struct tri_record r;
    int rc;

    m->x.done = m->done;
    rc = tri_expect_header(&m->x, m->sec, m->part, &r, l, from);
    if (rc != TRI_OK)
        return rc;
    m->x.seq++;
    if (r.flags == TRI_RECORD_BYE) {
        if (r.len != 0) /* reasons come beside the stream */
            return tri_link_fail_bye(l, from);
        m->bye = 1;
        m->active = 0;
        return TRI_OK;
    }
    m->body = m->body_n = r.len;
    return TRI_OK;
}

/* The body is in its place, its tag in m->part. */
static int finish_body(struct tri_ether_in *m, struct tri_link *l,
                       unsigned from)
{
    if (m->sec != NULL &&
        tri_secure_open(m->sec, m->x.seq - 1, m->buf + m->done - m->body_n,
                        m->body_n, m->part) != TRI_OK)
        return tri_expect_forged(l, from);
    m->active = m->done < m->x.len;
    return TRI_OK;
}

/* Collect towards `want` bytes in m->part; non-zero once they are there. */
static int collect(struct tri_ether_in *m, size_t want, const uint8_t **p,
                   size_t *n)
{
    const size_t k = *n < want - m->have ? *n : want - m->have;

    memcpy(m->part + m->have, *p, k);
    m->have += k;
    *p += k;
    *n -= k;
    if (m->have < want)
        return 0;
    m->have = 0;
    return 1;
}

size_t tri_ether_in_feed(struct tri_ether_in *m, struct tri_link *l,
                         unsigned from, const uint8_t *p, size_t n)
{
    const size_t head =
        m->sec != NULL ? (size_t)TRI_SECURE_HEADER : TRI_RECORD_HEADER;
    const size_t all = n;

    while (n > 0 && m->active && m->rc == TRI_OK) {
        if (m->body > 0) {
            const size_t k = n < m->body ? n : m->body;

            memcpy(m->buf + m->done, p, k);
            m->done += k;
            m->body -= k;
            p += k;
            n -= k;
            m->tag = m->sec != NULL;
            if (m->body == 0 && !m->tag)
                m->rc = finish_body(m, l, from);
        } else if (m->tag) {
            if (!collect(m, TRI_AEAD_TAG, &p, &n))
                break;
            m->tag = 0;
            m->rc = finish_body(m, l, from);
        } else if (collect(m, head, &p, &n)) {
            m->rc = check_header(m, l, from);
        }
    }
    return all - n;
}
