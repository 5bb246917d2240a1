#ifndef TRI_PROTO_ENGINE_H
#define TRI_PROTO_ENGINE_H

#include "core/tensor.h"
#include "proto/session.h"
#include "proto/verify/count.h"

/** \file proto/engine.h
 *
 * # What every engine offers to the layers
 *
 * Layers, loss and training are written against this header only. Every party
 * runs the same layer code and makes the same calls in the same order, also a
 * party that holds no shares; the engine decides what each of them computes
 * and sends.
 *
 * | engine | parties | components per party | element          |
 * |--------|---------|----------------------|------------------|
 * | fused  | 3       | P0, P1: 1; P2: 0     | word             |
 * | paper  | 3       | P0, P1: 1; P2: 0     | word             |
 * | rep3   | 3       | 2 of 3               | word             |
 * | plain  | 1       | 1: the value         | word, fixed point|
 * | float  | 1       | 1: the value         | float32          |
 *
 * ## Tensors
 *
 * A `tri_ten` is a shared tensor: a public shape and scale and, for each
 * component this party holds, an array of elements. `fb` is the scale: the
 * represented real value is the stored integer times 2^-fb. Every protocol
 * asks for |stored| < 2^62. The float engine ignores fb.
 *
 * ## Doors
 *
 * Values come in by tri_import() (shares) and `constant` (public numbers), and
 * leave by tri_export() (fresh shares) and tri_open() (the value). There is no
 * other way: what is behind `v`, `cache`, `own` and `self` is the engine's, and
 * nothing outside proto looks at it. Both ways out verify first.
 *
 * ## Dry runs
 *
 * With s->dry all memory of an engine is NULL (proto/session.h): what an
 * operation costs follows from sizes, scales and the configuration alone.
 *
 * ## Errors
 *
 * Functions that return int give TRI_OK, TRI_E_ARG (shapes or scales do not
 * fit; nothing was touched), TRI_E_NOMEM, a link error, or TRI_E_DEAD. After
 * anything but TRI_E_ARG the outputs are wiped and the session is dead.
 * Functions that return void are local and cannot fail.
 *
 * Outputs may be the same tensor as an input where shapes agree, except for
 * the product operations.
 */

struct tri_engine;

struct tri_ten {
    struct tri_shape shape;
    size_t n;   /**< elements                                           */
    int fb;     /**< scale in bits                                      */
    void *v[2]; /**< components; NULL where this party has none         */
    /** What the engine keeps with the tensor until it changes, such as a mask
     *  that is opened once and serves several products; NULL if nothing. It
     *  belongs to this object: views have none. */
    void *cache;
    int cached; /**< non-zero: the engine may keep something;
                     TRI_TEN_OPEN: and there are no components            */
    int valid;  /**< non-zero while what it keeps is that of these values*/
    /** Non-zero: its memory is the tensor's for as long as the engine lives, so
     *  that a product need not copy it (rep3/ledger.h). Views have it, too. */
    int stays;
};

enum { TRI_TEN_OPEN = 2 };

/** The longest row that is normalised; longer ones are divided. */
enum { TRI_ROW_MOST = 64 };

/** Secret bits [x >= 0], kept for select. */
struct tri_bits {
    size_t n;
    void *own; /**< the engine's; NULL in a dry run */
    /** Last bits of x that relu leaves out of the comparison, x and z having
     *  one scale: the bit of x from -2 * 2^drop to 0 may be 1, that of 0 and
     *  more is. Of a maximum, in an engine that has late_trunc; else 0. */
    unsigned drop;
    int stays; /**< as in a tensor                                       */
};

/** Bilinear operations: z = op(x, y). */
enum tri_bilin_kind {
    TRI_BILIN_MUL,     /**< z[i] = x[i] * y[i]                            */
    TRI_BILIN_MATMUL,  /**< z [m x n] = op(x) [m x k] * op(y) [k x n]     */
    TRI_BILIN_CONV,    /**< z = conv(x, y = filter)                       */
    TRI_BILIN_CONV_DX, /**< z = gradient by input of (x = dZ, y = filter) */
    TRI_BILIN_CONV_DW  /**< z = gradient by filter of (x = input, y = dZ) */
};

