#include "boards/host/serve/message.h"
#include <string.h>
#include "boards/host/serve/work.h"
#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"

enum {
    AT_MODEL = 16,
    AT_SIZES = AT_MODEL + TRI_CONFIG_CLIENT_NAME,
    AT_SCORES = AT_SIZES + 16,
    AT_FB = AT_SCORES + 4,
    AT_COMMITMENTS = AT_FB + 4,
    SECRETS = 2 * TRI_ASK_SECRET,
    CLASSES = 1024
};

/* Which lengths are possible? */
static int possible(const struct tri_message *m)
{
    switch (m->kind) {
    case TRI_MESSAGE_ASK:
        return m->len >= TRI_ASK_PUBLIC + SECRETS &&
               m->len <= TRI_ASK_PUBLIC + SECRETS + 8ull * TRI_ASK_VALUES;
    case TRI_MESSAGE_STATUS:
    case TRI_MESSAGE_JOBS:
    case TRI_MESSAGE_STORE:
        return m->len == 0;
    case TRI_MESSAGE_PART:
    case TRI_MESSAGE_FILE:
        return m->len >= 8 && m->len <= 8 + TRI_PART_MOST;
    case TRI_MESSAGE_READ:
        return m->len == 8;
    case TRI_MESSAGE_OFFSET:
        return m->len == TRI_OFFSET;
    case TRI_MESSAGE_ANSWER:
        return m->len > TRI_ANSWER_HEAD &&
               m->len <= tri_answer_bytes(TRI_ASK_IMAGES, CLASSES);
    case TRI_MESSAGE_REFUSED:
        return m->len > 4 && m->len <= 4 + TRI_MESSAGE_TEXT;
    case TRI_MESSAGE_TEXT_REPLY:
        return m->len > 0 && m->len <= TRI_MESSAGE_TEXT;
    default:
        return tri_work_possible(m->kind, m->len);
    }
}

void tri_message_print(uint8_t out[TRI_MESSAGE_HEAD],
                       const struct tri_message *m)
{
    tri_le_store32(out, m->kind);
    tri_le_store32(out + 4, m->number);
    tri_le_store64(out + 8, m->len);
}

int tri_message_parse(struct tri_message *m, const uint8_t in[TRI_MESSAGE_HEAD])
{
    m->kind = tri_le_load32(in);
    m->number = tri_le_load32(in + 4);
    m->len = tri_le_load64(in + 8);
    return possible(m) ? TRI_OK : TRI_E_PROTO;
}

/* ---- queries ------------------------------------------------------------- */

size_t tri_ask_values(const struct tri_ask *a)
{
    return (size_t)a->count * a->h * a->w * a->c;
}

int tri_ask_alike(const struct tri_ask *a, const struct tri_ask *b)
{
    return strcmp(a->model, b->model) == 0 && a->h == b->h && a->w == b->w &&
           a->c == b->c && a->scores == b->scores && a->fb == b->fb;
}

uint64_t tri_ask_bytes(const struct tri_ask *a, unsigned party)
{
    return TRI_ASK_PUBLIC + SECRETS +
           (party > 0 ? 8 * (uint64_t)tri_ask_values(a) : 0);
}

void tri_ask_print(uint8_t out[TRI_ASK_PUBLIC], const struct tri_ask *a)
{
    const uint32_t sizes[4] = { a->count, a->h, a->w, a->c };

    memset(out, 0, TRI_ASK_PUBLIC);
    memcpy(out, a->random, sizeof a->random);
    memcpy(out + AT_MODEL, a->model, strnlen(a->model, sizeof a->model - 1));
    for (unsigned i = 0; i < 4; i++)
        tri_le_store32(out + AT_SIZES + (size_t)4 * i, sizes[i]);
    tri_le_store32(out + AT_SCORES, a->scores);
    tri_le_store32(out + AT_FB, a->fb);
    memcpy(out + AT_COMMITMENTS, a->commitment, sizeof a->commitment);
}

int tri_message_name(char out[TRI_CONFIG_CLIENT_NAME], const uint8_t *in)
{
    const size_t n = strnlen((const char *)in, TRI_CONFIG_CLIENT_NAME);

    memcpy(out, in, TRI_CONFIG_CLIENT_NAME);
    for (size_t i = n; i < TRI_CONFIG_CLIENT_NAME; i++)
        if (in[i] != 0)
            return 0;
    return tri_config_name(out, n);
}

int tri_ask_parse(struct tri_ask *a, const uint8_t *body, uint64_t len,
                  unsigned party)
{
    uint64_t values;

    memset(a, 0, sizeof *a);
    if (len < TRI_ASK_PUBLIC || !tri_message_name(a->model, body + AT_MODEL))
        return TRI_E_PROTO;
    memcpy(a->random, body, sizeof a->random);
    a->count = tri_le_load32(body + AT_SIZES);
    a->h = tri_le_load32(body + AT_SIZES + 4);
    a->w = tri_le_load32(body + AT_SIZES + 8);
    a->c = tri_le_load32(body + AT_SIZES + 12);
    a->scores = tri_le_load32(body + AT_SCORES);
    a->fb = tri_le_load32(body + AT_FB);
    memcpy(a->commitment, body + AT_COMMITMENTS, sizeof a->commitment);
    if (a->count == 0 || a->count > TRI_ASK_IMAGES || a->h == 0 ||
        a->h > 1 << 16 || a->w == 0 || a->w > 1 << 16 || a->c == 0 ||
        a->c > 1 << 16 || a->scores > 2 || a->fb < 8 || a->fb > 16)
        return TRI_E_PROTO;
    values = (uint64_t)a->count * a->h; /* below 2^28 */
    if (values > TRI_ASK_VALUES || values * a->w > TRI_ASK_VALUES ||
        values * a->w * a->c > TRI_ASK_VALUES)
        return TRI_E_PROTO;
    return len == tri_ask_bytes(a, party) ? TRI_OK : TRI_E_PROTO;
}

