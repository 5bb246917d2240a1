#ifndef TRI_BOARDS_HOST_WATCH_PLOT_H
#define TRI_BOARDS_HOST_WATCH_PLOT_H

#include <stdio.h>
#include "boards/host/watch/runread.h"

/** \file boards/host/watch/plot.h
 *
 * # Runs as a picture: SVG 1.1 in one piece, no script, no font of its own
 *
 * Accuracy, or the error of numbers, and loss over the steps; the time so far,
 * and verification's part of it as an area, if a run verifies; then bars of
 * time and of bytes for each layer. One colour a run.
 */
enum { TRI_PLOT_RUNS = 8, TRI_PLOT_PANELS = 3 };

/** Where a panel lies in the picture, and which values it spans. */
struct tri_axes {
    double left, top, width, height; /**< pixels                        */
    double x0, x1, y0, y1;           /**< values at the edges, x0 < x1  */
};

/** Pixels of a value. */
double tri_axes_x(const struct tri_axes *a, double x);
double tri_axes_y(const struct tri_axes *a, double y);

/** Distance of ticks over `range` > 0: 1, 2 or 5 times a power of ten, so
 *  that there are at most `most` of them, the ends included. */
double tri_tick(double range, int most);

/** The panels of a plot: accuracy or error, loss, and time in seconds.
 *  \return how many of them are drawn: time only if a run verifies. */
int tri_plot_axes(struct tri_axes axes[TRI_PLOT_PANELS],
                  const struct tri_run_read *run, size_t runs);

/** Print the picture.
 *  \param runs  1..TRI_PLOT_RUNS; if one learns numbers, none tells classes */
void tri_plot(FILE *f, const struct tri_run_read *run, size_t runs);

#endif
