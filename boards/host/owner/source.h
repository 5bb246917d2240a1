#ifndef TRI_BOARDS_HOST_OWNER_SOURCE_H
#define TRI_BOARDS_HOST_OWNER_SOURCE_H

#include "boards/host/base/args.h"
#include "boards/host/formats/datafile.h"
#include "boards/host/formats/standard.h"
#include "boards/host/formats/weights.h"

/** \file boards/host/owner/source.h
 *
 * # Where an owner's data are, as options say it
 */
struct tri_source {
    const char *data;                      /**< MNIST's files            */
    const char *images, *labels, *targets; /**< arrays                   */
    const char *table, *label, *target;    /**< a table as text          */
    const char *delimiter;
    int header; /**< enum tri_csv_header; -1: not given                  */
    int layout; /**< of images and of a model: 0 pytorch, 1 trinn, -1    */
    uint64_t classes; /**< 0: by the data                               */
    int standardise;
    const char *statistics, *statistics_out;
};

#define TRI_SOURCE_NOTHING         \
    {                              \
        .header = -1, .layout = -1 \
    }

/** Their table, for a group whose base is a struct tri_source. */
extern const struct tri_option tri_source_options[];

#define TRI_SOURCE_GROUP(base)           \
    {                                    \
        tri_source_options, base, "Data" \
    }

/** What a command does with them. */
enum {
    TRI_SOURCE_MUST = 1,  /**< data must be named                          */
    TRI_SOURCE_LEARN = 2, /**< samples need labels or targets              */
    TRI_SOURCE_QUERY = 4, /**< they must have none                         */
    TRI_SOURCE_KEEP = 8   /**< others must be scaled alike later: own
                               statistics are to be written               */
};

/** Do the options go together, and does each change something? TRI_E_ARG with a
 *  text. */
int tri_source_check(const struct tri_source *s, unsigned how,
                     struct tri_why *why);

/** Is there any? */
int tri_source_given(const struct tri_source *s);

/** What the data are called: the file or directory. */
const char *tri_source_name(const struct tri_source *s);

/** How the weights of a model are laid out. */
enum tri_layout tri_source_layout(const struct tri_source *s);

/** Where the channels of images are. */
enum tri_dataset_order tri_source_order(const struct tri_source *s);

/**
 * Read the data that are named.
 * \param limit     samples that are kept; 0: all
 * \param standard  receives statistics that were taken from them or a file,
 *                  which also have been applied, unless there are none; free()
 *                  in any case. NULL: nothing is scaled
 * \return TRI_OK, or an error of what is read, with a text; free the set in any
 *         case
 */
int tri_source_load(struct tri_dataset *set, const struct tri_source *s,
                    enum tri_dataset_part part, uint32_t limit,
                    struct tri_standard *standard, struct tri_why *why);

/** A hint on standard error if values are so large that a training will hardly
 *  work. */
void tri_source_hint(const struct tri_dataset *set);

#endif