void tri_ask_commit(uint8_t out[TRI_HASH_BYTES],
                    const uint8_t secret[TRI_ASK_SECRET], unsigned number,
                    const uint8_t *words, size_t n)
{
    static const char label[] = "trinn component 1";
    const uint8_t which = (uint8_t)number;
    struct tri_hash s;

    tri_hash_init(&s, secret, TRI_ASK_SECRET);
    tri_hash_update(&s, label, sizeof label - 1);
    tri_hash_update(&s, &which, 1);
    if (number == 2)
        tri_hash_update(&s, words, 8 * n);
    tri_hash_final(&s, out);
}

int tri_ask_true(const struct tri_ask *a, const uint8_t *body, unsigned party)
{
    const uint8_t *const secret = body + TRI_ASK_PUBLIC;
    uint8_t found[TRI_HASH_BYTES];
    int yes = 1;

    for (unsigned c = 0; c < 2; c++) {
        const unsigned number = (party + c) % 3;

        tri_ask_commit(found, secret + (size_t)c * TRI_ASK_SECRET, number,
                       secret + SECRETS, tri_ask_values(a));
        yes &= memcmp(found, a->commitment[number], sizeof found) == 0;
    }
    return yes;
}

void tri_job_id(uint8_t id[TRI_JOB_ID], const uint8_t parties[3][TRI_KEY_BYTES],
                const uint8_t client[TRI_KEY_BYTES], enum tri_message_kind kind,
                const uint8_t *public, size_t len)
{
    static const char label[] = "trinn request 1";
    const uint8_t which = (uint8_t)kind;
    struct tri_hash s;

    tri_hash_init(&s, NULL, 0);
    tri_hash_update(&s, label, sizeof label - 1);
    tri_hash_update(&s, &which, 1);
    for (unsigned j = 0; j < 3; j++)
        tri_hash_update(&s, parties[j], TRI_KEY_BYTES);
    tri_hash_update(&s, client, TRI_KEY_BYTES);
    tri_hash_update(&s, public, len);
    tri_hash_final(&s, id);
}

/* ---- answers ------------------------------------------------------------- */

uint64_t tri_answer_bytes(uint32_t count, uint32_t classes)
{
    return TRI_ANSWER_HEAD + 16ull * count * classes;
}

void tri_answer_print(uint8_t out[TRI_ANSWER_HEAD],
                      const uint8_t id[TRI_JOB_ID], uint32_t count,
                      uint32_t classes)
{
    memcpy(out, id, TRI_JOB_ID);
    tri_le_store32(out + TRI_JOB_ID, count);
    tri_le_store32(out + TRI_JOB_ID + 4, classes);
}

int tri_answer_parse(uint32_t *classes, const uint8_t *body, uint64_t len,
                     const uint8_t id[TRI_JOB_ID], uint32_t count)
{
    if (len < TRI_ANSWER_HEAD || memcmp(body, id, TRI_JOB_ID) != 0 ||
        tri_le_load32(body + TRI_JOB_ID) != count)
        return TRI_E_PROTO;
    *classes = tri_le_load32(body + TRI_JOB_ID + 4);
    if (*classes == 0 || *classes > CLASSES ||
        len != tri_answer_bytes(count, *classes))
        return TRI_E_PROTO;
    return TRI_OK;
}

int tri_file_parse(uint64_t *all, uint64_t at, const uint8_t *body,
                   uint64_t len)
{
    const uint64_t says = tri_le_load64(body), n = len - 8;

    if (at == 0)
        *all = says;
    return says == *all && n <= *all - at && (n > 0 || at == *all)
               ? TRI_OK
               : TRI_E_PROTO;
}

int tri_offset_parse(uint64_t *at, uint32_t *most, uint64_t bytes,
                     uint64_t sent, const uint8_t body[TRI_OFFSET])
{
    const uint64_t says = tri_le_load64(body);
    const uint32_t takes = tri_le_load32(body + 8);

    if (says > bytes || (sent != UINT64_MAX && says != *at + sent) ||
        takes == 0 || takes > TRI_PART_MOST)
        return TRI_E_PROTO;
    *at = says;
    *most = takes;
    return TRI_OK;
}

size_t tri_message_lines(struct tri_text *t)
{
    if (t->n >= t->size)
        for (t->n = t->size - 1; t->n > 0 && t->out[t->n - 1] != '\n';)
            t->n--;
    t->out[t->n] = '\0';
    return t->n;
}

void tri_message_text(char *out, size_t size, const uint8_t *body, uint64_t len)
{
    size_t n = 0;

    for (uint64_t i = 0; i < len && n + 1 < size; i++)
        out[n++] = (body[i] >= ' ' && body[i] <= '~') || body[i] == '\n'
                       ? (char)body[i]
                       : '?';
    out[n] = '\0';
}

size_t tri_refusal_print(uint8_t *out, size_t size, int err, const char *text)
{
    size_t n;

    if (text[0] == '\0') /* no message has less than one character */
        text = tri_strerror(err);
    n = strnlen(text, size - 4);
    tri_le_store32(out, (uint32_t)-err);
    memcpy(out + 4, text, n);
    return n + 4;
}

int tri_refusal_parse(const uint8_t *body, uint64_t len, char *text,
                      size_t size)
{
    uint32_t code;

    if (len < 5)
        return TRI_E_PROTO;
    code = tri_le_load32(body);
    tri_message_text(text, size, body + 4, len - 4);
    return code >= 1 && code <= TRI_BYE_CODES ? -(int)code : TRI_E_PROTO;
}
