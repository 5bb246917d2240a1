#include "tests/checks.h"
#include "tests/support/folder.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "boards/host/party/peers.h"
#include "core/err.h"

/* Public keys of RFC 7748, section 6.1, Alice and Bob; and a third one. */
#define ALICE "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
#define BOB   "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"
#define CAROL "0900000000000000000000000000000000000000000000000000000000000000"

static const char alice_private[] =
    "trinn private key 1\n"
    "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a\n";

/* ---- keys ---------------------------------------------------------------- */

/* All digits and all other bytes, at both places of a byte. */
static void key_digits(struct tri_check *c)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t key[32];
    char text[TRI_KEY_DIGITS + 1];

    for (int at = 0; at < TRI_KEY_DIGITS; at += at < 4 ? 1 : 7)
        for (int ch = 0; ch < 256; ch++) {
            const char *const digit =
                ch != 0 ? strchr(digits, ch) : NULL; /* not its end */
            int rc;

            memset(text, '5', TRI_KEY_DIGITS);
            text[at] = (char)ch;
            rc = tri_key_parse(key, text, TRI_KEY_DIGITS);
            CHECK(c, rc == (digit != NULL ? TRI_OK : TRI_E_FORMAT),
                  "byte %d at %d: %d", ch, at, rc);
            if (digit == NULL)
                continue;
            CHECK(c,
                  (key[at / 2] >> (at % 2 ? 0 : 4) & 15) == digit - digits &&
                      key[(at / 2 + 1) % 32] == 0x55,
                  "digit %c at %d: %02x", ch, at, key[at / 2]);
        }
    memset(text, '5', TRI_KEY_DIGITS);
    CHECK(c, tri_key_parse(key, text, TRI_KEY_DIGITS - 1) == TRI_E_FORMAT,
          "63 digits");
    for (int i = 0; i < 256; i++) {
        uint8_t in[32];

        memset(in, i, sizeof in);
        tri_key_print(text, in);
        CHECK(c,
              strlen(text) == TRI_KEY_DIGITS && text[0] == digits[i >> 4] &&
                  text[63] == digits[i & 15] &&
                  tri_key_parse(key, text, TRI_KEY_DIGITS) == TRI_OK &&
                  memcmp(key, in, sizeof in) == 0,
              "%d is printed %s", i, text);
    }
}

static void key_files(struct tri_check *c)
{
    static const struct {
        size_t cut;
        int at;
        char ch;
        const char *text;
    } bad[] = {
        { 0, -1, 0, "line 1 is not" },     { 19, -1, 0, "line 1 is not" },
        { 20, -1, 0, "line 2 is not" },    { 84, -1, 0, "line 2 is not" },
        { 85, 18, '2', "line 1 is not" },  { 85, 0, 'T', "line 1 is not" },
        { 85, 20, 'A', "line 2 is not" },  { 85, 83, ' ', "line 2 is not" },
        { 85, 84, '\r', "line 2 is not" }, { 86, -1, 0, "line 2 is not" },
    };
    uint8_t key[32], zero[32] = { 0 };
    char text[TRI_KEY_DIGITS + 1];
    struct tri_why why;

    CHECK(c, sizeof alice_private == TRI_KEY_FILE + 1, "length");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char buf[sizeof alice_private] = "";

        memcpy(buf, alice_private, sizeof buf);
        if (bad[i].at >= 0)
            buf[bad[i].at] = bad[i].ch;
        why.text[0] = '\0';
        memset(key, 1, sizeof key);
        CHECK(c,
              tri_key_file_parse(key, buf, bad[i].cut, "K", &why) ==
                      TRI_E_FORMAT &&
                  strncmp(why.text, "K: ", 3) == 0 &&
                  strstr(why.text, bad[i].text) != NULL &&
                  memcmp(key, zero, sizeof key) == 0,
              "case %zu: %s", i, why.text);
    }
    why.text[0] = '\0';
    CHECK(c,
          tri_key_file_parse(key, ALICE "\n", 65, "K", &why) == TRI_E_FORMAT &&
              strstr(why.text, "holds a public key") != NULL,
          "a public key: %s", why.text);
    why.text[0] = '\0';
    CHECK(c,
          tri_key_file_parse(key, alice_private, TRI_KEY_FILE, "K", &why) ==
                  TRI_OK &&
              why.text[0] == '\0' && key[0] == 0x77 && key[31] == 0x2a,
          "a good one: %s", why.text);
    tri_x25519_public(key, key);
    tri_key_print(text, key);
    CHECK(c, strcmp(text, ALICE) == 0, "its public key: %s", text);
}

