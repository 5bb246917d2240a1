#ifndef TRI_PROTO_ENGINE_H
#define TRI_PROTO_ENGINE_H

#include "core/tensor.h"
#include "proto/session.h"

/** \file proto/engine.h
 *
 * # What every engine offers to the layers
 *
 * Layers, loss and training are written against this header only. Every party
 * runs the same layer code and makes the same calls in the same order, also a
 * party that holds no shares; the engine decides what each of them computes
 * and sends.
 *
 * | engine    | parties | components per party | element          |
 * |-----------|---------|----------------------|------------------|
 * | plain     | 1       | 1: the value         | word, fixed point|
 * | float     | 1       | 1: the value         | float32          |
 * | securenn  | 3       | P0, P1: 1; P2: 0     | word             |
 * | rep3      | 3       | 2                    | word             |
 *
 * ## Tensors
 *
 * A `tri_ten` is a shared tensor: a public shape and scale and, for each
 * component this party holds, an array of elements. `fb` is the scale: the
 * represented real value is the stored integer times 2^-fb. Every protocol
 * asks for |stored| < 2^62. The float engine ignores fb.
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

/** A mask that stays with a tensor until the tensor changes, so that one
 *  opening serves several products (securenn: P0 and P1 keep the opened
 *  difference, P2 the mask itself). */
struct tri_mask {
    tri_ring *w; /**< [n] words; NULL if not kept, and in a dry run      */
    int keep;    /**< non-zero: kept between products                    */
    int open;    /**< non-zero while it is valid                         */
};

struct tri_ten {
    struct tri_shape shape;
    size_t n;             /**< elements                                  */
    int fb;               /**< scale in bits                             */
    void *v[2];           /**< components; NULL where this party has none*/
    struct tri_mask mask; /**< belongs to this object: views have none   */
};

/** Secret bits [x >= 0], kept for select: an engine's own representation. */
struct tri_bits {
    size_t n;
    void *v[2]; /**< [n] elements per component: shares of the bit, scale 0 */
    uint8_t *b; /**< [n] engine's own                                       */
};

/** State that the maximum of n keeps for its derivative; see maxn_alloc. */
struct tri_maxn {
    size_t n, m;           /**< maximum over n, for m places              */
    struct tri_bits *bits; /**< tournament: one set per match             */
    struct tri_ten ind;    /**< mode paper: the index, scale 0            */
    int pairs;             /**< fused: by groups of four; ind holds who won*/
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
    int add;               /**< 0: z = x; 1: z += x                       */
};

struct tri_engine_ops {
    const char *name;

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

    /** z = op(x, y) exactly; z->fb = x->fb + y->fb is set. */
    int (*bilin)(struct tri_engine *e, const struct tri_bilin *op,
                 struct tri_ten *z, struct tri_ten *x, struct tri_ten *y);

    /* -- comparisons ---------------------------------------------------- */

    /** z = x rescaled from x->fb to z->fb <= x->fb (set by the caller), off by
     *  at most one unit in the last place. */
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
    /** z [m] = max over i of x [n x m]. Ties go to the smallest i. */
    int (*maxn)(struct tri_engine *e, struct tri_ten *z, struct tri_maxn *st,
                const struct tri_ten *x);
    /** dx [n x m] = dz [m] at the place of the maximum, 0 elsewhere. */
    int (*maxn_grad)(struct tri_engine *e, struct tri_ten *dx,
                     const struct tri_maxn *st, const struct tri_ten *dz);

    /* -- division ------------------------------------------------------- */

    /** z [m x n] = x [m x n] / y [m], row by row, at scale z->fb (set by the
     *  caller); x and y have the same scale, 0 <= x <= y, y > 0. */
    int (*div)(struct tri_engine *e, struct tri_ten *z, const struct tri_ten *x,
               const struct tri_ten *y);

    /* -- results -------------------------------------------------------- */

    /** Reveal x to all parties, as reals. Re-randomised first. */
    int (*open)(struct tri_engine *e, double *out, const struct tri_ten *x);
    /** Fresh shares of the same values, to be handed to somebody else. */
    int (*refresh)(struct tri_engine *e, struct tri_ten *x);
};

struct tri_engine {
    const struct tri_engine_ops *ops;
    struct tri_session *s;
    unsigned ncomp; /**< components this party holds: 0..2                 */
    int home;       /**< component that takes public constants, or -1     */
    int masks;      /**< non-zero: products mask their operands           */
    int exact;      /**< non-zero: trunc is as good as it says; 0: it fails,
                         far off, with probability |stored| / 2^64, so that
                         wide intermediate values are to be avoided        */
    size_t elem;    /**< bytes of an element                               */
};

/** The engines. The session's id, mode, f and k must be set. */
void tri_engine_plain(struct tri_engine *e, struct tri_session *s);
void tri_engine_float(struct tri_engine *e, struct tri_session *s);
void tri_engine_securenn(struct tri_engine *e, struct tri_session *s);

/* ---- common to all engines ---------------------------------------------- */

