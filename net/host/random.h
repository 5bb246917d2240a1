#ifndef TRI_NET_HOST_RANDOM_H
#define TRI_NET_HOST_RANDOM_H

#include <stddef.h>

/** Fill `n` bytes from the operating system's generator, for keys.
 *  \return TRI_OK; TRI_E_IO if there is none (the bytes are wiped). */
int tri_net_random(void *out, size_t n);

#endif
