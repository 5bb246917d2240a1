#ifndef TRI_BOARDS_HOST_WATCH_RUNLOG_H
#define TRI_BOARDS_HOST_WATCH_RUNLOG_H

#include "boards/host/base/why.h"
#include "boards/host/party/options.h"
#include "boards/host/watch/watch.h"

/** \file boards/host/watch/runlog.h
 *
 * # The log of a run: one JSON object a line
 *
 *     {"type":"start","version":..,"task":..,"engine":..,"net":..,"party":..,
 *      "samples":..,"test_samples":..,"batch":..,"epochs":..,
 *      "steps":..,"optimizer":..,"rate":..,"momentum":..,"decay":..,
 *      "seed":..,"frac":..,"compare":..,
 *      "loss_every":..,"link":..,"planned_bytes":..,"planned_rounds":..,
 *      "memory":..,"first_step":..,"security":..,"ledger":..,
 *      "planned_batches":..,"planned_verify_bytes":..,
 *      "planned_verify_rounds":..,"verify_memory":..}
 *     {"type":"point","step":..,"epoch":..,"time":..,"sent":..,"rounds":..,
 *      "rate":..[,"batches":..,"verify_s":..,"verify_sent":..,
 *      "verify_rounds":..][,"loss":..[,"train_right":..,"train_of":..]]
 *      [,"test_right":..,"test_of":..][,"test_rmse":..]}
 *     {"type":"layer","layer":..,"name":..,"forward_s":..,"backward_s":..,
 *      "update_s":..,"forward_sent":..,"backward_sent":..,"update_sent":..}
 *     {"type":"end","steps":..,"train_s":..,"test_s":..,"sent":..,
 *      "rounds":..,"memory":..[,"right":..,"tested":..][,"rmse":..]
 *      [,"batches":..,"verify_s":..,"verify_sent":..,"verify_rounds":..]}
 *
 * Times are seconds since the start. planned_bytes are the payload of all
 * parties, `sent` is the payload of this one. What begins with verify_ is a
 * part of the rest, and so is the ledger of the memory; with `security`
 * "passive" all of it is 0. Verification has a layer of its own, the last one.
 * Lines are written one by one, each as a whole: what is there after a crash is
 * complete but for its last line. A run that fails has no "end".
 */
struct tri_runlog {
    int fd; /**< -1: closed, everything else does nothing */
    const char *path;
    struct tri_why *why;
};

/** TRI_E_ARG if a log is asked for (path not NULL) and cannot begin: the file
 *  exists (unless `append`), or its directory does not. */
int tri_runlog_check(const char *path, int append, struct tri_why *why);

/** Open, or make the file, mode 0600: in the run, after the early check. path
 *  NULL: a closed log. TRI_E_IO, also if it exists unless `append`. */
int tri_runlog_open(struct tri_runlog *l, const char *path, int append,
                    struct tri_why *why);

/** What the first line says besides the options. */
struct tri_log_start {
    const char *task, *engine;
    unsigned party;
    uint32_t samples, test_samples, steps, first;
    uint64_t bytes, rounds;
    size_t memory;
    struct tri_proofs proofs;
};

struct tri_log_end {
    uint32_t steps, right, tested;
    double train_s, test_s, rmse; /**< of a regression, else 0 */
    uint64_t sent, rounds;
    size_t memory;
    struct tri_log_proofs proofs;
};

/* Each writes its line or lines; TRI_E_IO. */
int tri_runlog_start(struct tri_runlog *l, const struct tri_run_options *o,
                     const struct tri_log_start *s);
int tri_runlog_point(struct tri_runlog *l, const struct tri_log_point *p);
int tri_runlog_layers(struct tri_runlog *l, const struct tri_net *net,
                      const struct tri_profile *p);
int tri_runlog_end(struct tri_runlog *l, const struct tri_log_end *e);

void tri_runlog_close(struct tri_runlog *l);

/** "fc 128", "relu", "loss softmax": what layer `i` is called; i =
 *  net->layers is the loss. `out` is returned. */
const char *tri_layer_name(char out[24], const struct tri_net *net, size_t i);

#endif
