#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/party/rundata.h"
#include "boards/host/serve/room.h"
#include "core/err.h"
#include "tests/checks.h"

static struct tri_kernels kernels;

/* Of a service: a limit, and clients with `limit bytes` each. */
static int start(struct tri_room *r, struct tri_config *conf, const char *net,
                 int active, uint64_t limit, size_t clients, uint32_t bytes,
                 struct tri_why *why)
{
    static struct tri_run_options o;
    int rc;

    tri_kernels_init(&kernels, tri_cpu_detect());
    tri_options_usual(&o);
    o.net_name = net;
    o.engine = "rep3";
    o.security = active ? TRI_SECURITY_ACTIVE : TRI_SECURITY_PASSIVE;
    o.memory = limit;
    rc = tri_options_engine(&o, 3, why);
    if (rc == TRI_OK)
        rc = tri_options_security(&o, why);
    if (rc == TRI_OK)
        rc = tri_options_net(&o, why);
    memset(r, 0, sizeof *r);
    memset(conf, 0, sizeof *conf);
    conf->clients = clients;
    conf->limit_bytes = bytes;
    return rc == TRI_OK ? tri_room_start(r, &o, &kernels, 2, conf, 2, why) : rc;
}

/* The parts are the limit; what clients may fill is theirs at least. */
static void check_parts(struct tri_check *c)
{
    static struct tri_room r;
    static struct tri_config conf;
    struct tri_why why = { "" };

    CHECK(c, start(&r, &conf, "A", 1, 200000000, 3, 1000000, &why) == TRI_OK,
          "%s", why.text);
    CHECK(c, r.program + r.store + r.clients + r.models == 200000000,
          "the parts are not the limit");
    CHECK(c,
          r.clients > 6000000 &&
              tri_room_clients(&r, &conf, 2, &why) == TRI_OK &&
              conf.limit_bytes == 1000000,
          "what fits is not left as it is: %u", conf.limit_bytes);
    /* The usual limit would be more than all: each has its part. */
    CHECK(c,
          start(&r, &conf, "A", 1, 200000000, 4, 256000000, &why) == TRI_OK &&
              tri_room_clients(&r, &conf, 2, &why) == TRI_OK &&
              8 * (uint64_t)conf.limit_bytes <= 50000000 &&
              8 * (uint64_t)conf.limit_bytes > 49999990 && r.models > 100000000,
          "%u bytes each", conf.limit_bytes);
    /* Read again with more: each has less, all together no more than before. */
    conf.clients = 5;
    CHECK(c,
          tri_room_clients(&r, &conf, 2, &why) == TRI_OK &&
              10 * (uint64_t)conf.limit_bytes + 5 * 8 * 200000 < r.clients,
          "%u bytes each", conf.limit_bytes);
    conf.clients = 60;
    CHECK(c,
          tri_room_clients(&r, &conf, 2, &why) == TRI_E_ARG &&
              strstr(why.text, "60 clients") != NULL,
          "too little for each: %s", why.text);
    conf.clients = 50;
    conf.limit_bytes = TRI_CONFIG_BYTES_LEAST;
    why.text[0] = '\0';
    CHECK(c,
          tri_room_clients(&r, &conf, 2, &why) == TRI_OK &&
              conf.limit_bytes == TRI_CONFIG_BYTES_LEAST,
          "what the configuration wants: %u", conf.limit_bytes);
    CHECK(c, start(&r, &conf, "A", 1, 200000000, 1, 1000, &why) == TRI_OK, "%s",
          why.text);
    conf.clients = 2;
    CHECK(c,
          tri_room_clients(&r, &conf, 2, &why) == TRI_E_ARG &&
              strstr(why.text, "2 clients, and what others have") != NULL,
          "there is no room for what another one stores: %s", why.text);
    conf.clients = 1;
    why.text[0] = '\0';
    CHECK(c, tri_room_clients(&r, &conf, 2, &why) == TRI_OK, "%s", why.text);
    CHECK(c, tri_room_clients(&r, &conf, 3, &why) == TRI_E_ARG,
          "what the client before this one has stored is forgotten");
    why.text[0] = '\0';
    CHECK(c,
          start(&r, &conf, "A", 1, 30000000, 3, 256000000, &why) == TRI_E_ARG &&
              strstr(why.text, "of 30.0 MB the program takes 16.0 MB") != NULL,
          "%s", why.text);
    CHECK(c,
          start(&r, &conf, "A", 1, 0, 3, 256000000, &why) == TRI_OK &&
              tri_room_clients(&r, &conf, 2, &why) == TRI_OK &&
              conf.limit_bytes == 256000000,
          "without a limit: %s", why.text);
}

