#include <stddef.h>
#include <stdio.h>
#include "boards/host/cmd/cmd.h"
#include "boards/host/party/keyfile.h"
#include "core/err.h"
#include "core/mem.h"

struct options {
    int public;
};

#define AT(FIELD) offsetof(struct options, FIELD)

static const struct tri_option table[] = {
    TRI_FLAG("public", AT(public),
             "print the public key of an existing private key file"),
    { .name = NULL }
};

static int public_of(const char *path, uint8_t pub[TRI_KEY_BYTES],
                     struct tri_why *why)
{
    uint8_t key[TRI_KEY_BYTES];
    const int rc = tri_key_load(path, key, why);

    if (rc == TRI_OK)
        tri_x25519_public(pub, key);
    tri_wipe(key, sizeof key);
    return rc;
}

static struct options given;

static int run(const struct tri_args *a, struct tri_why *why)
{
    uint8_t pub[TRI_KEY_BYTES];
    char digits[TRI_KEY_DIGITS + 1];
    const int rc = given.public ? public_of(a->word[0], pub, why)
                                : tri_key_create(a->word[0], pub, why);

    if (rc != TRI_OK)
        return rc;
    tri_key_print(digits, pub);
    puts(digits);
    return TRI_OK;
}

const struct tri_command tri_cmd_keygen = {
    .name = "keygen",
    .what = "make this party's key pair",
    .usage = "keygen FILE\n       trinn keygen --public FILE",
    .about = "Make a party's key pair: the private key goes to FILE, which "
             "only its owner can read and\nwhich stays on this machine, the "
             "public key to FILE.pub and to standard output. Give\nthe public "
             "key to the two other parties, in a way that nobody can forge. "
             "Existing files\nare never written over.",
    .group = { { table, &given, NULL } },
    .min_words = 1,
    .max_words = 1,
    .run = run
};
