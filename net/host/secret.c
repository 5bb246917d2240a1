#include "net/host/secret.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "core/mem.h"

/* A service has one or more for every connection and every request. */
enum { REGIONS = 8192, HUGE = 4 << 20 /* bytes from which large pages pay */ };

/* A handler may look at any moment: an entry counts while `p` is set, and its
 * size is set before that. */
static struct {
    void *volatile p;
    volatile size_t n;
} region[REGIONS];
static volatile int top; /* no entry from here on has been used */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void tri_secret_start(void)
{
    prctl(PR_SET_DUMPABLE, 0);
}

static int note(void *p, size_t n)
{
    int done = 0;

    pthread_mutex_lock(&lock);
    for (int i = 0; i < REGIONS && !done; i++)
        if (region[i].p == NULL) {
            if (i == top)
                top++;
            region[i].n = n;
            region[i].p = p;
            done = 1;
        }
    pthread_mutex_unlock(&lock);
    return done;
}

/* The size of a region, which is none any more. */
static size_t forget(void *p)
{
    size_t n = 0;

    pthread_mutex_lock(&lock);
    for (int i = 0; i < top; i++)
        if (region[i].p == p) {
            region[i].p = NULL;
            n = region[i].n;
        }
    pthread_mutex_unlock(&lock);
    return n;
}

void *tri_secret_alloc(size_t n)
{
    void *const p = mmap(NULL, n, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        return NULL;
    if (!note(p, n)) {
        munmap(p, n);
        return NULL;
    }
    madvise(p, n, MADV_DONTDUMP);
    /* Vectors pass through megabytes: with small pages the processor looks for
     * addresses as long as for data. */
    if (n >= HUGE)
        madvise(p, n, MADV_HUGEPAGE);
    /* Locked page by page as they are used; half of them where more are not
     * permitted. */
    for (size_t most = n; most > 0 && mlock2(p, most, MLOCK_ONFAULT) != 0;)
        most /= 2;
    return p;
}

void tri_secret_free(void *p)
{
    size_t n;

    if (p == NULL)
        return;
    n = forget(p);
    tri_wipe(p, n);
    munmap(p, n);
}

void tri_secret_wipe_all(void)
{
    for (int i = 0; i < top; i++)
        if (region[i].p != NULL)
            tri_wipe(region[i].p, region[i].n);
}
