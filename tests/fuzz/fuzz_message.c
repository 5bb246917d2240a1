#include <string.h>
#include "boards/host/serve/message.h"
#include "boards/host/serve/order.h"
#include "boards/host/serve/card.h"
#include "boards/host/serve/definition.h"
#include "boards/host/serve/work.h"
#include "core/err.h"
#include "tests/fuzz/fuzz.h"

/* The first byte says what follows: a head and a body between client and
 * party, a proposal, or a service's card. */

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
    MUST(m.kind == TRI_MESSAGE_FILE ||
         m.len <= TRI_ASK_PUBLIC + 64 + 8ull * TRI_ASK_VALUES);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    switch (*data++ % 9) {
    case 0:
    case 1:
    case 2:
        query(data, size - 1, data[-1] % 9);
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
    default:
        card(data, size - 1);
        break;
    }
    return 0;
}
