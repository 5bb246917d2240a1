#include "boards/host/owner/source.h"
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "boards/host/formats/csv.h"
#include "boards/host/formats/datatable.h"
#include "boards/host/formats/mnist.h"
#include "core/err.h"
#include "core/fmath.h"

static const char *const layouts[] = { "pytorch", "trinn", NULL };

/* In the order of enum tri_csv_header. */
static const char *const headers[] = { "auto", "yes", "no", NULL };

#define AT(FIELD) offsetof(struct tri_source, FIELD)

const struct tri_option tri_source_options[] = {
    TRI_TEXT("data", AT(data), "DIR",
             "directory with unpacked files in the format and under the names\n"
             "of MNIST"),
    TRI_TEXT(
        "images", AT(images), "FILE",
        "IDX, .npy or .npz (FILE.npz:NAME) array of samples: images, whole\n"
        "numbers as pixels (v / 256), real ones as they are; or the rows\n"
        "of a table, as they are"),
    TRI_TEXT("labels", AT(labels), "FILE",
             "with --images: such an array of their classes, from 0"),
    TRI_TEXT("targets", AT(targets), "FILE",
             "with --images: such an array of numbers to predict, [N] or\n"
             "[N, M], for a network with loss mse"),
    TRI_TEXT("table", AT(table), "FILE",
             "a table as text (CSV), one sample a line"),
    TRI_TEXT("label", AT(label), "COLUMN",
             "with --table: where the class stands, by name or number"),
    TRI_TEXT("target", AT(target), "COLUMN",
             "with --table: where a number to predict stands"),
    TRI_TEXT("delimiter", AT(delimiter), "CHAR",
             "of --table: a character, or tab (default ,)"),
    TRI_CHOICE("header", AT(header), "WHETHER", headers,
               "of --table: has the first line names? yes, no or (default)\n"
               "auto: if a field in it is no number"),
    TRI_UINT("classes", AT(classes), "N", 2, TRI_DATASET_CLASSES,
             "of labels (default: as the largest one says)"),
    TRI_FLAG("standardise", AT(standardise),
             "scale every column, or channel, and target to mean 0 and\n"
             "deviation 1"),
    TRI_TEXT("statistics-out", AT(statistics_out), "FILE",
             "write means and deviations of --standardise to a new file, for\n"
             "other owners and later queries"),
    TRI_TEXT("statistics", AT(statistics), "FILE",
             "scale by those of such a file"),
    TRI_CHOICE("layout", AT(layout), "LAYOUT", layouts,
               "of --images in four dimensions: pytorch: [N, C, H, W]; trinn:\n"
               "[N, H, W, C] (default: [N, 1, H, W] or [N, H, W, C], unless\n"
               "the second looks like channels); of a model: pytorch\n"
               "(default): conv [out, in, k, k], linear [out,\n"
               "in], channels first; trinn: conv [k, k, in, out], fc [in,\n"
               "out], channels last, as Keras and Flax do"),
    { .name = NULL }
};

int tri_source_given(const struct tri_source *s)
{
    return s->data != NULL || s->images != NULL || s->table != NULL;
}

const char *tri_source_name(const struct tri_source *s)
{
    return s->data != NULL ? s->data : s->images != NULL ? s->images : s->table;
}

enum tri_layout tri_source_layout(const struct tri_source *s)
{
    return s->layout == 1 ? TRI_LAYOUT_TRINN : TRI_LAYOUT_PYTORCH;
}

enum tri_dataset_order tri_source_order(const struct tri_source *s)
{
    return s->layout < 0    ? TRI_DATASET_GUESS
           : s->layout == 0 ? TRI_DATASET_FIRST
                            : TRI_DATASET_LAST;
}

/* The character that stands between columns, or 0. */
static char delimiter(const struct tri_source *s)
{
    if (s->delimiter == NULL)
        return ',';
    if (strcmp(s->delimiter, "tab") == 0)
        return '\t';
    return s->delimiter[1] == '\0' && strchr("\"\n\r.+-", *s->delimiter) == NULL
               ? *s->delimiter
               : '\0';
}

