#ifndef TRI_BOARDS_HOST_PARTY_OPTIONS_H
#define TRI_BOARDS_HOST_PARTY_OPTIONS_H

#include "boards/host/base/args.h"
#include "net/host/line.h"
#include "proto/engine.h"
#include "proto/nn/model.h"
#include "proto/nn/schedule.h"

/** \file boards/host/party/options.h
 *
 * # What a run is: the options that all three parties must give alike
 */
/** What makes random numbers (core/prg.h): agreed on, or forced. */
enum tri_prg_choice {
    TRI_PRG_AUTO,
    TRI_PRG_ONLY_CHACHA20,
    TRI_PRG_ONLY_AES128
};

/** Is what the parties do verified? Not said: yes. */
enum tri_security {
    TRI_SECURITY_USUAL = -1,
    TRI_SECURITY_PASSIVE,
    TRI_SECURITY_ACTIVE
};

enum tri_optimizer { TRI_OPTIMIZER_SGD, TRI_OPTIMIZER_ADAM };

struct tri_run_options {
    /* alike on all parties */
    const char *net_name;   /**< A to D, or a file              */
    const char *engine;     /**< name, or NULL: the usual one   */
    uint64_t epochs, steps; /**< steps 0: all of the epochs     */
    uint64_t batch;         /**< 0, as epochs: tri_options_fit() */
    int optimizer;          /**< enum tri_optimizer              */
    double rate;            /**< 0: the optimizer's usual one    */
    double momentum, decay; /**< of Adam, beta1                  */
    struct tri_adam adam;   /**< 0, each: the usual ones         */
    const char *weights;    /**< of classes, "1,2.5", or NULL */
    int schedule;           /**< enum tri_schedule_kind, or -1   */
    uint64_t warmup;        /**< steps                           */
    double rate_end;        /**< 0: rate / 100                   */
    uint64_t frac, compare;
    uint64_t seed;
    uint64_t loss_every; /**< steps; 0: never opened       */
    int reveal_small;    /**< those of a few samples, too  */
    int prg;             /**< enum tri_prg_choice             */
    const char *link;    /**< emulated network, or NULL: none */
    const char *tune;    /**< network to choose protocols for, or NULL: link */
    int max;             /**< enum tri_max_method             */
    int security;        /**< enum tri_security               */
    uint64_t ledger;     /**< bytes of products after which they are verified;
                              0: by memory                    */
    uint64_t memory;     /**< bytes that a party may take; 0: all */
    /* each party's own */
    int force;         /**< do not mind the rehearsal      */
    uint64_t threads;  /**< 0: choose                      */
    uint64_t deadline; /**< seconds                        */
    int no_spin;       /**< waits sleep at once            */

    const char *log; /**< file, or NULL                */

    /* from net_name, by tri_options_net(), and from weights: one for each
     * class, or NULL */
    struct tri_net net;
    double *weight;
    char text[TRI_NET_TEXT]; /**< canonical                      */
    /* from engine, by tri_options_engine() */
    const struct tri_engine_kind *kind;
    /* from security, by tri_options_security() */
    int active; /**< verify what the others do       */
    /* from link and tune, by tri_options_link() */
    struct tri_line line;  /**< rate 0: none                   */
    struct tri_line tuned; /**< rate 0: not said               */
};

/** The values without options, all of *o. */
void tri_options_usual(struct tri_run_options *o);

/** Their tables, for groups whose base is a struct tri_run_options: of any
 *  computation, and of one by three parties. */
extern const struct tri_option tri_training_options[], tri_parties_options[];

/** Of the former those that only a training heeds, NULL at the end. */
extern const char *const tri_training_only[];

/** Both, with titles. */
#define TRI_TRAINING_GROUP(base)                           \
    {                                                      \
        tri_training_options, base, "Network and training" \
    }
#define TRI_PARTIES_GROUP(base)                    \
    {                                              \
        tri_parties_options, base, "Three parties" \
    }

/** As many threads as said, or this machine's share of cores for one of
 *  `parties` that run on it. */
unsigned tri_options_threads(const struct tri_run_options *o, int parties);

/** The schedule of the learning rate, for tri_train. */
struct tri_schedule tri_options_schedule(const struct tri_run_options *o);

/** Epochs and batch of a run with so many samples, where they were not given:
 *  4 and 128, but if neither was, 400 steps at least, and of fewer than 2048 in
 *  batches of a 16th (16 at least, a power of two). */
void tri_options_fit(struct tri_run_options *o, uint64_t samples);

/** Rate and schedule, by the network that has been read, beta2 and epsilon
 *  where they were not given. TRI_E_ARG if they were and the optimizer has none
 * such. */
int tri_options_optimizer(struct tri_run_options *o, struct tri_why *why);

/** How many moments of each weight a training keeps, for tri_model_build(). */
int tri_options_moments(const struct tri_run_options *o);

/** Read the network that net_name names, and tri_options_optimizer().
 * TRI_E_ARG, TRI_E_FORMAT. */
int tri_options_net(struct tri_run_options *o, struct tri_why *why);

/** Read the network from `text`; net_name says in errors whose it is. */
int tri_options_net_text(struct tri_run_options *o, const char *text,
                         size_t len, struct tri_why *why);

/**
 * Read lines "name value" as options of both tables, as if they were typed.
 * \param buf  [size] keeps the values that are texts
 * \return TRI_OK; TRI_E_ARG with a text; TRI_E_FORMAT: there are more of them
 *         than there is room for
 */
int tri_options_lines(struct tri_run_options *o, const char *text, size_t len,
                      char *buf, size_t size, struct tri_why *why);

/** Find the engine: one of `parties` parties, or of any number (0). Without a
 *  name it is the first of them in the list of what is linked. TRI_E_ARG. */
int tri_options_engine(struct tri_run_options *o, unsigned parties,
                       struct tri_why *why);

/** The ledger that a machine which runs `parties` of the parties can spare for
 *  each (boards/common/wish.h); 0 if there is nothing to choose. */
unsigned tri_options_ledger_wish(const struct tri_run_options *o,
                                 unsigned parties);

/** Take that, if the options do not say and nobody else is to be asked. */
void tri_options_ledger(struct tri_run_options *o, unsigned parties);

/** With the engine found: is what it does verified? Active unless said
 *  otherwise; an engine that cannot verify has to be asked for as passive, and
 *  passive security by an engine's name. TRI_E_ARG with what to type. */
int tri_options_security(struct tri_run_options *o, struct tri_why *why);

/** Passive: say on standard error, in one line, what is given up. */
void tri_options_warn(const struct tri_run_options *o);

/** What an engine is started with. */
struct tri_engine_config tri_options_config(const struct tri_run_options *o);

/** Read the networks that `link` emulates and `tune` names. TRI_E_ARG. */
int tri_options_link(struct tri_run_options *o, struct tri_why *why);

enum { TRI_OPTIONS_TEXT = TRI_NET_TEXT + 8000 };

/**
 * Everything the parties must agree on as text, "name value" lines, for the
 * hello: equal texts, equal runs.
 * \param task  what is done, one word
 * \return its length; 0 if `size` is too small.
 */
size_t tri_options_print(const struct tri_run_options *o, const char *task,
                         char *out, size_t size);

#endif
