#include "boards/host/trial/trio.h"
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "boards/host/base/cleanup.h"
#include "boards/host/trial/cheat.h"
#include "boards/host/trial/loopback.h"
#include "core/err.h"
#include "core/mem.h"
#include "net/host/clock.h"

/* What a party tells the parent at its end, in one write below PIPE_BUF. */
struct last_words {
    int rc;
    uint64_t when; /* ns */
    struct tri_outcome out;
    struct tri_why why;
};

_Static_assert(sizeof(struct last_words) <= PIPE_BUF, "one write");

struct child {
    pid_t pid;
    int pipe;   /* read end */
    int spoke;  /* it left its last words */
    int deaf;   /* the errno that kept us from reading them */
    int status; /* from waitpid() */
    struct last_words last;
};

static void speak(int fd, const struct last_words *w)
{
    ssize_t n;

    do
        n = write(fd, w, sizeof *w);
    while (n < 0 && errno == EINTR);
}

/* A party's whole life. Never returns. */
static void live(unsigned id, const struct tri_demo *d, struct tri_loopback *l,
                 const struct tri_trio_shares *s, int out_fd)
{
    struct tri_party p = { .id = id,
                           .task = TRI_TASK_TRAIN,
                           .o = d->o,
                           .threads = d->threads,
                           .log = id == 0 ? d->o->log : NULL,
                           .reveal_small = 1, /* all data are of one owner */
                           .who = d->who != NULL ? d->who : "",
                           .silent = id != 0 };
    static struct last_words w;
    char text[TRI_FILES][32];
    const char *name[TRI_FILES];

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* Of private keys, sockets and shares a party keeps its own. */
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        if (i == id)
            continue;
        tri_wipe(l->keys[i].own, sizeof l->keys[i].own);
        if (l->fd[i] >= 0)
            close(l->fd[i]);
        for (int f = 0; f < TRI_FILES; f++)
            if (s->file[f][i] >= 0)
                close(s->file[f][i]);
    }
    p.tcp = tri_loopback_tcp(l, id);
    p.keys = &l->keys[id];
    p.tcp.plaintext = d->plaintext;
    p.tcp.keys = d->plaintext ? NULL : p.tcp.keys;
    p.tcp.connect_ms = p.tcp.deadline_ms = (uint32_t)d->o->deadline * 1000;
    for (int f = 0; f < TRI_FILES; f++) {
        if (s->file[f][id] < 0)
            continue;
        snprintf(text[f], sizeof text[f], "/proc/self/fd/%d", s->file[f][id]);
        name[f] = text[f];
        p.file[f] = (struct tri_names){ &name[f], 1 };
    }
    if (d->cheat != NULL)
        tri_cheat_party(d->cheat, &p);
    w.rc = tri_party_run(&p, &w.out, &w.why);
    tri_wipe(l, sizeof *l);
    w.when = tri_clock_ns();
    speak(out_fd, &w);
    _exit(tri_exit_code(w.rc));
}

static int start(struct child *c, unsigned id, const struct tri_demo *d,
                 struct tri_loopback *l, const struct tri_trio_shares *s,
                 struct tri_why *why)
{
    sigset_t all, before;
    int ends[2];

    if (pipe(ends) != 0)
        return tri_why(why, TRI_E_IO, "no pipe to party %u: %s", id,
                       strerror(errno));
    fflush(NULL);
    /* no signal between fork and its note */
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    c->pid = fork();
    if (c->pid == 0) {
        tri_cleanup_forked();
        sigprocmask(SIG_SETMASK, &before, NULL);
        close(ends[0]);
        live(id, d, l, s, ends[1]);
    }
    if (c->pid > 0)
        tri_cleanup_child(c->pid);
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(ends[1]);
    c->pipe = ends[0];
    if (c->pid < 0)
        return tri_why(why, TRI_E_IO, "party %u cannot be started: %s", id,
                       strerror(errno));
    return TRI_OK;
}

static void await(struct child *c)
{
    size_t have = 0;
    ssize_t n;

    while ((n = read(c->pipe, (char *)&c->last + have, sizeof c->last - have)) >
               0 ||
           (n < 0 && errno == EINTR))
        have += n > 0 ? (size_t)n : 0;
    c->deaf = n < 0 ? errno : 0;
    c->spoke = have == sizeof c->last;
    while (waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR)
        ;
    tri_cleanup_child_done(c->pid);
}

/* Non-zero if `a` is nearer to the cause than `b`: a party that died without
 * a word, then one with a reason of its own, then whoever failed first. */
static int nearer(const struct child *a, const struct child *b)
{
    if (a->spoke != b->spoke)
        return !a->spoke;
    if (tri_loopback_follows(a->last.rc) != tri_loopback_follows(b->last.rc))
        return tri_loopback_follows(b->last.rc);
    return a->last.when < b->last.when;
}

/* Whoever cheats is not asked. */
static int verdict(const struct child child[TRI_PARTIES],
                   const struct tri_cheat *cheat, struct tri_why *why)
{
    const struct child *first = NULL;

    for (int i = 0; i < TRI_PARTIES; i++)
        if ((cheat == NULL || (unsigned)i != cheat->by) &&
            (!child[i].spoke || child[i].last.rc != TRI_OK) &&
            (first == NULL || nearer(&child[i], first)))
            first = &child[i];
    if (first == NULL)
        return TRI_OK;
    if (first->deaf != 0)
        return tri_why(why, TRI_E_IO, "the end of party %d cannot be read: %s",
                       (int)(first - child), strerror(first->deaf));
    if (first->spoke)
        return tri_why(why, first->last.rc, "party %d: %s",
                       (int)(first - child), first->last.why.text);
    return tri_why(why, TRI_E_IO, "party %d died (%s %d); the others stopped",
                   (int)(first - child),
                   WIFSIGNALED(first->status) ? "signal" : "exit code",
                   WIFSIGNALED(first->status) ? WTERMSIG(first->status)
                                              : WEXITSTATUS(first->status));
}

int tri_trio_run(struct tri_trio *t, const struct tri_demo *d,
                 const struct tri_trio_shares *shares, struct tri_why *why)
{
    struct child *const child = calloc(TRI_PARTIES, sizeof *child);
    struct tri_loopback l;
    int rc = tri_loopback_open(&l, why), started = 0;

    if (child == NULL)
        rc = tri_why(why, TRI_E_NOMEM, "no memory");
    for (; rc == TRI_OK && started < TRI_PARTIES; started += rc == TRI_OK)
        rc = start(&child[started], (unsigned)started, d, &l, shares, why);
    tri_loopback_close(&l);
    for (int i = 0; i < started; i++) {
        if (rc != TRI_OK)
            kill(child[i].pid, SIGKILL);
        await(&child[i]);
        close(child[i].pipe);
    }
    if (rc == TRI_OK)
        rc = verdict(child, d->cheat, why);
    t->parties = TRI_PARTIES;
    for (int i = 0; rc == TRI_OK && i < TRI_PARTIES; i++)
        t->party[i] = child[i].last.out;
    free(child);
    return rc;
}
