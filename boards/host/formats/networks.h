#ifndef TRI_BOARDS_HOST_FORMATS_NETWORKS_H
#define TRI_BOARDS_HOST_FORMATS_NETWORKS_H

/** \file boards/host/formats/networks.h
 *
 * # The networks that the program brings along
 *
 * Those of the paper, A to D, and the files boards/host/networks/NAME.net,
 * which the Makefile puts into the program.
 */
struct tri_network {
    const char *name, *text;
};

/** The files, NULL at the end. */
extern const struct tri_network tri_networks[];

/** The text of a network of that name, or NULL; name may be NULL. */
const char *tri_networks_text(const char *name);

#endif
