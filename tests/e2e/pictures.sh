#!/bin/sh
# Generated colour pictures, as hard for a network as small photographs are: 32 x
# 32 x 3 in ten classes, as IDX files that `trinn --images --labels` read.
#   sh tests/e2e/pictures.sh PREFIX COUNT SEED     PREFIX.images, PREFIX.labels
# A class is a shape or a texture: stripes in four directions, a checkerboard, a
# disc, a ring, a frame, a triangle, a cross. Where it stands, how large it is,
# its colours, whether it is darker than what is around it, and the brightness
# are drawn for every picture, and every pixel has noise, so that no pixel tells
# much by itself. The same numbers on every machine.
set -e

. "$(dirname "$0")/lib.sh"
LC_ALL=C
export LC_ALL

{
    printf "\\0\\0\\010\\004$(byte4 "$2")\\0\\0\\0\\040\\0\\0\\0\\040\\0\\0\\0\\003"
    awk -v n="$2" -v seed="$3" '
        function u() { seed = (seed * 16807) % 2147483647; return seed / 2147483647 }
        function between(a, b) { return a + (b - a) * u() }
        function abs(v) { return v < 0 ? -v : v }
        function odd(v) { return int(v / period + 64) % 2 }
        # Does a pixel of class k, so far right of and below the middle, belong to
        # the shape?
        function inside(k, x, y) {
            if (k == 0) return odd(y)
            if (k == 1) return odd(x)
            if (k == 2) return odd(0.7 * (x + y))
            if (k == 3) return odd(0.7 * (x - y))
            if (k == 4) return odd(x) != odd(y)
            if (k == 5) return x * x + y * y < r * r
            if (k == 6) return x * x + y * y < r * r && x * x + y * y > 0.3 * r * r
            if (k == 7) return abs(x) < r && abs(y) < r && (abs(x) > 0.55 * r || abs(y) > 0.55 * r)
            if (k == 8) return y < 0.8 * r && y > 2 * abs(x) - r
            return abs(x) < r && abs(y) < r && (abs(x) < 0.35 * r || abs(y) < 0.35 * r)
        }
        function pixel(v) { return v < 1 ? 1 : v > 255 ? 255 : int(v) }
        BEGIN {
            seed = seed * 7919 + 1
            for (i = 0; i < n; i++) {
                k = i % 10
                cx = between(10, 22); cy = between(10, 22)
                r = between(6, 10); period = between(2.5, 4.5)
                sign = u() < 0.7 ? 1 : -1
                light = between(70, 170)
                for (c = 0; c < 3; c++) {
                    back[c] = light + between(-40, 40)
                    front[c] = back[c] + sign * between(30, 110 + 40 * (k % 3 == c))
                }
                for (p = 0; p < 1024; p++) {
                    on = inside(k, p % 32 - cx, int(p / 32) - cy)
                    u()
                    a = seed % 61 - 30; b = int(seed / 64) % 61 - 30; c = int(seed / 4096) % 61 - 30
                    if (on)
                        printf "%c%c%c", pixel(front[0] + a), pixel(front[1] + b), pixel(front[2] + c)
                    else
                        printf "%c%c%c", pixel(back[0] + a), pixel(back[1] + b), pixel(back[2] + c)
                }
            }
        }'
} >"$1.images"
{
    printf "\\0\\0\\010\\001$(byte4 "$2")"
    awk -v n="$2" 'BEGIN { for (i = 0; i < n; i++) printf "%c", i % 10 }'
} >"$1.labels"
