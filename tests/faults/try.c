#include "tests/faults/try.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/err.h"
#include "net/ether/ether.h"
#include "net/host/clock.h"
#include "net/tcp/tcp.h"

enum {
    PATIENCE_MS = 12000,
    TICK_NS = 300000,
    STALL_NS = 2000000 /* a sleep so much too long is not the clock's fault */
};

/* In memory that all processes share. */
struct common {
    struct party_end p[TRI_PARTIES];
    uint32_t reps;
    struct middle_fault middle;
    struct hub_fault hub;
    struct crowd crowd;
    struct job_trace trace;
    struct middle_tape tape;
};

static struct common *common;
static const struct place *place;
static struct tri_secure_keys keys[TRI_PARTIES];
static struct tri_kernels kernels[TRI_PARTIES];

void try_prepare(const struct place *p)
{
    place = p;
    job_prepare();
    common = mmap(NULL, sizeof *common, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (common == MAP_FAILED) {
        perror("faults: memory");
        exit(1);
    }
    /* P1 has no AES: both algorithms are in use. */
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        tri_kernels_init(&kernels[i],
                         i == 1 ? tri_cpu_detect() &
                                      ~(unsigned)(TRI_CPU_AESNI | TRI_CPU_ARMCE)
                                : tri_cpu_detect());
        memset(keys[i].own, (int)(i + 1), sizeof keys[i].own);
        for (unsigned j = 0; j < TRI_PARTIES; j++)
            tri_x25519_public(keys[j].peer[i], keys[i].own);
    }
}

/* ---- a party ------------------------------------------------------------ */

static struct tri_tcp_config config_of(unsigned id, const struct plan *plan,
                                       char addr[TRI_PARTIES][32],
                                       int listen_fd,
                                       const struct tri_secure_keys *k)
{
    return (struct tri_tcp_config){ .id = id,
                                    .addr = { addr[0], addr[1], addr[2] },
                                    .listen_fd = listen_fd,
                                    .keys = k,
                                    .k = &kernels[id],
                                    .plaintext = k == NULL,
                                    .connect_ms = plan->connect_ms,
                                    .deadline_ms = plan->deadline_ms };
}

static struct tri_ether_config ether_of(unsigned id, const struct plan *plan,
                                        char name[8],
                                        const struct tri_secure_keys *k)
{
    (void)snprintf(name, 8, "p%u", id);
    return (struct tri_ether_config){ .id = id,
                                      .interface = name,
                                      .keys = k,
                                      .k = &kernels[id],
                                      .plaintext = k == NULL,
                                      .connect_ms = plan->connect_ms,
                                      .deadline_ms = plan->deadline_ms };
}

static int open_link(struct tri_link *l, unsigned id, const struct plan *plan,
                     char addr[TRI_PARTIES][32], int listen_fd)
{
    struct tri_secure_keys own = keys[id];
    const int plain = plan->plain >> id & 1;
    const struct tri_secure_keys *k = plain ? NULL : &own;
    struct tri_ether_config ether;
    struct tri_tcp_config cfg;
    char name[8];

    if (plan->foreign >> id & 1)
        own.own[5] ^= 1;
    if (plan->net == ETHER) {
        ether = ether_of(id, plan, name, k);
        return tri_ether_open(l, &ether);
    }
    cfg = config_of(id, plan, addr, listen_fd, k);
    return tri_tcp_open(l, &cfg);
}

