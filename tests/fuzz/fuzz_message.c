#include <fcntl.h>
#include <string.h>
#include "boards/host/serve/message.h"
#include "boards/host/serve/order.h"
#include "boards/host/serve/card.h"
#include "boards/host/serve/definition.h"
#include "boards/host/serve/metrics.h"
#include "boards/host/serve/store.h"
#include "boards/host/serve/upload.h"
#include "boards/host/serve/work.h"
#include "core/err.h"
#include "core/le.h"
#include "tests/fuzz/fuzz.h"

/* The first byte says what follows: a head or a body between client and party,
 * a proposal, what a party has, a service's card, or a call for its numbers. */

static void query(const uint8_t *body, size_t len, unsigned party)
{
    uint8_t again[TRI_ASK_PUBLIC];
    struct tri_ask a;

    if (tri_ask_parse(&a, body, len, party) != TRI_OK)
        return;
    MUST(tri_ask_bytes(&a, party) == len && a.count > 0 &&
         tri_ask_values(&a) <= TRI_ASK_VALUES &&
         tri_config_name(a.model, strlen(a.model)));
    tri_ask_print(again, &a);
    MUST(memcmp(again, body, sizeof again) == 0);
    (void)tri_ask_true(&a, body, party);
}

static void request(const uint8_t *body, size_t len)
{
    uint8_t again[TRI_WORK_MOST];
    struct tri_work w;

    if (len == 0 ||
        tri_work_parse(&w, body[0] % 16u, body + 1, len - 1) != TRI_OK)
        return;
    MUST(tri_config_name(w.name, strlen(w.name)) &&
         strlen(w.text) <= TRI_WORK_TEXT);
    MUST(tri_work_print(again, &w) == len - 1 &&
         memcmp(again, body + 1, len - 1) == 0);
    if (w.kind == TRI_MESSAGE_TRAIN) {
        static struct tri_run_options o;
        struct tri_why why = { "" };
        const int rc = tri_definition_parse(&o, w.text, &why);

        MUST((rc == TRI_OK) == (why.text[0] == '\0'));
    }
}

static void answer(const uint8_t *body, size_t len)
{
    static const uint8_t id[TRI_JOB_ID];
    uint32_t classes;

    for (uint32_t count = 1; count <= 2; count++)
        if (tri_answer_parse(&classes, body, len, id, count) == TRI_OK)
            MUST(classes > 0 &&
                 len == TRI_ANSWER_HEAD + (size_t)16 * count * classes);
}

static void refusal(const uint8_t *body, size_t len)
{
    char text[100];

    text[0] = '\0';
    MUST(tri_refusal_parse(body, len, text, sizeof text) < 0);
    for (const char *p = text; *p != '\0'; p++)
        MUST((*p >= ' ' && *p <= '~') || *p == '\n');
}

static void head(const uint8_t *in, size_t len)
{
    uint8_t again[TRI_MESSAGE_HEAD];
    struct tri_message m;

    if (len < sizeof again || tri_message_parse(&m, in) != TRI_OK)
        return;
    MUST(m.len <= TRI_ASK_PUBLIC + 64 + 8ull * TRI_ASK_VALUES);
    tri_message_print(again, &m);
    MUST(memcmp(again, in, sizeof again) == 0);
}

static void proposal(const uint8_t *in, size_t len)
{
    uint8_t wire[TRI_ORDER_BYTES] = { 0 }, again[TRI_ORDER_BYTES];
    struct tri_order o = { .number = 0 };
    const char *what = NULL;

    memcpy(wire, in, len < sizeof wire ? len : sizeof wire);
    if (tri_order_parse(&o, wire, &what) == TRI_OK) {
        MUST(o.n <= TRI_QUEUE_BATCH && what == NULL);
        tri_order_print(again, &o);
        MUST(memcmp(again, wire, sizeof wire) == 0);
    } else {
        MUST(what != NULL && o.n == 0);
    }
}

static void card(const uint8_t *in, size_t len)
{
    struct tri_why why = { "" };
    struct tri_card c;
    const int rc = tri_card_parse(&c, (const char *)in, len, "card", &why);

    MUST((rc == TRI_OK) == (why.text[0] == '\0'));
    for (int j = 0; rc == TRI_OK && j < 3; j++)
        MUST(memchr(c.addr[j], '\0', sizeof c.addr[j]) != NULL);
}

