/* The raw Ethernet link on Linux: a port, a clock, a thread. */
#include "net/ether/ether.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "core/err.h"
#include "net/ether/link.h"
#include "net/ether/port.h"
#include "net/fail.h"
#include "net/host/clock.h"
#include "net/host/random.h"
#include "net/host/secret.h"

struct host {
    struct tri_port port;
    pthread_mutex_t lock;
    pthread_t thread;
    int joined, stop; /* atomic */
    void *mem;
};

static uint64_t host_now(void *ctx)
{
    (void)ctx;
    return tri_clock_ns() / 1000u;
}

static void host_wait(void *ctx, uint64_t until)
{
    struct host *h = ctx;
    struct pollfd p = { .fd = h->port.fd, .events = POLLIN };
    const uint64_t now = host_now(ctx);
    const uint64_t us = until > now ? until - now : 0;
    const struct timespec t = { (time_t)(us / 1000000u),
                                (long)(us % 1000000u) * 1000 };

    (void)ppoll(&p, 1, &t, NULL);
}

static void host_send(void *ctx, const uint8_t to[TRI_ETHER_MAC],
                      const struct tri_piece *v, unsigned n)
{
    tri_port_send(&((struct host *)ctx)->port, to, v, n);
}

static void host_flush(void *ctx)
{
    tri_port_flush(&((struct host *)ctx)->port);
}

static const uint8_t *host_receive(void *ctx, size_t *n, const uint8_t **from)
{
    return tri_port_receive(&((struct host *)ctx)->port, n, from);
}

static int host_random(void *ctx, void *out, size_t n)
{
    (void)ctx;
    return tri_net_random(out, n);
}

static const char *host_trouble(void *ctx)
{
    return tri_port_trouble(&((struct host *)ctx)->port);
}

static void host_lock(void *ctx)
{
    (void)pthread_mutex_lock(&((struct host *)ctx)->lock);
}

static void host_unlock(void *ctx)
{
    (void)pthread_mutex_unlock(&((struct host *)ctx)->lock);
}

static void *tend(void *arg)
{
    struct host *h = arg;
    const struct timespec tick = { 0, TRI_ETHER_TICK_MS * 1000000 };

    while (!__atomic_load_n(&h->stop, __ATOMIC_ACQUIRE)) {
        if (__atomic_load_n(&h->joined, __ATOMIC_ACQUIRE))
            tri_ether_tend(h->mem);
        (void)nanosleep(&tick, NULL);
    }
    return NULL;
}

static void host_close(void *ctx)
{
    struct host *h = ctx;

    __atomic_store_n(&h->stop, 1, __ATOMIC_RELEASE);
    (void)pthread_join(h->thread, NULL);
    tri_port_close(&h->port);
    tri_secret_free(h->mem);
    (void)pthread_mutex_destroy(&h->lock);
    free(h);
}

/* The link is up, or `h` is released. */
static int start(struct tri_link *l, const struct tri_ether_config *cfg,
                 struct host *h)
{
    const struct tri_ether_driver d = {
        .ctx = h,
        .name = h->port.name,
        .mtu = h->port.mtu,
        .send = host_send,
        .flush = host_flush,
        .receive = host_receive,
        .now = host_now,
        .wait = host_wait,
        .random = host_random,
        .trouble = host_trouble,
        .lock = host_lock,
        .unlock = host_unlock,
        .close = host_close,
    };
    const int rc = tri_ether_join(l, cfg, &d, h->mem);

    if (rc == TRI_OK)
        __atomic_store_n(&h->joined, 1, __ATOMIC_RELEASE);
    else
        host_close(h);
    return rc;
}

int tri_ether_open(struct tri_link *l, const struct tri_ether_config *cfg)
{
    struct host *h = NULL;
    sigset_t all, before;
    int rc;

    *l = (struct tri_link){ .id = cfg->id,
                            .blamed = TRI_NOBODY,
                            .deadline_ms = cfg->deadline_ms };
    rc = tri_ether_check_config(l, cfg);
    if (rc != TRI_OK)
        goto out;
    rc = TRI_E_NOMEM;
    h = calloc(1, sizeof *h);
    if (h == NULL)
        goto out;
    h->mem = tri_secret_alloc(tri_ether_memory(cfg));
    if (h->mem == NULL)
        goto free_host;
    rc = tri_port_open(&h->port, l, cfg->interface, cfg->mtu);
    if (rc != TRI_OK)
        goto free_mem;
    (void)pthread_mutex_init(&h->lock, NULL);
    /* Signals are for the threads of the program. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&h->thread, NULL, tend, h) == 0 ? TRI_OK : TRI_E_NOMEM;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc == TRI_OK) {
        rc = start(l, cfg, h); /* ends h if it fails */
        goto out;
    }
    (void)pthread_mutex_destroy(&h->lock);
    tri_port_close(&h->port);
free_mem:
    tri_secret_free(h->mem);
free_host:
    free(h);
out:
    if (rc != TRI_OK) {
        l->dead = rc;
        (void)tri_link_fail(l, rc, "%s", tri_strerror(rc));
    }
    return rc;
}