static void party_main(unsigned id, const struct plan *plan,
                       char addr[TRI_PARTIES][32], int listen_fd,
                       struct job_trace *trace)
{
    const struct rlimit few = { plan->files, plan->files };
    struct party_end *p = &common->p[id];
    struct tri_link l;
    int rc;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    place_enter(place, id);
    if (plan->files > 0)
        (void)setrlimit(RLIMIT_NOFILE, &few);
    p->started = tri_clock_ns();
    if (plan->hostile.kind != HOSTILE_NONE && id == plan->victim) {
        const struct tri_tcp_config cfg =
            config_of(id, plan, addr, listen_fd, &keys[id]);
        char name[8];
        const struct tri_ether_config ether =
            ether_of(id, plan, name, &keys[id]);

        rc = plan->net == ETHER ? hostile_run_ether(&ether, &plan->hostile)
                                : hostile_run(&cfg, &plan->hostile);
        _exit(rc == 0 ? 0 : 1);
    }
    rc = open_link(&l, id, plan, addr, listen_fd);
    if (rc == TRI_OK) {
        p->joined = tri_clock_ns();
        rc = job_run(&l, plan->rows, plan->active, &common->reps, trace,
                     &p->job);
    }
    (void)snprintf(p->error, sizeof p->error, "%s", l.error);
    p->rc = rc;
    p->failed = tri_clock_ns();
    _exit(rc == TRI_OK ? 0 : 1);
}

/* ---- the run ------------------------------------------------------------ */

struct run {
    const struct plan *plan;
    int listen[2], middle[MIDDLE_PAIRS], hub[3];
    char direct[TRI_PARTIES][32], by[MIDDLE_PAIRS][32];
    pid_t helper, crowd, pid[TRI_PARTIES];
    int struck, risen, pulled;
};

static void start_net(struct run *r)
{
    /* the called party of each pair */
    static const unsigned called[MIDDLE_PAIRS] = { 0, 0, 1 },
                          caller[MIDDLE_PAIRS] = { 1, 2, 2 };
    char to[MIDDLE_PAIRS][32];

    r->helper = -1;
    if (r->plan->net == ETHER) {
        hub_open(r->hub);
    } else {
        for (unsigned i = 0; i < 2; i++)
            r->listen[i] = place_listen(place, i, r->direct[i]);
        for (unsigned k = 0; k < MIDDLE_PAIRS; k++) {
            memcpy(to[k], r->direct[called[k]], sizeof to[k]);
            if (r->plan->direct)
                memcpy(r->by[k], to[k], sizeof to[k]);
            else
                r->middle[k] = place_listen_here(place, caller[k], r->by[k]);
            if (!r->plan->direct)
                middle_prepare(r->middle[k], r->plan->middle.what);
        }
    }
    if (r->plan->net == TCP && r->plan->direct)
        return;
    r->helper = fork();
    if (r->helper != 0)
        return;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (r->plan->net == ETHER)
        hub_main(r->hub, &common->hub);
    close(r->listen[0]);
    close(r->listen[1]);
    middle_main(r->middle, to, &common->middle,
                r->plan->middle.what == MIDDLE_NOTHING ? &common->tape : NULL);
}

static void close_sockets(const struct run *r)
{
    for (unsigned i = 0; r->plan->net == TCP && i < 2; i++)
        close(r->listen[i]);
    for (unsigned k = 0; !r->plan->direct && k < MIDDLE_PAIRS; k++)
        close(r->plan->net == TCP ? r->middle[k] : r->hub[k]);
}

static void start_crowd(struct run *r)
{
    r->crowd = -1;
    if (r->plan->crowd.kind == CROWD_NONE)
        return;
    r->crowd = fork();
    if (r->crowd != 0)
        return;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    close_sockets(r);
    crowd_main(place, r->direct, &common->crowd);
}

static void start_party(struct run *r, unsigned i, struct job_trace *trace)
{
    char addr[TRI_PARTIES][32] = { "first.example:1", "second.example:1",
                                   "third.example:1" };

    common->p[i].fate = FATE_NONE;
    r->pid[i] = -1;
    if (r->plan->absent >> i & 1)
        return;
    if (i > 0)
        memcpy(addr[0], r->by[i - 1], sizeof addr[0]);
    if (i == 2)
        memcpy(addr[1], r->by[2], sizeof addr[1]);
    r->pid[i] = fork();
    if (r->pid[i] != 0)
        return;
    for (unsigned k = 0; r->plan->net == TCP && k < 2; k++)
        if (k != i)
            close(r->listen[k]);
    for (unsigned k = 0; !r->plan->direct && k < MIDDLE_PAIRS; k++)
        close(r->plan->net == TCP ? r->middle[k] : r->hub[k]);
    party_main(i, r->plan, addr,
               r->plan->net == TCP && i < 2 ? r->listen[i] : -1, trace);
}

