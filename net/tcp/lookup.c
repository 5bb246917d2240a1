/* The system's resolver, in a thread of its own. Whoever lets go last, the
 * thread or its customer, frees what both share. */
#include "net/tcp/names.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tri_lookup {
    pthread_mutex_t lock;
    unsigned holders;
    int done; /* 1, -1; 0: not yet */
    char host[256];
    uint16_t port;
    struct tri_tcp_addrs found;
    char why[TRI_TCP_WHY];
};

static void let_go(struct tri_lookup *q)
{
    unsigned left;

    (void)pthread_mutex_lock(&q->lock);
    left = --q->holders;
    (void)pthread_mutex_unlock(&q->lock);
    if (left > 0)
        return;
    (void)pthread_mutex_destroy(&q->lock);
    free(q);
}

static void *look_up(void *arg)
{
    const struct addrinfo hints = { .ai_family = AF_UNSPEC,
                                    .ai_socktype = SOCK_STREAM,
                                    .ai_flags = AI_NUMERICSERV };
    struct tri_lookup *const q = arg;
    struct tri_tcp_addrs found = { .n = 0 };
    struct addrinfo *list = NULL;
    char port[8];
    int rc;

    (void)snprintf(port, sizeof port, "%u", q->port);
    rc = getaddrinfo(q->host, port, &hints, &list);
    for (const struct addrinfo *a = rc == 0 ? list : NULL;
         a != NULL && found.n < TRI_TCP_ADDRS; a = a->ai_next)
        if (a->ai_family == AF_INET || a->ai_family == AF_INET6)
            memcpy(&found.a[found.n++], a->ai_addr, a->ai_addrlen);
    if (list != NULL)
        freeaddrinfo(list);
    (void)pthread_mutex_lock(&q->lock);
    q->found = found;
    q->done = found.n > 0 ? 1 : -1;
    (void)snprintf(q->why, sizeof q->why, "%s",
                   rc != 0 ? gai_strerror(rc) : "the name has no address");
    (void)pthread_mutex_unlock(&q->lock);
    let_go(q);
    return NULL;
}

int tri_lookup_possible(void)
{
    return 1;
}

struct tri_lookup *tri_lookup_start(const char *host, uint16_t port)
{
    struct tri_lookup *const q = calloc(1, sizeof *q);
    sigset_t all, before;
    pthread_attr_t attr;
    pthread_t thread;
    int rc;

    if (q == NULL)
        return NULL;
    (void)pthread_mutex_init(&q->lock, NULL);
    q->holders = 2;
    q->port = port;
    (void)snprintf(q->host, sizeof q->host, "%s", host);
    (void)pthread_attr_init(&attr);
    (void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    /* Signals are for the threads of the program. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&thread, &attr, look_up, q);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attr);
    if (rc != 0)
        (void)look_up(q);
    return q;
}

int tri_lookup_done(struct tri_lookup *q, struct tri_tcp_addrs *out,
                    char why[TRI_TCP_WHY])
{
    int done;

    (void)pthread_mutex_lock(&q->lock);
    done = q->done;
    *out = q->found;
    memcpy(why, q->why, TRI_TCP_WHY);
    (void)pthread_mutex_unlock(&q->lock);
    return done;
}

void tri_lookup_end(struct tri_lookup *q)
{
    if (q != NULL)
        let_go(q);
}