struct tri_bilin {
    enum tri_bilin_kind kind;
    int tx, ty;           /**< MATMUL: x is stored [k x m], y [n x k]     */
    size_t m, n, k;       /**< MATMUL sizes; MUL: n elements              */
    struct tri_conv conv; /**< CONV*                                      */
};

/** Strided copy in up to four dimensions, elements counted. */
struct tri_copy {
    size_t dim[4];
    size_t zoff, zstep[4]; /**< step 0 with `add`: a sum                  */
    size_t xoff, xstep[4]; /**< step 0: a broadcast                       */
    int add;               /**< 0: z = x; 1: z += x; -1: z -= x           */
};

/** Windows of images, the candidates of maxima. */
struct tri_windows {
    struct tri_copy first;      /**< of the images to candidate 0, [m]    */
    size_t across, right, down; /**< candidate i stands (i % across) * right +
                                     i / across * down elements further on */
};

/** What a maximum of n at m places keeps for its derivative. */
struct tri_maxn {
    size_t n, m;
    void *own; /**< the engine's; NULL in a dry run */
    /** Of an engine that has them: where candidates stand in x, and in dx,
     *  which has gone to 0 where they overlap. NULL: in rows [n x m]. */
    const struct tri_windows *windows;
    int stays; /**< as in a tensor: the memory of its bits                */
};

struct tri_engine_ops {
    /* -- life ----------------------------------------------------------- */

    /** Make e->self, in a dry run NULL, from the arena. The facts are set. May
     *  be NULL. TRI_OK, TRI_E_ARG (the configuration), TRI_E_NOMEM. */
    int (*start)(struct tri_engine *e);
    /** Wipe e->self. May be NULL. */
    void (*end)(struct tri_engine *e);

    /* -- local ---------------------------------------------------------- */

    /** z = public constants v[n] at scale z->fb. TRI_E_RANGE if one does not
     *  fit (nothing is changed then). */
    int (*constant)(struct tri_engine *e, struct tri_ten *z, const double *v);
    /** z = x + y, z = x - y: same n, same fb. */
    void (*add)(struct tri_engine *e, struct tri_ten *z,
                const struct tri_ten *x, const struct tri_ten *y);
    void (*sub)(struct tri_engine *e, struct tri_ten *z,
                const struct tri_ten *x, const struct tri_ten *y);
    /** z = x + c, c a public real; z->fb = x->fb. */
    void (*addc)(struct tri_engine *e, struct tri_ten *z,
                 const struct tri_ten *x, double c);
    /** z = x * c * 2^-cb: the stored integers times c; z->fb = x->fb + cb.
     *  c = 1 only changes the scale: an exact division by 2^cb (cb may be
     *  negative). */
    void (*scale)(struct tri_engine *e, struct tri_ten *z,
                  const struct tri_ten *x, int64_t c, int cb);
    /** Strided copy or sum, first dimension outermost; both tensors have the
     *  same fb. z may be x where no run along the last dimension is written
     *  before it is read, or overlaps the one it is written to. */
    void (*copy)(struct tri_engine *e, struct tri_ten *z,
                 const struct tri_ten *x, const struct tri_copy *m);

    /* -- products ------------------------------------------------------- */

    /** z = op(x, y), exactly; z->fb = x->fb + y->fb is set. An engine with
     * guard bits sets other scales, and rounds the guard bits of operands away,
     * but for element-wise and inner products (proto/fused/product.h). */
    int (*bilin)(struct tri_engine *e, const struct tri_bilin *op,
                 struct tri_ten *z, struct tri_ten *x, struct tri_ten *y);

    /* -- comparisons ---------------------------------------------------- */