/* The blow, when its time has come. */
static void strike(struct run *r, uint64_t start, struct outcome *o)
{
    const struct plan *p = r->plan;
    const pid_t victim = r->pid[p->victim];
    const uint64_t now = tri_clock_ns();
    uint64_t from = start;

    if (p->blow == BLOW_NONE || victim < 0)
        return;
    if (p->from_join)
        from = __atomic_load_n(&common->p[p->victim].joined, __ATOMIC_ACQUIRE);
    if (!r->struck && (from == 0 || now < from + p->after_us * 1000))
        return;
    if (!r->struck) {
        if (p->blow == BLOW_CABLE)
            place_cable(p->victim, 0);
        else
            (void)kill(victim, p->blow == BLOW_KILL ? SIGKILL : SIGSTOP);
        r->pulled = p->blow == BLOW_CABLE;
        o->hit = r->struck = 1;
        o->hit_ns = tri_clock_ns();
    }
    if (p->blow == BLOW_NAP && !r->risen &&
        now > o->hit_ns + (uint64_t)p->nap_ms * 1000000u) {
        /* The others are within a repetition of one that is stopped. */
        __atomic_store_n(
            &common->reps,
            __atomic_load_n(&common->p[p->victim].job.done, __ATOMIC_ACQUIRE) +
                p->reps,
            __ATOMIC_RELEASE);
        (void)kill(victim, SIGCONT);
        r->risen = 1;
    }
}

static void judge(struct run *r, unsigned i, int status)
{
    struct party_end *p = &common->p[i];

    p->ended = tri_clock_ns();
    r->pid[i] = -1;
    if (r->plan->hostile.kind != HOSTILE_NONE && i == r->plan->victim) {
        p->fate = WIFEXITED(status) && WEXITSTATUS(status) == 0 ? FATE_NONE
                                                                : FATE_CRASH;
        return;
    }
    if (WIFSIGNALED(status))
        p->fate = r->plan->blow == BLOW_KILL && i == r->plan->victim &&
                          WTERMSIG(status) == SIGKILL
                      ? FATE_NONE
                      : FATE_CRASH;
    else
        p->fate = p->failed == 0    ? FATE_CRASH
                  : p->rc == TRI_OK ? FATE_RIGHT
                                    : FATE_ERROR;
    /* A result is a result, whatever came after it. */
    if (p->job.wrong > 0 ||
        (p->fate == FATE_RIGHT && p->job.done != common->reps))
        p->fate = FATE_WRONG;
}

static void wait_all(struct run *r, struct outcome *o, uint64_t start)
{
    const struct timespec tick = { 0, TICK_NS };
    uint64_t until = start + (uint64_t)PATIENCE_MS * 1000000u;
    const unsigned victim = r->plan->victim;

    for (;;) {
        int left = 0, survivors = 0, status;
        uint64_t due;

        strike(r, start, o);
        for (unsigned i = 0; i < TRI_PARTIES; i++) {
            if (r->pid[i] < 0)
                continue;
            if (waitpid(r->pid[i], &status, WNOHANG) == r->pid[i]) {
                judge(r, i, status);
                continue;
            }
            left++;
            survivors += i != victim;
        }
        if (left == 0)
            return;
        if (r->plan->blow == BLOW_STOP && r->struck && !r->risen &&
            survivors == 0) {
            (void)kill(r->pid[victim], SIGCONT);
            r->risen = 1;
            /* Its own clock begins now. */
            until = tri_clock_ns() + (uint64_t)PATIENCE_MS * 1000000u;
        }
        if (tri_clock_ns() > until + o->stall_ns)
            break;
        due = tri_clock_ns() + TICK_NS + STALL_NS;
        (void)nanosleep(&tick, NULL);
        if (tri_clock_ns() > due)
            o->stall_ns += tri_clock_ns() - due + STALL_NS;
    }
    for (unsigned i = 0; i < TRI_PARTIES; i++)
        if (r->pid[i] >= 0) {
            (void)kill(r->pid[i], SIGKILL);
            (void)waitpid(r->pid[i], NULL, 0);
            common->p[i].fate = FATE_HUNG;
            common->p[i].ended = tri_clock_ns();
        }
}

