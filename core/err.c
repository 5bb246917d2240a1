#include "core/err.h"

const char *tri_strerror(int err)
{
    switch (err) {
    case TRI_OK:
        return "no error";
    case TRI_E_ARG:
        return "invalid argument";
    case TRI_E_NOMEM:
        return "out of memory";
    case TRI_E_IO:
        return "connection lost";
    case TRI_E_TIMEOUT:
        return "deadline passed";
    case TRI_E_PROTO:
        return "a peer broke the protocol";
    case TRI_E_DEAD:
        return "an earlier error ended the session";
    case TRI_E_MISMATCH:
        return "the parties do not agree on the run";
    case TRI_E_FORMAT:
        return "malformed text or file";
    case TRI_E_RANGE:
        return "number out of range";
    case TRI_E_CRYPTO:
        return "authentication failed or key limit reached";
    case TRI_E_STOPPED:
        return "stopped on request";
    case TRI_E_SPOILT:
        return "numbers have left their range";
    case TRI_E_CHEAT:
        return "a party cheated";
    default:
        return "unknown error";
    }
}