/* ---- configurations ------------------------------------------------------ */

#define PARTIES                      \
    "party 0 host0:7000 " ALICE "\n" \
    "party 1 host1:7001 " BOB "\n"   \
    "party 2 - " CAROL "\n"

static void config_good(struct tri_check *c)
{
    static const char text[] = "# everything\n"
                               "\n"
                               "  id\t0   # this party\n"
                               "key keys/p#0.key\n" PARTIES "listen :7009\n"
                               "deadline 7\n"
                               "connect 8 #\n"
                               "data in\n"
                               "out ../out"; /* no end of line */
    static struct tri_config_errors e;
    struct tri_config f;

    memset(&e, 0, sizeof e);
    CHECK(c, tri_config_parse(&f, text, sizeof text - 1, &e) == TRI_OK,
          "line %u: %s", e.e[0].line, e.e[0].text);
    CHECK(c,
          f.id == 0 && strcmp(f.key, "keys/p#0.key") == 0 &&
              strcmp(f.party[0].addr, "host0:7000") == 0 &&
              strcmp(f.party[1].addr, "host1:7001") == 0 &&
              strcmp(f.party[2].addr, "-") == 0 && f.party[0].key[0] == 0x85 &&
              f.party[1].key[31] == 0x4f && f.party[2].key[0] == 9 &&
              strcmp(f.listen, ":7009") == 0 && f.deadline == 7 &&
              f.connect == 8 && strcmp(f.data, "in") == 0 &&
              strcmp(f.out, "../out") == 0,
          "values");
    CHECK(c, f.line[TRI_CONFIG_ID] == 3 && f.party[2].line == 7, "lines");
    memset(&e, 0, sizeof e);
    CHECK(c,
          tri_config_parse(&f, "id 2\nkey k\n" PARTIES,
                           strlen("id 2\nkey k\n" PARTIES), &e) == TRI_OK &&
              f.deadline == TRI_CONFIG_DEADLINE &&
              f.connect == TRI_CONFIG_CONNECT && f.listen[0] == '\0' &&
              f.data[0] == '\0',
          "defaults: %s", e.e[0].text);
}

#define CABLES                                    \
    "party 0 ether:02:00:5e:1f:a0:9b " ALICE "\n" \
    "party 1 ether " BOB "\n"                     \
    "party 2 ether " CAROL "\n"

static void config_ether(struct tri_check *c)
{
    static const char text[] = "id 2\nkey k\ninterface eth1\n" CABLES;
    static const uint8_t mac[6] = { 2, 0, 0x5e, 0x1f, 0xa0, 0x9b }, none[6];
    static struct tri_config_errors e;
    struct tri_config f;

    memset(&e, 0, sizeof e);
    CHECK(c, tri_config_parse(&f, text, sizeof text - 1, &e) == TRI_OK,
          "line %u: %s", e.e[0].line, e.e[0].text);
    CHECK(c,
          strcmp(f.interface, "eth1") == 0 && f.party[0].ether &&
              f.party[1].ether && f.party[2].ether &&
              memcmp(f.party[0].mac, mac, 6) == 0 &&
              memcmp(f.party[1].mac, none, 6) == 0,
          "values");
}

#define SERVICE                                                      \
    "service 0 h:70\nservice 1 i:71\nservice 2 j:72\nstore models\n" \
    "listen-clients :7\n"

