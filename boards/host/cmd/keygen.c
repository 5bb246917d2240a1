#include <stddef.h>
#include <stdio.h>
#include "boards/host/base/args.h"
#include "boards/host/cmd/cmd.h"
#include "boards/host/party/keyfile.h"
#include "core/err.h"
#include "core/mem.h"

struct options {
    int public;
};

static const struct tri_option table[] = {
    { .name = "public",
      .kind = TRI_OPTION_FLAG,
      .at = offsetof(struct options, public),
      .help = "print the public key of an existing private key file" },
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

int tri_cmd_keygen(int argc, char **argv, struct tri_why *why)
{
    struct options o = { 0 };
    const struct tri_option_group opts = { table, 1, &o };
    const struct tri_command cmd = {
        .usage = "keygen FILE\n       trinn keygen --public FILE",
        .about =
            "Make a party's key pair: the private key goes to FILE, which "
            "only its owner can read and\nwhich stays on this machine, the "
            "public key to FILE.pub and to standard output. Give\nthe public "
            "key to the two other parties, in a way that nobody can forge. "
            "Existing files\nare never written over.",
        .opts = &opts,
        .nopts = 1,
        .min_words = 1,
        .max_words = 1
    };
    struct tri_args a;
    uint8_t pub[TRI_KEY_BYTES];
    char digits[TRI_KEY_DIGITS + 1];
    int rc = tri_args_parse(&a, &cmd, argc, argv, why);

    if (rc != TRI_OK)
        return rc;
    if (a.help) {
        tri_args_help(stdout, &cmd);
        return tri_cmd_flush(why);
    }
    rc = o.public ? public_of(a.word[0], pub, why)
                  : tri_key_create(a.word[0], pub, why);
    if (rc != TRI_OK)
        return rc;
    tri_key_print(digits, pub);
    puts(digits);
    return tri_cmd_flush(why);
}
