#include "boards/host/formats/weightfile.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "boards/host/base/cleanup.h"
#include "boards/host/base/fileset.h"
#include "boards/host/formats/foreign.h"
#include "boards/host/formats/npy.h"
#include "boards/host/formats/onnxgraph.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/ring.h"

static int is_dir(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* ---- reading ---------------------------------------------------------------
 */

static int load(struct tri_weightfile *f, const char *path, struct tri_why *why)
{
    const size_t i = f->bufs;
    const int rc =
        tri_file_read(path, TRI_WEIGHTFILE_MAX, &f->buf[i], &f->len[i], why);

    f->bufs += rc == TRI_OK;
    return rc;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct tri_array *)a)->name,
                  ((const struct tri_array *)b)->name);
}

static int add_npy(struct tri_weightfile *f, const char *dir, const char *file,
                   struct tri_why *why)
{
    const size_t len = tri_file_stem(file, ".npy");
    struct tri_array *const a = &f->t[f->n];
    char path[PATH_MAX];
    int rc;

    if (f->n == TRI_TENSORS_MAX)
        return tri_why(why, TRI_E_FORMAT, "%s: has more than %d .npy files",
                       dir, TRI_TENSORS_MAX);
    if (len >= sizeof a->name ||
        snprintf(path, sizeof path, "%s/%s", dir, file) >= PATH_MAX)
        return tri_why(why, TRI_E_ARG, "%s/%s: the name is too long", dir,
                       file);
    rc = load(f, path, why);
    if (rc == TRI_OK)
        rc = tri_npy_parse(a, f->buf[f->bufs - 1], f->len[f->bufs - 1], path,
                           why);
    if (rc != TRI_OK)
        return rc;
    memcpy(a->name, file, len);
    a->name[len] = '\0';
    f->n++;
    return TRI_OK;
}

static int open_dir(struct tri_weightfile *f, const char *path,
                    struct tri_why *why)
{
    DIR *const d = opendir(path);
    const struct dirent *e;
    int rc = TRI_OK;

    if (d == NULL)
        return tri_why(why, tri_file_fault(errno), "%s: cannot be opened: %s",
                       path, strerror(errno));
    while (rc == TRI_OK && (e = readdir(d)) != NULL)
        if (tri_file_stem(e->d_name, ".npy"))
            rc = add_npy(f, path, e->d_name, why);
    closedir(d);
    if (rc == TRI_OK && f->n == 0)
        rc = tri_why(why, TRI_E_ARG,
                     "%s: has no .npy files; a model is NAME.weight.npy and "
                     "NAME.bias.npy for each layer",
                     path);
    qsort(f->t, f->n, sizeof *f->t, by_name);
    return rc;
}

int tri_weightfile_open(struct tri_weightfile *f, const char *path,
                        struct tri_why *why)
{
    int rc;

    f->n = f->bufs = 0;
    if (is_dir(path))
        return open_dir(f, path, why);
    rc = load(f, path, why);
    if (rc != TRI_OK)
        return rc;
    if (tri_npy_is(f->buf[0], f->len[0]))
        return tri_why(why, TRI_E_FORMAT,
                       "%s: is one array; give the directory that holds all "
                       "of the model's .npy files",
                       path);
    rc = tri_foreign_torch(f->buf[0], f->len[0], path, why);
    if (rc == TRI_OK)
        rc = tri_foreign_onnx(path, why);
    if (rc != TRI_OK)
        return rc;
    return tri_safetensors_parse(f->t, &f->n, f->buf[0], f->len[0], path, why);
}

void tri_weightfile_close(struct tri_weightfile *f)
{
    for (size_t i = 0; i < f->bufs; i++) {
        tri_wipe(f->buf[i], f->len[i]);
        free(f->buf[i]);
    }
    f->n = f->bufs = 0;
}

/* ---- writing ---------------------------------------------------------------
 */

int tri_weightfile_is(const char *path)
{
    return tri_file_stem(path, ".safetensors") || tri_weightfile_onnx(path) ||
           tri_file_stem(path, "/") || is_dir(path);
}

int tri_weightfile_onnx(const char *path)
{
    return tri_file_stem(path, ".onnx") > 0 && !is_dir(path);
}

enum { PARTS = 4, ENTRIES = PARTS * TRI_MAX_LAYERS };

/* The tensors of the file: parts of layers. All of them take a megabyte, so
 * they are on the heap. */
struct entry {
    struct tri_place place[TRI_MAX_LAYERS];
    struct tri_array t[ENTRIES];
    const struct tri_place *of[ENTRIES];
    size_t first[ENTRIES]; /* its word in the model */
    size_t n;
    struct tri_out out[ENTRIES], *all[ENTRIES]; /* of a directory */
};