static void config_service(struct tri_check *c)
{
    static const char text[] =
        "id 0\nkey k\n" PARTIES SERVICE "client a.b-c_D9 " ALICE " query\n"
        "client eve " BOB " upload train query reveal admin\n"
        "limit bytes 50000\nlimit jobs 6\nlimit rate 7\n";
    static struct tri_config_errors e;
    static struct tri_config f;

    memset(&e, 0, sizeof e);
    CHECK(c, tri_config_parse(&f, text, sizeof text - 1, &e) == TRI_OK,
          "line %u: %s", e.e[0].line, e.e[0].text);
    CHECK(c,
          strcmp(f.service[0], "h:70") == 0 &&
              strcmp(f.service[1], "i:71") == 0 &&
              strcmp(f.service[2], "j:72") == 0 &&
              strcmp(f.store, "models") == 0 &&
              strcmp(f.listen_clients, ":7") == 0,
          "addresses");
    CHECK(c,
          f.clients == 2 && strcmp(f.client[0].name, "a.b-c_D9") == 0 &&
              f.client[0].rights == TRI_RIGHT_QUERY &&
              f.client[0].key[0] == 0x85 &&
              strcmp(f.client[1].name, "eve") == 0 && f.client[1].rights == 31,
          "clients");
    CHECK(c, f.limit_bytes == 50000 && f.limit_jobs == 6 && f.limit_rate == 7,
          "limits");
}

struct wanted {
    unsigned line;
    const char *text;
};

