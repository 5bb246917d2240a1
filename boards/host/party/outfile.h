#ifndef TRI_BOARDS_HOST_PARTY_OUTFILE_H
#define TRI_BOARDS_HOST_PARTY_OUTFILE_H

#include "boards/host/share/sharefile.h"
#include "net/link.h"

/** \file boards/host/party/outfile.h
 *
 * # What a run writes at its end
 *
 * The room for a model or for results is taken before the run and held, so
 * that a disk which fills meanwhile does not cost the work. At the end all
 * three parties write or none: each says that its content is permanent before
 * anybody's file gets its name, and that it has its name before anybody
 * reports success. A party that writes nothing takes part in both.
 */
struct tri_outfile {
    struct tri_share_out share; /**< fd -1: nothing to write */
    struct tri_link *link;
    int stays; /**< the parties go on together: set after opening */
};

/**
 * Open the file under a temporary name and take its room. What a killed
 * process has left of it is removed.
 *
 * \param path     NULL: this party writes nothing
 * \param replace  it may take the place of a file of that name
 * \param bytes    of the whole file
 * \return TRI_OK; TRI_E_IO, TRI_E_NOMEM with a text, which the others do not
 *         know yet
 */
int tri_outfile_open(struct tri_outfile *f, struct tri_link *l,
                     const char *path, int replace, uint64_t bytes,
                     struct tri_why *why);

/**
 * All three, once the share is sealed (tri_share_seal()): put the files in
 * place. Three rounds, 1 byte from each party to both others. Two are the
 * last common word of the run (net/finish.h).
 * \return TRI_OK; TRI_E_IO with a text, which kills the link; link errors:
 *         the text says whether this party's file is there.
 */
int tri_outfile_place(struct tri_outfile *f, struct tri_why *why);

/** Drop what is not in place. */
void tri_outfile_close(struct tri_outfile *f);

#endif