static void stop(pid_t helper)
{
    if (helper <= 0)
        return;
    (void)kill(helper, SIGKILL);
    (void)waitpid(helper, NULL, 0);
}

static void run(const struct plan *plan, struct outcome *o,
                struct job_trace *trace)
{
    struct run r = { .plan = plan };
    const struct timespec lead = { 0, (long)plan->crowd.lead_ms * 1000000 };
    uint64_t start;

    memset(common->p, 0, sizeof common->p);
    /* A job lasts until its blow has been, however fast or slow the machine. */
    common->reps = plan->blow == BLOW_NONE ? plan->reps : UINT32_MAX;
    common->middle = plan->middle;
    common->hub = plan->hub;
    memset(o, 0, sizeof *o);
    (void)fflush(NULL);
    common->crowd = plan->crowd;
    start_net(&r);
    start_crowd(&r);
    start = tri_clock_ns();
    o->hit_ns = start;
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        start_party(&r, i, trace);
        (void)nanosleep(&lead, NULL);
    }
    close_sockets(&r);
    wait_all(&r, o, start);
    o->took_ns = tri_clock_ns() - start;
    stop(r.helper);
    stop(r.crowd);
    o->calls = common->crowd.calls;
    if (r.pulled)
        place_cable(plan->victim, 1);
    /* What was wrong from the start. */
    o->hit |= plan->absent != 0 || plan->foreign != 0 ||
              plan->hostile.kind != HOSTILE_NONE ||
              (plan->plain != 0 && plan->plain != 7);
    if (plan->middle.what != MIDDLE_NOTHING) {
        o->hit = common->middle.hit && (plan->crowd.kind == CROWD_NONE ||
                                        o->calls > plan->crowd.rate / 2);
        o->hit_ns = o->hit ? common->middle.hit_ns : start;
    } else if (plan->blow == BLOW_NONE && common->hub.hit) {
        o->hit = 1;
        o->hit_ns = common->hub.hit_ns;
    }
    memcpy(o->p, common->p, sizeof o->p);
    /* What a killed party had written down may be half of it. */
    for (unsigned i = 0; i < TRI_PARTIES; i++)
        for (unsigned j = 0; j < i; j++)
            if (o->p[i].fate <= FATE_ERROR && o->p[j].fate <= FATE_ERROR &&
                o->p[i].job.done == o->p[j].job.done &&
                o->p[i].job.digest != o->p[j].job.digest)
                o->p[i].fate = o->p[j].fate = FATE_WRONG;
}

void try_run(const struct plan *plan, struct outcome *o)
{
    run(plan, o, NULL);
}

int try_record(unsigned rows, int active, const struct job_trace **trace,
               const struct middle_tape **tape)
{
    const struct plan plan = { .rows = rows,
                               .active = active,
                               .reps = 1,
                               .connect_ms = 5000,
                               .deadline_ms = 5000 };
    struct outcome o;

    memset(&common->trace, 0, sizeof common->trace);
    run(&plan, &o, &common->trace);
    for (unsigned i = 0; i < TRI_PARTIES; i++)
        if (o.p[i].fate != FATE_RIGHT) {
            fprintf(stderr, "faults: without a fault, P%u: %s\n", i,
                    o.p[i].error);
            return -1;
        }
    *trace = &common->trace;
    *tape = &common->tape;
    return 0;
}
