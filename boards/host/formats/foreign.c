#include "boards/host/formats/foreign.h"
#include <string.h>
#include "boards/host/base/file.h"
#include "core/err.h"

static int has(const uint8_t *buf, size_t len, const char *text)
{
    const size_t n = strlen(text);

    for (size_t i = 0; i + n <= len; i++)
        if (memcmp(buf + i, text, n) == 0)
            return 1;
    return 0;
}

/* A zip archive whose first entry is NAME/data.pkl, or another that PyTorch
 * makes; before version 1.6 a pickle, which begins with a long number. */
int tri_foreign_torch(const uint8_t *buf, size_t len, const char *path,
                      struct tri_why *why)
{
    const char *const slash = strrchr(path, '/');
    const char *const name = slash != NULL ? slash + 1 : path;
    const size_t stem = strcspn(name, ".");
    const int zip = len >= 4 && memcmp(buf, "PK\3\4", 4) == 0;

    if (!zip && !(len >= 4 && memcmp(buf, "\x80\2\x8a\n", 4) == 0))
        return TRI_OK;
    if (zip && !has(buf, len, "data.pkl"))
        return TRI_OK;
    return tri_why(why, TRI_E_FORMAT,
                   "%s: is what torch.save() writes; convert it by: "
                   "python3 -c \"import torch, safetensors.torch as s; "
                   "m = torch.load('%s', map_location='cpu'); "
                   "s.save_file(m if isinstance(m, dict) else m.state_dict(), "
                   "'%.*s.safetensors')\"",
                   path, path, (int)stem, name);
}

int tri_foreign_onnx(const char *path, struct tri_why *why)
{
    if (tri_file_stem(path, ".onnx") == 0)
        return TRI_OK;
    return tri_why(why, TRI_E_FORMAT,
                   "%s: make a network and its weights of it first: trinn "
                   "import %s --out NET.txt,MODEL.safetensors",
                   path, path);
}
