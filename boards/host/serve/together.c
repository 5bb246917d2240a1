#include "boards/host/serve/together.h"
#include <stdlib.h>
#include "boards/common/agree.h"
#include "core/err.h"

int tri_share_agree(struct tri_link *l, const struct tri_engine_kind *kind,
                    const char *name, const struct tri_share *share,
                    int *refused, struct tri_why *why)
{
    const int i =
        share->head.kind == TRI_SHARE_MODEL ? TRI_FILE_MODEL : TRI_FILE_TRAIN;
    struct tri_at_hand *const file = calloc(TRI_FILES, sizeof *file);
    struct tri_heads *const heads = calloc(TRI_FILES, sizeof *heads);
    uint8_t digest[TRI_HASH_BYTES];
    int rc = TRI_E_NOMEM;

    if (file != NULL && heads != NULL) {
        file[i].n = 1;
        file[i].file[0] = (struct tri_named_head){ name, &share->head };
        rc = tri_agree(l, kind, file, heads, digest, why);
    }
    free(file);
    free(heads);
    if (rc == TRI_E_MISMATCH && l->dead == TRI_OK) {
        *refused = rc;
        rc = TRI_OK;
    }
    return rc;
}