    /** z = x rescaled from x->fb to z->fb <= x->fb (set by the caller), off by
     *  at most one unit in the last place (rep3: 1.5). */
    int (*trunc)(struct tri_engine *e, struct tri_ten *z,
                 const struct tri_ten *x);
    /** z = max(x, 0) rescaled as by trunc; bits (or NULL) = [x >= 0]. The bit
     *  is that of the rescaled value where scales differ. */
    int (*relu)(struct tri_engine *e, struct tri_ten *z, struct tri_bits *bits,
                const struct tri_ten *x);
    /** bits = [x >= 0]. */
    int (*sign)(struct tri_engine *e, struct tri_bits *bits,
                const struct tri_ten *x);
    /** z = bit * x. */
    int (*select)(struct tri_engine *e, struct tri_ten *z,
                  const struct tri_bits *bits, const struct tri_ten *x);
    /** z = the bits as numbers 0 and 1, scale 0. Local. */
    void (*number)(struct tri_engine *e, struct tri_ten *z,
                   const struct tri_bits *bits);
    /** Memory for n bits. */
    int (*bits_alloc)(struct tri_engine *e, struct tri_bits *bits, size_t n);

    /* -- maximum -------------------------------------------------------- */

    /** Memory for the state of a maximum of n at m places. */
    int (*maxn_alloc)(struct tri_engine *e, struct tri_maxn *st, size_t n,
                      size_t m);
    /** z [m] = max over i of x [n x m]. Ties go to the smallest i. An engine
     *  that has late_trunc takes x as wide as a product is: it compares at the
     *  fine scale, and z is an x that is less than the largest by two units of
     *  that for each of ceil(log2 n) levels at most; or it truncates x to that
     *  scale first, which then is z's. */
    int (*maxn)(struct tri_engine *e, struct tri_ten *z, struct tri_maxn *st,
                const struct tri_ten *x);
    /** dx [n x m] = dz [m] at the place of the maximum, 0 elsewhere. */
    int (*maxn_grad)(struct tri_engine *e, struct tri_ten *dx,
                     const struct tri_maxn *st, const struct tri_ten *dz);
    /** Does the gradient of a maximum of n at m places where candidates stand
     *  come with its mask open? Then its dx is TRI_TEN_OPEN. NULL: never. */
    int (*grad_opens)(const struct tri_engine *e, size_t n, size_t m);

    /* -- division ------------------------------------------------------- */

    /** z [m x n] = x [m x n] / y [m], row by row, at scale z->fb (set by the
     *  caller); x and y have the same scale, 0 <= x <= y, y > 0. */
    int (*div)(struct tri_engine *e, struct tri_ten *z, const struct tri_ten *x,
               const struct tri_ten *y);
    /** z [m x n] = the rows of x, each divided by its sum, at scale z->fb (set
     *  by the caller); x has 21 to 52 bits, x >= 0, the sum of a row is in
     *  1 .. n, n <= TRI_ROW_MOST. NULL: no sooner than by div. */
    int (*normalise)(struct tri_engine *e, struct tri_ten *z,
                     const struct tri_ten *x);
    /** z = exp(max(x, -16)) element by element, of x <= 0 at scale f or f + 1,
     *  off by less than 1.1e-4; exactly 1 for 0. z->fb = 21 .. 52 is set. NULL:
     *  no sooner than by products. */
    int (*exp)(struct tri_engine *e, struct tri_ten *z,
               const struct tri_ten *x);

    /* -- doors: called through tri_import(), tri_export(), tri_open() ---- */

    /** Check all that was computed since the last time; called before anything
     *  leaves. NULL: the engine has nothing to check, its parties follow the
     *  protocol. */
    int (*verify)(struct tri_engine *e);
    /** Also called in dry runs; then nothing is read or written. */
    int (*import)(struct tri_engine *e, struct tri_ten *t, size_t at, size_t n,
                  const tri_ring *const part[2]);
    /** Called before verify. */
    int (*export)(struct tri_engine *e, const struct tri_ten *t, size_t at,
                  size_t n, tri_ring *const part[2]);
    int (*open)(struct tri_engine *e, double *out, const struct tri_ten *x,
                unsigned audience);
    /** Fresh shares of the same values. */
    int (*refresh)(struct tri_engine *e, struct tri_ten *x);
    /** As tri_engine_name(). NULL in the clear. */
    void (*name)(struct tri_engine *e, uint8_t *out, size_t n);
};

