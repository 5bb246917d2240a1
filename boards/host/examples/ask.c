/*
 * A client in another program: it shows a service of three parties
 * (boards/host/serve/README.md) an image that none of them sees, and prints the
 * scores of all classes.
 *
 *   cc ask.c $(pkg-config --cflags --libs trinn) -o ask
 *   ./ask card alice.key lenet <image
 *
 * The image comes as 28 x 28 bytes, a pixel each.
 */
#include <stdio.h>
#include "boards/host/serve/ask.h"
#include "core/err.h"

enum { SIDE = 28, SECONDS = 60 };

static int ask(struct tri_asker *service, const char *model,
               struct tri_why *why)
{
    const struct tri_asker_what what = {
        .model = model, .scores = 1, .fb = 16, .ms = SECONDS * 1000
    };
    uint8_t pixels[SIDE * SIDE];
    const struct tri_dataset image = {
        .count = 1, .h = SIDE, .w = SIDE, .c = 1, .pixels = pixels
    };
    struct tri_results r = { 0 };
    int rc = TRI_OK;

    while (rc == TRI_OK && fread(pixels, sizeof pixels, 1, stdin) == 1) {
        rc = tri_asker_ask(service, &what, &image, &r, why);
        if (rc == TRI_OK) {
            printf("%u:", r.class[0]);
            for (uint32_t i = 0; i < r.classes; i++)
                printf(" %.4f", r.score[i]);
            printf("\n");
        }
        tri_results_free(&r);
    }
    return rc;
}

int main(int argc, char **argv)
{
    struct tri_asker *service = NULL;
    struct tri_why why = { "" };
    int rc;

    if (argc != 4) {
        fprintf(stderr, "usage: ask CARD KEY MODEL <IMAGES\n");
        return 2;
    }
    rc = tri_asker_open(&service, argv[1], argv[2], SECONDS * 1000, &why);
    if (rc == TRI_OK)
        rc = ask(service, argv[3], &why);
    tri_asker_close(service);
    if (rc != TRI_OK)
        fprintf(stderr, "ask: %s\n", why.text);
    return rc == TRI_OK ? 0 : 1;
}