/* Each text with all of its errors, in order. */
static const struct {
    const char *text;
    struct wanted e[5];
} bad[] = {
    { "",
      { { 0, "a line is missing: id 0|1|2" },
        { 0, "a line is missing: key FILE" },
        { 0, "a line is missing: party 0" },
        { 0, "a line is missing: party 1" },
        { 0, "a line is missing: party 2" } } },
    { "id 3\nkey k\n" PARTIES, { { 1, "id: '3' is not a whole number" } } },
    { "id -1\nkey k\n" PARTIES, { { 1, "from 0 to 2" } } },
    { "id 0x1\nkey k\n" PARTIES, { { 1, "'0x1'" } } },
    { "id 99999999999999999999999999\nkey k\n" PARTIES,
      { { 1, "whole number" } } },
    { "id 0 1\nkey k\n" PARTIES, { { 1, "too many words" } } },
    { "id\nkey k\n" PARTIES, { { 1, "too few words; it must be: id 0|1|2" } } },
    { "id 0\nid 1\nkey k\n" PARTIES, { { 2, "id stands in line 1 already" } } },
    { "id 0\nkey k\nkey l\n" PARTIES, { { 3, "key stands in line 2" } } },
    { "id 0\nkey my key\n" PARTIES, { { 2, "too many words" } } },
    { "id 0\nkey k\n" PARTIES "party 1 h:1 " ALICE "\n",
      { { 6, "party 1 stands in line 4 already" } } },
    { "id 0\nkey k\n" PARTIES "party 3 h:1 " ALICE "\n",
      { { 6, "'3' is no party" } } },
    { "id 0\nkey k\n" PARTIES "Id 0\n", { { 6, "'Id' is unknown" } } },
    { "id 0\nkey k\n" PARTIES "deadline 0\n", { { 6, "from 1 to 86400" } } },
    { "id 0\nkey k\n" PARTIES "connect 1.5\n", { { 6, "connect: '1.5'" } } },
    { "id 0\nkey k\n" PARTIES "listen 7000\n",
      { { 6, "is not HOST:PORT or :PORT" } } },
    { "id 0\nkey k\n" PARTIES "listen :0\n", { { 6, "port 0" } } },
    { "id 0\nkey k\n" PARTIES "listen :70000\n", { { 6, "':70000'" } } },
    { "id 2\nkey k\n" PARTIES "listen :7000\n",
      { { 6, "party 2 calls the others" } } },
    { "id 0\nkey k\r\n" PARTIES,
      { { 2, "CR LF" }, { 0, "a line is missing: key" } } },
    { "id 0\nkey k\033[2J\n" PARTIES,
      { { 2, "byte 6 of the line is 0x1b" }, { 0, "key FILE" } } },
    { "party 0 :7000 " ALICE "\nparty 1 host1 " BOB "\nid 0\nkey k\n"
      "party 2 h:2 " CAROL "\n",
      { { 1, "':7000' is not HOST:PORT" },
        { 2, "'host1' is not HOST:PORT" } } },
    { "id 0\nkey k\nparty 0 - " ALICE "\nparty 1 h:1 " BOB "\nparty 2 - " CAROL
      "\n",
      { { 3, "'-' is not HOST:PORT" } } },
    { "id 0\nkey k\nparty 0 h:0 " ALICE "\nparty 1 h:1 " ALICE
      "\nparty 2 h:1 " CAROL "0\n",
      { { 3, "port 0 is no port" },
        { 4, "party 0 and party 1 have the same public key" },
        { 5, "is no public key: that is 64 digits" },
        { 5, "party 1 and party 2 have the same address, h:1" } } },
    { "id 0\nkey k\n" PARTIES "service 3 h:1\nservice 1 h:1\nservice 1 h:2\n"
      "service 2 :1\n",
      { { 6, "service: '3' is no party" },
        { 8, "service 1 stands in a line above already" },
        { 9, "':1' is not HOST:PORT" } } },
    { "id 0\nkey k\n" PARTIES "client a " ALICE "\nclient .a " ALICE
      " query\nclient a 12 query\nclient a " ALICE " fly\nclient a " ALICE
      " query query\n",
      { { 6, "client: too few words" },
        { 7, "'.a' is no name" },
        { 8, "'12' is no public key" },
        { 9, "'fly' is no right" },
        { 10, "'query' stands there twice" } } },
    { "id 0\nkey k\n" PARTIES "client a " ALICE " query\nclient a " BOB
      " query\nclient b " ALICE
      " query\nclient 01234567890123456789012345678901 " CAROL " query\n",
      { { 7, "client a stands in line 6" },
        { 8, "client b has the key of client a" },
        { 9, "is no name: up to 31" } } },
    { "id 0\nkey k\n" PARTIES "limit jobs 0\nlimit cats 1\nlimit rate\n",
      { { 6, "limit: '0' is not a whole number" },
        { 7, "'cats' is unknown" },
        { 8, "limit: too few words" } } },
    { "id 0\nkey k\n" CABLES, { { 0, "a line is missing: interface NAME" } } },
    { "id 0\nkey k\n" PARTIES "interface eth0\n",
      { { 6, "interface: no party is at ether" } } },
    { "id 0\nkey k\n" CABLES "interface a-name-with-16-cs\nlisten :7\n",
      { { 6, "'a-name-with-16-cs' is too long" },
        { 7, "listen: has no meaning on raw Ethernet" } } },
    { "id 0\nkey k\ninterface e\nparty 0 ether:02:00:5e:10:00:1 " ALICE
      "\nparty 1 ether:03:00:5e:10:00:01 " BOB
      "\nparty 2 ether:02:00:5e:10:00:0G " CAROL "\n",
      { { 4, "'ether:02:00:5e:10:00:1' is not ether or ether:xx" },
        { 5, "is the address of a group" },
        { 6, "is not ether or ether:xx" } } },
    { "id 0\nkey k\ninterface e\nparty 0 ether:02:00:5e:10:00:01 " ALICE
      "\nparty 1 ether:02:00:5e:10:00:01 " BOB "\nparty 2 - " CAROL "\n",
      { { 5, "party 0 and party 1 have the same address, ether:02" },
        { 6, "party 2 is at '-', party 1 at 'ether:02" } } },
    { "id 0\nkey k\nparty 0 h:1 "
      "8520F0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a\n"
      "party 1 h:2 " BOB "\nparty 2 h:3\n",
      { { 3, "'8520F0" },
        { 5, "party: too few words" },
        { 0, "a line is missing: party 2" } } },
};

