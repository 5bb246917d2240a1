#include "boards/host/serve/card.h"
#include <stdlib.h>
#include <string.h>
#include "boards/host/base/file.h"
#include "core/err.h"

/* The lines of a card are those of a configuration without the party's own. */
static const char own[] = "id 2\nkey none\n";

int tri_card_print(FILE *out, const struct tri_config *c, struct tri_why *why)
{
    char digits[TRI_KEY_DIGITS + 1];

    for (unsigned j = 0; j < TRI_PARTIES; j++)
        if (c->service[j][0] == '\0')
            return tri_why(why, TRI_E_ARG,
                           "the configuration does not say where clients call "
                           "party %u; add to all three: service %u HOST:PORT",
                           j, j);
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        tri_key_print(digits, c->party[j].key);
        fprintf(out, "party %u %s %s\n", j, c->service[j], digits);
    }
    return TRI_OK;
}

static int read_text(struct tri_card *card, const char *text, size_t len,
                     struct tri_config *c, struct tri_config_errors *e,
                     const char *name, struct tri_why *why)
{
    static const unsigned before = 2; /* lines of `own` */
    int rc = tri_config_parse(c, text, len, e);

    if (rc != TRI_OK)
        return tri_why(why, TRI_E_FORMAT, "%.200s: line %u: %s", name,
                       e->e[0].line > before ? e->e[0].line - before : 0,
                       e->e[0].text);
    for (size_t i = 0; i < TRI_CONFIG_LINES; i++)
        if (i != TRI_CONFIG_ID && i != TRI_CONFIG_KEY &&
            i != TRI_CONFIG_PARTY && c->line[i] != 0)
            return tri_why(why, TRI_E_FORMAT,
                           "%.200s: line %u: a service's card has lines "
                           "`party` only, as `trinn service-card` prints them",
                           name, c->line[i] - before);
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        if (c->party[j].ether || strchr(c->party[j].addr, ':') == NULL)
            return tri_why(why, TRI_E_FORMAT,
                           "%.200s: party %u: clients need HOST:PORT", name, j);
        memcpy(card->addr[j], c->party[j].addr, sizeof card->addr[j]);
        memcpy(card->key[j], c->party[j].key, sizeof card->key[j]);
    }
    return TRI_OK;
}

int tri_card_parse(struct tri_card *card, const char *text, size_t len,
                   const char *name, struct tri_why *why)
{
    struct tri_config *const c = malloc(sizeof *c);
    struct tri_config_errors *const e = calloc(1, sizeof *e);
    char *const whole = malloc(sizeof own + len);
    int rc = TRI_E_NOMEM;

    if (c != NULL && e != NULL && whole != NULL) {
        memcpy(whole, own, sizeof own - 1);
        memcpy(whole + sizeof own - 1, text, len);
        rc = read_text(card, whole, sizeof own - 1 + len, c, e, name, why);
    } else {
        (void)tri_why(why, rc, "no memory");
    }
    free(whole);
    free(e);
    free(c);
    return rc;
}

int tri_card_load(struct tri_card *card, const char *path, struct tri_why *why)
{
    uint8_t *text = NULL;
    size_t len = 0;
    int rc = tri_file_read(path, TRI_CONFIG_BYTES, &text, &len, why);

    if (rc == TRI_OK)
        rc = tri_card_parse(card, (const char *)text, len, path, why);
    free(text);
    return rc;
}