/* The parts that a layer has become entries. */
static void describe(struct entry *e, const struct tri_place *p,
                     const uint64_t *word, unsigned fb)
{
    static const char *const name[PARTS] = { "weight", "bias", "running_mean",
                                             "running_var" };
    const size_t n[PARTS] = { p->weights, p->biases, p->kept / 2, p->kept / 2 };
    size_t first = p->first;

    for (size_t i = 0; i < PARTS; first += n[i++]) {
        struct tri_array *const t = &e->t[e->n];

        if (n[i] == 0)
            continue;
        *t = (struct tri_array){ .nd = 1, .n = n[i], .d = { n[i] } };
        if (i == 0) {
            t->nd = p->nd;
            memcpy(t->d, p->d, sizeof p->d);
        }
        t->type = tri_weights_type(word + first, n[i], fb);
        snprintf(t->name, sizeof t->name, "%s.%s", p->name, name[i]);
        e->of[e->n] = p;
        e->first[e->n++] = first;
    }
}

/* The elements of entry i. */
static int put(struct tri_out *o, const struct entry *e, size_t i,
               const uint64_t *word, unsigned fb, struct tri_why *why)
{
    const struct tri_array *const t = &e->t[i];
    const struct tri_place *const p = e->of[i];
    const int weights = e->first[i] == p->first;
    const size_t bytes = t->n * tri_dtype_size(t->type);
    uint8_t *const buf = malloc(bytes);
    int rc;

    if (buf == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory for %zu weights", t->n);
    if (weights)
        tri_weights_decode(buf, t->type, p, word, fb);
    for (size_t k = 0; !weights && k < t->n; k++)
        tri_array_put(buf, t->type, tri_place_vector(p, k),
                      tri_fixed_decode(word[e->first[i] + k], (int)fb));
    rc = tri_out_write(o, buf, bytes, why);
    tri_wipe(buf, bytes);
    free(buf);
    return rc;
}

static int check_dir(const char *path, struct tri_why *why)
{
    char file[PATH_MAX];
    DIR *const dir = opendir(path);
    struct dirent *e;
    int rc = TRI_OK;

    if (dir == NULL)
        return tri_why(why, tri_file_fault(errno), "%s: cannot be read: %s",
                       path, strerror(errno));
    while (rc == TRI_OK && (e = readdir(dir)) != NULL)
        if (tri_file_stem(e->d_name, ".npy"))
            rc = tri_why(why, TRI_E_ARG,
                         "%s: has %s already, and nothing is written over; "
                         "give an empty or a new directory",
                         path, e->d_name);
    closedir(dir);
    if (rc == TRI_OK &&
        snprintf(file, sizeof file, "%s/1.weight.npy", path) < PATH_MAX)
        rc = tri_out_check(file, why);
    return rc;
}

int tri_weightfile_check(const char *path, struct tri_why *why)
{
    size_t len = strlen(path);
    char file[PATH_MAX];

    if (is_dir(path))
        return check_dir(path, why);
    if (len >= sizeof file)
        return tri_why(why, TRI_E_ARG, "%s: the name is too long", path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    snprintf(file, sizeof file, "%.*s", (int)len, path);
    return tri_out_check(file, why);
}

int tri_weightfile_head(struct tri_out *o, const struct tri_array *t, size_t n,
                        struct tri_why *why)
{
    /* a name, a shape and what stands around them take no more */
    const size_t room = (TRI_ARRAY_NAME + TRI_SHAPE_TEXT + 100) * (n + 1);
    uint8_t *const head = malloc(room);
    size_t len;
    int rc;

    if (head == NULL) {
        tri_out_abort(o);
        return tri_why(why, TRI_E_NOMEM, "no memory");
    }
    len = tri_safetensors_header(head, room, t, n, "format", "pt");
    rc = tri_out_write(o, head, len, why);
    free(head);
    return rc;
}

static int write_tensors(struct tri_out *o, const struct entry *e,
                         const uint64_t *word, unsigned fb, struct tri_why *why)
{
    int rc = tri_weightfile_head(o, e->t, e->n, why);

    for (size_t i = 0; rc == TRI_OK && i < e->n; i++)
        rc = put(o, e, i, word, fb, why);
    return rc;
}

/* The messages of a graph in memory, but for the elements of tensors. ONNX has
 * operators of float, which rounds words of more than 24 bits. */
static int write_graph(struct tri_out *o, const struct tri_net *net,
                       size_t places, struct entry *e, const uint64_t *word,
                       unsigned fb, struct tri_why *why)
{
    struct tri_wire_out graph = { NULL, 0, 0 }, all;
    uint8_t head[400];
    uint64_t bytes;
    int rc;

    tri_onnx_nodes(&graph, net, e->place, places);
    all = graph;
    for (size_t i = 0; i < e->n; i++) {
        e->t[i].type = TRI_DTYPE_F32;
        tri_onnx_constant(&all, &e->t[i]);
        all.n += 4 * e->t[i].n;
    }
    bytes = all.n;
    graph = (struct tri_wire_out){ malloc(graph.n), graph.n, 0 };
    if (graph.p == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory for the graph");
    tri_onnx_nodes(&graph, net, e->place, places);
    all = (struct tri_wire_out){ head, sizeof head, 0 };
    tri_onnx_head(&all, bytes);
    rc = tri_out_write(o, head, all.n, why);
    if (rc == TRI_OK)
        rc = tri_out_write(o, graph.p, graph.n, why);
    for (size_t i = 0; rc == TRI_OK && i < e->n; i++) {
        all.n = 0;
        tri_onnx_constant(&all, &e->t[i]);
        rc = tri_out_write(o, head, all.n, why);
        if (rc == TRI_OK)
            rc = put(o, e, i, word, fb, why);
    }
    free(graph.p);
    return rc;
}

static int write_file(const char *path, const struct tri_net *net,
                      size_t places, struct entry *e, const uint64_t *word,
                      unsigned fb, struct tri_why *why)
{
    struct tri_out o;
    int rc = tri_out_open(&o, path, why);

    if (rc != TRI_OK)
        return rc;
    o.fresh = 1;
    rc = tri_weightfile_onnx(path)
             ? write_graph(&o, net, places, e, word, fb, why)
             : write_tensors(&o, e, word, fb, why);
    if (rc == TRI_OK)
        return tri_out_commit(&o, why);
    tri_out_abort(&o);
    return rc;
}

static int write_npy(struct tri_out *o, const char *path, const struct entry *e,
                     size_t i, const uint64_t *word, unsigned fb,
                     struct tri_why *why)
{
    const struct tri_array *const t = &e->t[i];
    uint8_t head[TRI_NPY_HEADER];
    int rc = tri_out_open(o, path, why);

    if (rc != TRI_OK)
        return rc;
    o->fresh = 1;
    rc =
        tri_out_write(o, head, tri_npy_header(head, t->type, t->d, t->nd), why);
    return rc == TRI_OK ? put(o, e, i, word, fb, why) : rc;
}

/* All files or none of them. */
static int write_dir(const char *dir, struct entry *e, const uint64_t *word,
                     unsigned fb, struct tri_why *why)
{
    char path[PATH_MAX];
    int rc = TRI_OK;
    const int made = mkdir(dir, 0700) == 0;
    const int slot = made ? tri_cleanup_path(dir) : -1;

    if (!made && !is_dir(dir))
        return tri_why(why, tri_file_fault(errno), "%s: cannot be made: %s",
                       dir, strerror(errno));
    for (size_t i = 0; i < e->n; i++) {
        e->out[i] = (struct tri_out){ .fd = -1 };
        e->all[i] = &e->out[i];
    }
    for (size_t i = 0; rc == TRI_OK && i < e->n; i++)
        if (snprintf(path, sizeof path, "%s/%s.npy", dir, e->t[i].name) >=
            PATH_MAX)
            rc = tri_why(why, TRI_E_ARG, "%s: the name is too long", dir);
        else
            rc = write_npy(&e->out[i], path, e, i, word, fb, why);
    if (rc == TRI_OK)
        rc = tri_out_commit_all(e->all, e->n, why);
    for (size_t i = 0; i < e->n; i++)
        tri_out_abort(&e->out[i]);
    if (rc != TRI_OK && made)
        rmdir(dir);
    tri_cleanup_forget(slot);
    return rc;
}

int tri_weightfile_write(const char *path, const struct tri_net *net,
                         enum tri_layout layout, const uint64_t *word,
                         unsigned fb, struct tri_why *why)
{
    struct entry *const e = calloc(1, sizeof *e);
    size_t n;
    int rc;

    if (e == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    n = tri_places(e->place, net, layout);
    for (size_t i = 0; i < n; i++)
        describe(e, &e->place[i], word, fb);
    rc = !is_dir(path) && (tri_file_stem(path, ".safetensors") ||
                           tri_weightfile_onnx(path))
             ? write_file(path, net, n, e, word, fb, why)
             : write_dir(path, e, word, fb, why);
    free(e);
    return rc;
}