static void config_bad(struct tri_check *c)
{
    static struct tri_config_errors e;
    struct tri_config f;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        size_t n = 0;
        int rc;

        memset(&e, 0, sizeof e);
        rc = tri_config_parse(&f, bad[i].text, strlen(bad[i].text), &e);
        CHECK(c, rc == TRI_E_FORMAT, "case %zu: %d", i, rc);
        while (n < 5 && bad[i].e[n].text != NULL) {
            CHECK(c,
                  n < e.n && e.e[n].line == bad[i].e[n].line &&
                      strstr(e.e[n].text, bad[i].e[n].text) != NULL,
                  "case %zu, error %zu of %zu: line %u: %s", i, n, e.n,
                  e.e[n].line, e.e[n].text);
            n++;
        }
        CHECK(c, e.n == n, "case %zu: one more, line %u: %s", i, e.e[n].line,
              e.e[n].text);
    }
}

/* Whatever the bytes: an answer, texts that end, lines that exist. */
static void config_noise(struct tri_check *c)
{
    static const char good[] = "id 0\nkey k\n" PARTIES "listen :7\ndata d\n";
    static struct tri_config_errors e;
    struct tri_config f;
    uint64_t r = c->seed;

    for (int i = 0; i < 4000; i++) {
        char text[sizeof good + 40];
        size_t n = sizeof good - 1;
        unsigned lines = 1;
        int rc;

        memcpy(text, good, n);
        for (int k = 0; k < 1 + i % 5; k++) {
            const uint64_t x = tri_test_rand(&r);
            const size_t at = (size_t)(x >> 8) % n;

            if (x & 1) { /* another byte */
                text[at] = (char)(x >> 40);
            } else if (x & 2) { /* a piece is lost */
                const size_t cut = (size_t)(x >> 40) % (n - at);
                memmove(text + at, text + at + cut, n - at - cut);
                n -= cut;
            } else if (n + 8 < sizeof text) { /* or comes twice */
                memmove(text + at + 8, text + at, n - at);
                n += 8;
            }
        }
        for (size_t j = 0; j < n; j++)
            lines += text[j] == '\n';
        memset(&e, 0, sizeof e);
        rc = tri_config_parse(&f, text, n, &e);
        CHECK(c, (rc == TRI_OK) == (e.n == 0), "seed %llx, run %d",
              (unsigned long long)c->seed, i);
        for (size_t j = 0; j < e.n; j++)
            CHECK(c,
                  e.e[j].line <= lines &&
                      memchr(e.e[j].text, '\0', sizeof e.e[j].text) != NULL,
                  "seed %llx, run %d: line %u", (unsigned long long)c->seed, i,
                  e.e[j].line);
    }
    /* More errors than are kept. */
    {
        char many[200];

        for (int i = 0; i < 100; i++) {
            many[2 * i] = 'x';
            many[2 * i + 1] = '\n';
        }
        memset(&e, 0, sizeof e);
        CHECK(c,
              tri_config_parse(&f, many, sizeof many, &e) == TRI_E_FORMAT &&
                  e.n == TRI_CONFIG_ERRORS && e.n + e.more == 100 + 5 &&
                  e.e[5].line == 6,
              "%zu and %zu errors", e.n, e.more);
    }
}

/* ---- files --------------------------------------------------------------- */

static int put_file(const char *path, const char *text)
{
    FILE *const f = fopen(path, "w");

    return f != NULL && fputs(text, f) >= 0 && fclose(f) == 0;
}