/**
 * Memory for a tensor, contents undefined, from the session's arena.
 * \param masked  non-zero: the tensor keeps its mask between products
 */
int tri_ten_alloc(struct tri_engine *e, struct tri_ten *t,
                  struct tri_shape shape, int fb, int masked);

/** The same elements under another shape of equal count, without a mask.
 *  TRI_OK or TRI_E_ARG. */
int tri_ten_view(struct tri_ten *view, const struct tri_ten *t,
                 struct tri_shape shape);

/** Elements off .. off+n-1 of t, one-dimensional, without a mask. Writing to
 *  a slice changes t: see tri_ten_changed(). */
struct tri_ten tri_ten_slice(const struct tri_engine *e,
                             const struct tri_ten *t, size_t off, size_t n);

/** To be called after writing to t->v by hand: its mask is not valid now. */
void tri_ten_changed(struct tri_ten *t);

/* The local operations of every ring engine: they work on each component this
 * party holds, and mark z as changed. local.c */
int tri_local_constant(struct tri_engine *e, struct tri_ten *z,
                       const double *v);
void tri_local_add(struct tri_engine *e, struct tri_ten *z,
                   const struct tri_ten *x, const struct tri_ten *y);
void tri_local_sub(struct tri_engine *e, struct tri_ten *z,
                   const struct tri_ten *x, const struct tri_ten *y);
void tri_local_addc(struct tri_engine *e, struct tri_ten *z,
                    const struct tri_ten *x, double c);
void tri_local_scale(struct tri_engine *e, struct tri_ten *z,
                     const struct tri_ten *x, int64_t c, int cb);
void tri_local_copy(struct tri_engine *e, struct tri_ten *z,
                    const struct tri_ten *x, const struct tri_copy *m);

/** z += op(x, y) over the ring (words); x, y, z dense. The local computation
 *  of every ring engine. TRI_OK or TRI_E_NOMEM. */
int tri_bilin_ring(const struct tri_cx *cx, const struct tri_bilin *op,
                   tri_ring *z, const tri_ring *x, const tri_ring *y);

/** Element counts of x, y and z. */
void tri_bilin_sizes(const struct tri_bilin *op, size_t *x, size_t *y,
                     size_t *z);

/**
 * A long operation in slices along its batch: rows of x and z (MATMUL without
 * tx), images (CONV*). z of CONV_DW is the same for all slices, which add up.
 *
 * \param part        receives slice i of `slices`, 0 <= i < slices
 * \param ox, oy, oz  receive where its operands start, in elements
 */
void tri_bilin_slice(struct tri_bilin *part, const struct tri_bilin *op,
                     size_t slices, size_t i, size_t *ox, size_t *oy,
                     size_t *oz);

/** A sensible number of slices: each some milliseconds of work, and of a
 *  product so many rows that packing y again takes little of it; 1 if the
 *  operation is short or has no batch. */
size_t tri_bilin_slices(const struct tri_bilin *op);

/* Built from the operations above, for every engine (one file each). */

/** z [m x n] = softmax of the rows of x, scale z->fb; x->fb <= 21, and
 *  differences within a row stay below 2^(k-1) stored units. */
int tri_softmax(struct tri_engine *e, struct tri_ten *z,
                const struct tri_ten *x);
/** z [m] = log of the sum over the row of exp(x), x [m x n], z->fb = x->fb
 *  <= 21, range as for softmax, n < 2^11; off by less than 5.7e-4 and two
 *  units for n = 10, more for more classes: softmax.c. */
int tri_logsumexp(struct tri_engine *e, struct tri_ten *z,
                  const struct tri_ten *x);
/** z [m] = log x at scale z->fb for x [m] in 1..2^(top + 1), 1 <= top <= 20;
 *  8 <= x->fb <= 20, z->fb <= 2 x->fb, x < 2^(k-1) stored units. Off by
 *  less than 6.5e-5 and one unit of x and of z. */
int tri_ln(struct tri_engine *e, struct tri_ten *z, const struct tri_ten *x,
           unsigned top);
/** z [m x n] = relu(x) / sum over the row of relu(x): the paper's ASM. A row
 *  without a positive entry gives zeros. */
int tri_asm(struct tri_engine *e, struct tri_ten *z, const struct tri_ten *x);
/** hot [m x n] (scale 0) = 1 at the first maximum of each row of x. */
int tri_argmax(struct tri_engine *e, struct tri_ten *hot,
               const struct tri_ten *x);
/** The tournament that serves as maxn wherever an engine has none of its own:
 *  max(a, b) = b + relu(a - b), depth ceil(log2 n). */
int tri_tournament_alloc(struct tri_engine *e, struct tri_maxn *st, size_t n,
                         size_t m);
int tri_tournament(struct tri_engine *e, struct tri_ten *z, struct tri_maxn *st,
                   const struct tri_ten *x);
int tri_tournament_grad(struct tri_engine *e, struct tri_ten *dx,
                        const struct tri_maxn *st, const struct tri_ten *dz);

#endif