/* Parts of an upload of 1000 bytes: a byte of its length, then the part. */
static void parts(const uint8_t *in, size_t len)
{
    struct tri_upload u = { .bytes = 1000, .fd = open("/dev/null", O_WRONLY) };

    while (len > 0) {
        const size_t n =
            (size_t)8 + in[0] < len - 1 ? (size_t)8 + in[0] : len - 1;
        const uint64_t before = u.have;
        struct tri_why why = { "" };
        int rc;

        if (n < 8) /* no such message */
            break;
        rc = tri_upload_part(&u, in + 1, n, &why);
        MUST((rc == TRI_OK) == (why.text[0] == '\0'));
        MUST(u.have == before + (rc == TRI_OK ? n - 8 : 0) && u.have <= 1000);
        in += 1 + n;
        len -= 1 + n;
    }
    tri_upload_close(&u);
}

/* Pieces of a file, in the same form: what a client writes is never more. */
static void pieces(const uint8_t *in, size_t len)
{
    uint64_t all = 0, at = 0;

    while (len > 8) {
        const size_t n =
            (size_t)8 + in[0] < len - 1 ? (size_t)8 + in[0] : len - 1;
        const uint64_t was = all;

        if (n < 8 || tri_file_parse(&all, at, in + 1, n) != TRI_OK)
            break;
        MUST((at == 0 || all == was) && at + (n - 8) >= at &&
             at + (n - 8) <= all && (n > 8 || at == all));
        at += n - 8;
        in += 1 + n;
        len -= 1 + n;
    }
}

static void text(const uint8_t *in, size_t len)
{
    char out[50];

    memset(out, 1, sizeof out);
    tri_message_text(out, sizeof out, in, len);
    MUST(strlen(out) == (len < sizeof out ? len : sizeof out - 1));
    for (const char *p = out; *p != '\0'; p++)
        MUST((*p >= ' ' && *p <= '~') || *p == '\n');
}

/* An answer does not change by what comes behind it. */
static void numbers(const char *in, size_t len)
{
    int said = -1;

    for (size_t n = 0; n <= len; n++) {
        const int now = tri_metrics_asked(in, n);

        MUST(now >= -1 && now <= 1 && (said < 0 || now == said));
        said = now;
    }
    MUST(said < 1 || strncmp(in, "GET /metrics ", 13) == 0);
}

/* What a party has, in which the first name is looked for, and one that nobody
 * has. */
static void list(const uint8_t *in, size_t len)
{
    static const uint8_t none[TRI_JOB_ID] = { 'n', 'o', 'n', 'e' };
    static uint8_t wire[TRI_STORE_LIST];
    size_t at = 0;
    int is;

    memset(wire, 0, sizeof wire);
    memcpy(wire, in, len < sizeof wire ? len : sizeof wire);
    for (size_t i = 0; i < TRI_STORE_MOST; i++) {
        const uint8_t *const line = wire + 4 + i * TRI_STORE_LINE;

        is = tri_store_listed(wire, line, &at);
        MUST(is == 0
                 ? tri_le_load32(wire) <= i
                 : at <= i && at < tri_le_load32(wire) &&
                       is == 1 + (wire[4 + at * TRI_STORE_LINE + TRI_JOB_ID] !=
                                  0) &&
                       memcmp(wire + 4 + at * TRI_STORE_LINE, line,
                              TRI_JOB_ID) == 0);
    }
    is = tri_store_listed(wire, none, &at);
    MUST(is == 0 ||
         memcmp(wire + 4 + at * TRI_STORE_LINE, none, TRI_JOB_ID) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    switch (*data++ % 16) {
    case 0:
    case 1:
    case 2:
        query(data, size - 1, data[-1] % 16);
        break;
    case 3:
        answer(data, size - 1);
        break;
    case 4:
        refusal(data, size - 1);
        break;
    case 5:
        head(data, size - 1);
        break;
    case 6:
        proposal(data, size - 1);
        break;
    case 7:
        request(data, size - 1);
        break;
    case 8:
        parts(data, size - 1);
        break;
    case 9:
        pieces(data, size - 1);
        break;
    case 10:
        text(data, size - 1);
        break;
    case 11:
        numbers((const char *)data, size - 1);
        break;
    case 13:
        list(data, size - 1);
        break;
    default:
        card(data, size - 1);
        break;
    }
    return 0;
}
