#ifndef TRI_BOARDS_HOST_SERVE_DEFINITION_H
#define TRI_BOARDS_HOST_SERVE_DEFINITION_H

#include "boards/host/party/options.h"

/** \file boards/host/serve/definition.h
 *
 * # What a training is, as a text
 *
 * Given once, by the client: lines "name value" for the options of `trinn party
 * train` that belong to a training, in the order of their tables, then
 *
 *     network
 *     input 28 28 1
 *     ...
 *
 * the network's canonical text. Engine, security and the like are the
 * service's; fraction bits are those of the data. The three parties take the
 * text as it came and check it against the same tables.
 */

/** \return the length, without the 0 at the end; 0: `size` is too small */
size_t tri_definition_print(char *out, size_t size,
                            const struct tri_run_options *o);

/** Set those options of *o. Only what tri_definition_print() writes is read.
 *  \return TRI_OK; TRI_E_ARG, TRI_E_FORMAT with a text; *o is then undefined */
int tri_definition_parse(struct tri_run_options *o, const char *text,
                         struct tri_why *why);

/** Bytes of what a training of that text makes at party `id`: the model, and
 *  its checkpoints at most. 0: this is no such text, or there is no memory. */
uint64_t tri_definition_bytes(const char *text, unsigned id);

/** Options of a command line, besides, that a service does not take: NULL at
 *  the end. */
extern const char *const tri_definition_not[];

#endif