/** How a maximum of more than two is found: by a tournament; in groups in
 *  which all pairs are compared at once (fewer rounds, more bytes); or as the
 *  network suggests. For engines that have the choice. */
enum tri_max_method { TRI_MAX_AUTO = 0, TRI_MAX_TREE = 1, TRI_MAX_PAIRS = 2 };

struct tri_engine_kind;
struct tri_ranges;

/** What an engine is started with: public, and alike on all parties. */
struct tri_engine_config {
    unsigned f;      /**< fraction bits, 8..16                                */
    unsigned k;      /**< width of comparisons in bits, 4..64                 */
    int max;         /**< enum tri_max_method                                 */
    uint64_t rtt_ns; /**< round trip that protocols are chosen for; 0: 0.1 ms */
    uint64_t rate;   /**< bytes a second and direction; 0: 10^9               */
    int active;      /**< non-zero: verify what the others do, or refuse      */
    size_t ledger;   /**< bytes after which a batch is verified; 0: 64 MiB    */
    /* engine `ranges` only (plain/ranges.h) */
    const struct tri_engine_kind *rehearsed; /**< whose bounds             */
    struct tri_ranges *ranges;               /**< where it measures into   */
};

/** An engine, as it stands in the list of what is linked. */
struct tri_engine_kind {
    const char *name;
    const char *about; /**< half a line for a help text                  */
    unsigned parties;  /**< 1: in the clear, in one process; 3           */
    unsigned holds[TRI_PARTIES]; /**< components that party i holds, 0..2 */
    int const_comp[TRI_PARTIES]; /**< component of party i that takes public
                                      constants, or -1                   */
    int caches_masks; /**< non-zero: products mask their operands and may
                           keep the masks                               */
    int guard;       /**< bits beyond f that operands of products may have: they
                          are rounded away, and pay for a wider product       */
    int trunc_exact; /**< non-zero: trunc is as good as it says; 0: it
                          fails, far off, with probability |stored| / 2^64,
                          so that wide intermediate values are avoided */
    int late_trunc;  /**< non-zero: truncation costs, and waits until there are
                          fewer values: behind a maximum, and for the
                          gradient by the first weights behind the product  */
    int windows;     /**< non-zero: maxima of windows where they stand    */
    int compares_k;  /**< non-zero: comparisons see config.k bits; 0: 63 */
    int verifies;    /**< non-zero: can do so with config.active         */
    size_t elem;     /**< bytes of an element                          */
    const struct tri_engine_ops *ops;
};

/** The one of that name in a list that ends with NULL, or NULL. */
const struct tri_engine_kind *tri_engine_find(
    const struct tri_engine_kind *const list[], const char *name);

/** What an engine has yet to check, counted in dry runs as well. */
struct tri_pending {
    int imported, copied; /**< since copies were compared: shares from
                               outside; those or public numbers          */
    size_t left;          /**< elements of products that have not arrived   */
    size_t bytes;         /**< of the ledger, alike on all parties  */
    size_t ands, words, matrices; /**< its entries                          */
    size_t and_words;             /**< in entries of bits                   */
    struct tri_ring_count ring;   /**< in the others                        */
};

/** One party's engine at work. */
struct tri_engine {
    const struct tri_engine_kind *kind;
    const struct tri_engine_ops *ops;
    struct tri_session *s;
    void *self; /**< the engine's own state                             */
    struct tri_engine_config config;
    struct tri_pending pending;
    unsigned f; /**< fraction bits                                      */
    /* of the kind, for this party */
    unsigned holds;
    int const_comp, caches_masks, trunc_exact, late_trunc, windows, guard;
    size_t elem;
};

/** The scale of what goes from product to product (activations, their
 *  gradients): f, and the guard bits of the engine's products. */
static inline int tri_fine(const struct tri_engine *e)
{
    return (int)e->f + e->guard;
}

/** The network that protocols are chosen for: the round trip in ns, and bytes a
 *  second and direction. Without figures, one in a rack. */
static inline double tri_rtt(const struct tri_engine *e)
{
    return e->config.rtt_ns != 0 ? (double)e->config.rtt_ns : 1e5;
}