/* Key pairs and configurations in a directory. */
static void files(struct tri_check *c, const char *dir)
{
    static struct tri_peers ch;
    static struct tri_config_errors e;
    struct tri_tcp_config tcp;
    struct tri_why why = { "" };
    uint8_t pub[3][32], key[32];
    char path[200], text[1000], name[2 * TRI_CONFIG_NAME];
    char digits[3][TRI_KEY_DIGITS + 1];
    struct stat st;

    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/k%d", dir, i);
        CHECK(c, tri_key_create(path, pub[i], &why) == TRI_OK, "%s", why.text);
        CHECK(c, stat(path, &st) == 0 && (st.st_mode & 0777) == 0600, "mode");
        CHECK(c, tri_key_load(path, key, &why) == TRI_OK, "%s", why.text);
        tri_x25519_public(key, key);
        CHECK(c, memcmp(key, pub[i], 32) == 0, "another public key");
        tri_key_print(digits[i], pub[i]);
    }
    CHECK(c, tri_key_create(path, key, &why) == TRI_E_ARG, "written over");
    snprintf(path, sizeof path, "%s/conf", dir);
    snprintf(text, sizeof text,
             "id 1\nkey k1\nparty 0 127.0.0.1:1 %s\nparty 1 127.0.0.1:2 "
             "%s\nparty 2 - %s\n"
             "deadline 9\ndata .\n",
             digits[0], digits[1], digits[2]);
    CHECK(c, put_file(path, text), "cannot write");
    memset(&e, 0, sizeof e);
    CHECK(c, tri_peers_load(&ch, path, &e) == TRI_OK, "line %u: %s",
          e.e[0].line, e.e[0].text);
    tri_peers_tcp(&ch, &tcp);
    CHECK(c,
          tcp.id == 1 && tcp.plaintext == 0 && tcp.keys != NULL &&
              memcmp(tcp.keys->peer, pub, sizeof pub) == 0 &&
              tcp.deadline_ms == 9000 && tcp.connect_ms == 120000 &&
              strcmp(tcp.addr[0], "127.0.0.1:1") == 0 && tcp.addr[2] == NULL &&
              tcp.listen == NULL,
          "connections");
    why.text[0] = '\0';
    CHECK(c,
          tri_peers_path(&ch, TRI_DIR_DATA, "x", name, &why) == TRI_OK &&
              strncmp(name, dir, strlen(dir)) == 0 &&
              strcmp(name + strlen(dir), "/./x") == 0,
          "data: %s", name);
    CHECK(c,
          tri_peers_path(&ch, TRI_DIR_OUT, "x", name, &why) == TRI_OK &&
              strcmp(name, "x") == 0,
          "out: %s", name);
    CHECK(c,
          tri_peers_path(&ch, TRI_DIR_DATA, "/x", name, &why) == TRI_OK &&
              strcmp(name, "/x") == 0,
          "absolute: %s", name);

    /* Another party's number; a key of low order; a directory that is none. */
    snprintf(text, sizeof text,
             "id 0\nkey k1\nparty 0 127.0.0.1:1 %s\nparty 1 127.0.0.1:2 "
             "%s\nparty 2 - "
             "01%062d\ndata k0\nout none\n",
             digits[0], digits[1], 0);
    CHECK(c, put_file(path, text), "cannot write");
    memset(&e, 0, sizeof e);
    CHECK(c, tri_peers_load(&ch, path, &e) == TRI_E_FORMAT && e.n == 4,
          "%zu errors", e.n);
    CHECK(c,
          e.e[0].line == 3 && strstr(e.e[0].text, digits[1]) != NULL &&
              e.e[1].line == 5 && strstr(e.e[1].text, "no secret") != NULL &&
              e.e[2].line == 6 &&
              strstr(e.e[2].text, "not a directory") != NULL &&
              e.e[3].line == 7 &&
              strstr(e.e[3].text, "is missing; make it with: mkdir -p ") !=
                  NULL,
          "line %u: %s", e.e[0].line, e.e[0].text);
    memset(key, 0, sizeof key);
    CHECK(c, ch.keys == NULL, "the key stays");
}

static void config_files(struct tri_check *c)
{
    char dir[TRI_FOLDER];

    CHECK(c, tri_folder_make(dir), "no directory");
    files(c, dir);
    tri_folder_drop(dir);
}

const struct tri_check_entry tri_checks_config[] = {
    { "config_key_digits", key_digits }, { "config_key_files", key_files },
    { "config_good", config_good },      { "config_bad", config_bad },
    { "config_ether", config_ether },    { "config_noise", config_noise },
    { "config_files", config_files },    { "config_service", config_service },
};
const size_t tri_checks_config_n =
    sizeof tri_checks_config / sizeof *tri_checks_config;