/* Options that go with one kind of source only, and how many are too many. */
static int check_kind(const struct tri_source *s, struct tri_why *why)
{
    const struct {
        int given, goes;
        const char *name, *with;
    } opt[] = {
        { s->labels != NULL, s->images != NULL, "labels", "images" },
        { s->targets != NULL, s->images != NULL, "targets", "images" },
        { s->label != NULL, s->table != NULL, "label", "table" },
        { s->target != NULL, s->table != NULL, "target", "table" },
        { s->delimiter != NULL, s->table != NULL, "delimiter", "table" },
        { s->header >= 0, s->table != NULL, "header", "table" },
        { s->classes > 0,
          s->labels != NULL || s->label != NULL || s->data != NULL, "classes",
          "labels, --label or --data" },
        { s->statistics_out != NULL, s->standardise, "statistics-out",
          "standardise" },
        { s->standardise, tri_source_given(s), "standardise",
          "data, --images or --table" },
        { s->statistics != NULL, tri_source_given(s), "statistics",
          "data, --images or --table" },
    };

    if ((s->data != NULL) + (s->images != NULL) + (s->table != NULL) > 1)
        return tri_why(why, TRI_E_ARG,
                       "give either --data DIR or --images FILE or --table "
                       "FILE");
    for (size_t i = 0; i < sizeof opt / sizeof *opt; i++)
        if (opt[i].given && !opt[i].goes)
            return tri_why(why, TRI_E_ARG, "option --%s goes with --%s",
                           opt[i].name, opt[i].with);
    if ((s->labels != NULL && s->targets != NULL) ||
        (s->label != NULL && s->target != NULL))
        return tri_why(why, TRI_E_ARG,
                       "a sample has a class or numbers to predict, not both: "
                       "give one of --%s and --%s",
                       s->labels != NULL ? "labels" : "label",
                       s->labels != NULL ? "targets" : "target");
    if (s->standardise && s->statistics != NULL)
        return tri_why(why, TRI_E_ARG,
                       "--standardise takes statistics from the data, "
                       "--statistics from a file; give one");
    if (delimiter(s) == '\0')
        return tri_why(why, TRI_E_ARG,
                       "option --delimiter: '%s' is no delimiter; give one "
                       "character, or tab",
                       s->delimiter);
    return TRI_OK;
}

int tri_source_check(const struct tri_source *s, unsigned how,
                     struct tri_why *why)
{
    const int learns = s->labels != NULL || s->targets != NULL ||
                       s->label != NULL || s->target != NULL;
    const int rc = check_kind(s, why);

    if (rc != TRI_OK)
        return rc;
    if ((how & TRI_SOURCE_MUST) != 0 && !tri_source_given(s))
        return tri_why(why, TRI_E_ARG,
                       "give the data: either --data DIR or --images FILE or "
                       "--table FILE");
    if ((how & TRI_SOURCE_LEARN) != 0 && !learns && s->images != NULL)
        return tri_why(why, TRI_E_ARG,
                       "option --labels is missing: a training needs the "
                       "labels of --images, or --targets");
    if ((how & TRI_SOURCE_LEARN) != 0 && !learns && s->table != NULL)
        return tri_why(why, TRI_E_ARG,
                       "option --label is missing: a training needs the column "
                       "of the classes, or --target");
    if ((how & TRI_SOURCE_QUERY) != 0 && s->table == NULL && learns)
        return tri_why(why, TRI_E_ARG, "option --%s goes with a training",
                       s->labels != NULL ? "labels" : "targets");
    if ((how & TRI_SOURCE_KEEP) != 0 && s->standardise &&
        s->statistics_out == NULL)
        return tri_why(why, TRI_E_ARG,
                       "option --statistics-out is missing: later queries must "
                       "be scaled by the statistics of these data");
    return TRI_OK;
}

static int read_set(struct tri_dataset *set, const struct tri_source *s,
                    enum tri_dataset_part part, uint32_t limit,
                    struct tri_why *why)
{
    const struct tri_dataset_files files = { .images = s->images,
                                             .labels = s->labels,
                                             .targets = s->targets,
                                             .classes = (uint32_t)s->classes,
                                             .order = tri_source_order(s),
                                             .limit = limit };
    const struct tri_dataset_table table = { .file = s->table,
                                             .delimiter = delimiter(s),
                                             .header = s->header < 0
                                                           ? TRI_CSV_AUTO
                                                           : s->header,
                                             .label = s->label,
                                             .target = s->target,
                                             .classes = (uint32_t)s->classes,
                                             .limit = limit };

    return s->data != NULL     ? tri_dataset_dir(set, s->data, part,
                                                 (uint32_t)s->classes, limit, why)
           : s->images != NULL ? tri_dataset_files(set, &files, why)
                               : tri_dataset_table(set, &table, why);
}

int tri_source_load(struct tri_dataset *set, const struct tri_source *s,
                    enum tri_dataset_part part, uint32_t limit,
                    struct tri_standard *standard, struct tri_why *why)
{
    int rc = read_set(set, s, part, limit, why);

    if (standard == NULL)
        return rc;
    *standard = (struct tri_standard){ 0 };
    if (rc == TRI_OK && s->standardise)
        rc = tri_standard_measure(standard, set, why);
    if (rc == TRI_OK && s->statistics != NULL)
        rc = tri_standard_read(standard, s->statistics, why);
    if (rc == TRI_OK && standard->columns > 0)
        rc = tri_standard_apply(set, standard, why);
    return rc;
}

void tri_source_hint(const struct tri_dataset *set)
{
    enum { ONE = 64, LARGE = 5, WIDE = 3 };
    unsigned most[2];

    tri_dataset_most(most, set);
    if (most[0] > ONE + LARGE || most[1] > ONE + WIDE)
        fprintf(stderr,
                "trinn: %s reach %.0f: a training hardly works with numbers so "
                "far from -1 to 1; scale them with --standardise\n",
                most[0] > ONE + LARGE ? "values" : "targets",
                tri_pow2((int)most[most[0] > ONE + LARGE ? 0 : 1] - ONE));
}
