#include "boards/host/formats/mnist.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "boards/host/formats/arrayfile.h"
#include "boards/host/formats/datafile.h"
#include "boards/host/formats/idx.h"
#include "core/err.h"

/* Look for dir/<name> in the spellings that are in use. */
static int locate(char path[PATH_MAX], const char *dir,
                  const char *const name[2], struct tri_why *why)
{
    struct stat st;

    for (int i = 0; i < 2; i++) {
        if (snprintf(path, PATH_MAX, "%s/%s", dir, name[i]) >= PATH_MAX)
            return tri_why(why, TRI_E_ARG, "%s: the name is too long", dir);
        if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
            return TRI_OK;
    }
    for (int i = 0; i < 2; i++) {
        if (snprintf(path, PATH_MAX, "%s/%s.gz", dir, name[i]) < PATH_MAX &&
            stat(path, &st) == 0 && S_ISREG(st.st_mode))
            return tri_why(why, TRI_E_ARG,
                           "%s: is packed; unpack it with: gunzip -k %s", path,
                           path);
    }
    return tri_why(why, TRI_E_ARG,
                   "%s: has no file %s; give the directory that holds the "
                   "unpacked MNIST files",
                   dir, name[0]);
}

static const char *const image_name[][2] = {
    { "train-images-idx3-ubyte", "train-images.idx3-ubyte" },
    { "t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte" },
};
static const char *const label_name[][2] = {
    { "train-labels-idx1-ubyte", "train-labels.idx1-ubyte" },
    { "t10k-labels-idx1-ubyte", "t10k-labels.idx1-ubyte" },
};

/* Classes by the largest label of the other part, or fewer if it cannot be
 * read: what is wrong with it is said where it is asked for. */
static uint32_t classes_of(const char *dir, enum tri_dataset_part part)
{
    struct tri_arrayfile f = { .buf = NULL };
    char path[PATH_MAX];
    struct tri_why why = { "" };
    double most = 0;

    if (locate(path, dir, label_name[part], &why) == TRI_OK &&
        tri_arrayfile_open(&f, path, &why) == TRI_OK)
        for (size_t i = 0; i < f.a.n; i++) {
            const double v = tri_array_get(&f.a, i);
            most = v > most && v < TRI_DATASET_CLASSES ? v : most;
        }
    tri_arrayfile_close(&f);
    return (uint32_t)most + 1;
}

int tri_dataset_dir(struct tri_dataset *s, const char *dir,
                    enum tri_dataset_part part, uint32_t classes,
                    uint32_t limit, struct tri_why *why)
{
    char images[PATH_MAX], labels[PATH_MAX];
    const struct tri_dataset_files f = {
        .images = images, .labels = labels, .classes = classes, .limit = limit
    };
    int rc;

    *s = (struct tri_dataset){ 0 };
    rc = locate(images, dir, image_name[part], why);
    if (rc == TRI_OK)
        rc = locate(labels, dir, label_name[part], why);
    if (rc == TRI_OK)
        rc = tri_dataset_files(s, &f, why);
    if (rc == TRI_OK && classes == 0) {
        const uint32_t other =
            classes_of(dir, part == TRI_DATASET_TRAIN ? TRI_DATASET_TEST
                                                      : TRI_DATASET_TRAIN);
        s->classes = other > s->classes ? other : s->classes;
    }
    return rc;
}

int tri_dataset_check(const char *dir, struct tri_why *why)
{
    char path[PATH_MAX];
    int rc = TRI_OK;

    for (int i = 0; rc == TRI_OK && i < 4; i++) {
        const char *const name =
            i % 2 == 0 ? image_name[i / 2][0] : label_name[i / 2][0];
        rc = snprintf(path, sizeof path, "%s/%s", dir, name) < PATH_MAX
                 ? tri_out_check(path, why)
                 : tri_why(why, TRI_E_ARG, "%s: the name is too long", dir);
    }
    return rc;
}

static int write_idx(struct tri_out *o, const char *dir, const char *name,
                     const uint8_t *head, size_t head_len, const uint8_t *data,
                     size_t n, struct tri_why *why)
{
    char path[PATH_MAX];
    int rc;

    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= PATH_MAX)
        return tri_why(why, TRI_E_ARG, "%s: the name is too long", dir);
    rc = tri_out_open(o, path, why);
    o->fresh = 1;
    if (rc == TRI_OK)
        rc = tri_out_write(o, head, head_len, why);
    if (rc == TRI_OK)
        rc = tri_out_write(o, data, n, why);
    return rc;
}

int tri_dataset_write(struct tri_out o[2], const struct tri_dataset *s,
                      const char *dir, enum tri_dataset_part part,
                      struct tri_why *why)
{
    uint8_t head[16], *label;
    size_t len = tri_idx_header(head, s->count, s->h, s->w);
    int rc = write_idx(&o[0], dir, image_name[part][0], head, len, s->pixels,
                       (size_t)s->count * s->h * s->w, why);

    if (rc != TRI_OK)
        return rc;
    label = malloc(s->count);
    if (label == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    for (uint32_t i = 0; i < s->count; i++)
        label[i] = (uint8_t)s->labels[i];
    len = tri_idx_header(head, s->count, 0, 0);
    rc = write_idx(&o[1], dir, label_name[part][0], head, len, label, s->count,
                   why);
    free(label);
    return rc;
}