/* As there is less, fewer rows; then weights as they are needed; then none. */
static void check_shapes(struct tri_check *c)
{
    static struct tri_room r;
    static struct tri_config conf;
    struct tri_why why = { "" };

    for (int active = 0; active < 2; active++) {
        uint64_t room = UINT64_MAX, bytes = 0, last = 0;
        struct tri_room_needs known = { 0 };
        uint32_t rows = 128;
        int streams = 0, n = 0, rc = TRI_OK;

        why.text[0] = '\0';
        CHECK(c,
              start(&r, &conf, "C", active, 900000000, 1, 100000, &why) ==
                  TRI_OK,
              "%s", why.text);
        for (; rc == TRI_OK && n < 9; n += rc == TRI_OK) {
            struct tri_resident_shape shape = { .batch = 128 };

            rc = tri_room_shape(&r.base, &r.o, &r.o.net, 16, room, NULL, &shape,
                                &bytes, &why);
            /* The same by what is known, from the second time on. */
            for (int i = 0; i < 2; i++) {
                struct tri_resident_shape again = { .batch = 128 };
                uint64_t same = 0;

                CHECK(c,
                      tri_room_shape(&r.base, &r.o, &r.o.net, 16, room, &known,
                                     &again, &same, &why) == rc &&
                          same == bytes && again.batch == shape.batch &&
                          again.streams == shape.streams,
                      "%u rows, by what is known", again.batch);
            }
            if (rc != TRI_OK)
                break;
            CHECK(c, bytes <= room, "%llu bytes for %llu",
                  (unsigned long long)bytes, (unsigned long long)room);
            CHECK(c,
                  shape.streams > streams ||
                      (shape.streams == streams &&
                       (n == 0 ? shape.batch == rows : shape.batch < rows)),
                  "%u rows after %u", shape.batch, rows);
            rows = shape.batch;
            streams = shape.streams;
            last = bytes;
            room = bytes - 1;
        }
        CHECK(c, rc == TRI_E_NOMEM && streams && rows == 1 && n >= 5,
              "%d shapes, the last of %u rows", n, rows);
        CHECK(c, bytes == last, "the least is not told");
        for (int i = 0; i < 2; i++) /* there is no other dry run */
            for (int j = 0; j < TRI_QUEUE_SIZES; j++) {
                CHECK(c, known.bytes[0][i][j] > 1, "%d, %d is not known", i, j);
                known.bytes[0][i][j] = 1;
            }
        {
            struct tri_resident_shape shape = { .batch = 128 };

            CHECK(c,
                  tri_room_shape(&r.base, &r.o, &r.o.net, 16, 1, &known, &shape,
                                 &room, &why) == TRI_OK &&
                      room == 1 && shape.batch == 128,
                  "what is known is counted again");
        }
        r.models = last;
        CHECK(c,
              tri_room_takes(&r, &r.o.net, 16, "m", &why) == TRI_OK ||
                  r.o.net.loss == TRI_LOSS_SOFTMAX,
              "%s", why.text);
        r.models = last - 1;
        CHECK(c,
              tri_room_takes(&r, &r.o.net, 16, "m", &why) == TRI_E_NOMEM &&
                  strstr(why.text, "model m takes") != NULL,
              "%s", why.text);
        r.limit = 0;
        CHECK(c, tri_room_takes(&r, &r.o.net, 16, "m", &why) == TRI_OK,
              "refused without a limit");
    }
}

/* What its first step tells of a training: all of it, but for a ledger that
 * fills. */
static void check_training(struct tri_check *c)
{
    static struct tri_room r;
    static struct tri_config conf;
    static struct tri_outcome out;
    static struct tri_rundata train, test;
    static struct tri_run_options o;
    struct tri_run run = { .task = TRI_TASK_TRAIN,
                           .o = &o,
                           .train = &train.data,
                           .test = &test.data,
                           .dry = 1 };

    tri_rundata_zeros(&train, 700, 28, 28, 1, 10);
    tri_rundata_zeros(&test, 150, 28, 28, 1, 10);
    for (int active = 0; active < 2; active++) {
        struct tri_why why = { "" };
        struct tri_session s;

        CHECK(c,
              start(&r, &conf, "A", active, 900000000, 1, 100000, &why) ==
                  TRI_OK,
              "%s", why.text);
        o = r.o;
        o.epochs = 2;
        o.batch = 64;
        run.engine = o.kind;
        run.progress = (struct tri_progress){ .who = "", .silent = 1 };
        s = r.base;
        CHECK(c, tri_run(&run, &s, &out, &why) == TRI_OK && out.steps == 20,
              "%u steps: %s", out.steps, why.text);
        r.models = out.peak + TRI_RUN_BESIDE;
        CHECK(c, tri_room_trains(&r, &run, "t", &why) == TRI_OK, "%s",
              why.text);
        r.models -= active ? out.planned.memory + 1 : 1;
        CHECK(c,
              tri_room_trains(&r, &run, "t", &why) == TRI_E_NOMEM &&
                  strstr(why.text, "training t takes") != NULL,
              "%s", why.text);
        why.text[0] = '\0';
        r.models = tri_run_model_bytes(&o, 0) - 1;
        CHECK(c,
              tri_room_trains(&r, &run, "t", &why) == TRI_E_NOMEM &&
                  strstr(why.text, "for its model alone") != NULL,
              "%s", why.text);
    }
}

/* Whatever a network learns, it is asked for what it can give. */
static void check_losses(struct tri_check *c)
{
    static const char *const loss[] = { "10\nloss softmax", "10\nloss asm",
                                        "3\nloss mse", "1\nloss mse",
                                        "1\nloss sigmoid" };
    static struct tri_room r;
    static struct tri_config conf;
    struct tri_why why = { "" };

    CHECK(c, start(&r, &conf, "A", 1, 200000000, 1, 1000000, &why) == TRI_OK,
          "%s", why.text);
    for (size_t i = 0; i < sizeof loss / sizeof *loss; i++) {
        char text[80];

        snprintf(text, sizeof text, "input 20\nfc 9\nrelu\nfc %s\n", loss[i]);
        CHECK(c,
              tri_options_net_text(&r.o, text, strlen(text), &why) == TRI_OK &&
                  tri_room_takes(&r, &r.o.net, 16, "m", &why) == TRI_OK,
              "%s: %s", loss[i], why.text);
    }
}

const struct tri_check_entry tri_checks_room[] = {
    { "room_parts", check_parts },
    { "room_shapes", check_shapes },
    { "room_training", check_training },
    { "room_losses", check_losses },
};
const size_t tri_checks_room_n =
    sizeof tri_checks_room / sizeof *tri_checks_room;
