#include "tests/support/links.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/err.h"
#include "net/host/clock.h"
#include "net/host/mem.h"

const char *const tri_links_name[TRI_LINKS_KINDS] = { "mem", "tcp", "sealed" };

struct party {
    struct tri_check c;
    struct tri_link *l;
    tri_links_fn *fn;
    void *arg;
};

uint64_t tri_links_ms(void)
{
    return tri_clock_ns() / 1000000u;
}

void tri_links_sleep(unsigned ms)
{
    const struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

    (void)nanosleep(&t, NULL);
}

static void *party_main(void *arg)
{
    struct party *p = arg;

    p->fn(&p->c, p->l, p->arg);
    tri_close(p->l);
    return NULL;
}

void tri_links_run(struct tri_check *c, struct tri_link l[3], tri_links_fn *fn,
                   void *arg)
{
    struct party p[3];
    pthread_t thread[3];

    for (int i = 0; i < 3; i++) {
        p[i] = (struct party){ { .seed = c->seed }, &l[i], fn, arg };
        if (pthread_create(&thread[i], NULL, party_main, &p[i]) != 0) {
            tri_check_fail(c, "no thread");
            for (int j = i; j < 3; j++)
                tri_close(&l[j]);
            for (int j = 0; j < i; j++)
                pthread_join(thread[j], NULL);
            return;
        }
    }
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    for (int i = 0; i < 3; i++)
        if (p[i].c.msg[0] != '\0')
            tri_check_fail(c, "P%d: %s", i, p[i].c.msg);
}

void tri_links_listen(struct tri_check *c, int fd[2], char addr[3][32])
{
    for (unsigned i = 0; i < 2; i++) {
        char error[256];
        uint16_t port;

        fd[i] = -1;
        CHECK(c,
              tri_tcp_listen(&fd[i], &port, "127.0.0.1:0", error) == TRI_OK &&
                  port != 0,
              "listen: %s", error);
        (void)snprintf(addr[i], 32, "127.0.0.1:%u", port);
    }
    (void)snprintf(addr[2], 32, "third.example:1");
}

struct tri_tcp_config tri_links_config(unsigned id, const int fd[2],
                                       char addr[3][32])
{
    return (struct tri_tcp_config){
        .id = id,
        .addr = { addr[0], addr[1], addr[2] },
        .listen_fd = id < 2 ? fd[id] : -1,
        .plaintext = 1,
        .connect_ms = 60000,
        .deadline_ms = 60000,
    };
}

static struct tri_secure_keys keys[3];
static struct tri_kernels kernels[3];
static pthread_once_t keys_made = PTHREAD_ONCE_INIT;

static void make_keys(void)
{
    for (unsigned i = 0; i < 3; i++) {
        tri_kernels_init(&kernels[i],
                         i == 1 ? tri_cpu_detect() &
                                      ~(unsigned)(TRI_CPU_AESNI | TRI_CPU_ARMCE)
                                : tri_cpu_detect());
        memset(keys[i].own, (int)(i + 1), sizeof keys[i].own);
        for (unsigned j = 0; j < 3; j++)
            tri_x25519_public(keys[j].peer[i], keys[i].own);
    }
}

void tri_links_seal(struct tri_tcp_config *cfg)
{
    (void)pthread_once(&keys_made, make_keys);
    cfg->plaintext = 0;
    cfg->keys = &keys[cfg->id];
    cfg->k = &kernels[cfg->id];
}

struct opening {
    struct tri_tcp_config cfg[3];
    struct tri_link *l;
};

static void open_one(struct tri_check *c, struct tri_link *l, void *arg)
{
    struct opening *o = arg;
    const size_t i = (size_t)(l - o->l);
    struct tri_link made;

    CHECK(c, tri_tcp_open(&made, &o->cfg[i]) == TRI_OK, "open: %s", made.error);
    *l = made;
}

static void *open_main(void *arg)
{
    struct party *p = arg;

    p->fn(&p->c, p->l, p->arg);
    return NULL;
}

void tri_links_make(struct tri_check *c, struct tri_link l[3], int kind,
                    uint32_t deadline_ms)
{
    struct party p[3];
    struct opening o = { .l = l };
    pthread_t thread[3];
    char addr[3][32];
    int fd[2];

    for (int i = 0; i < 3; i++)
        l[i] = (struct tri_link){ .dead = TRI_E_DEAD };
    if (kind == TRI_LINKS_MEM) {
        CHECK(c, tri_mem_create(l, deadline_ms) == TRI_OK, "no links");
        return;
    }
    tri_links_listen(c, fd, addr);
    for (unsigned i = 0; i < 3; i++) {
        o.cfg[i] = tri_links_config(i, fd, addr);
        o.cfg[i].deadline_ms = deadline_ms;
        if (kind == TRI_LINKS_SEALED)
            tri_links_seal(&o.cfg[i]);
        p[i] = (struct party){ { .seed = c->seed }, &l[i], open_one, &o };
        CHECK(c, pthread_create(&thread[i], NULL, open_main, &p[i]) == 0,
              "no thread");
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(thread[i], NULL);
        if (p[i].c.msg[0] != '\0')
            tri_check_fail(c, "P%d: %s", i, p[i].c.msg);
    }
}

void tri_links_go(struct tri_check *c, int kind, uint32_t deadline_ms,
                  tri_links_fn *fn, void *arg)
{
    struct tri_link l[3];

    tri_links_make(c, l, kind, deadline_ms);
    if (c->msg[0] == '\0')
        tri_links_run(c, l, fn, arg);
    else
        for (int i = 0; i < 3; i++)
            tri_close(&l[i]);
}