static inline double tri_rate(const struct tri_engine *e)
{
    return e->config.rate != 0 ? (double)e->config.rate : 1e9;
}

/** The fraction bits of x beyond those of the fine scale. */
static inline unsigned tri_beyond(const struct tri_engine *e,
                                  const struct tri_ten *x)
{
    return x->fb > tri_fine(e) ? (unsigned)(x->fb - tri_fine(e)) : 0;
}

/**
 * Start an engine of a kind in a session whose id is set and, unless the
 * engine makes no use of it, whose arena is.
 * \return TRI_OK; TRI_E_ARG (the configuration does not suit the engine, or
 *         the session's id); TRI_E_NOMEM.
 */
int tri_engine_start(struct tri_engine *e, const struct tri_engine_kind *kind,
                     struct tri_session *s,
                     const struct tri_engine_config *config);

/** Forget what the engine itself keeps. Tensors are the arena's. */
void tri_engine_end(struct tri_engine *e);

/** Random bytes, the same at all parties that hold shares, to name files by
 *  which belong together; zeros at the others, and in the clear. Public. */
void tri_engine_name(struct tri_engine *e, uint8_t *out, size_t n);

/* ---- doors: engine.c ------------------------------------------------------
 */

/** Who sees an opened value: bit i is party i. */
enum { TRI_OPEN_ALL = 7 };

/** Verify what has not been, as both ways out do: now, and not on their
 *  account. All parties at once. TRI_OK; TRI_E_CHEAT; TRI_E_DEAD; link errors.
 */
int tri_settle(struct tri_engine *e);

/**
 * Elements at .. at+n-1 of t from shares that come from outside: part[c] is n
 * words of component c, for every component this party holds. Engines in the
 * clear take the value in fixed point at scale t->fb. Local; nothing is read
 * in a dry run, or by a party that holds nothing. Dry runs make the call too:
 * an engine may have to compare later what its parties were given.
 * \return TRI_OK; TRI_E_ARG beyond t->n; TRI_E_NOMEM; TRI_E_DEAD.
 */
int tri_import(struct tri_engine *e, struct tri_ten *t, size_t at, size_t n,
               const tri_ring *const part[2]);

/**
 * Fresh shares of elements at .. at+n-1 of t, re-randomised, to be kept in a
 * file or given to somebody else: the only way for a share to leave. All
 * parties call it, also one that holds nothing, with the same at and n.
 * Verifies first.
 * \param part  receives n words of every component this party holds
 * \return TRI_OK, or an error; then part is wiped.
 */
int tri_export(struct tri_engine *e, const struct tri_ten *t, size_t at,
               size_t n, tri_ring *const part[2]);

/**
 * Reveal x to the parties of the set `audience`, as reals; the others get
 * zeros. Re-randomised, so that nothing but the value is revealed. Verifies
 * first. In a dry run out is zeros.
 */
int tri_open(struct tri_engine *e, double *out, const struct tri_ten *x,
             unsigned audience);

/* ---- common to all engines ---------------------------------------------- */

/**
 * Memory for a tensor, contents undefined, from the session's arena.
 * \param cached  non-zero: the engine may keep its mask between products;
 *                TRI_TEN_OPEN: the gradient of a maximum that comes open, and
 *                nothing reads it but products
 */
int tri_ten_alloc(struct tri_engine *e, struct tri_ten *t,
                  struct tri_shape shape, int fb, int cached);

/** All elements 0. */
int tri_ten_zero(struct tri_engine *e, struct tri_ten *t);

/** The same elements under another shape of equal count, without a cache.
 *  TRI_OK or TRI_E_ARG. */
int tri_ten_view(struct tri_ten *view, const struct tri_ten *t,
                 struct tri_shape shape);

/** Elements off .. off+n-1 of t, one-dimensional, without a cache. Writing to
 *  a slice changes t: see tri_ten_changed(). */
struct tri_ten tri_ten_slice(const struct tri_engine *e,
                             const struct tri_ten *t, size_t off, size_t n);

/** Other values stand in t now: what is kept with it is not valid. To be called
 *  after writing to a slice or a view of it. */
void tri_ten_changed(struct tri_ten *t);

#endif
