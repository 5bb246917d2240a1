#include "bench/bench.h"

/*
 * How much of its core this program has. Additions that wait for each other
 * take a cycle each, whoever else uses the core; of others it can start as
 * many in a cycle as it is wide, 4 on most x86 servers, unless a neighbour of
 * a virtual machine has the core's other hardware thread and takes some. What
 * is far below that width makes every kernel look slower than it is, those
 * most that have many instructions beside their arithmetic.
 */
enum { LOOPS = 2000, ADDS = 48 };

#if defined(__x86_64__)
#define ADD(r) "add $1, %%" r "\n\t"
#define USED   "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "cc"
#define ONE    ADD("rax") ADD("rax")
#define OTHER  ADD("rcx") ADD("rdx") ADD("rsi") ADD("rdi") ADD("r8") ADD("r9")
#elif defined(__aarch64__)
#define ADD(r) "add " r ", " r ", #1\n\t"
#define USED   "x0", "x1", "x2", "x3", "x4", "x5", "x6"
#define ONE    ADD("x0") ADD("x0")
#define OTHER  ADD("x1") ADD("x2") ADD("x3") ADD("x4") ADD("x5") ADD("x6")
#endif

#if defined(USED)

static void waiting(void *arg)
{
    (void)arg;
    for (int i = 0; i < LOOPS; i++)
        __asm__ volatile(ONE ONE ONE ONE ONE ONE ONE ONE ONE ONE ONE ONE ONE ONE
                             ONE ONE ONE ONE ONE ONE ONE ONE ONE ONE
                         :
                         :
                         : USED);
}

static void others(void *arg)
{
    (void)arg;
    for (int i = 0; i < LOOPS; i++)
        __asm__ volatile(OTHER OTHER OTHER OTHER OTHER OTHER OTHER OTHER
                         :
                         :
                         : USED);
}

void bench_machine(struct bench *b)
{
    const double n = (double)LOOPS * ADDS;

    bench_measure(b,
                  (struct bench_row){ .area = "machine",
                                      .name = "core",
                                      .isa = "any",
                                      .shape = "additions of registers",
                                      .unit = "op/s" },
                  (struct bench_work){ others, NULL, n },
                  (struct bench_work){ 0 },
                  (struct bench_work){ waiting, NULL, n });
}

#else

void bench_machine(struct bench *b)
{
    (void)b;
}

#endif
