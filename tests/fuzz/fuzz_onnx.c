#include <math.h>
#include "boards/host/formats/onnxnet.h"
#include "core/err.h"
#include "tests/fuzz/fuzz.h"

/* An accepted model is a network that the parser of networks takes, with
 * tensors of its own that are all finite. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tri_onnx_net net;
    static struct tri_net parsed;
    char err[TRI_NET_ERROR];
    struct tri_why why = { .text = "" };
    struct tri_onnx m;
    int rc = tri_onnx_parse(&m, data, size, "input", &why);

    net.n = 0;
    if (rc == TRI_OK)
        rc = tri_onnx_net(&net, &m, NULL, &why);
    if (rc != TRI_OK) {
        MUST((rc == TRI_E_FORMAT || rc == TRI_E_RANGE || rc == TRI_E_NOMEM) &&
             why.text[0] != '\0');
    } else {
        size_t n = 0;

        while (n < TRI_NET_TEXT && net.text[n] != '\0')
            n++;
        MUST(tri_net_parse(&parsed, net.text, n, err) == TRI_OK);
        for (size_t i = 0; i < net.n; i++) {
            MUST(net.t[i].name[0] != '\0');
            for (size_t j = 0; j < net.t[i].n; j++)
                MUST(isfinite(tri_array_get(&net.t[i], j)));
        }
    }
    tri_onnx_net_free(&net);
    tri_onnx_free(&m);
    return 0;
}
