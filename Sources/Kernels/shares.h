/* Sums over rows in an order that depends only on the sizes: in shares, which are then added up in their order. */
#pragma once

#include "loops.h"

#include <stddef.h>
#include <string.h>

/* Into how many shares rows are split for sums, at most. */
enum { SHARES = 32 };

static inline ptrdiff_t share_count(size_t rows, size_t channels) {
    ptrdiff_t wanted = (ptrdiff_t)(rows * channels) / GRAIN;
    return larger(1, smaller(wanted, SHARES));
}

/* Adds up 2 · channels floats of each share: the first half into `sums` and, unless NULL, the second into `second`. */
static inline void gather(const float *partial, ptrdiff_t shares, ptrdiff_t channels, float *sums, float *second) {
    size_t bytes = (size_t)channels * sizeof *sums;
    memset(sums, 0, bytes);
    if (second) memset(second, 0, bytes);
    for (ptrdiff_t share = 0; share < shares; share++, partial += 2 * channels) {
        for (ptrdiff_t i = 0; i < channels; i++) sums[i] += partial[i];
        if (!second) continue;
        for (ptrdiff_t i = 0; i < channels; i++) second[i] += partial[channels + i];
    }
}
